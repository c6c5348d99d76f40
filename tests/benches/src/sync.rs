//! A whole sync into SQLite, beside the least that it could take: parsing those bytes, and inserting
//! those rows.
//!
//! The pages come over loopback from a process of its own, in which they are rendered. They go
//! through the client of `glp-blocking`, the call machine, the sync machine and the store, on the
//! routes' own quotas no longer: with them, a million devices take three minutes of waiting.
//!
//! The floor reads the same pages with a bare HTTP client, which is not counted; finds the rows in
//! them, and the columns in the rows, with the core's own schema; and inserts them, ordered by id,
//! in one transaction, with prepared statements, into the tables of the store. It keeps no
//! checkpoint, stages nothing and compares nothing: what is killed half-way is lost.

use std::fs;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use glp_blocking::Client;
use glp_blocking::store::{Conclusion, Ending, Owner, Store};
use glp_core::call::CallOptions;
use glp_core::greenlake::Resource;
use glp_core::page::Page;
use glp_core::sync::schema::{self, Child, Value};
use glp_core::sync::{Run, Settings, Step, Store as _};
use glp_core::wall::UnixTime;
use rusqlite::{Connection, ToSql};

use crate::clients::unpaced;
use crate::service::Service;
use crate::target::Target;
use crate::{cpu, table};

const MIB: f64 = 1_048_576.0;
const NOW: UnixTime = UnixTime::from_secs(1_795_420_800);

/// Prints the table.
pub fn report(
    devices: NonZeroU32,
    targets: &mut Vec<Target>,
) -> Result<(), Box<dyn std::error::Error>> {
    let service = Service::start(devices.get())?;
    let directory = tempfile::tempdir()?;
    // The peak so far is forgotten, where the kernel lets us.
    _ = fs::write("/proc/self/clear_refs", "5");
    let before = memory("VmRSS");
    let first = run(&service, &directory.path().join("store.db"), devices)?;
    let peak = memory("VmHWM");
    let again = run(&service, &directory.path().join("store.db"), devices)?;
    let floor = floor(&service, &directory.path().join("floor.db"), devices)?;

    let row = |name: &str, time: Duration| {
        let each = time.as_secs_f64() * 1e6 / f64::from(devices.get());
        let share = time.as_secs_f64() / floor.sum().as_secs_f64();
        vec![
            name.into(),
            format!("{:.2}", time.as_secs_f64()),
            format!("{each:.2}"),
            format!("{share:.2}"),
        ]
    };
    let rows = [
        row("parsing alone", floor.parsing),
        row("inserting alone", floor.inserting),
        row("both: the floor", floor.sum()),
        row("**first sync**", first.cpu),
        row("**first sync, on the wall**", first.wall),
        row("**second sync, nothing changed**", again.cpu),
    ];
    table::print(
        &format!("Sync of {devices} devices into SQLite: CPU time of this process"),
        &["what", "s", "us a device", "x floor"],
        &rows,
    );
    println!(
        "\nmemory: {:.1} MiB before, {:.1} MiB at the peak of the first sync",
        before / MIB,
        peak / MIB
    );
    let times = first.cpu.as_secs_f64() / floor.sum().as_secs_f64();
    targets.push(Target::at_most("sync: its CPU time over parsing and inserting", times, 1.3, ""));
    targets.push(Target::at_most("sync: peak memory", peak / MIB, 96.0, " MiB"));
    Ok(())
}

struct Took {
    cpu: Duration,
    wall: Duration,
}

/// Syncs once.
fn run(
    service: &Service,
    path: &std::path::Path,
    devices: NonZeroU32,
) -> Result<Took, Box<dyn std::error::Error>> {
    let client = Client::builder()
        .base_url(&service.url)
        .token_url(format!("{}/token", service.url))
        .workspace_id("of-no-worth")
        .client_id("of-no-worth")
        .client_secret("of-no-worth".into())
        .build()?;
    let mut store = Store::open(path)?;
    let owner = Owner { pid: std::process::id(), host: "bench".into(), program: "bench".into() };
    let (wall, cpu) = (Instant::now(), cpu::of_this_process());
    let started = store.begin_run(&owner, NOW)?;
    let mut run =
        Run::new(started.run, [Resource::Devices], client.scope(), NOW, Settings::default());
    let ended = loop {
        match run.poll() {
            Step::Fetch(operation) => {
                run.fetched(client.call_with(unpaced(operation), CallOptions::BATCH));
            }
            Step::Store(command) => run.stored(store.execute(command)),
            Step::Done(ended) => break ended,
        }
    };
    store.finish_run(&Conclusion::new(Ending::Complete), NOW)?;
    let took = Took { cpu: cpu::of_this_process() - cpu, wall: wall.elapsed() };
    let report = &ended.report.resources[&Resource::Devices];
    assert_eq!(report.listed, u64::from(devices.get()), "{report:?}");
    Ok(took)
}

