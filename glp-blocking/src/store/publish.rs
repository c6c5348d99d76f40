//! A finished listing: staged rows become the live ones, in one transaction.

use glp_core::greenlake::Resource;
use glp_core::sync::schema::{self, Child, Table, Value};
use glp_core::sync::{Counts, Measure, Publication, RunId};
use glp_core::wall::UnixTime;
use rusqlite::{CachedStatement, Connection, params};

use super::stage;
use super::value::{Cell, Timestamp};

/// Counts what a complete publication of `pass` would retire.
pub(super) fn measure(
    file: &Connection,
    resource: Resource,
    pass: u32,
) -> rusqlite::Result<Measure> {
    let sql = format!("SELECT count(*) FROM {resource} AS live WHERE {}", missing(resource));
    let missing = file.query_row(&sql, [pass], |row| row.get(0).map(i64::cast_unsigned))?;
    Ok(Measure { live: stage::live(file, resource)?, missing })
}

/// Publishes the staged rows as a new generation, and drops them with their checkpoint.
///
/// Only what differs is written: a row listed again with the same text keeps its `generation` and
/// `synced_at`.
pub(super) fn publish(
    file: &Connection,
    resource: Resource,
    publication: Publication,
    run: RunId,
    at: UnixTime,
) -> rusqlite::Result<Counts> {
    let stamp = Stamp { generation: stage::generation(file, resource)? + 1, run, at };
    let pass = match publication {
        Publication::Complete { pass } => Some(pass),
        Publication::UpsertsOnly => None,
    };
    let mut counts = take_over(file, resource, pass, stamp)?;
    if let Some(pass) = pass {
        counts.retired = retire(file, resource, pass, stamp)?;
    }
    conclude(file, resource, publication, stamp)?;
    stage::discard(file, resource)?;
    Ok(counts)
}

/// What is noted with every change that one publication makes.
#[derive(Clone, Copy)]
struct Stamp {
    generation: u64,
    run: RunId,
    at: UnixTime,
}

/// The condition under which a row named `live` is live, and not among those of pass ?1.
fn missing(resource: Resource) -> String {
    format!(
        "live.retired_at IS NULL AND NOT EXISTS
         (SELECT 1 FROM staged_{resource} AS staged WHERE staged.id = live.id AND staged.pass = ?1)"
    )
}

/// Writes the staged rows that differ from the live ones: those of `pass`, or of every pass.
fn take_over(
    file: &Connection,
    resource: Resource,
    pass: Option<u32>,
    stamp: Stamp,
) -> rusqlite::Result<Counts> {
    let mut writer = Writer::new(file, schema::table(resource), stamp)?;
    let mut counts = Counts { generation: stamp.generation, ..Counts::default() };
    // The join is outer, so SQLite walks the staged table, and never what the writer writes.
    let mut staged = file.prepare_cached(&format!(
        "SELECT staged.id, staged.raw_data, live.id IS NULL, live.retired_at IS NOT NULL,
                live.raw_data IS staged.raw_data
         FROM staged_{resource} AS staged LEFT JOIN {resource} AS live ON live.id = staged.id
         WHERE ?1 IS NULL OR staged.pass = ?1"
    ))?;
    let mut rows = staged.query([pass])?;
    while let Some(row) = rows.next()? {
        let (is_new, is_retired, is_same) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let tally = match (is_new, is_retired, is_same) {
            (true, _, _) => &mut counts.inserted,
            (_, true, _) => &mut counts.restored,
            (_, _, false) => &mut counts.updated,
            (_, _, true) => {
                counts.unchanged += 1;
                continue;
            }
        };
        *tally += 1;
        writer.write(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?)?;
    }
    Ok(counts)
}

/// Retires the live rows that are not among those of `pass`. Their children stay with them.
fn retire(file: &Connection, resource: Resource, pass: u32, stamp: Stamp) -> rusqlite::Result<u64> {
    let sql = format!(
        "UPDATE {resource} AS live SET retired_at = ?2, retired_by_run = ?3, generation = ?4
         WHERE {}",
        missing(resource)
    );
    let values = params![pass, Timestamp(stamp.at), stamp.run.0, stamp.generation.cast_signed()];
    file.execute(&sql, values).map(|retired| retired as u64)
}

