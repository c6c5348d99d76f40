//! The rows that were written lately, as JSON: the same pages are asked for again and again.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

/// Rows that are kept at most, some 7 MB of them: longer listings draw each row anew.
const CAPACITY: usize = 4_096;

/// Keeps the JSON of rows by their numbers, until they change.
#[derive(Default)]
pub(super) struct RowCache(BTreeMap<u32, Kept>);

struct Kept {
    /// How often the row had been updated when it was written.
    version: u32,
    json: Box<str>,
}

impl RowCache {
    /// Returns a row, if it is kept in this version.
    pub(super) fn get(&self, number: u32, version: u32) -> Option<&str> {
        let kept = self.0.get(&number).filter(|kept| kept.version == version);
        kept.map(|kept| &*kept.json)
    }

    /// Keeps a row in this version. Where there are too many, the others are forgotten.
    pub(super) fn keep(&mut self, number: u32, version: u32, json: &str) {
        if self.0.len() >= CAPACITY {
            self.0.clear();
        }
        self.0.insert(number, Kept { version, json: json.into() });
    }

    /// Forgets a row that changes otherwise than by an update.
    pub(super) fn forget(&mut self, number: u32) {
        self.0.remove(&number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_until_it_is_updated_or_forgotten() {
        let mut cache = RowCache::default();
        assert_eq!(cache.get(7, 0), None);
        cache.keep(7, 0, "{}");
        assert_eq!((cache.get(7, 0), cache.get(7, 1)), (Some("{}"), None));
        cache.keep(7, 1, "[]");
        assert_eq!((cache.get(7, 0), cache.get(7, 1)), (None, Some("[]")));
        cache.forget(7);
        assert_eq!(cache.get(7, 1), None);
    }

    #[test]
    fn no_listing_is_too_long_for_it() {
        let mut cache = RowCache::default();
        for number in 0..3 * CAPACITY as u32 {
            cache.keep(number, 0, "{}");
            assert!(cache.0.len() <= CAPACITY);
        }
    }
}
