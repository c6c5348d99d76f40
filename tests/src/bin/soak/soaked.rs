//! The callers of one adapter, in this process. A line on stdin is a number of seconds to soak for;
//! what came of them is a line on stdout.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc;
use glp_core::client::Client;
use glp_core::concurrent::{Executor, with_timeout};
use glp_core::exchange::Response;
use glp_core::rng::SplitMix64;
use glp_core::time::Instant;

use crate::Adapter;
use crate::caller::{CALLERS, LAST_REST, LAST_TRIES, Tally, Task};

pub(crate) fn run(adapter: Adapter, seed: u64) -> Result<(), Box<dyn Error>> {
    match adapter {
        Adapter::Tokio => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            as_told(|duration| {
                runtime.block_on(async {
                    asynchronous(glp_tokio::Client::from_env()?, seed, duration).await
                })
            })
        }
        Adapter::AsyncStd => as_told(|duration| {
            async_std::task::block_on(async {
                asynchronous(glp_async_std::Client::from_env()?, seed, duration).await
            })
        }),
        Adapter::Blocking => as_told(|duration| blocking(seed, duration)),
    }
}

fn as_told(
    mut soak: impl FnMut(Duration) -> Result<Tally, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    for line in std::io::stdin().lock().lines() {
        let tally = soak(Duration::from_secs(line?.parse()?))?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", tally.line())?;
        stdout.flush()?;
    }
    Ok(())
}

/// An answer is one that came, whatever it says: a row that is not there is not there.
fn is_answer(result: &Result<Response, glp_core::error::Error>) -> bool {
    result.as_ref().map_or_else(|error| error.status() == Some(404), |_| true)
}

async fn asynchronous<T: Executor>(
    client: Client<T>,
    seed: u64,
    duration: Duration,
) -> Result<Tally, Box<dyn Error>> {
    let clock = client.clock();
    let until = clock.now() + duration;
    let (ended, mut tallies) = mpsc::unbounded();
    for number in 0..CALLERS {
        let (caller, ended) = (client.clone(), ended.clone());
        clock.spawn(async move {
            let tally = call_until(&caller, SplitMix64::new(seed + number), until).await;
            drop(caller);
            // Nobody is left to hear of it only where the process ends.
            let _ = ended.unbounded_send(tally);
        });
    }
    drop(ended);
    let mut sum = Tally::default();
    while let Some(tally) = tallies.next().await {
        sum.add(tally);
    }
    for (operation, options) in Task::last() {
        for _ in 0..LAST_TRIES {
            if is_answer(&client.call_with(operation.clone(), options).await) {
                sum.last_calls += 1;
                break;
            }
            clock.sleep_until(clock.now() + LAST_REST).await;
        }
    }
    sum.conclude(&client.stats(), &client.circuit_status());
    Ok(sum)
}

async fn call_until<T: Executor>(client: &Client<T>, mut rng: SplitMix64, until: Instant) -> Tally {
    let (clock, mut tally) = (client.clock(), Tally::default());
    while clock.now() < until {
        let Task { operation, options, gives_up, rest } = Task::draw(&mut rng);
        let call = client.call_with(operation, options);
        let answered = match gives_up {
            Some(limit) => {
                with_timeout(&clock, limit, call).await.is_ok_and(|result| is_answer(&result))
            }
            None => is_answer(&call.await),
        };
        tally.count(answered);
        clock.sleep_until(clock.now() + rest).await;
    }
    tally
}

fn blocking(seed: u64, duration: Duration) -> Result<Tally, Box<dyn Error>> {
    let client = glp_blocking::Client::from_env()?;
    let clock = client.clock();
    let until = clock.now() + duration;
    let mut sum = Tally::default();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|number| {
                let (client, mut rng) = (&client, SplitMix64::new(seed + number));
                scope.spawn(move || {
                    let (clock, mut tally) = (client.clock(), Tally::default());
                    while clock.now() < until {
                        let Task { operation, mut options, gives_up, rest } = Task::draw(&mut rng);
                        // A thread cannot be dropped; it is given less time.
                        options.operation_timeout = gives_up
                            .unwrap_or(options.operation_timeout)
                            .max(Duration::from_millis(1));
                        tally.count(is_answer(&client.call_with(operation, options)));
                        clock.sleep_until(clock.now() + rest);
                    }
                    tally
                })
            })
            .collect();
        for caller in callers {
            sum.add(caller.join().map_err(|_| "a caller panicked")?);
        }
        Ok::<(), Box<dyn Error>>(())
    })?;
    for (operation, options) in Task::last() {
        for _ in 0..LAST_TRIES {
            if is_answer(&client.call_with(operation.clone(), options)) {
                sum.last_calls += 1;
                break;
            }
            clock.sleep_until(clock.now() + LAST_REST);
        }
    }
    sum.conclude(&client.stats(), &client.circuit_status());
    Ok(sum)
}
