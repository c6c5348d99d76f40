//! Writes one page of a listing, whole or distorted.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use bytes::Bytes;
use http::StatusCode;

use super::answer;
use super::inventory::Inventory;
use super::listing::Listing;
use super::mishap::Distortion;
use super::row::Row;
use super::settings::Envelope;
use crate::exchange::Response;

/// One page of a listing.
pub(super) struct Page {
    /// The rows' numbers, in the order of the listing.
    numbers: Vec<u32>,
    offset: usize,
    total: usize,
}

/// About the length of a row, in bytes: room to begin with, not a limit.
const ROW_LENGTH: usize = 1_800;

impl Page {
    /// Selects the rows of a page.
    pub(super) fn select<R: Row>(inventory: &mut Inventory<R>, listing: &Listing<R>) -> Self {
        let selected = inventory.select(&listing.query);
        let from = listing.offset.min(selected.len());
        let to = listing.offset.saturating_add(listing.limit).min(selected.len());
        let numbers = selected.get(from..to).unwrap_or_default().to_vec();
        Self { numbers, offset: listing.offset, total: selected.len() }
    }

    /// Distorts the rows of the page, as far as that is done before it is written. Returns the
    /// distortion, or `None` where there was nothing to distort.
    pub(super) fn distort(&mut self, distortion: Distortion) -> Option<Distortion> {
        let first = *self.numbers.first()?;
        match distortion {
            Distortion::Empty => self.numbers.clear(),
            Distortion::DuplicateRow => match self.numbers.as_mut_slice() {
                [_, .., last] => *last = first,
                _ => return None,
            },
            Distortion::WrongTotal => self.total += 1,
            _ => {}
        }
        Some(distortion)
    }

    /// Answers with the page.
    pub(super) fn answer<R: Row>(
        &self,
        inventory: &mut Inventory<R>,
        envelope: Envelope,
        distortion: Option<Distortion>,
    ) -> Response {
        let mut out = String::with_capacity(64 + ROW_LENGTH * self.numbers.len());
        out.push_str("{\"items\":");
        match distortion {
            Some(Distortion::WrongType) => out.push_str("\"none\""),
            _ => self.write_rows(inventory, distortion, &mut out),
        }
        // Writing to a String cannot fail.
        let _ = write!(out, ",\"count\":{}", self.numbers.len());
        if envelope == Envelope::Full {
            let _ = write!(out, ",\"offset\":{},\"total\":{}", self.offset, self.total);
        }
        out.push('}');
        let mut response = answer::json(StatusCode::OK, out);
        if let Some(Distortion::CutAt(at)) = distortion {
            let body: &mut Bytes = response.body_mut();
            body.truncate(at.min(body.len().saturating_sub(1)));
        }
        response
    }

    fn write_rows<R: Row>(
        &self,
        inventory: &mut Inventory<R>,
        distortion: Option<Distortion>,
        out: &mut String,
    ) {
        out.push('[');
        for (position, number) in self.numbers.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            match (position, distortion) {
                (0, Some(Distortion::NotAnObject)) => out.push_str("\"row\""),
                _ => inventory.write_cached(*number, out),
            }
        }
        out.push(']');
    }
}