#[derive(Default)]
struct Floor {
    parsing: Duration,
    inserting: Duration,
}

impl Floor {
    fn sum(&self) -> Duration {
        self.parsing + self.inserting
    }
}

fn floor(
    service: &Service,
    path: &std::path::Path,
    devices: NonZeroU32,
) -> Result<Floor, Box<dyn std::error::Error>> {
    drop(Store::open(path)?); // makes the tables
    let file = Connection::open(path)?;
    file.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; BEGIN",
    )?;
    let agent = ureq::Agent::new_with_defaults();
    let devices_table = schema::table(Resource::Devices);
    let mut parent = file.prepare(&format!(
        "INSERT INTO devices (id, {}, generation, first_seen_run, synced_at, raw_data) VALUES (?{})",
        devices_table.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", "),
        ", ?".repeat(devices_table.columns.len() + 4),
    ))?;
    let child = |child: &Child| {
        file.prepare(&format!(
            "INSERT INTO {} ({}, {}) VALUES (?{})",
            child.name,
            child.parent_id,
            child.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", "),
            ", ?".repeat(child.columns.len()),
        ))
    };
    let mut children = devices_table.children.iter().map(child).collect::<Result<Vec<_>, _>>()?;
    let mut floor = Floor::default();
    let synced_at = format!("{NOW:.3}");
    for offset in (0..devices.get()).step_by(2_000) {
        let url = format!("{}/devices/v1/devices?offset={offset}&limit=2000", service.url);
        let body = agent.get(url).call()?.body_mut().with_config().limit(1 << 30).read_to_vec()?;

        let began = cpu::of_this_thread();
        let page = Page::from_json(&body)?;
        let rows: Vec<_> = page
            .items
            .iter()
            .map(|item| (id(item.get()), devices_table.read(item.get()), item.get()))
            .collect();
        let parsed = cpu::of_this_thread();
        for (id, row, raw) in &rows {
            let values = row.values.iter().map(Cell).collect::<Vec<_>>();
            let mut all: Vec<&dyn ToSql> = vec![id];
            all.extend(values.iter().map(|value| value as &dyn ToSql));
            all.extend([&1_i64 as &dyn ToSql, &1_i64, &synced_at, raw]);
            parent.execute(all.as_slice())?;
            for (insert, rows) in children.iter_mut().zip(&row.children) {
                for row in rows {
                    let values = row.iter().map(Cell).collect::<Vec<_>>();
                    let mut all: Vec<&dyn ToSql> = vec![id];
                    all.extend(values.iter().map(|value| value as &dyn ToSql));
                    insert.execute(all.as_slice())?;
                }
            }
        }
        floor.parsing += parsed - began;
        floor.inserting += cpu::of_this_thread() - parsed;
    }
    let began = cpu::of_this_thread();
    file.execute_batch("COMMIT")?;
    floor.inserting += cpu::of_this_thread() - began;
    Ok(floor)
}

/// The id of a row, found as cheaply as it can be.
fn id(row: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Id {
        id: String,
    }
    serde_json::from_str::<Id>(row).map(|row| row.id).unwrap_or_default()
}

/// A value on its way into a column.
struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self.0 {
            Value::Boolean(truth) => truth.to_sql(),
            Value::Integer(number) => number.to_sql(),
            Value::Json(text) | Value::Text(text) => text.to_sql(),
            Value::Null => rusqlite::types::Null.to_sql(),
            Value::Real(number) => number.to_sql(),
            Value::Time(time) => Ok(format!("{time:.3}").into()),
        }
    }
}

/// Returns a figure of this process's memory, in bytes.
fn memory(which: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes * 1_024.0)
}
