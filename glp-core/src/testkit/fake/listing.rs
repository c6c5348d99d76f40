//! What a request for a page asks for.

use alloc::format;
use core::num::NonZeroU32;

use super::endpoint::PageSize;
use super::filter::Filter;
use super::inventory::Query;
use super::parameters::Parameters;
use super::refusal::Problem;
use super::row::Row;
use super::sort::Sort;

/// Asks for one page of the rows that a query selects.
pub(super) struct Listing<R> {
    pub(super) query: Query<R>,
    pub(super) offset: usize,
    /// How many rows the page has at most.
    pub(super) limit: usize,
}

impl<R: Row> Listing<R> {
    /// Reads the query of a URI. With a `cap` no limit is too large, but pages are no larger.
    pub(super) fn parse(
        query: &str,
        size: PageSize,
        cap: Option<NonZeroU32>,
    ) -> Result<Self, Problem> {
        let parameters = Parameters::decode(query)
            .map_err(|_| Problem::new("query", "a broken escape, or a name given twice"))?;
        let mut listing = Self {
            query: Query { filter: None, sort: None },
            offset: 0,
            limit: page_limit(size.default, size, cap)?,
        };
        for (name, value) in parameters.iter() {
            listing.read(name, value, size, cap)?;
        }
        Ok(listing)
    }

    fn read(
        &mut self,
        name: &str,
        value: &str,
        size: PageSize,
        cap: Option<NonZeroU32>,
    ) -> Result<(), Problem> {
        match name {
            "limit" => {
                let limit = value.parse().map_err(|_| limit_problem(value, size))?;
                self.limit = page_limit(limit, size, cap)?;
            }
            "offset" => {
                self.offset = value.parse().map_err(|_| {
                    Problem::new("offset", format!("{value:?} is not a number from 0"))
                })?;
            }
            "filter" => self.query.filter = Some((value.into(), Filter::parse(value)?)),
            "sort" => {
                let sort = Sort::parse(value)?;
                self.query.sort = (!sort.is_by_id()).then(|| (value.into(), sort));
            }
            _ => return Err(Problem::new("query", format!("{name:?} is not known here"))),
        }
        Ok(())
    }
}

fn page_limit(limit: u32, size: PageSize, cap: Option<NonZeroU32>) -> Result<usize, Problem> {
    let most = cap.map_or(size.max, |cap| cap.get().min(size.max));
    match (limit, cap) {
        (1.., Some(_)) => Ok(limit.min(most) as usize),
        (1.., None) if limit <= most => Ok(limit as usize),
        _ => Err(limit_problem(&format!("{limit}"), size)),
    }
}

fn limit_problem(value: &str, size: PageSize) -> Problem {
    Problem::new("limit", format!("{value:?} is not a number from 1 to {}", size.max))
}
