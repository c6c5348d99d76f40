//! A listing as the caller reads it: page after page, or all at once.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures::stream::{FusedStream, Stream};
use serde_json::value::RawValue;

use super::Client;
use super::flight::Flight;
use crate::concurrent::{Executor, Spawned};
use crate::error::Error;
use crate::page::Page;
use crate::pager::Pager;

/// Reads a listing page by page; made by [`Client::pages`].
///
/// While the caller works on one page, the next is on its way: one page and no more, by a call like
/// any other, which keeps to the route's pace. It goes on in the background where the runtime can
/// do that, and is given up, with all that it holds, when the pages are dropped.
///
/// After an error the next item is the same page, asked for again: whoever does not stop at errors
/// should count them. As a [`Stream`] it goes with the combinators of `futures`.
#[derive(Debug)]
pub struct Pages<T> {
    client: Client<T>,
    pager: Pager,
    ahead: ReadAhead,
    /// The page that is on its way.
    flight: Option<Flight>,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadAhead {
    NextPage,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Later,
    Now,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Ahead,
    /// The caller has been told.
    Told,
}

impl<T: Executor> Pages<T> {
    pub(super) fn new(client: Client<T>, pager: Pager) -> Self {
        Self { client, pager, ahead: ReadAhead::NextPage, flight: None, end: End::Ahead }
    }

    /// Asks for a page only when the caller does, so that whoever stops early has sent nothing for
    /// what is not read.
    #[must_use]
    pub fn without_read_ahead(mut self) -> Self {
        self.ahead = ReadAhead::Nothing;
        self
    }

    /// Brings the next page; nothing after the last. After an error the next call asks for the same
    /// page again. When this future is dropped, the page stays on its way.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`SyncKind::Partial`](crate::error::SyncKind::Partial), once, where the
    /// listing ends before its end.
    pub async fn next(&mut self) -> Result<Option<Arc<Page>>, Error> {
        poll_fn(|context| self.poll_page(context)).await.transpose()
    }

    /// Reads every page that is left and returns the rows, each in its own JSON text.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next); the rows read so far are lost.
    pub async fn rows(mut self) -> Result<Vec<Box<RawValue>>, Error> {
        let mut rows = Vec::new();
        while let Some(page) = self.next().await? {
            rows.extend(page.items.iter().cloned());
        }
        Ok(rows)
    }

    fn poll_page(&mut self, context: &Context<'_>) -> Poll<Option<Result<Arc<Page>, Error>>> {
        if self.end == End::Told {
            return Poll::Ready(None);
        }
        self.set_out(Wanted::Now);
        let Some(flight) = &self.flight else {
            self.end = End::Told;
            return Poll::Ready(self.pager.outcome().err().map(Err));
        };
        let answer = ready!(flight.poll(context));
        self.flight = None;
        let page = answer.and_then(|response| self.pager.answered(&response));
        if page.is_ok() && self.ahead == ReadAhead::NextPage {
            self.set_out(Wanted::Later);
        }
        Poll::Ready(Some(page))
    }

    /// Asks for the next page, unless one is on its way or there is none. What is wanted later only
    /// is not begun where it would stand still meanwhile, and hold what others wait for.
    fn set_out(&mut self, wanted: Wanted) {
        if self.flight.is_none()
            && let Some(operation) = self.pager.poll()
        {
            let client = self.client.clone();
            let flight = Flight::new(async move { client.call(operation).await });
            let spawned = self.client.executor().spawn(flight.background());
            if wanted == Wanted::Now || spawned == Spawned::Running {
                self.flight = Some(flight);
            }
        }
    }
}

impl<T: Executor> Stream for Pages<T> {
    type Item = Result<Arc<Page>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(context)
    }
}

impl<T: Executor> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        self.end == End::Told
    }
}
