//! Following one asynchronous operation to its end.

use core::time::Duration;

use http::Uri;

use crate::error::{ApiKind, Error, ErrorKind};
use crate::exchange::Response;
use crate::greenlake::{self, AsyncOperation, OperationStatus, Resource};
use crate::operation::Operation;
use crate::time::Instant;
use crate::write::ended::{Ended, is_hopeless, quoting};
use crate::write::{Step, Why};

/// Follows one asynchronous operation of the service to its end.
///
/// It asks as often as the service suggests, or at growing intervals of its own, until the
/// operation is over, until the service's own limit for it has passed, or until the given time is
/// up; then it asks a last time. Where the service cannot be asked, it asks again later.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::exchange::Response;
/// use glp_core::greenlake::Resource;
/// use glp_core::time::Instant;
/// use glp_core::write::{Ended, Polling, Step, Why};
///
/// let mut accepted = Response::new("".into());
/// let location = "/devices/v1/async-operations/o-1".parse().unwrap();
/// accepted.headers_mut().insert("location", location);
/// let api = "https://api.example".parse().unwrap();
/// let start = Instant::ZERO;
/// let limit = Duration::from_secs(900);
/// let mut polling = Polling::new(&accepted, Resource::Devices, &api, limit, start)?;
///
/// let Step::Wait { until, why } = polling.poll(start) else { panic!("not at once") };
/// assert_eq!((until, why), (start + Polling::FIRST_INTERVAL, Why::InProgress));
/// let Step::Send(operation) = polling.poll(until) else { panic!("it is time to ask") };
/// assert_eq!(operation.request.uri(), "/devices/v1/async-operations/o-1");
///
/// // What a call brings: the answer, decoded.
/// let mut response = Response::new(r#"{"id":"o-1","status":"SUCCEEDED"}"#.into());
/// operation.decode.unwrap()(&mut response).unwrap();
/// polling.handle(Ok(response), until);
/// assert!(matches!(polling.poll(until), Step::Done(Ended::Succeeded(_))));
/// # Ok::<(), glp_core::error::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Polling {
    operation: Operation,
    begun: Instant,
    give_up_at: Instant,
    /// Our own interval, where the service suggests none.
    interval: Duration,
    next: (Instant, Why),
    status: Option<OperationStatus>,
    ended: Option<Ended>,
}

impl Polling {
    /// The wait before the first question, where the service suggests none; it doubles.
    pub const FIRST_INTERVAL: Duration = Duration::from_secs(2);
    /// The longest wait of our own.
    pub const LONGEST_INTERVAL: Duration = Duration::from_secs(30);
    /// How much longer than the service's own limit an operation is followed.
    pub const GRACE: Duration = Duration::from_secs(30);

    /// Follows the operation that an answer names, for at most `give_up_after`. `api` is the API's
    /// base URL.
    ///
    /// # Errors
    ///
    /// An async-operation error where the answer names none, or one on another origin.
    pub fn new(
        accepted: &Response,
        resource: Resource,
        api: &Uri,
        give_up_after: Duration,
        now: Instant,
    ) -> Result<Self, Error> {
        let give_up_at = now + give_up_after;
        let first = (now + Self::FIRST_INTERVAL).min(give_up_at);
        Ok(Self {
            operation: greenlake::follow(accepted, resource, api)?,
            begun: now,
            give_up_at,
            interval: Self::FIRST_INTERVAL,
            next: (first, Why::InProgress),
            status: None,
            ended: None,
        })
    }

    /// Says what to do now. Polling again without an answer in between says the same.
    pub fn poll(&self, now: Instant) -> Step<Ended> {
        match &self.ended {
            Some(ended) => Step::Done(ended.clone()),
            None => Step::at(self.next.0, self.next.1, &self.operation, now),
        }
    }

    /// Takes what came of a [`Step::Send`]. After the end it changes nothing.
    pub fn handle(&mut self, result: Result<Response, Error>, now: Instant) {
        if self.ended.is_none() {
            self.ended = self.judge(result, now);
        }
    }

    /// Returns the path at which the operation is shown.
    pub(super) fn path(&self) -> &str {
        self.operation.request.uri().path()
    }

    /// Plans the next question, or says how the operation ended.
    fn judge(&mut self, result: Result<Response, Error>, now: Instant) -> Option<Ended> {
        let state = result.map(|mut response| response.extensions_mut().remove::<AsyncOperation>());
        let earliest = match state {
            Ok(Some(state)) => {
                if let Some(ended) = self.ended(&state) {
                    return Some(ended);
                }
                if let Some(timeout) = state.timeout() {
                    let limit = self.begun + timeout.saturating_add(Self::GRACE);
                    self.give_up_at = self.give_up_at.min(limit);
                }
                let suggested = state.interval();
                self.status = state.status;
                self.next.1 = Why::InProgress;
                now + suggested.unwrap_or_else(|| self.own_interval())
            }
            Ok(None) => {
                self.next.1 = Why::Unreadable;
                now + self.own_interval()
            }
            Err(error) if error.kind() == ErrorKind::Api(ApiKind::NotFound) => {
                let over = self.error("Async operation is not known to the service any more");
                return Some(Ended::Over(over.with_cause(error)));
            }
            Err(error) if is_hopeless(&error) => {
                let open = self.error("Async operation cannot be followed");
                return Some(Ended::Open(open.with_cause(error)));
            }
            Err(error) => {
                self.next.1 = Why::Unreadable;
                let asked = now + error.retry_after().unwrap_or_default();
                let held = error.retry_at().unwrap_or(now);
                (now + self.own_interval()).max(asked).max(held)
            }
        };
        if now >= self.give_up_at {
            return Some(Ended::Open(self.error("Async operation was not seen to end in time")));
        }
        self.next.0 = earliest.min(self.give_up_at);
        None
    }

    /// Returns our own interval, and doubles it for the next time.
    fn own_interval(&mut self) -> Duration {
        let interval = self.interval;
        self.interval = interval.saturating_mul(2).min(Self::LONGEST_INTERVAL);
        interval
    }

    fn ended(&mut self, state: &AsyncOperation) -> Option<Ended> {
        use OperationStatus::{Failed, Succeeded, TimedOut, Timeout};
        self.status.clone_from(&state.status);
        let report = || state.result.clone().unwrap_or_default();
        match state.status.as_ref()? {
            Succeeded => Some(Ended::Succeeded(report())),
            Failed => {
                let told = state.error.clone().unwrap_or_default();
                let error = self.error("Async operation failed");
                let error = quoting(error, told.error_code.as_deref(), told.message.as_deref());
                Some(Ended::Failed(report(), error))
            }
            TimedOut | Timeout => Some(Ended::Over(self.error("Async operation timed out"))),
            // Paused is not among the final states: it may go on.
            _ => None,
        }
    }

    fn error(&self, message: &'static str) -> Error {
        let status = self.status.as_ref().map_or("unknown", OperationStatus::as_str);
        Error::async_operation(self.path(), status).with_message(message)
    }
}
