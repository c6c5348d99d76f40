//! A request on its way through the service.

use http::Uri;

use super::dice::Place;
use super::endpoint::{Endpoint, Task};
use super::uuid::Uuid;
use crate::exchange::Request;
use crate::greenlake::Resource;
use crate::time::Instant;
use crate::wall::UnixTime;

/// A request, and what the service knows of it before it acts.
pub(super) struct Visit<'a> {
    pub(super) request: &'a Request,
    pub(super) endpoint: Endpoint,
    pub(super) task: Task<'a>,
    pub(super) now: Instant,
    pub(super) wall: UnixTime,
    /// The id by which the service would find the request in its logs.
    pub(super) debug: Uuid,
}

impl Visit<'_> {
    /// Returns where the request stands in a listing.
    pub(super) fn place(&self) -> Place {
        match self.task {
            Task::List(..) if has_offset(self.request.uri()) => Place::MidListing,
            _ => Place::Elsewhere,
        }
    }

    /// Returns the resource that is asked for.
    pub(super) fn resource(&self) -> Option<Resource> {
        match self.task {
            Task::List(resource, _)
            | Task::Get(resource, _)
            | Task::Add(resource, _)
            | Task::Change(resource, _)
            | Task::Operation(resource, _) => Some(resource),
            Task::Token { .. } | Task::Nothing => None,
        }
    }
}

fn has_offset(uri: &Uri) -> bool {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    let offset = parameters.find_map(|parameter| parameter.strip_prefix("offset="));
    offset.is_some_and(|offset| offset != "0")
}
