//! A listing as the caller reads it: page after page, or all at once.

use std::sync::Arc;

use glp_core::error::{ApiKind, Error, SyncKind};
use glp_core::page::Page;
use glp_core::pager::{End, Pager};
use serde_json::value::RawValue;

use crate::client::Client;

/// Reads a listing page by page; made by [`Client::pages`].
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a Client,
    pager: Pager,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(client: &'a Client, pager: Pager) -> Self {
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use glp_core::error::ErrorKind;
    use glp_core::exchange::{Failure, Request, Response};
    use glp_core::greenlake::{List, Resource};

    use super::*;
    use crate::transport::Transport;

    /// Grants tokens, and answers everything else from a list of statuses and bodies.
    struct Answers(Mutex<Vec<(u16, &'static str)>>);

    impl Transport for Answers {
        async fn send(&self, request: Request) -> Result<Response, Failure> {
            let (status, body) = match request.method().as_str() {
                "POST" => (200, r#"{"access_token":"t","expires_in":7200}"#),
                _ => self.0.lock().unwrap().remove(0),
            };
            let mut response = Response::new(Bytes::from_static(body.as_bytes()));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            Ok(response)
        }
    }

    fn client(answers: &[(u16, &'static str)]) -> Client {
        Client::builder()
            .workspace_id("0a1b")
            .client_id("me")
            .client_secret("hunter2".into())
            .transport(Answers(Mutex::new(answers.to_vec())))
            .build()
            .unwrap()
    }

    fn devices() -> Pager {
        Pager::by_offset(List::of(Resource::Devices))
    }

    const FIRST: (u16, &str) = (200, r#"{"items":[{"id":"a"},{"id":"b"}],"total":3}"#);
    const LAST: (u16, &str) = (200, r#"{"items":[{"id":"c"}],"total":3}"#);

    #[tokio::test(start_paused = true)]
    async fn the_rows_of_all_pages_come_as_they_were_written() {
        let rows = client(&[FIRST, LAST]).pages(devices()).rows().await.unwrap();

        let texts: Vec<_> = rows.iter().map(|row| row.get()).collect();
        assert_eq!(texts, [r#"{"id":"a"}"#, r#"{"id":"b"}"#, r#"{"id":"c"}"#]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_failed_is_asked_for_again() {
        let client = client(&[FIRST, (403, ""), LAST]);
        let mut pages = client.pages(devices());

        assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 2);
        assert_eq!(pages.next().await.unwrap_err().status(), Some(403));
        assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 1);
        assert!(pages.next().await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_that_ends_before_its_end_is_no_success() {
        let client = client(&[FIRST, (200, r#"{"items":[],"total":3}"#)]);

        let error = client.pages(devices()).rows().await.unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Sync(SyncKind::Partial));
    }
}
