//! The loop: does what the call machine says, and tells it what came of it. It decides nothing.

use glp_core::call::{Action, Event};
use glp_core::drive::InFlight;
use glp_core::error::Error;
use glp_core::exchange::{Failure, FailureKind, Response};
use glp_core::transport::AnyTransport;

use crate::clock::Clock;
use crate::runtime::Runtime;

/// Carries one call to its end. Dropping the future cancels the call.
pub(crate) async fn drive<R: Runtime>(
    mut call: InFlight,
    transport: &dyn AnyTransport,
    clock: &Clock<R>,
) -> Result<Response, Error> {
    loop {
        match call.poll(clock.now()) {
            Action::Send { request, give_up_at } => {
                let event = match clock.within(give_up_at, transport.send(request)).await {
                    Some(Ok(response)) => Event::Response(response),
                    Some(Err(failure)) => Event::Failed(failure),
                    None => Event::Failed(Failure::new(FailureKind::Timeout, "given up")),
                };
                call.handle(event, clock.now());
            }
            Action::Sleep { until, .. } => clock.sleep_until(until).await,
            // Woken or not, the next poll finds out.
            Action::Park { until, .. } => _ = clock.within(until, call.parked()).await,
            Action::Done(result) => return result,
        }
    }
}
