//! What can be set for a sync.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::greenlake::{List, Resource};
use crate::invalid::Invalid;
use crate::sync::Guard;

/// Holds what can be set for a sync; every value has a default.
///
/// # Examples
///
/// ```
/// use glp_core::greenlake::Resource;
/// use glp_core::sync::{Guard, Settings, Start};
///
/// let settings = Settings::default()
///     .page_rows(Resource::Devices, 500)?
///     .guard(Guard::new(25, 100)?)
///     .start(Start::Afresh);
/// assert_ne!(settings, Settings::default());
/// assert!(Settings::default().page_rows(Resource::Devices, 2_001).is_err());
/// # Ok::<(), glp_core::invalid::Invalid>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    device_rows: NonZeroU32,
    subscription_rows: NonZeroU32,
    pub(super) max_passes: NonZeroU32,
    pub(super) guard: Guard,
    pub(super) max_age: Duration,
    pub(super) start: Start,
}

/// Whether an unfinished listing is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Forget what was listed, and list from the first row.
    Afresh,
    /// Go on where the run before was stopped, if that can be trusted.
    Resume,
}

impl Settings {
    /// The passes over a listing unless told otherwise.
    pub const MAX_PASSES: NonZeroU32 = NonZeroU32::new(3).unwrap();
    /// The age of a checkpoint that is still resumed unless told otherwise.
    pub const MAX_AGE: Duration = Duration::from_secs(3_600);
    /// The fewest rows that a page may be asked for: the last row read, and one more.
    pub const MIN_PAGE_ROWS: u32 = 2;

    /// Asks for `rows` rows a page, instead of the most that the service's reference allows.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for fewer than [`MIN_PAGE_ROWS`](Self::MIN_PAGE_ROWS), or more than the service
    /// allows.
    pub fn page_rows(mut self, resource: Resource, rows: u32) -> Result<Self, Invalid> {
        let max = List::of(resource).max_rows();
        let allowed = NonZeroU32::new(rows)
            .filter(|rows| (Self::MIN_PAGE_ROWS..=max.get()).contains(&rows.get()));
        let Some(rows) = allowed else {
            let limit = format_args!("{} to {max} for {resource}", Self::MIN_PAGE_ROWS);
            return Err(Invalid::new("page_rows", rows, limit));
        };
        match resource {
            Resource::Devices => self.device_rows = rows,
            Resource::Subscriptions => self.subscription_rows = rows,
        }
        Ok(self)
    }

    /// Reads a listing up to `passes` times, until no row moves meanwhile.
    #[must_use]
    pub fn max_passes(self, passes: NonZeroU32) -> Self {
        Self { max_passes: passes, ..self }
    }

    /// Sets what may be retired at once.
    #[must_use]
    pub fn guard(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    /// Sets the age beyond which a checkpoint is not resumed: what it speaks of may have changed
    /// too much. Zero resumes only what was begun at the very same time.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        Self { max_age: age, ..self }
    }

    /// Sets whether an unfinished listing is resumed.
    #[must_use]
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    pub(super) fn rows(&self, resource: Resource) -> NonZeroU32 {
        match resource {
            Resource::Devices => self.device_rows,
            Resource::Subscriptions => self.subscription_rows,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            device_rows: List::of(Resource::Devices).max_rows(),
            subscription_rows: List::of(Resource::Subscriptions).max_rows(),
            max_passes: Self::MAX_PASSES,
            guard: Guard::default(),
            max_age: Self::MAX_AGE,
            start: Start::Resume,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_size_out_of_range_is_refused_with_the_range() {
        for rows in [0, 1, 201] {
            let error = Settings::default().page_rows(Resource::Subscriptions, rows).unwrap_err();
            assert_eq!(
                (error.field, error.limit.as_str()),
                ("page_rows", "2 to 200 for subscriptions")
            );
        }
        let settings = Settings::default().page_rows(Resource::Devices, 2).unwrap();
        assert_eq!(settings.rows(Resource::Devices).get(), 2);
        assert_eq!(settings.rows(Resource::Subscriptions).get(), 200);
    }
}
