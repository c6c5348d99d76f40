//! Devices: what is owned, where it is and what it is assigned to.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use core::time::Duration;

use super::device_catalog::{Product, REGIONS, SITES, STATES, Site};
use super::edits::{DeviceEdits, tags_json};
use super::field::Field;
use super::json::Object;
use super::oddity::Oddity;
use super::row::{Genesis, Read, Row};
use super::subscription::Subscription;
use super::uuid::{Uuid, hex, scatter};
use crate::greenlake::Category;
use crate::wall::UnixTime;

/// One device.
pub(super) struct Device {
    id: Uuid,
    number: u32,
    version: u32,
    /// A word that no other device has.
    word: u32,
    /// A family of ids for what belongs to this device: its application, its location, ….
    related: u64,
    product: &'static Product,
    region: Option<Cow<'static, str>>,
    state: &'static str,
    site: Option<&'static Site>,
    subscription: Option<Subscription>,
    created_at: UnixTime,
    updated_at: UnixTime,
    manufactured_at: Option<UnixTime>,
    supported_until: UnixTime,
    name: Name,
    archived: bool,
    flex: bool,
    tags: u32,
    managed: bool,
    oddity: Oddity,
    edits: DeviceEdits,
}

/// What stands under `deviceName`.
#[derive(Clone, Copy)]
enum Name {
    Absent,
    Null,
    Given,
}

/// Keeps the ids of what belongs to a device apart from those of the rows.
const RELATED: u64 = 0x00de_c0de_0000_0000;

impl Row for Device {
    const KIND: u64 = 0x6465_7669_6365_0000;

    type Edits = DeviceEdits;

    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("application/id", |row| Field::or_null(row.application().map(Into::into))),
        ("archived", |row| row.archived.into()),
        ("assignedState", |row| row.state.into()),
        ("category", |row| row.product.category.into()),
        ("createdAt", |row| row.created_at.into()),
        ("currentSupportLevelEndDate", |row| row.supported_until.into()),
        ("deviceName", |row| Field::or_null(row.device_name().map(Into::into))),
        ("deviceType", |row| row.device_type().into()),
        ("id", |row| row.id.text().into()),
        ("isFlex", |row| row.flex.into()),
        ("location/city", |row| Field::or_null(row.site.map(|site| site.city.into()))),
        ("location/country", |row| Field::or_null(row.site.map(|site| site.country.into()))),
        ("location/id", |row| Field::or_null(row.location().map(Into::into))),
        ("macAddress", |row| Field::or_null(row.mac_address().map(Into::into))),
        ("make", |row| row.product.make.into()),
        ("management", |row| Field::or_null(row.managed.then(|| "MSP".into()))),
        ("manufacturedDate", |row| Field::or_null(row.manufactured_at.map(Into::into))),
        ("model", |row| row.product.model.into()),
        ("ownership", |row| row.ownership().into()),
        ("partNumber", |row| Field::Text(row.part_number())),
        ("region", |row| Field::or_null(row.region.clone().map(Field::Text))),
        ("serialNumber", |row| row.serial_number().into()),
        ("source", |_| "MANAGED".into()),
        ("subscription/id", |row| {
            Field::or_null(
                row.subscription.as_ref().map(|subscription| subscription.id.text().into()),
            )
        }),
        ("type", |_| "devices/device".into()),
        ("updatedAt", |row| row.updated_at.into()),
    ];

    fn draw(genesis: &Genesis, number: u32, version: u32) -> Self {
        let mut dice = genesis.dice::<Self>(number);
        let age = dice.days(1, 1_500);
        let created_at = genesis.day(-age, dice.part_of_day());
        let changed_at = genesis.day(-dice.days(1, age + 1), dice.part_of_day()).max(created_at);
        let subscribed = genesis.subscriptions > 0 && !dice.once_in(5);
        let subscription = dice.below(genesis.subscriptions);
        Self {
            id: genesis.id::<Self>(number),
            number,
            version,
            word: scatter(genesis.stream(Self::KIND), number),
            related: genesis.seed ^ RELATED,
            product: dice.pick(&Product::ALL),
            region: Some(Cow::Borrowed(*dice.pick(&REGIONS))),
            state: *dice.pick(&STATES),
            site: (!dice.once_in(6)).then(|| dice.pick(&SITES)),
            subscription: subscribed.then(|| Subscription::draw(genesis, subscription, 0)),
            created_at,
            updated_at: genesis.updated_at(changed_at, version),
            manufactured_at: (!dice.once_in(4)).then(|| genesis.day(-age - 90, dice.part_of_day())),
            supported_until: genesis.day(dice.days(-200, 1_500), Duration::ZERO),
            name: *dice.pick(&[Name::Given, Name::Given, Name::Given, Name::Null, Name::Absent]),
            archived: dice.once_in(40),
            flex: dice.once_in(10),
            tags: dice.below(4),
            managed: dice.once_in(12),
            oddity: Oddity::of(number),
            edits: DeviceEdits::default(),
        }
    }

    fn edit(&mut self, edits: &DeviceEdits, genesis: &Genesis) {
        self.updated_at = self.updated_at.max(edits.at);
        if let Some(identity) = &edits.identity {
            self.created_at = identity.added_at;
            self.product = Product::of(identity.category.as_str());
            (self.state, self.region, self.site) = ("UNASSIGNED", None, None);
            (self.subscription, self.archived, self.tags) = (None, false, 0);
            (self.name, self.oddity) = (Name::Absent, Oddity::None);
        }
        if let Some(application) = &edits.application {
            self.state = if application.is_some() { "ASSIGNED_TO_SERVICE" } else { "UNASSIGNED" };
        }
        if let Some(region) = &edits.region {
            self.region = region.clone().map(Cow::Owned);
        }
        if let Some(subscription) = edits.subscription {
            self.subscription = subscription.map(|number| Subscription::draw(genesis, number, 0));
        }
        self.archived = edits.archived.unwrap_or(self.archived);
        self.edits = edits.clone();
    }

    fn write(&self, out: &mut String) {
        Object::write(out, |row| {
            self.write_identity(row);
            self.write_assignment(row);
            self.write_tags(row);
            row.time("createdAt", self.created_at);
            row.time("updatedAt", self.updated_at);
            self.write_support(row);
            self.write_tenancy(row);
            if self.oddity == Oddity::UnknownField {
                row.raw("powerDraw", r#"{"watts":31.5,"sockets":[1,2],"metered":null}"#);
            }
        });
    }
}

