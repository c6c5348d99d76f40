//! `glp get`: reads rows from the store.

use std::path::Path;

use glp_blocking::store::{ListFilter, Record, Store};
use glp_core::greenlake::Resource;
use glp_tokio::Clock;

use crate::age;
use crate::arguments::Get;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages::Messages;
use crate::output::{Format, Output, Sheet, text};

/// Prints the rows asked for, and how old they are.
///
/// # Errors
///
/// [`Exit::Store`] where the store cannot be read, [`Exit::Usage`] for a filter that cannot be
/// used, [`Exit::Failure`] where there is no row with the id.
pub(crate) fn run(
    arguments: &Get,
    store: &Path,
    messages: &Messages,
    output: &Output,
) -> Result<Exit, Failure> {
    let store = Store::open_read_only(store)?;
    let resource = Resource::from(arguments.resource);
    for status in store.status(0)?.resources.iter().filter(|status| status.resource == resource) {
        age::tell(status, Clock::start().wall_now(), messages);
    }
    match &arguments.id {
        Some(id) => print_one(&store, resource, id, output)?,
        None => print_all(&store, arguments, resource, output)?,
    }
    Ok(Exit::Success)
}

fn print_one(store: &Store, resource: Resource, id: &str, output: &Output) -> Result<(), Failure> {
    let Some(record) = store.get(resource, id)? else {
        return Err(Failure::new(
            Exit::Failure,
            format!("no {resource} in the store with id {id}"),
        ));
    };
    match output.format() {
        Format::Json => output.object(&record)?,
        Format::Csv => output.sheet(&sheet(record.columns, vec![record.clone()]))?,
        Format::Table => output.sheet(&upright(&record))?,
    }
    Ok(())
}

fn print_all(
    store: &Store,
    arguments: &Get,
    resource: Resource,
    output: &Output,
) -> Result<(), Failure> {
    let wanted = arguments
        .filter
        .iter()
        .fold(ListFilter::default(), |wanted, filter| wanted.equal(&filter.column, &filter.value));
    let rows = sheet(Store::columns(resource), store.list(resource, &wanted)?);
    match output.format() {
        Format::Table => output.sheet(&rows.only(brief(resource)))?,
        Format::Json | Format::Csv => output.sheet(&rows)?,
    }
    Ok(())
}

fn sheet(columns: &[&'static str], records: Vec<Record>) -> Sheet {
    let mut sheet = Sheet::new(columns);
    sheet.rows = records.into_iter().map(|record| record.values).collect();
    sheet
}

/// Stands one row upright, a line for each column, so that it fits a terminal.
fn upright(record: &Record) -> Sheet {
    let mut sheet = Sheet::new(&["column", "value"]);
    let lines = record.columns.iter().zip(&record.values);
    sheet.rows = lines.map(|(name, value)| vec![text(*name), text(value.to_string())]).collect();
    sheet
}

/// The columns that a table shows; JSON and CSV have them all.
const fn brief(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Devices => &[
            "id",
            "serial_number",
            "device_type",
            "model",
            "device_name",
            "region",
            "assigned_state",
        ],
        Resource::Subscriptions => &[
            "id",
            "key",
            "subscription_type",
            "subscription_status",
            "quantity",
            "available_quantity",
            "tier",
            "end_time",
        ],
    }
}
