//! No request, however strange, makes the fake panic.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use proptest::prelude::*;

use super::client::{Client, settings};
use crate::testkit::fake::device::Device;
use crate::testkit::fake::filter::Filter;
use crate::testkit::{Ending, Faults, Level};
use crate::time::Instant;

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/as/token.oauth2".into()),
        "/authorization/v2/oauth2/[0-9a-f/-]{0,40}/token",
        "/(devices|subscriptions)/(v1|v2beta1)/(devices|subscriptions)(/[!-~&&[^#?]]{0,40})?",
        "/[!-~&&[^#?]]{0,40}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        "[!-~&&[^#]]{0,60}",
        "(limit|offset|filter|sort)=[!-~&&[^#&]]{0,60}",
        "filter=(model|eq|not|and|or|in|%20|\\(|\\)|,|'|%27|\\[|\\]|null|true|1){0,20}",
    ]
}

proptest! {
    #[test]
    fn no_request_panics(
        method in prop_oneof!["GET", "POST", "PATCH", "DELETE"],
        path in path(),
        query in query(),
        authorization in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        body in proptest::collection::vec(any::<u8>(), 0..80),
        genuine: bool,
        now: u64,
    ) {
        let Ok(uri) = format!("{path}?{query}").parse::<Uri>() else { return Ok(()) };
        let mut client = Client::new(settings().with_faults(Faults::level(Level::Harsh)));
        let mut request = http::Request::new(Bytes::from(body));
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
        *request.uri_mut() = uri;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        let bearer = format!("Bearer {}", client.token).into_bytes();
        let authorization = if genuine { Some(bearer) } else { authorization };
        if let Some(Ok(value)) = authorization.map(|bytes| HeaderValue::from_bytes(&bytes)) {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        for now in [Instant::from_nanos(now), Instant::ZERO, Instant::MAX] {
            if let Ending::Answer(response) = client.service.handle(&request, now).ending {
                prop_assert!(response.status().as_u16() >= 200);
            }
        }
    }

    #[test]
    fn no_filter_panics(text: String, words in proptest::collection::vec("[a-z()',\\[\\]]{1,8}", 0..60)) {
        let _ = Filter::<Device>::parse(&text);
        let _ = Filter::<Device>::parse(&words.join(" "));
    }
}

#[test]
fn a_million_rows_fit_and_a_page_in_their_midst_is_quick_to_find() {
    let mut client = Client::new(settings().with_devices(1_000_000).unwrap());
    let ids: Vec<String> = client.page("/devices/v1/devices?offset=999998").items;
    assert_eq!(ids.len(), 2);
}
