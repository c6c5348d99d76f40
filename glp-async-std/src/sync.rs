//! The loop of a sync: fetches what the run asks for, and has the store do the rest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;

use async_std::sync::Mutex;
use glp_core::call::CallOptions;
use glp_core::error::{DatabaseKind, Error};
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::sync::{Ended, HEARTBEAT, Run, Step, Store};

use crate::adapter::Client;
use crate::runtime::Runtime;

/// Carries `run` to its end: pages come through `client` under `options`, commands go to `store` on
/// the runtime's blocking pool. `watch` sees the run after every step.
///
/// A store is kept alive by a heartbeat while pages are waited for, however long that takes. One
/// that fails, because another process has taken the store over, ends the run.
///
/// The future may be dropped at any await, and the next run goes on where this one stopped. A
/// command under way is then finished by its thread, in its one transaction; it holds the lock of
/// `store` until then, so whoever locks the store afterwards finds the command done.
pub async fn sync<R, S>(
    client: &Client<R>,
    store: &Arc<Mutex<S>>,
    mut run: Run,
    options: CallOptions,
    mut watch: impl FnMut(&Run),
) -> Ended
where
    R: Runtime,
    S: Store + Send + 'static,
{
    loop {
        watch(&run);
        match run.poll() {
            Step::Fetch(operation) => match fetch(client, store, operation, options).await {
                Ok(page) => run.fetched(page),
                Err(lost) => run.stored(Err(lost)),
            },
            Step::Store(command) => {
                run.stored(blocking(client, store, |store| store.execute(command)).await);
            }
            Step::Done(ended) => return ended,
        }
    }
}

/// Makes one call and gives the store its heartbeats meanwhile.
///
/// # Errors
///
/// The inner one is the call's; the outer one says that the store is lost.
async fn fetch<R, S>(
    client: &Client<R>,
    store: &Arc<Mutex<S>>,
    operation: Operation,
    options: CallOptions,
) -> Result<Result<Response, Error>, Error>
where
    R: Runtime,
    S: Store + Send + 'static,
{
    let clock = client.clock();
    let mut call = pin!(client.call_with(operation, options));
    loop {
        if let Some(result) = clock.within(clock.now() + HEARTBEAT, call.as_mut()).await {
            return Ok(result);
        }
        let now = clock.wall_now();
        blocking(client, store, move |store| store.heartbeat(now)).await?;
    }
}

/// Does `work` with the store on the blocking pool.
async fn blocking<R, S, T>(
    client: &Client<R>,
    store: &Arc<Mutex<S>>,
    work: impl FnOnce(&mut S) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error>
where
    R: Runtime,
    S: Send + 'static,
    T: Send + 'static,
{
    // Locked here and not on the thread: a command that waits for its thread is already ahead of
    // whoever locks the store next.
    let mut store = store.lock_arc().await;
    let work = move || {
        // A store that panics ends this run, as one that fails does.
        catch_unwind(AssertUnwindSafe(|| work(&mut store))).unwrap_or_else(|_| {
            Err(Error::new(DatabaseKind::General, "the store was stopped: it panicked"))
        })
    };
    client.clock().runtime().unblock(work).await
}
