//! `glp report`: answers questions from the store.

use std::path::Path;
use std::time::Duration;

use glp_blocking::store::{Expiring, Store};
use glp_core::greenlake::Resource;
use glp_core::sync::schema::Value;
use glp_core::wall::UnixTime;
use glp_tokio::Clock;

use crate::age;
use crate::arguments::{Report, ReportKind};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages::Messages;
use crate::output::{Output, Sheet, count, text};
use crate::span::Span;

const DAY: u64 = 86_400;

/// Prints the report asked for, and how old its data is.
///
/// # Errors
///
/// [`Exit::Store`] where the store cannot be read.
pub(crate) fn run(
    arguments: Report,
    store: &Path,
    messages: &Messages,
    output: &Output,
) -> Result<Exit, Failure> {
    let ReportKind::Expiring { within: Span(within), exit_code } = arguments.kind;
    let store = Store::open_read_only(store)?;
    let now = Clock::start().wall_now();
    for status in store.status(0)?.resources {
        if status.resource == Resource::Subscriptions {
            age::tell(&status, now, messages);
        }
    }
    let expiring = expiring(&store, now, within)?;
    output.sheet(&sheet(&expiring, now))?;
    Ok(if exit_code && !expiring.is_empty() { Exit::Findings } else { Exit::Success })
}

fn expiring(store: &Store, now: UnixTime, within: Duration) -> Result<Vec<Expiring>, Failure> {
    Ok(store.expiring(now, now + within)?)
}

fn sheet(expiring: &[Expiring], now: UnixTime) -> Sheet {
    let mut sheet = Sheet::new(&[
        "end_time",
        "days_left",
        "key",
        "subscription_type",
        "subscription_status",
        "tier",
        "sku",
        "quantity",
        "used",
        "id",
    ]);
    for row in expiring {
        let optional = |value: &Option<String>| value.clone().map_or(Value::Null, Value::Text);
        let number = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
        sheet.rows.push(vec![
            Value::Time(row.end_time),
            count(days_left(row.end_time, now)),
            optional(&row.key),
            optional(&row.subscription_type),
            optional(&row.subscription_status),
            optional(&row.tier),
            optional(&row.sku),
            number(row.quantity),
            number(used(row)),
            text(&row.id),
        ]);
    }
    sheet
}

/// Returns the whole days until `end`; 0 on the last day.
fn days_left(end: UnixTime, now: UnixTime) -> u64 {
    end.since(now).as_secs() / DAY
}

/// Returns how many are in use, where both numbers are known.
fn used(row: &Expiring) -> Option<i64> {
    row.quantity?.checked_sub(row.available_quantity?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(key: &str, end: UnixTime) -> Expiring {
        Expiring {
            id: format!("id-{key}"),
            key: Some(key.into()),
            subscription_type: Some("CENTRAL_AP".into()),
            subscription_status: Some("STARTED".into()),
            sku: None,
            sku_description: None,
            tier: Some("FOUNDATION_AP".into()),
            quantity: Some(100),
            available_quantity: Some(30),
            end_time: end,
        }
    }

    #[test]
    fn a_row_tells_days_left_and_what_is_used() {
        let now = UnixTime::from_secs(1_800_000_000);
        let tomorrow = UnixTime::from_secs(1_800_000_000 + DAY + 1);

        let json = serde_json::to_value(sheet(&[subscription("K1", tomorrow)], now)).unwrap();

        assert_eq!(json[0]["days_left"], 1);
        assert_eq!(json[0]["quantity"], 100);
        assert_eq!(json[0]["used"], 70);
        assert_eq!(json[0]["end_time"], tomorrow.to_string());
    }

    #[test]
    fn the_last_day_has_none_left() {
        let now = UnixTime::from_secs(1_800_000_000);

        assert_eq!(days_left(UnixTime::from_secs(1_800_000_000 + DAY - 1), now), 0);
        assert_eq!(days_left(UnixTime::from_secs(1_800_000_000 + DAY), now), 1);
    }

    #[test]
    fn an_unknown_quantity_is_not_a_zero() {
        let row = Expiring { quantity: None, ..subscription("K1", UnixTime::EPOCH) };

        assert_eq!(used(&row), None);
    }
}
