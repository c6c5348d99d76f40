//! The requests that read the inventory: one page of a listing, one row by its id.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use core::fmt::{Display, Write};
use core::num::NonZeroU32;

use bytes::Bytes;

use super::query::encode;
use super::{Field, Filter, Id, Resource, Route, Sort};
use crate::exchange::Request;
use crate::invalid::Invalid;
use crate::operation::{Operation, Replay};
use crate::page::{self, Cursor};

/// Describes a listing: what is listed, in which order, and how much of it.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{Field, Filter, List, Resource};
///
/// let list = List::of(Resource::Devices).filter(&Filter::equal(Field::SERIAL_NUMBER, "A&B"))?;
/// assert_eq!(
///     list.page(4_000, list.max_rows()).request.uri(),
///     "/devices/v1/devices?filter=serialNumber%20eq%20%27A%26B%27\
///      &sort=createdAt%20asc%2Cid%20asc&offset=4000&limit=2000"
/// );
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct List {
    route: Route,
    max_rows: NonZeroU32,
    /// Encoded values by name.
    query: BTreeMap<&'static str, String>,
}

const FILTER: &str = "filter";
const SELECT: &str = "select";
const SORT: &str = "sort";

impl List {
    /// The longest path and query that a listing may have before its page is named, in bytes.
    pub const MAX_TARGET: usize = 16_384;

    /// Lists a resource in the [stable order](Sort::stable), with the most rows that one page may
    /// have by the service's reference: 2000 devices, 200 subscriptions.
    pub fn of(resource: Resource) -> Self {
        let max_rows = match resource {
            Resource::Devices => const { NonZeroU32::new(2_000).unwrap() },
            Resource::Subscriptions => const { NonZeroU32::new(200).unwrap() },
        };
        let query = BTreeMap::from([(SORT, encode(&format!("{}", Sort::stable())))]);
        Self { route: Route::list(resource), max_rows, query }
    }

    /// Lists a route of one's own, of which a page may have up to `max_rows` rows. No order is
    /// asked for.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when the route's template is not a path that can be sent as it is.
    pub fn on(route: Route, max_rows: NonZeroU32) -> Result<Self, Invalid> {
        let path = route.template();
        let clean = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
        if !path.starts_with('/') || !path.bytes().all(clean) || path.len() > Self::MAX_TARGET {
            let limit = "an absolute path without anything to fill in or to escape";
            return Err(Invalid::new("route", path, limit));
        }
        Ok(Self { route, max_rows, query: BTreeMap::new() })
    }

    /// Lists only the rows that `filter` takes.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when the request would become longer than [`MAX_TARGET`](Self::MAX_TARGET).
    pub fn filter(self, filter: &Filter) -> Result<Self, Invalid> {
        self.with(FILTER, filter)
    }

    /// Lists in an order of one's own, instead of the one before.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when the request would become longer than [`MAX_TARGET`](Self::MAX_TARGET).
    pub fn sort(self, sort: &Sort) -> Result<Self, Invalid> {
        self.with(SORT, sort)
    }

    /// Lists only these properties of each row.
    ///
    /// # Errors
    ///
    /// [`Invalid`] when there is none, or the request would become longer than
    /// [`MAX_TARGET`](Self::MAX_TARGET).
    pub fn select<'a>(self, fields: impl IntoIterator<Item = &'a Field>) -> Result<Self, Invalid> {
        let mut names = String::new();
        for field in fields {
            let comma = if names.is_empty() { "" } else { "," };
            // Writing to a String cannot fail.
            let _ = write!(names, "{comma}{field}");
        }
        if names.is_empty() {
            return Err(Invalid::new(SELECT, "empty", "at least one field"));
        }
        self.with(SELECT, &names)
    }

    fn with(mut self, name: &'static str, value: &dyn Display) -> Result<Self, Invalid> {
        self.query.insert(name, encode(&format!("{value}")));
        let length = self.target().len();
        if length > Self::MAX_TARGET {
            let limit = format_args!("at most {} bytes with the path", Self::MAX_TARGET);
            return Err(Invalid::new(name, format_args!("{length} bytes when encoded"), limit));
        }
        Ok(self)
    }

    /// Returns the route.
    pub fn route(&self) -> &Route {
        &self.route
    }

    /// Returns the most rows that one page may have.
    pub fn max_rows(&self) -> NonZeroU32 {
        self.max_rows
    }

    /// Asks for up to `limit` rows from the row at `offset`, counted from 0.
    pub fn page(&self, offset: u64, limit: NonZeroU32) -> Operation {
        self.read(&format!("offset={offset}&limit={limit}"))
    }

    /// Asks for up to `limit` rows from the place that a cursor stands for; the first ones where
    /// there is none yet.
    pub fn at_cursor(&self, cursor: Option<&Cursor>, limit: NonZeroU32) -> Operation {
        match cursor {
            None => self.read(&format!("limit={limit}")),
            Some(cursor) => self.read(&format!("next={}&limit={limit}", encode(cursor.as_str()))),
        }
    }

    fn read(&self, page: &str) -> Operation {
        let target = self.target();
        let joint = if self.query.is_empty() { '?' } else { '&' };
        Operation {
            decode: Some(page::decode),
            ..read(self.route.clone(), format!("{target}{joint}{page}"))
        }
    }

    /// Returns the path and the query, before a page is named.
    pub(crate) fn target(&self) -> String {
        let mut target = String::from(self.route.template());
        for (index, (name, value)) in self.query.iter().enumerate() {
            let joint = if index == 0 { '?' } else { '&' };
            // Writing to a String cannot fail.
            let _ = write!(target, "{joint}{name}={value}");
        }
        target
    }
}

