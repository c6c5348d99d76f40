//! A listing as the caller reads it: page after page, or all at once.

use std::iter::FusedIterator;
use std::sync::Arc;

use glp_core::error::Error;
use glp_core::exchange::Response;
use glp_core::operation::Operation;
use glp_core::page::Page;
use glp_core::pager::Pager;
use glp_core::time::Instant;
use serde_json::value::RawValue;

use crate::client::Client;
use crate::fetcher::Fetcher;

/// Reads a listing page by page; made by [`Client::pages`].
///
/// While the caller works on one page, the next is on its way, on a thread of its own: one page and
/// no more, by a call like any other, which keeps to the route's pace. It is given up, with all that
/// it holds, when the pages are dropped.
///
/// After an error the next item is the same page, asked for again: whoever does not stop at errors
/// should count them.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    pager: Pager,
    ahead: ReadAhead,
    end: End,
}

#[derive(Debug)]
enum ReadAhead {
    /// From the second page on.
    NotYet,
    On(Fetcher),
    Off,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Ahead,
    /// The caller has been told.
    Told,
}

impl Pages {
    pub(crate) fn new(client: Client, pager: Pager) -> Self {
        Self { client, pager, ahead: ReadAhead::NotYet, end: End::Ahead }
    }

    /// Asks for a page only when the caller does, so that whoever stops early has sent nothing for
    /// what is not read; and starts no thread.
    #[must_use]
    pub fn without_read_ahead(mut self) -> Self {
        self.ahead = ReadAhead::Off;
        self
    }

    /// Reads every page that is left and returns the rows, each in its own JSON text.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`SyncKind::Partial`](glp_core::error::SyncKind::Partial) where the
    /// listing ends before its end. The rows read so far are lost.
    pub fn rows(self) -> Result<Vec<Box<RawValue>>, Error> {
        let mut rows = Vec::new();
        for page in self {
            rows.extend(page?.items.iter().cloned());
        }
        Ok(rows)
    }

    /// Takes the answer that was read ahead, or has the call made here and now.
    fn answer(&mut self, operation: Operation) -> Result<Response, Error> {
        if let ReadAhead::On(fetcher) = &mut self.ahead
            && fetcher.is_under_way()
            && let Some(answer) = fetcher.receive(Instant::MAX)
        {
            return answer;
        }
        self.client.call(operation)
    }

    /// Asks for the next page, if there is one. Where the system has no thread left, nothing is read
    /// ahead.
    fn read_ahead(&mut self) {
        let Some(operation) = self.pager.poll() else { return };
        if let ReadAhead::NotYet = self.ahead {
            self.ahead = Fetcher::start(self.client.clone()).map_or(ReadAhead::Off, ReadAhead::On);
        }
        if let ReadAhead::On(fetcher) = &mut self.ahead {
            fetcher.send(operation);
        }
    }
}

impl Iterator for Pages {
    type Item = Result<Arc<Page>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let End::Told = self.end {
            return None;
        }
        let Some(operation) = self.pager.poll() else {
            self.end = End::Told;
            return self.pager.outcome().err().map(Err);
        };
        let answer = self.answer(operation);
        let page = answer.and_then(|response| self.pager.answered(&response));
        if page.is_ok() {
            self.read_ahead();
        }
        Some(page)
    }
}

impl FusedIterator for Pages {}
