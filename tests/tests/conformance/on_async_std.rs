//! The script on async-std: its sockets are real, its runtime's time is the virtual timer's.
//!
//! The timer moves time when the future it runs has nothing to do. [`Patient`] has it wait for the
//! sockets first.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use glp_async_std::{AsyncStd, Client, ClientBuilder, Clock, HttpSettings, HttpTransport, Runtime};
use glp_core::concurrent::Timer;
use glp_core::testkit::VirtualTimer;
use glp_core::time::Instant;

use crate::suite::async_caller::{Async, async_caller};
use crate::suite::configured;
use crate::suite::kept::kept;
use crate::suite::perform::perform;
use crate::suite::scenario::{MAX_BODY, Scenario};
use crate::suite::server::Server;
use crate::suite::trace::Trace;
use crate::suite::wire::{Standstill, Wire, Wired};

pub(crate) fn run(scenario: &Scenario) -> Vec<String> {
    let wire = Wire::new(scenario);
    let server = Server::start(scenario, &wire);
    let (trace, executor) = (Trace::default(), Executor::here());
    let (runtime, transport) = kept(&USUAL, transport, scenario, &server);
    let (clock, record, stop) = (Clock::of(runtime.clone()), trace.clone(), executor.clone());
    let transport = Wired {
        transport,
        clock: clock.clone(),
        stop: move || stop.stand_still(),
        wire: wire.clone(),
    };
    let client = configured!(ClientBuilder::on(runtime.clone()), scenario, server)
        .transport(transport)
        .observer(move |notice| record.notice(clock.now(), notice))
        .build()
        .unwrap();
    let mut caller = Async { client, wire };
    let future = Box::pin(perform(scenario, &mut caller, &trace));
    runtime.timer.run(Patient { future, executor });
    trace.lines(server.hosts().each_ref().map(String::as_str))
}

thread_local!(static USUAL: (Staged, HttpTransport<Staged>) = transport(MAX_BODY, None));

fn transport(max_body: usize, extra_ca: Option<Vec<u8>>) -> (Staged, HttpTransport<Staged>) {
    let runtime = Staged { timer: VirtualTimer::new(), origin: AsyncStd.now() };
    let settings = HttpSettings { max_body, extra_ca, ..HttpSettings::default() };
    (runtime.clone(), HttpTransport::on(runtime, &settings).unwrap())
}

/// async-std's sockets in virtual time.
#[derive(Clone)]
struct Staged {
    timer: VirtualTimer,
    origin: std::time::Instant,
}

impl Runtime for Staged {
    type Stream = <AsyncStd as Runtime>::Stream;

    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        AsyncStd.resolve(host, port).await
    }

    async fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        AsyncStd.connect(address).await
    }

    async fn unblock<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        AsyncStd.unblock(work).await
    }

    fn now(&self) -> std::time::Instant {
        self.origin + self.timer.now().since(Instant::ZERO)
    }

    async fn sleep(&self, duration: Duration) {
        self.timer.sleep_until(self.timer.now() + duration).await;
    }
}

/// The thread on which everything runs, and what keeps its time from moving.
struct Executor {
    thread: Thread,
    woken: AtomicBool,
    exchanges: AtomicUsize,
}

impl Executor {
    fn here() -> Arc<Self> {
        let (woken, exchanges) = (AtomicBool::new(false), AtomicUsize::new(0));
        Arc::new(Self { thread: thread::current(), woken, exchanges })
    }

    fn stand_still(self: &Arc<Self>) -> Standstill {
        self.exchanges.fetch_add(1, Ordering::SeqCst);
        Standstill::new(Exchanging(self.clone()))
    }
}

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Counts one exchange for as long as it lives.
struct Exchanging(Arc<Executor>);

impl Drop for Exchanging {
    fn drop(&mut self) {
        self.0.exchanges.fetch_sub(1, Ordering::SeqCst);
        self.0.thread.unpark();
    }
}

/// Blocks its thread while an exchange is under way; is pending only where nothing but time can
/// help.
struct Patient<F> {
    future: Pin<Box<F>>,
    executor: Arc<Executor>,
}

impl<F: Future> Future for Patient<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<F::Output> {
        let executor = self.executor.clone();
        let waker = Waker::from(executor.clone());
        loop {
            if let Poll::Ready(output) = self.future.as_mut().poll(&mut Context::from_waker(&waker))
            {
                return Poll::Ready(output);
            }
            while !executor.woken.swap(false, Ordering::SeqCst) {
                if executor.exchanges.load(Ordering::SeqCst) == 0 {
                    return Poll::Pending;
                }
                thread::park();
            }
        }
    }
}

async_caller!(Client<Staged>);
