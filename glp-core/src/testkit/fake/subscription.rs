//! Subscriptions: what is licensed, from when until when.

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use super::edits::{SubscriptionEdits, tags_json};
use super::json::Object;
use super::oddity::Oddity;
use super::row::{Genesis, Read, Row};
use super::uuid::{Uuid, hex, scatter};
use crate::wall::UnixTime;

/// One subscription.
pub(super) struct Subscription {
    pub(super) id: Uuid,
    /// A word that no other subscription has.
    word: u32,
    offer: &'static Offer,
    pub(super) starts: UnixTime,
    pub(super) ends: UnixTime,
    created_at: UnixTime,
    updated_at: UnixTime,
    status: &'static str,
    quantity: u64,
    available: u64,
    typing: Typing,
    evaluation: bool,
    tagged: bool,
    reseller: bool,
    oddity: Oddity,
    edits: SubscriptionEdits,
}

/// How the service types quantities: its reference says text, its examples are numbers.
#[derive(Clone, Copy)]
enum Typing {
    Number,
    Text,
}

struct Offer {
    kind: &'static str,
    product: &'static str,
    sku: &'static str,
    description: &'static str,
    tier: &'static str,
}

const OFFERS: [Offer; 6] = [
    offer("CENTRAL_AP", "DEVICE", "Q9Y59AAE", "Foundation AP, 3 years", "FOUNDATION_AP"),
    offer("CENTRAL_AP", "DEVICE", "Q9Y64AAE", "Advanced AP, 5 years", "ADVANCED_AP"),
    offer("CENTRAL_SWITCH", "DEVICE", "R3K03AAE", "Foundation switch", "FOUNDATION_SWITCH_6300"),
    offer("CENTRAL_GW", "DEVICE", "R4G90AAE", "Foundation gateway", "FOUNDATION_70XX"),
    offer("CENTRAL_COMPUTE", "DEVICE", "R7A11AAE", "Enhanced compute", "ENHANCED_PROLIANT"),
    offer("SERVICE", "SERVICE", "S1B80AAE", "Alletra storage service", "STANDARD_ALLETRA"),
];

const fn offer(
    kind: &'static str,
    product: &'static str,
    sku: &'static str,
    description: &'static str,
    tier: &'static str,
) -> Offer {
    Offer { kind, product, sku, description, tier }
}

/// What a subscription that has not ended can be.
const RUNNING: [&str; 4] = ["STARTED", "STARTED", "STARTED", "SUSPENDED"];

impl Row for Subscription {
    const KIND: u64 = 0x7375_6273_6372_0000;

