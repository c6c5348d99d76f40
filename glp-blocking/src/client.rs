//! The client: calls that are retried, paced and guarded as configured.

use std::fmt;
use std::sync::Arc;

use glp_core::call::{CallOptions, Config, NamedStatus};
use glp_core::drive::Shared;
use glp_core::error::{ApiKind, Error};
use glp_core::exchange::Response;
use glp_core::greenlake::{self, Device, Subscription};
use glp_core::invalid::Invalid;
use glp_core::operation::Operation;
use glp_core::pager::Pager;
use glp_core::trace::Stats;
use http::uri::PathAndQuery;

use crate::builder::ClientBuilder;
use crate::clock::Clock;
use crate::drive::drive;
use crate::pages::Pages;
use crate::transport::Transport;

/// Talks to the GreenLake API.
///
/// Cheap to clone; clones share connections, breakers, paces and the token. Every call has a
/// deadline, a bounded number of attempts, a breaker and a pace: there is no client without them,
/// and [`Client::policy`] shows them. A call blocks its thread, and any number of threads may call.
///
/// # Examples
///
/// ```no_run
/// use glp_blocking::Client;
///
/// # fn example() -> Result<(), glp_core::error::Error> {
/// let client = Client::from_env()?;
/// let device = client.device("7600415a-8876-5722-9f3c-b0fd11112283")?;
/// println!("{:?}: {} requests so far", device.serial_number, client.stats().requests);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    shared: Shared,
    transport: Box<dyn Transport>,
    clock: Clock,
    scope: String,
}

impl Client {
    /// Starts to build a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Makes a client with its settings from the environment: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing variable at once, or names the one that
    /// cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    pub(crate) fn new(
        shared: Shared,
        transport: Box<dyn Transport>,
        clock: Clock,
        scope: String,
    ) -> Self {
        Self(Arc::new(Inner { shared, transport, clock, scope }))
    }

    /// Carries out one operation.
    ///
    /// # Errors
    ///
    /// The error of the last attempt, with the number of attempts and the time they took.
    pub fn call(&self, operation: Operation) -> Result<Response, Error> {
        self.call_with(operation, self.options())
    }

    /// Carries out one operation under options of its own.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub fn call_with(&self, operation: Operation, options: CallOptions) -> Result<Response, Error> {
        let Inner { shared, transport, clock, .. } = &*self.0;
        drive(shared.start(operation, options), transport.as_ref(), clock)
    }

    /// Gets `path`, which may have a query, on a route of its own: the path without the query.
    ///
    /// What is kept per route is kept for ever, so for a path that holds an id build an
    /// [`Operation`] on a route with a template.
    ///
    /// # Errors
    ///
    /// A configuration error for a path that is none; otherwise as [`Client::call`].
    pub fn get(&self, path: &str) -> Result<Response, Error> {
        if !path.starts_with('/') || path.parse::<PathAndQuery>().is_err() {
            let limit = "a path that begins with `/`, with an encoded query";
            return Err(Error::invalid(Invalid::new("path", format_args!("{path:?}"), limit)));
        }
        self.call(Operation::get(path))
    }

    /// Gets one device by the service's id of it.
    ///
    /// # Errors
    ///
    /// A configuration error for an id that cannot be one; [`ApiKind::NotFound`] where there is no
    /// such device; otherwise as [`Client::call`].
    pub fn device(&self, id: &str) -> Result<Device, Error> {
        self.one(greenlake::device(id))
    }

    /// Gets one subscription by the service's id of it.
    ///
    /// # Errors
    ///
    /// As [`Client::device`].
    pub fn subscription(&self, id: &str) -> Result<Subscription, Error> {
        self.one(greenlake::subscription(id))
    }

    /// Takes what the operation's decoder left.
    fn one<T>(&self, operation: Result<Operation, Invalid>) -> Result<T, Error>
    where
        T: Clone + Send + Sync + 'static,
    {
        let operation = operation.map_err(Error::invalid)?;
        let mut response = self.call(operation)?;
        let row = response.extensions_mut().remove();
        row.ok_or_else(|| Error::new(ApiKind::Decode, "a row was answered without a row"))
    }

    /// Reads a listing page by page, or all of it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use glp_core::greenlake::{List, Resource};
    /// use glp_core::pager::Pager;
    ///
    /// # fn example(client: &glp_blocking::Client) -> Result<(), glp_core::error::Error> {
    /// for page in client.pages(Pager::by_offset(List::of(Resource::Devices))) {
    ///     println!("{} devices", page?.items.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(&self, pager: Pager) -> Pages<'_> {
        Pages::new(self, pager)
    }

    /// Returns what a call is allowed unless it says otherwise.
    pub fn options(&self) -> CallOptions {
        self.0.shared.look(|core| core.defaults())
    }

    /// Returns every setting in force; it prints as a list for people, without the secret.
    pub fn policy(&self) -> Config {
        self.0.shared.look(|core| core.config().clone())
    }

    /// Returns the sums of all that the client did: requests, retries, waits, breaker transitions.
    pub fn stats(&self) -> Stats {
        self.0.shared.look(|core| core.stats().clone())
    }

    /// Shows every breaker: the hosts', then the routes'.
    pub fn circuit_status(&self) -> Vec<NamedStatus> {
        let now = self.0.clock.now();
        self.0.shared.look(|core| core.circuit_status(now).collect())
    }

    /// Closes every breaker by hand.
    pub fn reset_breakers(&self) {
        self.0.shared.reset_breakers(self.0.clock.now());
    }

    /// Returns the clock that the client's instants and notices count by.
    pub fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Names whose inventory this is: the API's origin and the workspace, or the API client where
    /// no workspace was named. A listing resumes only in the scope in which it began.
    pub fn scope(&self) -> &str {
        &self.0.scope
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("scope", &self.0.scope).finish_non_exhaustive()
    }
}
