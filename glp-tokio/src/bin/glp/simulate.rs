//! `glp simulate`: serves the fake service until it is stopped.

use std::fs::OpenOptions;
use std::future::pending;
use std::io::{self, Write};
use std::path::Path;

use glp_core::testkit::{Faults, Settings};
use glp_tokio::Clock;

use crate::arguments::Simulate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fake::{Fake, Log};
use crate::messages::Messages;
use crate::output::Output;
use crate::signal::stoppable;

/// Serves, prints how to reach the service, and waits for a signal.
///
/// # Errors
///
/// [`Exit::Usage`] for a setting that cannot be used, naming it, its value and the limit.
pub(crate) async fn run(
    arguments: Simulate,
    messages: &Messages,
    output: &Output,
) -> Result<Exit, Failure> {
    let settings = settings(&arguments)?;
    let fake = Fake::start(settings, arguments.port, messages, Log::Exchanges).await?;
    let variables = fake.variables();
    if let Some(path) = &arguments.write_credentials {
        write_credentials(path, &variables).map_err(|error| {
            Failure::usage(format!(
                "cannot write {} (--write-credentials): {error}",
                path.display()
            ))
        })?;
    }
    output.text(&shell_lines(&variables))?;
    messages.info(format_args!(
        "serving {} devices and {} subscriptions at {}, faults {}, seed {}; Ctrl-C stops",
        arguments.devices,
        arguments.subscriptions,
        fake.url(),
        arguments.faults,
        arguments.seed,
    ));
    match stoppable(messages, "stopped serving", pending()).await {
        Ok(never) => never,
        Err(stop) => Ok(stop.exit()),
    }
}

fn settings(arguments: &Simulate) -> Result<Settings, Failure> {
    let now = Clock::start().wall_now();
    Settings::default()
        .with_devices(arguments.devices)
        .and_then(|settings| settings.with_subscriptions(arguments.subscriptions))
        .and_then(|settings| settings.with_token_life(arguments.token_life.0))
        .map(|settings| {
            settings
                .with_seed(arguments.seed)
                .with_faults(Faults::level(arguments.faults))
                .with_origin(now)
                .with_today(now)
        })
        .map_err(|invalid| Failure::usage(invalid.to_string()))
}

/// Returns lines for a shell to evaluate. No value needs quotes: they are URLs, hexadecimal digits
/// and words of the fake's own.
fn shell_lines(variables: &[(&str, String)]) -> String {
    variables.iter().map(|(name, value)| format!("export {name}={value}\n")).collect()
}

/// Writes a file that only its owner can read, in place of any that is there.
fn write_credentials(path: &Path, variables: &[(&str, String)]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = options.open(path)?;
    variables.iter().try_for_each(|(name, value)| writeln!(file, "{name}={value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> [(&'static str, String); 2] {
        [("GLP_CLIENT_ID", "one".into()), ("GLP_BASE_URL", "http://127.0.0.1:1".into())]
    }

    #[test]
    fn the_shell_lines_can_be_evaluated() {
        assert_eq!(
            shell_lines(&variables()),
            "export GLP_CLIENT_ID=one\nexport GLP_BASE_URL=http://127.0.0.1:1\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_credentials_file_is_its_owners_alone_even_where_one_was_before() {
        use std::os::unix::fs::PermissionsExt;

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();

        write_credentials(file.path(), &variables()).unwrap();

        let mode = std::fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            std::fs::read_to_string(file.path()).unwrap(),
            "GLP_CLIENT_ID=one\nGLP_BASE_URL=http://127.0.0.1:1\n"
        );
    }
}
