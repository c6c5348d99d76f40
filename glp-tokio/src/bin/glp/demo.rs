//! `glp demo`: the whole way, against a fake service with a bad day.
//!
//! Nothing about the way is special: the sync of `glp sync`, over real HTTP, into the same store.
//! Only the time constants are short, so that a breaker opens and closes while somebody watches.

use std::future::pending;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use glp_blocking::store::Store;
use glp_core::backoff::Backoff;
use glp_core::breaker;
use glp_core::call::{CallOptions, Guard};
use glp_core::greenlake::Resource;
use glp_core::invalid::Invalid;
use glp_core::sync::Settings;
use glp_core::testkit::{self, Faults};
use glp_core::wall::UnixTime;
use glp_tokio::{Client, ClientBuilder, Clock};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::fake::{Fake, Log};
use crate::messages::Messages;
use crate::output::{Format, Output};
use crate::progress::Progress;
use crate::session::{Plan, Session};
use crate::summary::Summary;
use crate::sync::{End, carry_out, conclude, opening};
use crate::witness::Witness;

const DEVICES: u32 = 12_000;
const SUBSCRIPTIONS: u32 = 600;
/// Rows a page: small ones, so that there are enough requests for a bad day.
const DEVICE_ROWS: u32 = 500;
const SUBSCRIPTION_ROWS: u32 = 100;
/// Where the first run is broken off.
const BREAK_OFF_AT: u64 = 6_000;

/// The dates of the fake's rows lie around a day that moves once in 30 days: a demo repeated
/// tomorrow finds the same rows, and there are always subscriptions about to end.
const SAME_ROWS_FOR: u64 = 30 * 86_400;

const ATTEMPTS: NonZeroU32 = NonZeroU32::new(12).unwrap();
const COOL_DOWN: Duration = Duration::from_millis(1_500);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_millis(400);

/// What the demo did, and whether it came out right. `-o json` prints it as one object.
#[derive(Serialize)]
struct Demonstration {
    /// The second run; requests, retries, waits and transitions are those of both.
    #[serde(flatten)]
    summary: Summary,
    /// Rows in which the store and the service differ.
    differing_rows: u64,
}

/// Syncs in two runs, the first of which is broken off, and compares the store with the service.
///
/// # Errors
///
/// Whatever kept a run from beginning.
pub(crate) async fn run(
    store: &Path,
    messages: &Messages,
    output: &Output,
) -> Result<Exit, Failure> {
    let settings = service(Clock::start().wall_now()).map_err(unusable)?;
    let fake = Fake::start(settings, 0, messages, Log::Nothing).await?;
    messages.info(format_args!(
        "a fake service with {DEVICES} devices, {SUBSCRIPTIONS} subscriptions and a bad day, at {}",
        fake.url()
    ));
    let progress = Progress::start(Clock::start(), messages);
    let client = client(&fake, &progress)?;
    let (session, end) = break_off_and_resume(&client, store, &progress).await?;
    progress.finish();
    let summary = conclude(session, end, &client, messages).await?;
    if summary.exit != Exit::Success {
        summary.print(output)?;
        return Ok(summary.exit);
    }
    let differing_rows = differing_rows(&fake, store)?;
    Demonstration { summary, differing_rows }.print(output, messages)
}

/// Says what the service holds and what goes wrong.
fn service(now: UnixTime) -> Result<testkit::Settings, Invalid> {
    let today = UnixTime::from_secs(now.as_secs() / SAME_ROWS_FOR * SAME_ROWS_FOR);
    Ok(testkit::Settings::default()
        .with_devices(DEVICES)?
        .with_subscriptions(SUBSCRIPTIONS)?
        .with_faults(Faults::demo())
        .with_origin(now)
        .with_today(today))
}

fn client(fake: &Fake, progress: &Progress) -> Result<Client, Failure> {
    let variables = fake.variables();
    let value = |name: &str| variables.iter().find(|(known, _)| *known == name);
    let progress = progress.clone();
    let breaker = breaker::Config { cool_down: COOL_DOWN, ..breaker::Config::DEFAULT };
    let backoff =
        Backoff { initial: FIRST_BACKOFF, max_delay: LONGEST_BACKOFF, ..Backoff::DEFAULT };
    let client = ClientBuilder::from_lookup(|name| value(name).map(|(_, value)| value.into()))?
        .breaker(Guard::On(breaker))
        .backoff(backoff)
        .observer(move |notice| progress.noticed(notice))
        .build()?;
    Ok(client)
}

fn plan() -> Result<Plan, Invalid> {
    let settings = Settings::default()
        .page_rows(Resource::Devices, DEVICE_ROWS)?
        .page_rows(Resource::Subscriptions, SUBSCRIPTION_ROWS)?;
    let options = CallOptions { attempts: ATTEMPTS, ..CallOptions::BATCH };
    Ok(Plan { resources: Resource::ALL.to_vec(), settings, options })
}

/// Drops a run half-way, as a kill would, and lets a second one go on from there.
async fn break_off_and_resume(
    client: &Client,
    store: &Path,
    progress: &Progress,
) -> Result<(Session, End), Failure> {
    let plan = plan().map_err(unusable)?;
    let session = Session::begin(client, store).await?;
    let witness = Witness::new(progress, opening(&session, client, store));
    let half_way = progress.reached(BREAK_OFF_AT);
    match carry_out(&session, plan.clone(), witness, half_way).await {
        End::Cut => session.abandon().await,
        end => return Ok((session, end)),
    }
    progress.messages().info("the run is broken off, as if it had been killed; now a second one");
    progress.restart();
    let session = Session::begin(client, store).await?;
    let witness = Witness::new(progress, opening(&session, client, store));
    let end = carry_out(&session, plan, witness, pending()).await;
    Ok((session, end))
}

/// Counts the rows in which the store and the service differ: ids and raw texts, byte for byte.
fn differing_rows(fake: &Fake, store: &Path) -> Result<u64, Failure> {
    let store = Store::open_read_only(store)?;
    let mut differing = 0;
    for resource in Resource::ALL {
        let mut truth = fake.truth(resource);
        store.for_each_live(resource, |id, raw| {
            if truth.remove(id).is_none_or(|expected| expected != raw) {
                differing += 1;
            }
        })?;
        differing += truth.len() as u64;
    }
    Ok(differing)
}

fn unusable(invalid: Invalid) -> Failure {
    Failure::usage(invalid.to_string())
}

impl Demonstration {
    fn print(&self, output: &Output, messages: &Messages) -> Result<Exit, Failure> {
        if output.format() == Format::Json {
            output.object(self)?;
        } else {
            self.summary.print(output)?;
        }
        if self.differing_rows > 0 {
            let message = format!("{} rows differ from the service's", self.differing_rows);
            return Err(Failure::new(Exit::Failure, message));
        }
        messages.info(format_args!(
            "the store holds exactly the service's rows, byte for byte: {DEVICES} devices and \
             {SUBSCRIPTIONS} subscriptions"
        ));
        Ok(Exit::Success)
    }
}
