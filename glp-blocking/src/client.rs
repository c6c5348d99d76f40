//! The client: calls that are retried, paced and guarded as configured.

use std::fmt;
use std::sync::Arc;

use glp_core::call::{CallOptions, Config};
use glp_core::client::Parts;
use glp_core::drive::Shared;
use glp_core::error::{ApiKind, Error};
use glp_core::exchange::Response;
use glp_core::greenlake::{self, Device, List, Row, Subscription};
use glp_core::invalid::Invalid;
use glp_core::operation::Operation;
use glp_core::pager::Pager;
use glp_core::trace::Stats;
use http::Method;
use serde::Serialize;

use crate::adapter::ClientBuilder;
use crate::clock::Clock;
use crate::drive::drive;
use crate::pages::Pages;
use crate::transport::AnyTransport;
use crate::under_way::UnderWay;

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
pub struct Client {
    inner: Arc<Inner>,
    options: CallOptions,
}

struct Inner {
    parts: Parts<AnyTransport>,
    clock: Clock,
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

    pub(crate) fn new(parts: Parts<AnyTransport>, clock: Clock) -> Self {
        let options = parts.shared.look(|core| core.defaults());
        Self { inner: Arc::new(Inner { parts, clock }), options }
    }

    /// Returns the same client with other options for every call that does not bring its own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use glp_blocking::Client;
    /// use glp_core::call::CallOptions;
    /// use glp_core::error::Error;
    ///
    /// fn patient(client: &Client) -> Result<(), Error> {
    ///     client.with(CallOptions::BATCH).delete("/x/v1/y")?;
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { inner: self.inner.clone(), options }
    }

    /// Carries out one operation.
    ///
    /// # Errors
    ///
    /// The error of the last attempt, with the number of attempts and the time they took.
    pub fn call(&self, operation: Operation) -> Result<Response, Error> {
        self.carry(&self.begin(operation))
    }

    /// Carries out one operation under options of its own.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_with(&self, operation: Operation, options: CallOptions) -> Result<Response, Error> {
        self.with(options).call(operation)
    }

    /// Begins a call; nothing is sent until it is carried on.
    pub(crate) fn begin(&self, operation: Operation) -> UnderWay {
        UnderWay::new(self.inner.parts.shared.start(operation, self.options))
    }

    /// Carries a call to its end.
    pub(crate) fn carry(&self, call: &UnderWay) -> Result<Response, Error> {
        drive(call, &self.inner.parts.transport, &self.inner.clock)
    }

    /// Gets `path`, which may have a query, on a route of its own: the path without the query.
    ///
    /// What is kept per route is kept for ever, so for a path that holds an id build an
    /// [`Operation`] on a route with a template. So for the other raw requests.
    ///
    /// # Errors
    ///
    /// A configuration error for a path that is none; otherwise as [`call`](Self::call).
    pub fn get(&self, path: &str) -> Result<Response, Error> {
        self.send(Operation::raw(&Method::GET, path))
    }

    /// Posts `body`, in JSON, to `path`. It is sent once: where it may have arrived and no answer
    /// came, the error says that the outcome is unknown.
    ///
    /// # Errors
    ///
    /// A configuration error for a path that is none, or a body without a form in JSON; otherwise
    /// as [`call`](Self::call).
    pub fn post(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::POST, path);
        self.send(operation.and_then(|operation| operation.json(body)))
    }

    /// Puts `body`, in JSON, at `path`.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub fn put(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PUT, path);
        self.send(operation.and_then(|operation| operation.json(body)))
    }

    /// Sends `body`, in JSON, as a PATCH to `path`. It is sent once, as a [`post`](Self::post) is;
    /// for one that may be sent again see [`merge`](Self::merge).
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub fn patch(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PATCH, path);
        self.send(operation.and_then(|operation| operation.json(body)))
    }

    /// Merges `patch` into what is at `path`: a PATCH by RFC 7396, which may be sent again.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub fn merge(&self, path: &str, patch: &(impl Serialize + ?Sized)) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PATCH, path);
        self.send(operation.and_then(|operation| operation.merge(patch)))
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn delete(&self, path: &str) -> Result<Response, Error> {
        self.send(Operation::raw(&Method::DELETE, path))
    }

    /// Gets one device by the service's id of it.
    ///
    /// # Errors
    ///
    /// A configuration error for an id that cannot be one; [`ApiKind::NotFound`] where there is no
    /// such device; otherwise as [`call`](Self::call).
    pub fn device(&self, id: &str) -> Result<Device, Error> {
        self.one(greenlake::device(id))
    }

    /// Gets one subscription by the service's id of it.
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub fn subscription(&self, id: &str) -> Result<Subscription, Error> {
        self.one(greenlake::subscription(id))
    }

    /// Reads a whole listing and returns its rows as their model.
    ///
    /// # Errors
    ///
    /// A configuration error for a listing of something else than `R`; [`ApiKind::Decode`], with the
    /// row's number, where a row is none; [`SyncKind::Partial`](glp_core::error::SyncKind::Partial)
    /// where the listing ends before its end; otherwise as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use glp_blocking::Client;
    /// use glp_core::error::Error;
    /// use glp_core::greenlake::{Device, Field, Filter, List, Resource};
    ///
    /// fn one_serial(client: &Client) -> Result<Vec<Device>, Error> {
    ///     let serial = Filter::equal(Field::SERIAL_NUMBER, "X1");
    ///     let list = List::of(Resource::Devices).filter(&serial).map_err(Error::invalid)?;
    ///     client.fetch_all(list)
    /// }
    /// ```
    pub fn fetch_all<R: Row>(&self, list: List) -> Result<Vec<R>, Error> {
        R::check(&list).map_err(Error::invalid)?;
        let mut rows = Vec::new();
        for page in self.pages(Pager::by_offset(list)) {
            R::read_page(&*page?, &mut rows)?;
        }
        Ok(rows)
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
    pub fn pages(&self, pager: Pager) -> Pages {
        Pages::new(self.clone(), pager)
    }

    /// Returns what a call is allowed unless it says otherwise.
    pub fn options(&self) -> CallOptions {
        self.options
    }

    /// Returns every setting in force; it prints as a list for people, without the secret.
    pub fn policy(&self) -> Config {
        self.shared().look(|core| core.config().clone())
    }

    /// Returns the sums of all that the client did: requests, retries, waits, breaker transitions.
    pub fn stats(&self) -> Stats {
        self.shared().look(|core| core.stats().clone())
    }

    /// Returns the clock that the client's instants and notices count by.
    pub fn clock(&self) -> Clock {
        self.inner.clock.clone()
    }

    /// Names whose inventory this is: the API's origin and the workspace, or the API client where
    /// no workspace was named. A listing resumes only in the scope in which it began.
    pub fn scope(&self) -> &str {
        &self.inner.parts.scope
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.inner.parts.shared
    }

    fn send(&self, operation: Result<Operation, Invalid>) -> Result<Response, Error> {
        self.call(operation.map_err(Error::invalid)?)
    }

    /// Takes what the operation's decoder left.
    fn one<R>(&self, operation: Result<Operation, Invalid>) -> Result<R, Error>
    where
        R: Clone + Send + Sync + 'static,
    {
        let mut response = self.send(operation)?;
        let row = response.extensions_mut().remove();
        row.ok_or_else(|| Error::new(ApiKind::Decode, "a row was answered without a row"))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("scope", &self.inner.parts.scope).finish_non_exhaustive()
    }
}
