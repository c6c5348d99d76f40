//! What a script does with a client, whichever client it is.

use std::sync::Arc;

use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::greenlake::{List, Resource};
use glp_core::operation::Operation;
use glp_core::page::Page;
use glp_core::pager::Pager;
use glp_core::sync::{Run, RunId, Settings, Step, Store};
use glp_core::testkit::ModelStore;
use glp_core::time::Instant;
use glp_core::wall::UnixTime;

use crate::suite::scenario::{Act, Scenario, some};
use crate::suite::trace::Trace;

/// Rows asked for at a time.
const ROWS: u32 = 2;

/// One of the drivers. It writes every decision into the trace by itself.
pub(crate) trait Caller {
    /// Reads the client's clock.
    fn now(&self) -> Instant;

    /// Makes one call and awaits it.
    async fn call(&mut self, operation: Operation) -> Result<Response, Error>;

    /// Makes so many calls at once and awaits them.
    async fn together(
        &mut self,
        calls: usize,
        operation: Operation,
    ) -> Vec<Result<Response, Error>>;

    /// Makes one call and drops it as soon as its request has arrived.
    async fn abandon(&mut self, operation: Operation);

    /// Does nothing for so many seconds.
    async fn wait(&mut self, seconds: u64);
}

/// Carries out what the script says, and writes down what comes of it.
pub(crate) async fn perform(scenario: &Scenario, caller: &mut impl Caller, trace: &Trace) {
    for act in scenario.acts.clone() {
        match act {
            Act::Call(operation) => {
                let result = caller.call(operation).await;
                trace.outcome(caller.now(), &result);
            }
            Act::Together(calls, operation) => {
                let from = trace.len();
                let results = caller.together(calls, operation).await;
                trace.sort(from, caller.now(), &results);
            }
            Act::Abandon(operation) => {
                caller.abandon(operation).await;
                trace.say(caller.now(), "=> abandoned");
            }
            Act::Walk => walk(caller, trace).await,
            Act::Sync => sync(caller, trace).await,
            Act::Wait(seconds) => caller.wait(seconds).await,
        }
    }
}

/// Walks a listing to its end, or to the first error.
async fn walk(caller: &mut impl Caller, trace: &Trace) {
    let mut pager = Pager::by_offset(List::of(Resource::Devices)).limit(some(ROWS));
    let mut rows = 0;
    while let Some(operation) = pager.poll() {
        let result = caller.call(operation).await;
        let page: Option<Arc<Page>> = result.as_ref().ok().and_then(Page::take);
        let Some(page) = page else {
            trace.outcome(caller.now(), &result);
            break;
        };
        rows += page.items.len();
        pager.arrived(&page);
    }
    trace.say(caller.now(), format!("=> {rows} rows, {:?}", pager.end()));
}

/// Syncs the devices into an empty store.
async fn sync(caller: &mut impl Caller, trace: &Trace) {
    let settings = Settings::default().page_rows(Resource::Devices, ROWS).unwrap();
    let mut run = Run::new(RunId(1), [Resource::Devices], "here", UnixTime::EPOCH, settings);
    let mut store = ModelStore::default();
    let ended = loop {
        match run.poll() {
            Step::Fetch(operation) => run.fetched(caller.call(operation).await),
            Step::Store(command) => run.stored(store.execute(command)),
            Step::Done(ended) => break ended,
        }
    };
    let report = &ended.report.resources[&Resource::Devices];
    let (rows, passes) = (report.listed, report.passes);
    let reason = report.reason.as_deref().unwrap_or("no complaint");
    let text = format!("=> {}: {rows} rows in {passes} passes, {reason}", report.outcome);
    trace.say(caller.now(), text);
}
