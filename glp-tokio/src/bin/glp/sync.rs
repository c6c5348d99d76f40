//! `glp sync`: lists the service and brings the store up to date.

use std::path::Path;

use glp_blocking::store::{Conclusion, Ending};
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
enum End {
    /// The run itself ended.
    Ended(Ended),
    /// `--deadline` is over.
    OutOfTime,
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
    let opening = opening(&session, &client, store);
    let end = carry_out(&session, plan, arguments.deadline, &progress, opening).await;
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
    let mut settings = Settings::default();
    settings.guard = Guard::new(arguments.max_retire.get(), Guard::DEFAULT_FLOOR)
        .map_err(|invalid| Failure::usage(invalid.to_string()))?;
    if arguments.full {
        settings.start = Start::Afresh;
    }
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
    format!("run {}: {} into {}", session.run().0, client.scope(), store.display())
}

async fn carry_out(
    session: &Session,
    plan: Plan,
    deadline: Option<Span>,
    progress: &Progress,
    opening: String,
) -> End {
    let clock = session.clock();
    let work = session.sync(plan, Witness::new(progress, opening));
    let work = async {
        match deadline {
            Some(Span(deadline)) => clock.within(clock.now() + deadline, work).await,
            None => Some(work.await),
        }
    };
    match stoppable(progress.messages(), FAREWELL, work).await {
        Ok(Some(ended)) => End::Ended(ended),
        Ok(None) => End::OutOfTime,
        Err(stop) => End::Stopped(stop),
    }
}

/// Notes the end in the ledger and on stderr, and sums up.
async fn conclude(
    session: Session,
    end: End,
    client: &Client,
    messages: &Messages,
) -> Result<Summary, Failure> {
    let (run, took, stats) = (session.run(), session.took(), client.stats());
    match end {
        End::Ended(ended) => finish(session, ended, client, messages).await,
        End::OutOfTime => {
            let reason = "stopped by --deadline; the next sync goes on from here";
            messages.with_error(reason);
            note(session, Conclusion::new(Ending::Interrupted).with_error(reason), messages).await?;
            Ok(Summary::stopped(run, stats, took, Exit::Unavailable))
        }
        End::Stopped(stop) => {
            let conclusion = Conclusion::new(Ending::Interrupted).with_error(stop.reason());
            note(session, conclusion, messages).await?;
            Ok(Summary::stopped(run, stats, took, stop.exit()))
        }
    }
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
    conclusion.report = serde_json::to_value(&summary).ok();
    note(session, conclusion, messages).await?;
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

async fn note(session: Session, conclusion: Conclusion, messages: &Messages) -> Result<(), Failure> {
    if session.conclude(conclusion).await? == Noted::NotInTime {
        messages.warn("the store was still busy; the next sync will book this run as abandoned");
    }
    Ok(())
}
