//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use glp_core::greenlake::Resource;
use glp_core::testkit::Level;

use crate::exit;
use crate::filter::Filter;
use crate::output::Format;
use crate::percent::Percent;
use crate::span::Span;

/// Syncs the inventory of an HPE GreenLake workspace into a local store, and reads it there.
#[derive(Debug, Parser)]
#[command(name = "glp", version, after_help = exit::TABLE, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// The store: an SQLite file, created where there is none.
    #[arg(long, global = true, value_name = "PATH", default_value = "inventory.db")]
    pub(crate) store: PathBuf,
    /// The form of the data on stdout.
    #[arg(short, long, global = true, value_name = "FORM", value_enum, default_value_t)]
    pub(crate) output: Format,
    /// Say nothing on stderr but warnings and errors.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Write no colours, as with a non-empty NO_COLOR.
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sync a fake service with a bad day into the store, and compare them row by row.
    ///
    /// Needs no credentials and no server: the service runs inside the program, and the sync
    /// reaches it over real HTTP. It breaks off half-way, resumes, and ends with a summary.
    Demo,
    /// Serve a fake service on a loopback port until Ctrl-C.
    ///
    /// Prints on stdout the shell lines that point `glp sync` at it. Ctrl-C is the way to stop it;
    /// the exit code is then 130.
    Simulate(Simulate),
    /// List the service and bring the store up to date.
    ///
    /// Settings come from the environment, or from the file that --credentials names:
    /// GLP_CLIENT_ID, GLP_CLIENT_SECRET (or GLP_CLIENT_SECRET_FILE), GLP_WORKSPACE_ID (or
    /// GLP_TOKEN_URL) and, if not the global host, GLP_BASE_URL.
    Sync(Sync),
    /// Show how fresh the store is, its last runs and who holds it.
    Status,
    /// Read rows from the store.
    Get(Get),
    /// Report from the store.
    Report(Report),
}

/// The arguments of `glp simulate`.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// How many devices there are.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) devices: u32,
    /// How many subscriptions there are.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) subscriptions: u32,
    /// How bad the day is: none, mild or harsh.
    #[arg(long, value_name = "LEVEL", default_value = "none")]
    pub(crate) faults: Level,
    /// The seed: one seed, one inventory and one bad day.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The loopback port; 0 lets the system choose.
    #[arg(long, value_name = "P", default_value_t = 0)]
    pub(crate) port: u16,
    /// How long a token lives.
    #[arg(long, value_name = "TIME", default_value = "15m")]
    pub(crate) token_life: Span,
    /// Also write the settings to FILE, as KEY=VALUE lines that only you can read.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_credentials: Option<PathBuf>,
}

/// The arguments of `glp sync`.
#[derive(Args, Debug)]
pub(crate) struct Sync {
    /// What to sync; both by default.
    pub(crate) resource: Option<ResourceName>,
    /// Begin anew, even where an unfinished listing could be resumed.
    #[arg(long)]
    pub(crate) full: bool,
    /// Retire at most this share of a resource's rows; above it nothing is retired.
    #[arg(long, value_name = "SHARE", default_value = "10%")]
    pub(crate) max_retire: Percent,
    /// Send a request at most so many times.
    #[arg(long, value_name = "N")]
    pub(crate) attempts: Option<NonZeroU32>,
    /// Give up a request, its retries and waits included, after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) operation_timeout: Option<Span>,
    /// Give up one attempt at a request after this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) attempt_timeout: Option<Span>,
    /// Stop after this time, ready to be resumed.
    #[arg(long, value_name = "TIME")]
    pub(crate) deadline: Option<Span>,
    /// Read settings from FILE, of KEY=VALUE lines, instead of the environment.
    #[arg(long, value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,
}

/// The arguments of `glp get`.
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// What to read.
    pub(crate) resource: ResourceName,
    /// One row: an id, a device's serial number or a subscription's key.
    pub(crate) id: Option<String>,
    /// Keep the rows whose column has this value, in any case; may be given again.
    #[arg(long, value_name = "COLUMN=VALUE", conflicts_with = "id")]
    pub(crate) filter: Vec<Filter>,
}

/// The arguments of `glp report`.
#[derive(Args, Debug)]
pub(crate) struct Report {
    #[command(subcommand)]
    pub(crate) kind: ReportKind,
}

/// The reports there are.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportKind {
    /// Subscriptions that end soon, the next to end first.
    Expiring {
        /// How far to look ahead.
        #[arg(long, value_name = "TIME", default_value = "90d")]
        within: Span,
        /// Exit with 10 if there are any.
        #[arg(long)]
        exit_code: bool,
    },
}

/// A resource, as the command line spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResourceName {
    /// What is owned.
    Devices,
    /// What is licensed.
    Subscriptions,
}

impl From<ResourceName> for Resource {
    fn from(name: ResourceName) -> Self {
        match name {
            ResourceName::Devices => Self::Devices,
            ResourceName::Subscriptions => Self::Subscriptions,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn refused(line: &str) -> clap::Error {
        Arguments::try_parse_from(line.split_whitespace()).unwrap_err()
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_after_the_command() {
        let line = "glp sync devices --max-retire 25% --store a.db -o json";

        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap();

        assert_eq!(arguments.global.store, PathBuf::from("a.db"));
        assert_eq!(arguments.global.output, Format::Json);
        let Command::Sync(sync) = arguments.command else { panic!("not a sync") };
        assert_eq!(sync.resource, Some(ResourceName::Devices));
        assert_eq!(sync.max_retire.get(), 25);
    }

    #[test]
    fn bad_values_are_refused_by_name_value_and_limit() {
        let error = refused("glp report expiring --within 90x").to_string();

        assert!(error.contains("--within <TIME>"), "{error}");
        assert!(error.contains("90x"), "{error}");
        assert!(error.contains("up to 3650d"), "{error}");
    }

    #[test]
    fn no_flag_takes_a_secret() {
        assert_eq!(refused("glp sync --client-secret x").kind(), ErrorKind::UnknownArgument);
    }

    #[test]
    fn usage_errors_have_the_code_of_the_table() {
        assert_eq!(refused("glp nonsense").exit_code(), 2);
        assert_eq!(refused("glp sync --attempts 0").exit_code(), 2);
    }
}
