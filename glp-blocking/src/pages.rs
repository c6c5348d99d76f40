//! A listing as the caller reads it: page after page, or all at once.

use std::iter::FusedIterator;
use std::sync::Arc;

use glp_core::error::{ApiKind, Error, SyncKind};
use glp_core::page::Page;
use glp_core::pager::{End, Pager};
use serde_json::value::RawValue;

use crate::client::Client;

/// Reads a listing page by page; made by [`Client::pages`].
///
/// After an error the next item is the same page, asked for again: whoever does not stop at errors
/// should count them.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a Client,
    pager: Pager,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Reading,
    /// The end has been told.
    Over,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(client: &'a Client, pager: Pager) -> Self {
        Self { client, pager, state: State::Reading }
    }

    /// Reads every page that is left and returns the rows, each in its own JSON text.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`SyncKind::Partial`] where the listing ends before its end. The rows
    /// read so far are lost.
    pub fn rows(self) -> Result<Vec<Box<RawValue>>, Error> {
        let mut rows = Vec::new();
        for page in self {
            rows.extend(page?.items.iter().cloned());
        }
        Ok(rows)
    }

    fn ended(&mut self) -> Option<Error> {
        self.state = State::Over;
        let reason = match self.pager.end() {
            Some(End::NoProgress) => "a page brought it no further",
            Some(End::TooLong) => "it has more rows than a walk may have",
            Some(End::Reached) | None => return None,
        };
        let message = format!("The listing was not read to its end: {reason}");
        Some(Error::new(SyncKind::Partial, message))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Arc<Page>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::Over = self.state {
            return None;
        }
        let Some(operation) = self.pager.poll() else { return self.ended().map(Err) };
        let page = self.client.call(operation).and_then(|response| {
            Page::take(&response)
                .ok_or_else(|| Error::new(ApiKind::Decode, "a listing was answered without a page"))
        });
        if let Ok(page) = &page {
            self.pager.arrived(page);
        }
        Some(page)
    }
}

impl FusedIterator for Pages<'_> {}
