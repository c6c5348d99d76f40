//! The loop: does what the call machine says, and tells it what came of it. It decides nothing.

use glp_core::call::{Action, Event};
use glp_core::error::Error;
use glp_core::exchange::Response;

use crate::clock::Clock;
use crate::transport::AnyTransport;
use crate::under_way::UnderWay;

/// Carries one call to its end. A panic on the way cancels the call; so does whoever calls it off.
pub(crate) fn drive(
    call: &UnderWay,
    transport: &AnyTransport,
    clock: &Clock,
) -> Result<Response, Error> {
    loop {
        let now = clock.now();
        match call.poll(now)? {
            Action::Send { request, give_up_at } => {
                let event = match transport.send(request, give_up_at.since(now)) {
                    Ok(response) => Event::Response(response),
                    Err(failure) => Event::Failed(failure),
                };
                call.handle(event, clock.now());
            }
            Action::Sleep { until, .. } => _ = clock.within(until, call.called_off()),
            // Woken or not, the next poll finds out.
            Action::Park { until, .. } => _ = clock.within(until, call.parked()),
            Action::Done(result) => return result,
        }
    }
}