/// Notes what readers now see.
fn conclude(
    file: &Connection,
    resource: Resource,
    publication: Publication,
    stamp: Stamp,
) -> rusqlite::Result<()> {
    let complete = matches!(publication, Publication::Complete { .. });
    file.execute(
        "INSERT INTO resources
             (name, generation, published_at, last_complete_at, last_complete_run)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (name) DO UPDATE SET
             generation = excluded.generation,
             published_at = excluded.published_at,
             last_complete_at = ifnull(excluded.last_complete_at, last_complete_at),
             last_complete_run = ifnull(excluded.last_complete_run, last_complete_run)",
        params![
            resource.name(),
            stamp.generation.cast_signed(),
            Timestamp(stamp.at),
            complete.then_some(Timestamp(stamp.at)),
            complete.then_some(stamp.run.0),
        ],
    )?;
    Ok(())
}

/// Writes rows with their typed columns and their children.
struct Writer<'f> {
    table: &'static Table,
    upsert: CachedStatement<'f>,
    children: Vec<ChildWriter<'f>>,
    stamp: Stamp,
}

impl<'f> Writer<'f> {
    fn new(file: &'f Connection, table: &'static Table, stamp: Stamp) -> rusqlite::Result<Self> {
        let children = table.children.iter().map(|child| ChildWriter::new(file, child));
        Ok(Self {
            table,
            upsert: file.prepare_cached(&upsert_sql(table))?,
            children: children.collect::<rusqlite::Result<_>>()?,
            stamp,
        })
    }

    fn write(&mut self, id: &str, raw: &str) -> rusqlite::Result<()> {
        let row = self.table.read(raw);
        let upsert = &mut self.upsert;
        upsert.raw_bind_parameter(1, id)?;
        let mut next = bind(upsert, 2, &row.values)?;
        upsert.raw_bind_parameter(next, self.stamp.generation.cast_signed())?;
        next += 1;
        upsert.raw_bind_parameter(next, self.stamp.run.0)?;
        upsert.raw_bind_parameter(next + 1, Timestamp(self.stamp.at))?;
        upsert.raw_bind_parameter(next + 2, raw)?;
        upsert.raw_execute()?;
        for (writer, rows) in self.children.iter_mut().zip(&row.children) {
            writer.replace(id, rows)?;
        }
        Ok(())
    }
}

/// Replaces the child rows of one parent.
struct ChildWriter<'f> {
    clear: CachedStatement<'f>,
    insert: CachedStatement<'f>,
}

impl<'f> ChildWriter<'f> {
    fn new(file: &'f Connection, child: &Child) -> rusqlite::Result<Self> {
        let columns: Vec<_> = child.columns.iter().map(|column| column.name).collect();
        let Child { name, parent_id, .. } = child;
        Ok(Self {
            clear: file.prepare_cached(&format!("DELETE FROM {name} WHERE {parent_id} = ?1"))?,
            insert: file.prepare_cached(&format!(
                "INSERT INTO {name} ({parent_id}, {}) VALUES (?{})",
                columns.join(", "),
                ", ?".repeat(columns.len()),
            ))?,
        })
    }

    fn replace(&mut self, parent: &str, rows: &[Vec<Value>]) -> rusqlite::Result<()> {
        self.clear.execute([parent])?;
        for row in rows {
            self.insert.raw_bind_parameter(1, parent)?;
            bind(&mut self.insert, 2, row)?;
            self.insert.raw_execute()?;
        }
        Ok(())
    }
}

/// Binds `values` from the parameter `first` on, and returns the next parameter.
fn bind(
    statement: &mut CachedStatement<'_>,
    first: usize,
    values: &[Value],
) -> rusqlite::Result<usize> {
    for (value, parameter) in values.iter().zip(first..) {
        statement.raw_bind_parameter(parameter, Cell(value))?;
    }
    Ok(first + values.len())
}

/// The statement that inserts a row, or brings it up to date and back to life.
fn upsert_sql(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
    let updates: String =
        columns.iter().map(|name| format!("{name} = excluded.{name}, ")).collect();
    format!(
        "INSERT INTO {name} (id, {columns}, generation, first_seen_run, synced_at, raw_data)
         VALUES (?{others})
         ON CONFLICT (id) DO UPDATE SET {updates}
             generation = excluded.generation, synced_at = excluded.synced_at,
             raw_data = excluded.raw_data, retired_at = NULL, retired_by_run = NULL",
        name = table.name,
        columns = columns.join(", "),
        others = ", ?".repeat(columns.len() + 4),
    )
}
