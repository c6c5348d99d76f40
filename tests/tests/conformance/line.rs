//! What a server does with one request.

use std::time::Duration;

use bytes::Bytes;
use glp_core::exchange::{FailureKind, Response};
use glp_core::testkit::{Ending, Exchange};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};

/// What a server does with one request, and how long the client has to wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    after: Duration,
    end: End,
}

/// How the exchange ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// A whole answer.
    Answer(Response),
    /// The connection is reset while the request is still being read.
    ResetBefore,
    /// The request is read, and the connection closed.
    ResetAfter,
    /// The head promises the whole body; `keep` bytes of it come, then the end of the connection.
    Cut { response: Response, keep: usize },
    /// As many bytes come, and then nothing more.
    Stalled { response: Response, keep: usize },
    /// Nothing comes.
    Silence,
    /// Nothing comes, and the caller drops the call as soon as the request has arrived.
    Abandoned,
    /// The request does not come to the server, for this reason.
    Unreached(FailureKind),
}

/// Answers with `status` and an empty object.
pub(crate) fn status(status: u16) -> Line {
    let mut response = Response::new(Bytes::from_static(b"{}"));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    End::Answer(response).into()
}

/// Answers with `body`.
pub(crate) fn body(body: impl Into<Bytes>) -> Line {
    status(200).body(body)
}

/// Answers with a page of the devices `ids`, each its own name, of `total` in all.
pub(crate) fn page(ids: &str, total: usize) -> Line {
    let items: Vec<_> = ids.chars().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    body(format!(r#"{{"items":[{}],"total":{total}}}"#, items.join(",")))
}

/// Grants a token that lives for so many seconds.
pub(crate) fn grant(seconds: u64) -> Line {
    body(format!(r#"{{"access_token":"granted","expires_in":{seconds}}}"#))
}

/// Sends `keep` bytes of ten, then closes the connection.
pub(crate) fn cut(keep: usize) -> Line {
    End::Cut { response: Response::new(Bytes::from_static(b"0123456789")), keep }.into()
}

/// Sends `keep` bytes of ten, then nothing more.
pub(crate) fn stalled(keep: usize) -> Line {
    End::Stalled { response: Response::new(Bytes::from_static(b"0123456789")), keep }.into()
}

impl From<End> for Line {
    fn from(end: End) -> Self {
        Self { after: Duration::ZERO, end }
    }
}

impl Line {
    /// Says how it ends.
    pub(crate) fn end(&self) -> &End {
        &self.end
    }

    /// Says how long it takes, in the client's time.
    pub(crate) fn takes(&self) -> Duration {
        self.after
    }

    /// Has it take so many seconds.
    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { after: Duration::from_secs(seconds), ..self }
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.response().headers_mut().append(HeaderName::from_static(name), value);
        self
    }

    /// Sets the body of the answer.
    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        let json = HeaderValue::from_static("application/json");
        self.response().headers_mut().insert(CONTENT_TYPE, json);
        *self.response().body_mut() = body.into();
        self
    }

    fn response(&mut self) -> &mut Response {
        match &mut self.end {
            End::Answer(response) | End::Cut { response, .. } | End::Stalled { response, .. } => {
                response
            }
            other => panic!("{other:?} is no answer"),
        }
    }

    /// Says what the virtual world makes of it. That a body is too large, a transport finds out; the
    /// world has none, and is told.
    pub(crate) fn exchange(self, max_body: usize) -> Exchange {
        let ending = match self.end {
            End::Answer(response) if response.body().len() > max_body => {
                Ending::Failed(FailureKind::TooLarge)
            }
            End::Answer(response) => Ending::Answer(response),
            End::ResetBefore => Ending::ResetBefore,
            End::ResetAfter => Ending::ResetAfter,
            End::Cut { response, keep } => Ending::Truncated { response, keep },
            End::Stalled { .. } | End::Silence | End::Abandoned => Ending::Silence,
            End::Unreached(kind) => Ending::Failed(kind),
        };
        Exchange { after: self.after, ending }
    }
}
