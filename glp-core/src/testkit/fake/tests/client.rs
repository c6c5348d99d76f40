//! A client without any resilience: it sends, reads and never tries again.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::exchange::{Request, Response};
use crate::testkit::{Ending, Exchange, Quota, Service, Settings};
use crate::time::Instant;

pub(super) const LEGACY: &str = "/as/token.oauth2";
pub(super) const DEVICES: &str = "/devices/v1/devices";
pub(super) const SUBSCRIPTIONS: &str = "/subscriptions/v1/subscriptions";

pub(super) struct Client {
    pub(super) service: Service,
    pub(super) token: String,
    pub(super) now: Instant,
}

/// A page as it came: the raw items, and the envelope.
pub(super) struct Page {
    pub(super) items: Vec<String>,
    pub(super) envelope: Value,
}

/// Few rows, no quotas.
pub(super) fn settings() -> Settings {
    Settings::default()
        .with_devices(60)
        .unwrap()
        .with_subscriptions(30)
        .unwrap()
        .with_quotas(Quota::Off)
}

pub(super) fn form(target: &str, body: &str) -> Request {
    http::Request::post(target)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

pub(super) fn json(response: &Response) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

pub(super) fn answer(exchange: Exchange) -> Response {
    match exchange.ending {
        Ending::Answer(response) => response,
        other => panic!("expected an answer, found {other:?}"),
    }
}

impl Client {
    /// Makes a client that holds a token.
    pub(super) fn new(settings: Settings) -> Self {
        let mut client = Self {
            service: Service::new(settings),
            token: String::new(),
            now: Instant::from_nanos(1_000_000_000),
        };
        client.fetch_token();
        client
    }

    /// Fetches a token; where a fault stands in the way, the old one stays.
    pub(super) fn fetch_token(&mut self) -> Option<()> {
        let body = "grant_type=client_credentials&client_id=fake-client&client_secret=fake-secret";
        let Ending::Answer(response) = self.service.handle(&form(LEGACY, body), self.now).ending
        else {
            return None;
        };
        let body: Value = serde_json::from_slice(response.body()).ok()?;
        self.token = body["access_token"].as_str()?.into();
        Some(())
    }

    pub(super) fn wait(&mut self, duration: Duration) {
        self.now = self.now + duration;
    }

    pub(super) fn send(&mut self, target: &str) -> Exchange {
        let bearer = format!("Bearer {}", self.token);
        let request = http::Request::get(target).header(AUTHORIZATION, bearer);
        self.service.handle(&request.body(Bytes::new()).unwrap(), self.now)
    }

    /// Sends a body of JSON, or a merge patch.
    pub(super) fn write(&mut self, method: Method, target: &str, body: &str) -> Response {
        let patches = method == Method::PATCH;
        let content = if patches { "application/merge-patch+json" } else { "application/json" };
        let request = http::Request::builder()
            .method(method)
            .uri(target)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, content)
            .body(Bytes::from(body.to_string()))
            .unwrap();
        answer(self.service.handle(&request, self.now))
    }

    pub(super) fn get(&mut self, target: &str) -> Response {
        answer(self.send(target))
    }

    pub(super) fn status(&mut self, target: &str) -> u16 {
        self.get(target).status().as_u16()
    }

    pub(super) fn page(&mut self, target: &str) -> Page {
        #[derive(serde::Deserialize)]
        struct Items<'a> {
            #[serde(borrow)]
            items: Vec<&'a RawValue>,
        }
        let response = self.get(target);
        assert_eq!(response.status(), 200, "{:?}", response.body());
        let page: Items<'_> = serde_json::from_slice(response.body()).unwrap();
        Page {
            items: page.items.iter().map(|item| item.get().into()).collect(),
            envelope: json(&response),
        }
    }

    /// Lists everything, advancing by what arrives, up to an empty page.
    pub(super) fn list(&mut self, path: &str, limit: u32, query: &str) -> Vec<String> {
        let mut rows = Vec::new();
        loop {
            let offset = rows.len();
            let page = self.page(&format!("{path}?offset={offset}&limit={limit}{query}"));
            if page.items.is_empty() {
                return rows;
            }
            rows.extend(page.items);
        }
    }
}

/// Reads one member of each row.
pub(super) fn column(rows: &[String], name: &str) -> Vec<Value> {
    let row = |raw: &String| serde_json::from_str::<Value>(raw).unwrap()[name].clone();
    rows.iter().map(row).collect()
}
