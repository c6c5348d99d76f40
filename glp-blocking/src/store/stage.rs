//! An unfinished listing: its rows and its checkpoint, unseen by readers.

use glp_core::greenlake::Resource;
use glp_core::sync::{Begun, Checkpoint, Staged, StagedRow};
use rusqlite::{Connection, OptionalExtension, params};

use super::value::{json, unreadable};

/// Looks up where the listing of `resource` stands.
pub(super) fn begin(file: &Connection, resource: Resource) -> rusqlite::Result<Begun> {
    Ok(Begun {
        checkpoint: checkpoint(file, resource)?,
        staged: count(file, &format!("SELECT count(*) FROM staged_{resource}"))?,
        live: live(file, resource)?,
        generation: generation(file, resource)?,
    })
}

/// Drops the staged rows and the checkpoint of `resource`.
pub(super) fn discard(file: &Connection, resource: Resource) -> rusqlite::Result<()> {
    file.execute(&format!("DELETE FROM staged_{resource}"), [])?;
    file.execute("DELETE FROM checkpoints WHERE resource = ?1", [resource.name()])?;
    Ok(())
}

/// Keeps the rows of one page and the checkpoint after it.
pub(super) fn stage(
    file: &Connection,
    rows: &[StagedRow],
    checkpoint: &Checkpoint,
) -> rusqlite::Result<Staged> {
    let before = distinct_rows(file, checkpoint)?;
    let fresh = keep_rows(file, rows, checkpoint)?;
    let distinct = match before {
        Some(before) => before + fresh,
        None => count_pass(file, checkpoint)?,
    };
    keep_checkpoint(file, checkpoint, distinct)?;
    Ok(Staged { fresh, distinct })
}

/// Inserts or replaces `rows`, and counts those that the pass had not staged before.
fn keep_rows(
    file: &Connection,
    rows: &[StagedRow],
    checkpoint: &Checkpoint,
) -> rusqlite::Result<u64> {
    let table = format!("staged_{}", checkpoint.resource);
    // Most rows are seen for the first time, so that is tried first: one statement for each.
    let mut first = file.prepare_cached(&format!(
        "INSERT INTO {table} (id, pass, raw_data) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING"
    ))?;
    let mut again = file
        .prepare_cached(&format!("UPDATE {table} SET raw_data = ?3 WHERE id = ?1 AND pass = ?2"))?;
    let mut of_an_earlier_pass =
        file.prepare_cached(&format!("UPDATE {table} SET pass = ?2, raw_data = ?3 WHERE id = ?1"))?;
    let mut fresh = 0;
    for row in rows {
        let values = params![row.id, checkpoint.pass, row.raw];
        if first.execute(values)? == 1 {
            fresh += 1;
        } else if again.execute(values)? == 0 {
            fresh += of_an_earlier_pass.execute(values)? as u64;
        }
    }
    Ok(fresh)
}

/// Returns the rows staged so far in the checkpoint's pass, where the last page was of that pass.
///
/// Kept beside the checkpoint: counting them page after page would take quadratic time.
fn distinct_rows(file: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<Option<u64>> {
    let sql = "SELECT distinct_rows FROM checkpoints WHERE resource = ?1 AND pass = ?2";
    file.query_row(sql, params![checkpoint.resource.name(), checkpoint.pass], |row| {
        row.get(0).map(i64::cast_unsigned)
    })
    .optional()
}

fn count_pass(file: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<u64> {
    let sql = format!("SELECT count(*) FROM staged_{} WHERE pass = ?1", checkpoint.resource);
    file.query_row(&sql, [checkpoint.pass], |row| row.get(0).map(i64::cast_unsigned))
}

fn keep_checkpoint(
    file: &Connection,
    checkpoint: &Checkpoint,
    distinct: u64,
) -> rusqlite::Result<()> {
    let state = serde_json::to_string(checkpoint).map_err(|error| unreadable(3, error))?;
    file.execute(
        "INSERT OR REPLACE INTO checkpoints (resource, pass, distinct_rows, state)
         VALUES (?1, ?2, ?3, ?4)",
        params![checkpoint.resource.name(), checkpoint.pass, distinct.cast_signed(), state],
    )?;
    Ok(())
}

/// Returns the checkpoint of an unfinished listing.
pub(super) fn checkpoint(
    file: &Connection,
    resource: Resource,
) -> rusqlite::Result<Option<Checkpoint>> {
    let sql = "SELECT state FROM checkpoints WHERE resource = ?1";
    let state = file.query_row(sql, [resource.name()], |row| json(row, 0)).optional()?;
    Ok(state.flatten())
}

/// Counts the live rows.
pub(super) fn live(file: &Connection, resource: Resource) -> rusqlite::Result<u64> {
    count(file, &format!("SELECT count(*) FROM {resource} WHERE retired_at IS NULL"))
}

/// Returns the published generation, 0 before the first.
pub(super) fn generation(file: &Connection, resource: Resource) -> rusqlite::Result<u64> {
    let sql = "SELECT generation FROM resources WHERE name = ?1";
    let generation: Option<i64> =
        file.query_row(sql, [resource.name()], |row| row.get(0)).optional()?;
    Ok(generation.unwrap_or(0).cast_unsigned())
}

/// Runs a query whose answer is one count.
pub(super) fn count(file: &Connection, sql: &str) -> rusqlite::Result<u64> {
    file.query_row(sql, [], |row| row.get(0).map(i64::cast_unsigned))
}
