//! The loop: does what the call machine says, and tells it what came of it. It decides nothing.

use crate::call::{Action, Event};
use crate::concurrent::Timer;
use crate::drive::InFlight;
use crate::error::Error;
use crate::exchange::{Failure, FailureKind, Response};
use crate::transport::AnyTransport;

/// Carries one call to its end. Dropping the future cancels the call.
pub(super) async fn drive(
    mut call: InFlight,
    transport: &AnyTransport,
    timer: &(impl Timer + Sync),
) -> Result<Response, Error> {
    loop {
        match call.poll(timer.now()) {
            Action::Send { request, give_up_at } => {
                let event = match timer.within(give_up_at, transport.send(request)).await {
                    Some(Ok(response)) => Event::Response(response),
                    Some(Err(failure)) => Event::Failed(failure),
                    None => Event::Failed(Failure::new(FailureKind::Timeout, "given up")),
                };
                call.handle(event, timer.now());
            }
            Action::Sleep { until, .. } => timer.sleep_until(until).await,
            // Woken or not, the next poll finds out.
            Action::Park { until, .. } => _ = timer.within(until, call.parked()).await,
            Action::Done(result) => return result,
        }
    }
}
