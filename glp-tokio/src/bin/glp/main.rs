//! The `glp` program: reads the command line, runs one command, exits with its code.

mod age;
mod arguments;
mod credentials;
mod demo;
mod exit;
mod failure;
mod fake;
mod filter;
mod get;
mod host;
mod messages;
mod meter;
mod output;
mod percent;
mod progress;
mod report;
mod session;
mod signal;
mod simulate;
mod span;
mod status;
mod summary;
mod sync;
mod witness;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages::{Messages, Volume};
use crate::output::Output;

fn main() -> ExitCode {
    let Arguments { global, command } = Arguments::parse();
    let messages = Messages::new(if global.quiet { Volume::Quiet } else { Volume::Normal });
    let exit = run(command, &global, &messages).unwrap_or_else(|failure| {
        if !failure.message.is_empty() {
            messages.error(failure.message);
        }
        failure.exit
    });
    exit.into()
}

fn run(command: Command, global: &Global, messages: &Messages) -> Result<Exit, Failure> {
    let output = Output::new(global.output, global.no_color);
    match command {
        Command::Demo => block_on(demo::run(&global.store, messages, &output)),
        Command::Simulate(arguments) => block_on(simulate::run(arguments, messages, &output)),
        Command::Sync(arguments) => {
            block_on(sync::run(arguments, &global.store, messages, &output))
        }
        Command::Status => status::run(&global.store, &output),
        Command::Get(arguments) => get::run(&arguments, &global.store, messages, &output),
        Command::Report(arguments) => report::run(arguments, &global.store, messages, &output),
    }
}

/// Runs a command that waits. What it leaves running when it ends, such as a store command on its
/// way, is not waited for: every store command is one transaction.
fn block_on(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| {
        Failure::new(Exit::Failure, format!("cannot start the runtime: {error}"))
    })?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}