impl Device {
    fn write_identity(&self, row: &mut Object<'_>) {
        row.id("id", self.id);
        row.text("type", "devices/device");
        match &self.edits.identity {
            None => {
                row.quoted("serialNumber", |out| self.write_serial_number(out));
                row.text("partNumber", self.product.part);
                row.quoted("macAddress", |out| self.write_mac_address(out));
            }
            Some(identity) => {
                row.escaped("serialNumber", &identity.serial_number);
                row.escaped("partNumber", &self.part_number());
                row.escaped_or_null("macAddress", self.mac_address().as_deref());
            }
        }
        row.text("model", self.product.model);
        row.text("make", self.product.make);
        row.text("deviceType", self.device_type());
        row.text("category", self.product.category);
        match self.name {
            Name::Absent => {}
            Name::Null => row.raw("deviceName", "null"),
            Name::Given => row.quoted("deviceName", |out| self.write_device_name(out)),
        }
        row.raw("secondaryName", "null");
        if let Some(time) = self.manufactured_at {
            row.time("manufacturedDate", time);
        }
    }

    fn write_assignment(&self, row: &mut Object<'_>) {
        row.text("assignedState", self.state);
        row.escaped_or_null("region", self.region.as_deref());
        row.flag("archived", self.archived);
        row.flag("isFlex", self.flex);
        if let Some(id) = self.application() {
            row.object("application", |application| {
                application.named_reference(&id, "/service-catalog/v1/service-managers/");
            });
        }
        if let Some(id) = self.location() {
            row.object("location", |location| {
                location.named_reference(&id, "/locations/v1/locations/");
                if let Some(site) = self.site.filter(|_| self.edits.location.is_none()) {
                    site.write(location);
                }
            });
        }
        match &self.subscription {
            None => row.raw("subscription", "[]"),
            Some(subscription) => row.list_of_one("subscription", |entry| {
                entry.reference(subscription.id, "/subscriptions/v1/subscriptions/");
                entry.quoted("key", |out| subscription.write_key(out));
                entry.text("tier", subscription.tier());
                entry.time("startTime", subscription.starts);
                entry.time("endTime", subscription.ends);
            }),
        }
    }

