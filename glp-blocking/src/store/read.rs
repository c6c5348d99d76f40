//! What people ask of the inventory.

use std::fmt::Write as _;

use glp_core::error::{ConfigurationKind, Error};
use glp_core::greenlake::Resource;
use glp_core::sync::schema::{Kind, Value};
use glp_core::wall::UnixTime;
use rusqlite::{OptionalExtension, params_from_iter};
use serde::Serialize;

use super::Store;
use super::record::{Layout, Record};
use super::value::{Cell, Timestamp};

/// Says which rows a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Live and retired rows.
    All,
    /// Rows of the published generation.
    #[default]
    Live,
    /// Rows that the service no longer lists.
    Retired,
}

/// Narrows a list.
///
/// # Examples
///
/// ```
/// use glp_blocking::store::{ListFilter, Rows};
///
/// let filter = ListFilter::default().equal("region", "eu-central").limit(100);
/// assert_eq!(filter.rows, Rows::Live);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// Which rows are shown.
    pub rows: Rows,
    /// Columns and the values they must have; texts are compared without regard to ASCII case.
    pub equal: Vec<(String, String)>,
    /// The most rows to show; `None` shows all.
    pub limit: Option<u32>,
}

impl ListFilter {
    /// Shows only rows of which `column` is `value`.
    #[must_use]
    pub fn equal(mut self, column: impl Into<String>, value: impl Into<String>) -> Self {
        self.equal.push((column.into(), value.into()));
        self
    }

    /// Shows `rows`.
    #[must_use]
    pub fn rows(mut self, rows: Rows) -> Self {
        self.rows = rows;
        self
    }

    /// Shows at most `limit` rows.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// Describes a subscription that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expiring {
    /// The service's id.
    pub id: String,
    /// The key.
    pub key: Option<String>,
    /// What it is for.
    pub subscription_type: Option<String>,
    /// Where it stands in its life.
    pub subscription_status: Option<String>,
    /// The stock keeping unit.
    pub sku: Option<String>,
    /// The stock keeping unit in words.
    pub sku_description: Option<String>,
    /// The tier.
    pub tier: Option<String>,
    /// How many devices or users it serves.
    pub quantity: Option<i64>,
    /// How many of these are not in use.
    pub available_quantity: Option<i64>,
    /// When it ends.
    pub end_time: UnixTime,
}

