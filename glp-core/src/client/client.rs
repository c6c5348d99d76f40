//! The async client: calls that are retried, paced and guarded as configured.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use http::Method;
use serde::Serialize;

use super::drive::drive;
use super::{Adapter, ClientBuilder, Pages, Parts};
use crate::call::{CallOptions, Config};
use crate::concurrent::Executor;
use crate::drive::Shared;
use crate::error::{ApiKind, Error};
use crate::exchange::Response;
use crate::greenlake::{self, Device, List, Row, Subscription};
use crate::invalid::Invalid;
use crate::operation::Operation;
use crate::pager::Pager;
use crate::trace::Stats;
use crate::transport::AnyTransport;

/// Talks to the GreenLake API, in the time of `T`.
///
/// Cheap to clone; clones share connections, breakers, paces and the token. Every call has a
/// deadline, a bounded number of attempts, a breaker and a pace: there is no client without them,
/// and [`policy`](Self::policy) shows them. Dropping a call's future cancels the call.
pub struct Client<T> {
    inner: Arc<Inner<T>>,
    options: CallOptions,
}

struct Inner<T> {
    parts: Parts<AnyTransport>,
    executor: T,
}

impl<T: Adapter<Client = Self> + Default> Client<T> {
    /// Starts to build a client.
    pub fn builder() -> ClientBuilder<T> {
        ClientBuilder::default()
    }

    /// Makes a client with its settings from the environment: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// A configuration error that lists every missing variable at once, or names the one that
    /// cannot be used.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::<T>::from_env()?.build()
    }
}

impl<T: Executor> Client<T> {
    /// Puts a client together; a [`ClientBuilder`] has the parts.
    pub fn new(parts: Parts<AnyTransport>, executor: T) -> Self {
        let options = parts.shared.look(|core| core.defaults());
        Self { inner: Arc::new(Inner { parts, executor }), options }
    }

    /// Returns the same client with other options for every call that does not bring its own.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use glp_core::call::CallOptions;
    /// use glp_core::client::Client;
    /// use glp_core::concurrent::Executor;
    /// use glp_core::error::Error;
    ///
    /// async fn patient<T: Executor>(client: &Client<T>) -> Result<(), Error> {
    ///     client.with(CallOptions::BATCH).delete("/x/v1/y").await?;
    ///     Ok(())
    /// }
    /// # }
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
    pub async fn call(&self, operation: Operation) -> Result<Response, Error> {
        self.call_with(operation, self.options).await
    }

