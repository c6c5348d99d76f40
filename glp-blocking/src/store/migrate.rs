//! Making a new file, bringing an older one up to date, and refusing any other.

use std::path::Path;

use glp_core::error::{DatabaseKind, Error};
use rusqlite::{Connection, TransactionBehavior};

use super::fault::{cannot_open, fault, unusable};

/// Marks a file as an inventory of ours; "glp1" in ASCII. Kept in SQLite's `application_id`.
const APPLICATION_ID: i32 = 0x676C_7031;

/// The step from each version to the next, the first from nothing. Kept in `user_version`.
const MIGRATIONS: [&str; 2] = [include_str!("sql/v1.sql"), include_str!("sql/v2.sql")];

/// The version this program reads and writes.
const VERSION: usize = MIGRATIONS.len();

/// The size of a new file's pages, in bytes. A row of two kilobytes wastes near half of each of
/// SQLite's usual pages of four.
const PAGE_SIZE: u32 = 16_384;

/// The views, made anew after any migration.
const VIEWS: &str = include_str!("sql/views.sql");

/// What a file turns out to be.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Nothing is in it.
    Empty,
    /// A database that is not an inventory.
    Foreign,
    /// An inventory of this version.
    Version(usize),
}

/// Brings the file to the current version in one transaction, or refuses it untouched.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Error> {
    if version(connection, path)? == VERSION {
        return Ok(());
    }
    let failed = |cause| fault(path, "migrate the schema", cause);
    // Without effect on a file that has pages already.
    connection.pragma_update(None, "page_size", PAGE_SIZE).map_err(failed)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|cause| cannot_open(path, cause))?;
    // Asked again: another process may have migrated while this one waited for its turn.
    let found = version(&transaction, path)?;
    let mut script = MIGRATIONS[found.min(VERSION)..].concat();
    script.push_str(VIEWS);
    script.push_str(&format!(
        "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    ));
    transaction.execute_batch(&script).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Checks that a file that will only be read is of the current version.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), Error> {
    match version(connection, path)? {
        VERSION => Ok(()),
        0 => Err(unusable(path, DatabaseKind::Schema, "it is empty; nothing was synced yet")),
        older => {
            let reason = format!("it has version {older}; a sync brings it to version {VERSION}");
            Err(unusable(path, DatabaseKind::Schema, &reason))
        }
    }
}

/// Returns the version of the file, 0 for an empty one.
fn version(connection: &Connection, path: &Path) -> Result<usize, Error> {
    match identify(connection).map_err(|cause| cannot_open(path, cause))? {
        Found::Empty => Ok(0),
        Found::Version(version) if version <= VERSION => Ok(version),
        Found::Version(newer) => {
            let reason = format!(
                "it has version {newer}, and this program knows up to version {VERSION}; \
                 use the newer program"
            );
            Err(unusable(path, DatabaseKind::Schema, &reason)
                .with_detail("found_version", newer)
                .with_detail("known_version", VERSION))
        }
        Found::Foreign => {
            Err(unusable(path, DatabaseKind::Schema, "it is a database of another program"))
        }
    }
}

fn identify(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
    let objects = number("SELECT count(*) FROM sqlite_schema")?;
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    Ok(match usize::try_from(version) {
        Ok(0) if objects == 0 && application == 0 => Found::Empty,
        Ok(version) if version > 0 && application == i64::from(APPLICATION_ID) => {
            Found::Version(version)
        }
        _ => Found::Foreign,
    })
}

#[cfg(test)]
mod tests {
    use glp_core::greenlake::Resource;
    use glp_core::sync::schema;

    use super::super::Store;
    use super::*;

    /// Makes a file as version 1 of the program made it, with a device and its tag.
    fn version_1(path: &Path) {
        let file = Connection::open(path).unwrap();
        file.execute_batch(MIGRATIONS[0]).unwrap();
        file.execute_batch(&format!(
            "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;
             INSERT INTO devices (id, serial_number, generation, first_seen_run, synced_at, raw_data)
             VALUES ('d-1', 'CN1', 1, 1, '2026-01-01T00:00:00.000Z', '{{\"id\":\"d-1\"}}');
             INSERT INTO device_tags VALUES ('d-1', 'site', 'Bonn');
             INSERT INTO resources VALUES ('devices', 1, '2026-01-01T00:00:00.000Z', NULL, NULL);"
        ))
        .unwrap();
    }

    fn refusal(path: &Path) -> String {
        let error = Store::open(path).unwrap_err();
        assert_eq!(error.kind(), DatabaseKind::Schema.into());
        error.message().replace(&*path.to_string_lossy(), "PATH")
    }

    #[test]
    fn a_file_of_version_1_is_migrated_and_keeps_its_rows() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.db");
        version_1(&path);

        let store = Store::open(&path).unwrap();

        let device = store.get(Resource::Devices, "d-1").unwrap().unwrap();
        assert_eq!(device.value("raw_data").unwrap().to_string(), r#"{"id":"d-1"}"#);
        assert_eq!(device.value("retired_by_run"), Some(&schema::Value::Null));
        assert_eq!(store.status(0).unwrap().resources[0].live, 1);
        let count =
            |sql: &str| store.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM device_tags"), 1);
        assert_eq!(count("PRAGMA user_version"), 2);
    }

    #[test]
    fn a_migrated_file_has_the_schema_of_a_new_one() {
        let directory = tempfile::tempdir().unwrap();
        let schema_of = |name: &str| {
            let store = Store::open(directory.path().join(name)).unwrap();
            let sql = "SELECT group_concat(name || ifnull(sql, ''), char(10)) FROM \
                       (SELECT * FROM sqlite_schema ORDER BY name)";
            store.connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
        };
        version_1(&directory.path().join("old.db"));
        assert_eq!(schema_of("old.db"), schema_of("new.db"));
    }

    #[test]
    fn a_newer_file_is_refused_with_both_versions_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.db");
        drop(Store::open(&path).unwrap());
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();

        let expected = "cannot open the store PATH: it has version 9, and this program knows up \
                        to version 2; use the newer program";
        assert_eq!(refusal(&path), expected);
        assert!(Store::open_read_only(&path).is_err());
    }

    #[test]
    fn a_foreign_database_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("music.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (title)").unwrap();
        let before = std::fs::read(&path).unwrap();

        let expected = "cannot open the store PATH: it is a database of another program";
        assert_eq!(refusal(&path), expected);
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letter.txt");
        let letter = "Dear customer, ".repeat(100);
        std::fs::write(&path, &letter).unwrap();

        let expected = "cannot open the store PATH: it is not a SQLite database";
        assert_eq!(refusal(&path), expected);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), letter);
    }

    #[test]
    fn an_older_or_empty_file_is_not_read_without_migration() {
        let directory = tempfile::tempdir().unwrap();
        let old = directory.path().join("old.db");
        version_1(&old);
        let error = Store::open_read_only(&old).unwrap_err();
        assert!(error.message().ends_with("it has version 1; a sync brings it to version 2"));

        let empty = directory.path().join("empty.db");
        std::fs::write(&empty, "").unwrap();
        let error = Store::open_read_only(&empty).unwrap_err();
        assert!(error.message().ends_with("it is empty; nothing was synced yet"));
    }

    /// The tables hold the columns that the schema names, each in the type of its kind.
    #[test]
    fn the_tables_are_those_of_the_schema() {
        use schema::Kind;

        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path().join("inventory.db")).unwrap();
        let type_of = |table: &str, column: &str| -> Option<String> {
            let sql =
                "SELECT data_type FROM schema_info WHERE table_name = ?1 AND column_name = ?2";
            store.connection.query_row(sql, [table, column], |row| row.get(0)).ok()
        };
        for table in Resource::ALL.map(schema::table) {
            let children = table.children.iter().map(|child| (child.name, child.columns));
            for (name, columns) in children.chain([(table.name, table.columns)]) {
                for column in columns {
                    let sql_type = match column.kind {
                        Kind::Boolean | Kind::Integer => "INTEGER",
                        Kind::Json | Kind::Text | Kind::Time => "TEXT",
                        Kind::Real => "REAL",
                    };
                    assert_eq!(type_of(name, column.name).as_deref(), Some(sql_type), "{column:?}");
                }
            }
        }
    }
}
