//! `glp sync`: lists the service and brings the store up to date.

use std::future::pending;
use std::path::Path;

use glp_blocking::store::{Conclusion, Ending, Holder, Started};
use glp_core::call::CallOptions;
use glp_core::error::Error;
use glp_core::greenlake::Resource;
use glp_core::sync::{Ended, Guard, Outcome, Settings, Start};
use glp_tokio::{Client, ClientBuilder, Clock};

use crate::arguments::Sync;
use crate::credentials::Credentials;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages::Messages;
use crate::output::Output;
use crate::progress::Progress;
use crate::session::{Noted, Plan, Session};
use crate::signal::{Stop, stoppable};
use crate::span::Span;
use crate::summary::Summary;
use crate::witness::Witness;

const FAREWELL: &str = "stopping; the next sync goes on from here (Ctrl-C again to force)";

/// How the work of a run came to its end.
pub(crate) enum End {
    /// The run itself ended.
    Ended(Ended),
    /// It was cut short, by `--deadline` or by the demo.
    Cut,
    /// A signal came.
    Stopped(Stop),
}

/// Syncs, prints the summary, and says how it went.
///
/// # Errors
///
/// Whatever kept the run from beginning; how a run ended is in the exit code.
pub(crate) async fn run(
    arguments: Sync,
    store: &Path,
    messages: &Messages,
    output: &Output,
) -> Result<Exit, Failure> {
    let plan = plan(&arguments)?;
    let progress = Progress::start(Clock::start(), messages);
    let client = client(&arguments, messages, &progress)?;
    let session = Session::begin(&client, store).await?;
    let witness = Witness::new(&progress, opening(&session, &client, store));
    let deadline = pass(session.clock(), arguments.deadline);
    let end = carry_out(&session, plan, witness, deadline).await;
    progress.finish();
    let summary = conclude(session, end, &client, messages).await?;
    summary.print(output)?;
    Ok(summary.exit)
}

fn plan(arguments: &Sync) -> Result<Plan, Failure> {
    let resources = match arguments.resource {
        Some(resource) => vec![resource.into()],
        None => Resource::ALL.to_vec(),
    };
    let guard = Guard::new(arguments.max_retire.get(), Guard::DEFAULT_FLOOR)
        .map_err(|invalid| Failure::usage(invalid.to_string()))?;
    let start = if arguments.full { Start::Afresh } else { Start::Resume };
    let settings = Settings::default().guard(guard).start(start);
    let mut options = CallOptions::BATCH;
    options.attempts = arguments.attempts.unwrap_or(options.attempts);
    let span = |given: Option<Span>, default| given.map_or(default, |Span(duration)| duration);
    options.attempt_timeout = span(arguments.attempt_timeout, options.attempt_timeout);
    options.operation_timeout = span(arguments.operation_timeout, options.operation_timeout);
    Ok(Plan { resources, settings, options })
}

fn client(arguments: &Sync, messages: &Messages, progress: &Progress) -> Result<Client, Failure> {
    let path = arguments.credentials.as_deref();
    let credentials = Credentials::read(path, |warning| messages.warn(warning))?;
    let progress = progress.clone();
    let client = ClientBuilder::from_lookup(|name| credentials.get(name))?
        .observer(move |notice| progress.noticed(notice))
        .build()?;
    Ok(client)
}

/// Returns how the first line begins: which run, whose inventory, which store.
pub(crate) fn opening(session: &Session, client: &Client, store: &Path) -> String {
    let Started { run, abandoned } = session.started();
    let opening = format!("run {}: {} into {}", run.0, client.scope(), store.display());
    match abandoned {
        Some(Holder { run, .. }) => format!("{opening}, after run {} was abandoned", run.0),
        None => opening,
    }
}

/// Waits until `deadline` is over; for ever where there is none.
async fn pass(clock: Clock, deadline: Option<Span>) {
    match deadline {
        Some(Span(deadline)) => clock.sleep_until(clock.now() + deadline).await,
        None => pending().await,
    }
}

/// Syncs until the run ends, `cut` is ready, or a signal comes.
pub(crate) async fn carry_out(
    session: &Session,
    plan: Plan,
    witness: Witness<'_>,
    cut: impl Future<Output = ()>,
) -> End {
    let messages = witness.messages().clone();
    let work = async {
        tokio::select! {
            ended = session.sync(plan, witness) => End::Ended(ended),
            () = cut => End::Cut,
        }
    };
    stoppable(&messages, FAREWELL, work).await.unwrap_or_else(End::Stopped)
}

/// Books the end in the ledger, tells what is missing, and sums up.
///
/// # Errors
///
/// [`Exit::Store`] where the ledger cannot be written.
pub(crate) async fn conclude(
    session: Session,
    end: End,
    client: &Client,
    messages: &Messages,
) -> Result<Summary, Failure> {
    let (exit, reason) = match end {
        End::Ended(ended) => return finish(session, ended, client, messages).await,
        End::Cut => (Exit::Unavailable, "stopped by --deadline"),
        End::Stopped(stop) => (stop.exit(), stop.reason()),
    };
    if exit == Exit::Unavailable {
        messages.error(format_args!("{reason}; the next sync goes on from here"));
    }
    let summary = Summary::stopped(session.run(), client.stats(), session.took(), exit);
    let conclusion = Conclusion::new(Ending::Interrupted).with_error(reason);
    book(session, conclusion, &summary, messages).await?;
    Ok(summary)
}

/// Books how a run ended that came to its end, and tells what is missing.
async fn finish(
    session: Session,
    ended: Ended,
    client: &Client,
    messages: &Messages,
) -> Result<Summary, Failure> {
    let took = session.took();
    let exit = exit(&ended);
    tell(&ended, exit, messages);
    let mut conclusion = Conclusion::new(ended.report.outcome.into());
    conclusion.error = first_error(&ended).map(ToString::to_string);
    let summary = Summary::of(ended.report, client.stats(), took, exit);
    book(session, conclusion, &summary, messages).await?;
    Ok(summary)
}

/// Says which code a run earns.
fn exit(ended: &Ended) -> Exit {
    let store = ended.error.as_ref().map(Exit::of).filter(|exit| *exit == Exit::Store);
    match ended.report.outcome {
        _ if store.is_some() => Exit::Store,
        Outcome::Complete => Exit::Success,
        Outcome::Partial => Exit::Partial,
        Outcome::Failed => first_error(ended).map_or(Exit::Failure, Exit::of),
    }
}

fn first_error(ended: &Ended) -> Option<&Error> {
    ended.error.as_ref().or_else(|| ended.failures.values().next())
}

/// Tells which resources are not complete, why, and what can be done.
fn tell(ended: &Ended, exit: Exit, messages: &Messages) {
    if exit == Exit::Success {
        return;
    }
    for (resource, report) in &ended.report.resources {
        if let Some(reason) = &report.reason {
            messages.error(format_args!("{resource} {}: {reason}", report.outcome));
        }
    }
    if let Some(error) = first_error(ended) {
        messages.hint(Failure::hint(error));
    }
}

async fn book(
    session: Session,
    mut conclusion: Conclusion,
    summary: &Summary,
    messages: &Messages,
) -> Result<(), Failure> {
    conclusion.report = serde_json::to_value(summary).ok();
    if session.conclude(conclusion).await? == Noted::NotInTime {
        messages.warn("the store was still busy; the next sync will book this run as abandoned");
    }
    Ok(())
}
