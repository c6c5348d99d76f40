//! The trace of a day, as one number: equal on replay, on every platform.

use core::fmt::{self, Display, Write};
use std::path::Path;

/// Hashes bytes as they come.
///
/// Source: FNV-1a, 64 bits (G. Fowler, L. C. Noll, K.-P. Vo).
#[derive(Clone, Debug)]
pub(super) struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(super) fn value(&self) -> u64 {
        self.0
    }
}

impl Write for Hash {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

/// Takes down what happens in a day, line by line: hashed always, told where somebody listens.
#[derive(Debug, Default)]
pub(super) struct Record {
    hash: Hash,
    telling: Telling,
    /// Where the day keeps its files, which is elsewhere on the next replay.
    place: Option<String>,
}

/// Whether the lines are told as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Telling {
    /// Only their hash is kept.
    #[default]
    Silent,
    /// Each is printed.
    Aloud,
}

impl Record {
    pub(super) fn new(telling: Telling, place: Option<&Path>) -> Self {
        let place = place.map(|place| place.display().to_string());
        Self { telling, place, ..Self::default() }
    }

    pub(super) fn line(&mut self, line: impl Display) {
        let line = match &self.place {
            Some(place) => line.to_string().replace(place, "(here)"),
            None => line.to_string(),
        };
        // Writing to a hash cannot fail.
        let _ = writeln!(self.hash, "{line}");
        if self.telling == Telling::Aloud {
            println!("{line}");
        }
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash.value()
    }
}
