//! What is measured, and beside what: one file for each thing that a library of this kind does.

pub mod breakers;
pub mod delays;
pub mod limiters;
pub mod primitives;
pub mod retries;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls a future that is ready at once, as an executor would: once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
