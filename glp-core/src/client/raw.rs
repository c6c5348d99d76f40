//! Raw requests: a method, a path, and a body in JSON.

use alloc::string::String;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, header};
use serde::Serialize;

use crate::exchange::Request;
use crate::greenlake::Route;
use crate::invalid::Invalid;
use crate::operation::{ASSUMED_QUOTA, Operation, Replay};

/// The form of a body that is taken as it is.
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The form of a body that is merged into what is there: RFC 7396.
const MERGE_PATCH: HeaderValue = HeaderValue::from_static("application/merge-patch+json");

impl Operation {
    /// Makes a request of `method` for a path with a query, without a body, on a route of its own:
    /// the method and the path without the query.
    ///
    /// What is kept per route is kept for ever: for a path that holds an id set a
    /// [`route`](Self::route) with a template. It may be sent again as [`Replay::of`] the method
    /// says.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where `path` does not begin with `/`, or is not encoded.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::operation::{Operation, Replay};
    /// use http::Method;
    ///
    /// let operation = Operation::raw(&Method::DELETE, "/x/v1/y?dry-run=true")?;
    /// assert_eq!(operation.route.to_string(), "DELETE /x/v1/y");
    /// assert_eq!(operation.replay, Replay::Idempotent);
    ///
    /// let operation = Operation::raw(&Method::POST, "/x/v1/y")?.json(&serde_json::json!({"a": 1}))?;
    /// assert_eq!(operation.request.body(), r#"{"a":1}"#);
    /// assert_eq!(operation.replay, Replay::Once);
    /// # Ok::<(), glp_core::invalid::Invalid>(())
    /// ```
    pub fn raw(method: &Method, path: &str) -> Result<Self, Invalid> {
        let target = path.parse::<PathAndQuery>().ok().filter(|_| path.starts_with('/'));
        let Some(target) = target else {
            let limit = "a path that begins with `/`, with an encoded query";
            return Err(Invalid::new("path", format_args!("{path:?}"), limit));
        };
        let route = Route::new(method, String::from(target.path()), ASSUMED_QUOTA);
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method.clone();
        *request.uri_mut() = target.into();
        Ok(Self { request, route, replay: Replay::of(method), decode: None })
    }

    /// Sends `body` along, in JSON.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where it has no form in JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Result<Self, Invalid> {
        self.body(body, JSON)
    }

    /// Sends `patch` along, in JSON, to be merged into what is there: RFC 7396. Merging twice does
    /// what merging once does, so the request may be sent again.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub fn merge(self, patch: &(impl Serialize + ?Sized)) -> Result<Self, Invalid> {
        Ok(Self { replay: Replay::Idempotent, ..self.body(patch, MERGE_PATCH)? })
    }

    fn body(
        mut self,
        body: &(impl Serialize + ?Sized),
        form: HeaderValue,
    ) -> Result<Self, Invalid> {
        let json = serde_json::to_vec(body)
            .map_err(|error| Invalid::new("body", error, "a value with a form in JSON"))?;
        *self.request.body_mut() = json.into();
        self.request.headers_mut().insert(header::CONTENT_TYPE, form);
        Ok(self)
    }
}

impl Replay {
    /// Says whether a request of `method` may be sent again, unless it says so itself: GET, HEAD,
    /// PUT and DELETE may, by RFC 9110, section 9.2.2; any other is sent once.
    pub fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD | Method::PUT | Method::DELETE => Self::Idempotent,
            _ => Self::Once,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::*;

    #[test]
    fn only_what_does_the_same_twice_may_be_sent_again() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            assert_eq!(Operation::raw(&method, "/x").unwrap().replay, Replay::Idempotent);
        }
        for method in [Method::POST, Method::PATCH, Method::OPTIONS] {
            assert_eq!(Operation::raw(&method, "/x").unwrap().replay, Replay::Once);
        }
    }

    #[test]
    fn a_patch_may_be_sent_again_where_it_says_that_it_is_a_merge() {
        let patch = || Operation::raw(&Method::PATCH, "/x").unwrap();
        let (plain, merge) = (patch().json(&[7]).unwrap(), patch().merge(&[7]).unwrap());

        assert_eq!(plain.request.headers()[header::CONTENT_TYPE], JSON);
        assert_eq!(plain.replay, Replay::Once);
        assert_eq!(merge.request.headers()[header::CONTENT_TYPE], MERGE_PATCH);
        assert_eq!(merge.replay, Replay::Idempotent);
    }

    #[test]
    fn what_is_no_path_and_what_is_no_json_is_refused_by_name() {
        for path in ["devices", "//\u{0}", "https://elsewhere/", ""] {
            assert_eq!(Operation::raw(&Method::GET, path).unwrap_err().field, "path", "{path:?}");
        }
        let by_pair = BTreeMap::from([((1, 2), 3)]);
        let refused = Operation::raw(&Method::PUT, "/x").unwrap().json(&by_pair).unwrap_err();
        assert_eq!(refused.field, "body");
    }
}