    /// Carries out one operation under options of its own.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub async fn call_with(
        &self,
        operation: Operation,
        options: CallOptions,
    ) -> Result<Response, Error> {
        let Parts { shared, transport, .. } = &self.inner.parts;
        drive(shared.start(operation, options), transport, &self.inner.executor).await
    }

    /// Gets `path`, which may have a query, on a route of its own: the path without the query.
    ///
    /// What is kept per route is kept for ever, so for a path that holds an id build an
    /// [`Operation`] on a route with a template. So for the other raw requests.
    ///
    /// # Errors
    ///
    /// A configuration error for a path that is none; otherwise as [`call`](Self::call).
    pub async fn get(&self, path: &str) -> Result<Response, Error> {
        self.send(Operation::raw(&Method::GET, path)).await
    }

    /// Posts `body`, in JSON, to `path`. It is sent once: where it may have arrived and no answer
    /// came, the error says that the outcome is unknown.
    ///
    /// # Errors
    ///
    /// A configuration error for a path that is none, or a body without a form in JSON; otherwise
    /// as [`call`](Self::call).
    pub async fn post(
        &self,
        path: &str,
        body: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::POST, path);
        self.send(operation.and_then(|operation| operation.json(body))).await
    }

    /// Puts `body`, in JSON, at `path`.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub async fn put(
        &self,
        path: &str,
        body: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PUT, path);
        self.send(operation.and_then(|operation| operation.json(body))).await
    }

    /// Sends `body`, in JSON, as a PATCH to `path`. It is sent once, as a [`post`](Self::post) is;
    /// for one that may be sent again see [`merge`](Self::merge).
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub async fn patch(
        &self,
        path: &str,
        body: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PATCH, path);
        self.send(operation.and_then(|operation| operation.json(body))).await
    }

    /// Merges `patch` into what is at `path`: a PATCH by RFC 7396, which may be sent again.
    ///
    /// # Errors
    ///
    /// As [`post`](Self::post).
    pub async fn merge(
        &self,
        path: &str,
        patch: &(impl Serialize + Sync + ?Sized),
    ) -> Result<Response, Error> {
        let operation = Operation::raw(&Method::PATCH, path);
        self.send(operation.and_then(|operation| operation.merge(patch))).await
    }

    /// Deletes what is at `path`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn delete(&self, path: &str) -> Result<Response, Error> {
        self.send(Operation::raw(&Method::DELETE, path)).await
    }

    /// Gets one device by the service's id of it.
    ///
    /// # Errors
    ///
    /// A configuration error for an id that cannot be one; [`ApiKind::NotFound`] where there is no
    /// such device; otherwise as [`call`](Self::call).
    pub async fn device(&self, id: &str) -> Result<Device, Error> {
        self.one(greenlake::device(id)).await
    }

    /// Gets one subscription by the service's id of it.
    ///
    /// # Errors
    ///
    /// As [`device`](Self::device).
    pub async fn subscription(&self, id: &str) -> Result<Subscription, Error> {
        self.one(greenlake::subscription(id)).await
    }

    /// Reads a whole listing and returns its rows as their model.
    ///
    /// # Errors
    ///
    /// A configuration error for a listing of something else than `R`; [`ApiKind::Decode`], with the
    /// row's number, where a row is none; [`SyncKind::Partial`](crate::error::SyncKind::Partial)
    /// where the listing ends before its end; otherwise as [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use glp_core::client::Client;
    /// use glp_core::concurrent::Executor;
    /// use glp_core::error::Error;
    /// use glp_core::greenlake::{Device, Field, Filter, List, Resource};
    ///
    /// async fn one_serial<T: Executor>(client: &Client<T>) -> Result<Vec<Device>, Error> {
    ///     let serial = Filter::equal(Field::SERIAL_NUMBER, "X1");
    ///     let list = List::of(Resource::Devices).filter(&serial).map_err(Error::invalid)?;
    ///     client.fetch_all(list).await
    /// }
    /// # }
    /// ```
    pub async fn fetch_all<R: Row>(&self, list: List) -> Result<Vec<R>, Error> {
        R::check(&list).map_err(Error::invalid)?;
        let mut pages = self.pages(Pager::by_offset(list));
        let mut rows = Vec::new();
        while let Some(page) = pages.next().await? {
            R::read_page(&page, &mut rows)?;
        }
        Ok(rows)
    }

    /// Reads a listing page by page, or all of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "futures")] {
    /// use glp_core::client::Client;
    /// use glp_core::concurrent::Executor;
    /// use glp_core::error::Error;
    /// use glp_core::greenlake::{List, Resource};
    /// use glp_core::pager::Pager;
    ///
    /// async fn count<T: Executor>(client: &Client<T>) -> Result<usize, Error> {
    ///     let mut pages = client.pages(Pager::by_offset(List::of(Resource::Devices)));
    ///     let mut devices = 0;
    ///     while let Some(page) = pages.next().await? {
    ///         devices += page.items.len();
    ///     }
    ///     Ok(devices)
    /// }
    /// # }
    /// ```
    pub fn pages(&self, pager: Pager) -> Pages<T> {
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
    pub fn clock(&self) -> T {
        self.inner.executor.clone()
    }

    /// Names whose inventory this is: the API's origin and the workspace, or the API client where
    /// no workspace was named. A listing resumes only in the scope in which it began.
    pub fn scope(&self) -> &str {
        &self.inner.parts.scope
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.inner.parts.shared
    }

    pub(super) fn executor(&self) -> &T {
        &self.inner.executor
    }

    async fn send(&self, operation: Result<Operation, Invalid>) -> Result<Response, Error> {
        self.call(operation.map_err(Error::invalid)?).await
    }

    /// Takes what the operation's decoder left.
    async fn one<R>(&self, operation: Result<Operation, Invalid>) -> Result<R, Error>
    where
        R: Clone + Send + Sync + 'static,
    {
        let mut response = self.send(operation).await?;
        let row = response.extensions_mut().remove();
        row.ok_or_else(|| Error::new(ApiKind::Decode, "a row was answered without a row"))
    }
}

impl<T> Clone for Client<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), options: self.options }
    }
}

impl<T> fmt::Debug for Client<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("scope", &self.inner.parts.scope).finish_non_exhaustive()
    }
}
