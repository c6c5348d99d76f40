//! A listing as the caller reads it: page after page, or all at once.

use std::sync::Arc;

use glp_core::error::{ApiKind, Error, SyncKind};
use glp_core::page::Page;
use glp_core::pager::{End, Pager};
use serde_json::value::RawValue;

use crate::client::Client;
use crate::runtime::{AsyncStd, Runtime};

/// Reads a listing page by page; made by [`Client::pages`].
#[derive(Debug)]
pub struct Pages<'a, R = AsyncStd> {
    client: &'a Client<R>,
    pager: Pager,
}

impl<'a, R: Runtime> Pages<'a, R> {
    pub(crate) fn new(client: &'a Client<R>, pager: Pager) -> Self {
        Self { client, pager }
    }

    /// Brings the next page; nothing after the last. After an error, and after this future was
    /// dropped, the next call asks for the same page again.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]; [`SyncKind::Partial`] where the listing ends before its end.
    pub async fn next(&mut self) -> Result<Option<Arc<Page>>, Error> {
        let Some(operation) = self.pager.poll() else {
            return self.ended().map(|()| None);
        };
        let response = self.client.call(operation).await?;
        let page = Page::take(&response)
            .ok_or_else(|| Error::new(ApiKind::Decode, "a listing was answered without a page"))?;
        self.pager.arrived(&page);
        Ok(Some(page))
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

    fn ended(&self) -> Result<(), Error> {
        let reason = match self.pager.end() {
            Some(End::NoProgress) => "a page brought it no further",
            Some(End::TooLong) => "it has more rows than a walk may have",
            Some(End::Reached) | None => return Ok(()),
        };
        Err(Error::new(SyncKind::Partial, format!("The listing was not read to its end: {reason}")))
    }
}