    type Edits = SubscriptionEdits;

    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("availableQuantity", |row| row.available.into()),
        ("contract", |row| row.contract().into()),
        ("createdAt", |row| row.created_at.into()),
        ("endTime", |row| row.ends.into()),
        ("id", |row| row.id.text().into()),
        ("isEval", |row| row.evaluation.into()),
        ("key", |row| row.key().into()),
        ("productType", |row| row.offer.product.into()),
        ("quantity", |row| row.quantity.into()),
        ("sku", |row| row.offer.sku.into()),
        ("skuDescription", |row| row.offer.description.into()),
        ("startTime", |row| row.starts.into()),
        ("subscriptionStatus", |row| row.status.into()),
        ("subscriptionType", |row| row.kind().into()),
        ("tier", |row| row.offer.tier.into()),
        ("updatedAt", |row| row.updated_at.into()),
    ];

    fn draw(genesis: &Genesis, number: u32, version: u32) -> Self {
        let mut dice = genesis.dice::<Self>(number);
        // A quarter ends around today, so that a report of what expires has content.
        let end = if dice.once_in(4) { dice.days(-30, 120) } else { dice.days(-400, 1_100) };
        let years = 1 + i64::from(dice.below(5));
        let start = end - 365 * years;
        let created_at = genesis.day(start.min(-1) - dice.days(0, 30), dice.part_of_day());
        let quantity = u64::from(*dice.pick(&[1_u32, 5, 10, 25, 100, 500]));
        let free = u64::from(dice.below(quantity as u32 + 1));
        Self {
            id: genesis.id::<Self>(number),
            word: scatter(genesis.stream(Self::KIND), number),
            offer: dice.pick(&OFFERS),
            starts: genesis.day(start, Duration::ZERO),
            ends: genesis.day(end, Duration::ZERO),
            created_at,
            updated_at: genesis.updated_at(created_at, version),
            status: if end < 0 { "ENDED" } else { *dice.pick(&RUNNING) },
            quantity,
            // An update gives one licence back, or takes all of them when there is none out.
            available: (free + u64::from(version)) % (quantity + 1),
            typing: if dice.once_in(2) { Typing::Number } else { Typing::Text },
            evaluation: dice.once_in(20),
            tagged: dice.once_in(3),
            reseller: dice.once_in(2),
            oddity: Oddity::of(number),
            edits: SubscriptionEdits::default(),
        }
    }

    fn edit(&mut self, edits: &SubscriptionEdits, _: &Genesis) {
        self.updated_at = self.updated_at.max(edits.at);
        self.tagged &= edits.key.is_none();
        self.edits = edits.clone();
    }

    fn write(&self, out: &mut String) {
        Object::write(out, |row| {
            row.id("id", self.id);
            row.text("type", "subscriptions/subscription");
            match &self.edits.key {
                Some(key) => row.escaped("key", key),
                None => row.quoted("key", |out| self.write_key(out)),
            }
            row.text("subscriptionType", self.kind());
            row.text("subscriptionStatus", self.status);
            self.write_quantity(row, "quantity", self.quantity);
            self.write_quantity(row, "availableQuantity", self.available);
            row.flag("isEval", self.evaluation);
            row.text("sku", self.offer.sku);
            row.text("skuDescription", self.offer.description);
            row.print("contract", self.contract());
            row.time("startTime", self.starts);
            row.time("endTime", self.ends);
            row.time("createdAt", self.created_at);
            row.time("updatedAt", self.updated_at);
            row.text("productType", self.offer.product);
            row.text("tier", self.offer.tier);
            row.text("tierDescription", self.offer.description);
            row.quoted("quote", |out| hex(out, u64::from(self.word) >> 4, 7));
            row.text_or_null("po", (!self.evaluation).then_some("4500017734"));
            if self.reseller {
                row.text("resellerPo", "RS-2201-88");
            }
            if self.oddity == Oddity::UnknownField {
                row.raw("carbonCredits", r#"{"unit":"kg","amounts":[1.5,-2e3]}"#);
            }
            let drawn = [("owner", "network"), ("cost", "7710")];
            let drawn = drawn.into_iter().filter(|_| self.tagged);
            row.raw("tags", &tags_json(drawn, &self.edits.tags));
        });
    }
}

impl Subscription {
    fn kind(&self) -> &'static str {
        if self.oddity == Oddity::UnknownType { "CENTRAL_SATELLITE" } else { self.offer.kind }
    }

    /// Appends the subscription key.
    pub(super) fn write_key(&self, out: &mut String) {
        out.push('E');
        hex(out, u64::from(self.word).rotate_left(8) ^ 0xbeef, 10);
    }

    /// Returns the key.
    pub(super) fn key(&self) -> String {
        if let Some(key) = &self.edits.key {
            return key.clone();
        }
        let mut key = String::new();
        self.write_key(&mut key);
        key
    }

    /// Returns the tier that it licenses.
    pub(super) fn tier(&self) -> &'static str {
        self.offer.tier
    }

    fn contract(&self) -> String {
        format!("C{:010}", self.word)
    }

    fn write_quantity(&self, row: &mut Object<'_>, name: &str, quantity: u64) {
        match self.typing {
            Typing::Number => row.number(name, quantity),
            Typing::Text => row.print(name, quantity),
        }
    }
}