/// Asks for one row by the service's id of it.
///
/// # Errors
///
/// As [`Id::new`].
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::{Resource, get};
///
/// let operation = get(Resource::Devices, "a/../b?c")?;
/// assert_eq!(operation.request.uri(), "/devices/v1/devices/a%2F..%2Fb%3Fc");
/// assert_eq!(get(Resource::Devices, "..").unwrap_err().field, "id");
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
pub fn get(resource: Resource, id: &str) -> Result<Operation, Invalid> {
    let id = Id::new(id)?;
    let route = match resource {
        Resource::Devices => Route::GET_DEVICE,
        Resource::Subscriptions => Route::GET_SUBSCRIPTION,
    };
    let target = route.template().replace("{id}", &encode(id.as_str()));
    Ok(read(route, target))
}

/// Makes a GET. `target` is a checked path with an encoded query, and shorter than 64 KiB.
pub(super) fn read(route: Route, target: String) -> Operation {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = http::Uri::try_from(target)
        .expect("an absolute path of clean characters and an encoded query are a URI");
    Operation { request, route, replay: Replay::Idempotent, decode: None }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use http::Method;
    use proptest::prelude::*;

    use super::*;
    use crate::greenlake::query::tests::decode;

    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();

    fn own(template: &'static str) -> Result<List, Invalid> {
        List::on(Route::new(&Method::GET, template, NonZeroU32::MIN), TEN)
    }

    #[test]
    fn a_page_is_a_get_that_may_be_sent_again_and_decodes() {
        let operation = List::of(Resource::Subscriptions).page(0, TEN);
        assert_eq!(operation.request.method(), Method::GET);
        assert_eq!(operation.replay, Replay::Idempotent);
        assert_eq!(operation.route, Route::LIST_SUBSCRIPTIONS);
        assert!(operation.decode.is_some());
    }

    #[test]
    fn a_listing_of_ones_own_sends_only_what_it_was_given() {
        let list = own("/identity/v1/users").unwrap();
        assert_eq!(list.page(20, TEN).request.uri(), "/identity/v1/users?offset=20&limit=10");

        let list = list.select(&[Field::ID, Field::KEY]).unwrap();
        let uri = list.page(0, TEN).request.uri().to_string();
        assert_eq!(uri, "/identity/v1/users?select=id%2Ckey&offset=0&limit=10");
    }

    #[test]
    fn a_template_that_is_no_path_is_refused() {
        for template in ["", "users", "/users/{id}", "/a b", "/a?b", "/ü"] {
            assert_eq!(own(template).unwrap_err().field, "route", "{template}");
        }
    }

    #[test]
    fn what_is_too_long_for_a_url_is_refused_when_it_is_given() {
        let list = || own("/users").unwrap();
        let long = "x".repeat(List::MAX_TARGET);
        let error = list().filter(&Filter::equal(Field::ID, long.as_str())).unwrap_err();
        assert_eq!(error.field, "filter");
        assert_eq!(Cursor::new(long.as_str()), None);
        assert_eq!(get(Resource::Devices, &long).unwrap_err().field, "id");
        assert_eq!(list().select(&[]).unwrap_err().field, "select");
    }

    proptest! {
        #[test]
        fn c10_an_id_stays_one_segment(id in ".{1,64}") {
            prop_assume!(id != "." && id != "..");
            let operation = get(Resource::Devices, &id).unwrap();
            let uri = operation.request.uri();
            let segment = uri.path().strip_prefix("/devices/v1/devices/").unwrap();
            prop_assert!(!segment.contains('/') && uri.query().is_none());
            prop_assert_eq!(decode(segment), id);
        }

        #[test]
        fn c10_a_cursor_stays_one_value(text in any::<String>()) {
            let cursor = Cursor::new(text.as_str());
            prop_assume!(cursor.is_some());
            let operation = own("/users").unwrap().at_cursor(cursor.as_ref(), TEN);
            let query = operation.request.uri().query().unwrap();
            let value = query.strip_prefix("next=").unwrap().strip_suffix("&limit=10").unwrap();
            prop_assert_eq!(decode(value), text);
        }
    }
}