impl Store {
    /// Returns the columns of [`list`](Self::list), in their order.
    pub fn columns(resource: Resource) -> &'static [&'static str] {
        Layout::typed(resource).names
    }

    /// Looks one row up, with its raw text: by its id, a device also by its serial number, a
    /// subscription by its key, both without regard to ASCII case.
    ///
    /// A retired row is found too; where several rows fit, the one with the id goes first, then
    /// live rows, then the one that changed last.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn get(&self, resource: Resource, id: &str) -> Result<Option<Record>, Error> {
        let layout = Layout::whole(resource);
        let sql = format!(
            "SELECT {columns} FROM {resource} WHERE id = ?1 OR {name} = ?1 COLLATE NOCASE
             ORDER BY id = ?1 DESC, retired_at IS NULL DESC, generation DESC, id LIMIT 1",
            columns = layout.names.join(", "),
            name = people_call_it(resource),
        );
        self.read("look a row up", |file| {
            file.query_row(&sql, [id], |row| Record::read(layout, row)).optional()
        })
    }

    /// Lists rows with their typed columns: devices by serial number, subscriptions by key.
    ///
    /// # Errors
    ///
    /// [`ConfigurationKind::Invalid`] where the filter names a column that does not exist, or a
    /// value that is not of its kind. Else a [`Database`](glp_core::error::ErrorKind::Database)
    /// error.
    pub fn list(&self, resource: Resource, filter: &ListFilter) -> Result<Vec<Record>, Error> {
        let layout = Layout::typed(resource);
        let (condition, values) = condition(layout, filter)?;
        let sql = format!(
            "SELECT {columns} FROM {resource} WHERE {condition} ORDER BY {name}, id LIMIT {limit}",
            columns = layout.names.join(", "),
            name = people_call_it(resource),
            limit = filter.limit.map_or(-1, i64::from),
        );
        self.read("list rows", |file| {
            let mut statement = file.prepare(&sql)?;
            let values = params_from_iter(values.iter().map(Cell));
            statement.query_map(values, |row| Record::read(layout, row))?.collect()
        })
    }

    /// Shows `each` live row's id and raw text, in the order of ids, without gathering them.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn for_each_live(
        &self,
        resource: Resource,
        mut each: impl FnMut(&str, &str),
    ) -> Result<(), Error> {
        let sql =
            format!("SELECT id, raw_data FROM {resource} WHERE retired_at IS NULL ORDER BY id");
        self.read("read the live rows", |file| {
            let mut statement = file.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
            }
            Ok(())
        })
    }

    /// Lists the live subscriptions that end from `from` on and before `before`, the first to end
    /// first. Those that are cancelled, or have ended by their status, are left out.
    ///
    /// # Errors
    ///
    /// A [`Database`](glp_core::error::ErrorKind::Database) error.
    pub fn expiring(&self, from: UnixTime, before: UnixTime) -> Result<Vec<Expiring>, Error> {
        self.read("list expiring subscriptions", |file| {
            let mut statement = file.prepare_cached(
                "SELECT id, key, subscription_type, subscription_status, sku, sku_description,
                        tier, quantity, available_quantity, end_time
                 FROM subscriptions
                 WHERE retired_at IS NULL AND end_time >= ?1 AND end_time < ?2
                   AND ifnull(subscription_status, '') NOT IN ('CANCELLED', 'ENDED')
                 ORDER BY end_time, key, id",
            )?;
            let rows = statement.query_map([Timestamp(from), Timestamp(before)], |row| {
                let Timestamp(end_time) = row.get(9)?;
                Ok(Expiring {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    subscription_type: row.get(2)?,
                    subscription_status: row.get(3)?,
                    sku: row.get(4)?,
                    sku_description: row.get(5)?,
                    tier: row.get(6)?,
                    quantity: row.get(7)?,
                    available_quantity: row.get(8)?,
                    end_time,
                })
            })?;
            rows.collect()
        })
    }
}

/// The column by which people name a row.
const fn people_call_it(resource: Resource) -> &'static str {
    match resource {
        Resource::Devices => "serial_number",
        Resource::Subscriptions => "key",
    }
}

/// Makes the condition of a filter, with the values of its parameters.
fn condition(layout: Layout, filter: &ListFilter) -> Result<(String, Vec<Value>), Error> {
    let mut sql = String::from(match filter.rows {
        Rows::All => "TRUE",
        Rows::Live => "retired_at IS NULL",
        Rows::Retired => "retired_at IS NOT NULL",
    });
    let mut values = Vec::new();
    for (column, text) in &filter.equal {
        values.push(comparable(layout, column, text)?);
        // Writing to a String cannot fail; the name is one of the layout's.
        let _ = write!(sql, " AND {column} = ?{} COLLATE NOCASE", values.len());
    }
    Ok((sql, values))
}

/// Reads the `text` to compare with as a value of `column`'s kind.
fn comparable(layout: Layout, column: &str, text: &str) -> Result<Value, Error> {
    let Some(kind) = layout.kind(column) else {
        let columns = layout.names.join(", ");
        return Err(invalid(format!("there is no column {column}: it must be one of {columns}")));
    };
    let (value, wanted) = match kind {
        Kind::Boolean => (text.parse().ok().map(Value::Boolean), "true or false"),
        Kind::Integer => (text.parse().ok().map(Value::Integer), "a whole number"),
        Kind::Json => (None, "left out: JSON is not compared"),
        Kind::Real => (text.parse().ok().map(Value::Real), "a number"),
        Kind::Text => (Some(Value::Text(text.into())), "a text"),
        Kind::Time => (text.parse().ok().map(Value::Time), "an RFC 3339 time"),
    };
    value.ok_or_else(|| invalid(format!("{column} is {text}: it must be {wanted}")))
}

fn invalid(message: String) -> Error {
    Error::new(ConfigurationKind::Invalid, message)
}
