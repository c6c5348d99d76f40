//! Rows of a listing, read as their models.

use alloc::format;
use alloc::vec::Vec;

use super::{Device, List, Resource, Route, Subscription};
use crate::error::{ApiKind, Error};
use crate::invalid::Invalid;
use crate::operation::Malformed;
use crate::page::Page;

/// A model of the rows of one resource.
pub trait Row: Sized {
    /// What the rows are.
    const RESOURCE: Resource;

    /// Reads one row.
    ///
    /// # Errors
    ///
    /// [`Malformed`] where the text is no row.
    fn read(raw: &str) -> Result<Self, Malformed>;

    /// Says whether `list` may list rows of this model.
    ///
    /// # Errors
    ///
    /// [`Invalid`] where it is the listing of another resource. A route of one's own may list
    /// anything.
    ///
    /// # Examples
    ///
    /// ```
    /// use glp_core::greenlake::{Device, List, Resource, Row};
    ///
    /// assert!(Device::check(&List::of(Resource::Devices)).is_ok());
    /// assert_eq!(Device::check(&List::of(Resource::Subscriptions)).unwrap_err().field, "list");
    /// ```
    fn check(list: &List) -> Result<(), Invalid> {
        let listed = Resource::ALL.into_iter().find(|&kind| *list.route() == Route::list(kind));
        match listed.filter(|&kind| kind != Self::RESOURCE) {
            Some(other) => Err(Invalid::new("list", other, Self::RESOURCE)),
            None => Ok(()),
        }
    }

    /// Reads every row of `page` and adds them to `rows`.
    ///
    /// # Errors
    ///
    /// [`ApiKind::Decode`] at the first row that is none, with its number among `rows`, from 1.
    fn read_page(page: &Page, rows: &mut Vec<Self>) -> Result<(), Error> {
        for item in &page.items {
            let row = Self::read(item.get()).map_err(|malformed| {
                let (number, resource) = (rows.len() + 1, Self::RESOURCE);
                Error::new(ApiKind::Decode, format!("row {number} of {resource}, {malformed}"))
            })?;
            rows.push(row);
        }
        Ok(())
    }
}

impl Row for Device {
    const RESOURCE: Resource = Resource::Devices;

    fn read(raw: &str) -> Result<Self, Malformed> {
        Self::from_json(raw)
    }
}

impl Row for Subscription {
    const RESOURCE: Resource = Resource::Subscriptions;

    fn read(raw: &str) -> Result<Self, Malformed> {
        Self::from_json(raw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_none_is_named_by_its_number() {
        let page = Page::from_json(br#"{"items":[{"id":"a"},{"id":"b"},7]}"#).unwrap();
        let mut rows = Vec::new();

        let error = Device::read_page(&page, &mut rows).unwrap_err();

        assert_eq!(rows.len(), 2);
        assert!(error.message().starts_with("row 3 of devices, at byte "), "{error}");
    }
}
