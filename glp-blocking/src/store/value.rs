//! Typed values in SQLite's terms.

use std::error::Error;

use glp_core::sync::schema::{Kind, Value};
use glp_core::wall::UnixTime;
use rusqlite::Row;
use rusqlite::types::{
    FromSql, FromSqlError, FromSqlResult, Null, ToSql, ToSqlOutput, Type, ValueRef,
};
use serde::de::DeserializeOwned;

/// A time as a text of fixed width, `2026-11-23T08:00:00.000Z`, which sorts as time follows.
#[derive(Clone, Copy)]
pub(super) struct Timestamp(pub(super) UnixTime);

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(format!("{:.3}", self.0).into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// A value on its way into a column.
pub(super) struct Cell<'v>(pub(super) &'v Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            Value::Boolean(truth) => truth.to_sql(),
            Value::Integer(number) => number.to_sql(),
            Value::Json(text) | Value::Text(text) => text.to_sql(),
            Value::Null => Null.to_sql(),
            Value::Real(number) => number.to_sql(),
            Value::Time(time) => Ok(format!("{time:.3}").into()),
        }
    }
}

/// Reads the column at `index` as `kind`.
pub(super) fn cell(row: &Row<'_>, index: usize, kind: Kind) -> rusqlite::Result<Value> {
    Ok(match kind {
        Kind::Boolean => row.get::<_, Option<bool>>(index)?.map(Value::Boolean),
        Kind::Integer => row.get::<_, Option<i64>>(index)?.map(Value::Integer),
        Kind::Json => row.get::<_, Option<String>>(index)?.map(Value::Json),
        Kind::Real => row.get::<_, Option<f64>>(index)?.map(Value::Real),
        Kind::Text => row.get::<_, Option<String>>(index)?.map(Value::Text),
        Kind::Time => time(row, index)?.map(Value::Time),
    }
    .unwrap_or_default())
}

/// Reads the time at `index`, which may be null.
pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<UnixTime>> {
    Ok(row.get::<_, Option<Timestamp>>(index)?.map(|Timestamp(time)| time))
}

/// Reads the JSON text at `index`, which may be null.
pub(super) fn json<T: DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(index)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(index, error)))
        .transpose()
}

/// Makes the error of a text at `index` that is not what this program wrote there.
pub(super) fn unreadable(
    index: usize,
    error: impl Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}
