//! The loop of a sync: fetches what the run asks for, and has the store do the rest.

use std::time::Duration;

use glp_core::call::CallOptions;
use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::sync::{Ended, HEARTBEAT, Run, Step, Store};

use crate::client::Client;
use crate::clock::Clock;
use crate::fetcher::Fetcher;

/// Carries `run` to its end: pages come through `client` under `options`, commands go to `store`.
/// `watch` sees the run after every step.
///
/// Pages are fetched by a thread of their own. This one keeps the store alive by a heartbeat while
/// a page is waited for, however long that takes. A store that fails, because another process has
/// taken it over, ends the run at once, and calls off what is under way.
///
/// # Panics
///
/// Where the system has no thread left, or where a call panics.
pub fn sync(
    client: &Client,
    store: &mut impl Store,
    mut run: Run,
    options: CallOptions,
    mut watch: impl FnMut(&Run),
) -> Ended {
    let fetcher = Fetcher::start(client.with(options)).expect("the system has a thread left");
    let mut listener = Listener { clock: client.clock(), fetcher, heartbeat: HEARTBEAT };
    loop {
        watch(&run);
        match run.poll() {
            Step::Fetch(operation) => match listener.fetch(operation, store) {
                Ok(page) => run.fetched(page),
                Err(lost) => run.stored(Err(lost)),
            },
            Step::Store(command) => run.stored(store.execute(command)),
            Step::Done(ended) => return ended,
        }
    }
}

/// Fetches while it keeps a store alive.
struct Listener {
    clock: Clock,
    fetcher: Fetcher,
    heartbeat: Duration,
}

impl Listener {
    /// Has one call made and gives the store its heartbeats meanwhile.
    ///
    /// # Errors
    ///
    /// The inner one is the call's; the outer one says that the store is lost.
    fn fetch(
        &mut self,
        operation: Operation,
        store: &mut impl Store,
    ) -> Result<Result<Response, Error>, Error> {
        self.fetcher.send(operation);
        loop {
            if let Some(page) = self.fetcher.receive(self.clock.now() + self.heartbeat) {
                return Ok(page);
            }
            store.heartbeat(self.clock.wall_now())?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use bytes::Bytes;
    use glp_core::error::{DatabaseKind, ErrorKind};
    use glp_core::exchange::{Failure, Request};
    use glp_core::greenlake::Resource;
    use glp_core::sync::{Command, Reply, RunId, Settings};
    use glp_core::testkit::ModelStore;
    use glp_core::wall::UnixTime;
    use http::Method;

    use super::*;
    use crate::transport::Transport;

    /// Grants tokens, and answers the rest as `answer` does.
    struct Slow<F>(F);

    impl<F: Fn() -> Response + Send + Sync + 'static> Transport for Slow<F> {
        fn send(&self, request: Request, _: Duration) -> Result<Response, Failure> {
            let token = || Response::new(r#"{"access_token":"t","expires_in":7200}"#.into());
            Ok(if request.method() == Method::POST { token() } else { (self.0)() })
        }
    }

    fn client(answer: impl Fn() -> Response + Send + Sync + 'static) -> Client {
        let builder = Client::builder().workspace_id("0a1b").client_id("me");
        builder.client_secret("hunter2".into()).transport(Slow(answer)).build().unwrap()
    }

    fn fetcher(client: Client) -> Listener {
        let (clock, heartbeat) = (client.clock(), Duration::from_millis(1));
        let fetcher = Fetcher::start(client.with(CallOptions::BATCH)).unwrap();
        Listener { clock, fetcher, heartbeat }
    }

    /// A store that tells of its heartbeats, for as long as somebody listens.
    struct Alive(Sender<()>);

    impl Store for Alive {
        fn execute(&mut self, command: Command) -> Result<Reply, Error> {
            unreachable!("{command:?} is not asked for")
        }

        fn heartbeat(&mut self, _: UnixTime) -> Result<(), Error> {
            self.0.send(()).map_err(|_| Error::new(DatabaseKind::Locked, "another has taken over"))
        }
    }

    #[test]
    fn a_page_that_is_long_in_coming_is_waited_for_with_heartbeats() {
        let (beat, beats) = channel();
        let beats = Mutex::new(beats);
        let client = client(move || {
            for _ in 0..3 {
                beats.lock().unwrap().recv().unwrap();
            }
            Response::new(Bytes::from_static(b"{}"))
        });

        let page = fetcher(client).fetch(Operation::get("/x"), &mut Alive(beat));

        assert_eq!(page.unwrap().unwrap().body(), "{}");
    }

    #[test]
    fn a_store_that_is_taken_over_is_not_waited_for() {
        let (release, released) = channel::<()>();
        let released = Mutex::new(released);
        let client = client(move || {
            _ = released.lock().unwrap().recv();
            Response::default()
        });
        let (beat, _) = channel();

        let lost = fetcher(client).fetch(Operation::get("/x"), &mut Alive(beat)).unwrap_err();

        assert_eq!(lost.kind(), ErrorKind::Database(DatabaseKind::Locked));
        drop(release);
    }

    #[test]
    fn a_call_that_panics_panics_here() {
        let client = client(|| panic!("on purpose"));
        let run = Run::new(RunId(1), Resource::ALL, "", UnixTime::EPOCH, Settings::default());
        let mut store = ModelStore::default();

        let panic = catch_unwind(AssertUnwindSafe(|| {
            sync(&client, &mut store, run, CallOptions::BATCH, |_| {})
        }));

        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
