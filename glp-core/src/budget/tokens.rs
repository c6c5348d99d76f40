//! A bucket of tokens that successes fill.

use core::num::NonZeroU32;

use super::{Cost, Empty};
use crate::invalid::Invalid;

/// A bucket of tokens: retries take from it, successes put back, time does nothing.
///
/// A success after a retry gives back what its last retry cost; one without gives `success`. A
/// failure gives nothing. Never above `capacity`.
///
/// Source: the retry quota of the AWS SDKs' standard mode.
///
/// Example: see [`Budget`](crate::budget::Budget).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Tokens {
    /// The tokens at the start, and the most there can be.
    pub capacity: NonZeroU32,
    /// What a retry costs.
    pub retry: NonZeroU32,
    /// What a retry after a timeout costs.
    pub after_timeout: NonZeroU32,
    /// What a success without a retry gives.
    pub success: u32,
}

impl Tokens {
    /// 500 tokens; 5 for a retry, 10 after a timeout; 1 from a success.
    pub const DEFAULT: Self = Self {
        capacity: NonZeroU32::new(500).unwrap(),
        retry: NonZeroU32::new(5).unwrap(),
        after_timeout: NonZeroU32::new(10).unwrap(),
        success: 1,
    };

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let costs = [("budget.retry", self.retry), ("budget.after_timeout", self.after_timeout)];
        match costs.into_iter().find(|(_, cost)| *cost > self.capacity) {
            Some((field, cost)) => {
                let limit = alloc::format!("at most budget.capacity ({})", self.capacity);
                Err(Invalid::new(field, cost, limit))
            }
            None => Ok(()),
        }
    }
}

/// The bucket as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    tokens: Tokens,
    left: u32,
}

impl Bucket {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self { tokens, left: tokens.capacity.get() }
    }

    pub(super) fn withdraw(&mut self, cost: Cost) -> Result<u32, Empty> {
        let cost = match cost {
            Cost::Retry => self.tokens.retry.get(),
            Cost::AfterTimeout => self.tokens.after_timeout.get(),
        };
        self.left = self.left.checked_sub(cost).ok_or(Empty)?;
        Ok(cost)
    }

    pub(super) fn succeeded(&mut self, last: Option<u32>) {
        if self.is_full() {
            return; // nothing is written where nothing changes
        }
        let given = last.unwrap_or(self.tokens.success);
        self.left = self.left.saturating_add(given).min(self.tokens.capacity.get());
    }

    pub(super) const fn is_full(&self) -> bool {
        self.left >= self.tokens.capacity.get()
    }

    pub(super) fn affordable(&self) -> u32 {
        self.left / self.tokens.retry
    }
}
