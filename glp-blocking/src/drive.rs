//! The loop: does what the call machine says, and tells it what came of it. It decides nothing.

use glp_core::call::{Action, Event};
use glp_core::drive::InFlight;
use glp_core::error::Error;
use glp_core::exchange::Response;

use crate::clock::Clock;
use crate::transport::Transport;

/// Carries one call to its end. A panic on the way cancels the call.
pub(crate) fn drive(
    mut call: InFlight,
    transport: &dyn Transport,
    clock: &Clock,
) -> Result<Response, Error> {
    loop {
        let now = clock.now();
        match call.poll(now) {
            Action::Send { request, give_up_at } => {
                let event = match transport.send(request, give_up_at.since(now)) {
                    Ok(response) => Event::Response(response),
                    Err(failure) => Event::Failed(failure),
                };
                call.handle(event, clock.now());
            }
            Action::Sleep { until, .. } => clock.sleep_until(until),
            // Woken or not, the next poll finds out.
            Action::Park { until, .. } => _ = clock.within(until, call.parked()),
            Action::Done(result) => return result,
        }
    }
}
