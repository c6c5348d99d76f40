//! Ctrl-C and SIGTERM: an answer at once, a clean stop, and a second one that forces.

use std::future::Future;
use std::io;
use std::process;

use crate::exit::Exit;
use crate::messages::Messages;

/// The signal that stopped the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl Stop {
    /// Says what stopped the program, for the ledger.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Interrupt => "stopped by Ctrl-C",
            Self::Terminate => "stopped by SIGTERM",
        }
    }

    /// Returns the code to exit with.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// Runs `work` until it is done or a signal asks to stop; then `work` is dropped where it stands.
///
/// The first signal is answered with `farewell`. A second one, while the caller cleans up, ends the
/// process at once.
///
/// # Errors
///
/// The signal, where one came first.
pub(crate) async fn stoppable<T>(
    messages: &Messages,
    farewell: &str,
    work: impl Future<Output = T>,
) -> Result<T, Stop> {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            messages.warn(format_args!("cannot listen for signals: {error}"));
            return Ok(work.await);
        }
    };
    let stop = tokio::select! {
        biased;
        stop = signals.next() => stop,
        done = work => return Ok(done),
    };
    messages.warn(farewell);
    tokio::spawn(async move { process::exit(signals.next().await.exit() as i32) });
    Err(stop)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.interrupt.recv() => Stop::Interrupt,
            _ = self.terminate.recv() => Stop::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    async fn next(&mut self) -> Stop {
        self.interrupt.recv().await;
        Stop::Interrupt
    }
}