    fn write_tags(&self, row: &mut Object<'_>) {
        let drawn = [("owner", "network"), ("cost", "7710"), ("floor", "3 \u{2191}")];
        let drawn = drawn.into_iter().take(self.tags as usize);
        if !self.edits.tags.is_empty() {
            return row.raw("tags", &tags_json(drawn, &self.edits.tags));
        }
        row.object("tags", |tags| {
            for (name, value) in drawn {
                tags.text(name, value);
            }
            if self.version > 0 {
                tags.print("revision", self.version);
            }
        });
    }

    fn write_support(&self, row: &mut Object<'_>) {
        row.object("warranty", |warranty| {
            warranty.text("country", self.site.map_or("United States", |site| site.country));
            warranty.text("currentSupportLevel", "Foundation Care");
            warranty.list_of_one("supportLevels", |level| {
                level.text("contractLevel", "WARRANTY");
                level.number("contractLevelRank", 1);
                level.text("serviceLevel", "NBD");
                level.number("serviceLevelRank", 3);
                level.time("startDate", self.created_at);
                // The reference says date-time, older answers hold Unix milliseconds.
                if self.number.is_multiple_of(2) {
                    level.time("endDate", self.supported_until);
                } else {
                    level.number("endDate", self.supported_until.as_secs() * 1_000);
                }
            });
        });
    }

    fn write_tenancy(&self, row: &mut Object<'_>) {
        row.text_or_null("management", self.managed.then_some("MSP"));
        row.raw("inUseWorkspace", "null");
        if let Some(tenant) = &self.edits.tenant {
            row.escaped("tenantWorkspaceId", tenant);
        }
        row.text("ownership", self.ownership());
        row.text("source", "MANAGED");
        row.text("subscriptionCategory", "STANDARD");
        row.text("billingAccountId", "BA-00417");
        row.text("billingTier", self.product.tier);
    }

    fn device_type(&self) -> &'static str {
        if self.oddity == Oddity::UnknownType { "QUANTUM_RELAY" } else { self.product.device_type }
    }

    fn ownership(&self) -> &'static str {
        if self.flex { "FLEX" } else { "MANAGED" }
    }

    fn application(&self) -> Option<String> {
        let drawn = || Uuid::of(self.related, self.word % 5).text();
        match &self.edits.application {
            Some(application) => application.clone(),
            None => (self.state == "ASSIGNED_TO_SERVICE").then(drawn),
        }
    }

    fn location(&self) -> Option<String> {
        let drawn = |site: &Site| Uuid::of(!self.related, site.number).text();
        self.edits.location.clone().or_else(|| self.site.map(drawn))
    }

    fn write_serial_number(&self, out: &mut String) {
        out.push_str(self.product.serial_prefix);
        hex(out, self.word.into(), 8);
    }

    /// Returns the serial number.
    pub(super) fn serial_number(&self) -> String {
        match &self.edits.identity {
            Some(identity) => identity.serial_number.clone(),
            None => format!("{}{:08x}", self.product.serial_prefix, self.word),
        }
    }

    fn part_number(&self) -> Cow<'static, str> {
        match &self.edits.identity {
            Some(identity) if identity.category != Category::Network => {
                identity.mark.clone().into()
            }
            _ => self.product.part.into(),
        }
    }

    fn write_mac_address(&self, out: &mut String) {
        out.push_str("9c:8c");
        for byte in self.word.to_be_bytes() {
            out.push(':');
            hex(out, byte.into(), 2);
        }
    }

    fn mac_address(&self) -> Option<String> {
        match &self.edits.identity {
            Some(identity) => {
                (identity.category == Category::Network).then(|| identity.mark.clone())
            }
            None => {
                let mut address = String::new();
                self.write_mac_address(&mut address);
                Some(address)
            }
        }
    }

    fn write_device_name(&self, out: &mut String) {
        out.push_str("dev-");
        hex(out, self.number.into(), 6);
    }

    fn device_name(&self) -> Option<String> {
        let mut name = String::new();
        self.write_device_name(&mut name);
        matches!(self.name, Name::Given).then_some(name)
    }
}
