//! Values as words, and back: what the register can hold.

use alloc::vec::Vec;
use core::num::{NonZeroU8, NonZeroU16, NonZeroU32};
use core::time::Duration;

use crate::breaker::{Config, Growth, RampUp, Rates, Recovery, Share, Slow, Span};

/// Words that are read one after the other; zeros without end behind the last.
#[derive(Debug)]
pub(in crate::breaker) struct Words<'a>(&'a [u64]);

impl<'a> Words<'a> {
    pub(in crate::breaker) const fn new(words: &'a [u64]) -> Self {
        Self(words)
    }

    pub(in crate::breaker) fn next(&mut self) -> u64 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Reads the two halves of one word: high, low.
    pub(in crate::breaker) fn halves(&mut self) -> (u32, u32) {
        let word = self.next();
        ((word >> 32) as u32, word as u32)
    }
}

/// Puts two halves in one word.
pub(in crate::breaker) const fn halves(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

/// A value that is written as words. Reading what was written gives the same value.
pub(in crate::breaker) trait AsWords: Sized {
    fn write(&self, to: &mut Vec<u64>);
    fn read(from: &mut Words<'_>) -> Self;
}

/// What does not fit in the type was not written by it.
macro_rules! nonzero {
    ($($of:ident: $number:ident),*) => {$(
        impl AsWords for $of {
            fn write(&self, to: &mut Vec<u64>) {
                to.push(self.get().into());
            }

            fn read(from: &mut Words<'_>) -> Self {
                Self::new(from.next() as $number).unwrap_or(Self::MIN)
            }
        }
    )*};
}

nonzero!(NonZeroU8: u8, NonZeroU16: u16, NonZeroU32: u32);

impl AsWords for Duration {
    fn write(&self, to: &mut Vec<u64>) {
        to.extend([self.as_secs(), self.subsec_nanos().into()]);
    }

    fn read(from: &mut Words<'_>) -> Self {
        let (seconds, nanoseconds) = (from.next(), from.next());
        Self::from_secs(seconds).saturating_add(Self::from_nanos(nanoseconds))
    }
}

impl AsWords for Share {
    fn write(&self, to: &mut Vec<u64>) {
        to.push(self.get().into());
    }

    fn read(from: &mut Words<'_>) -> Self {
        Self::percent(from.next() as u8).unwrap_or(Self::ALL)
    }
}

impl<T: AsWords> AsWords for Option<T> {
    fn write(&self, to: &mut Vec<u64>) {
        to.push(self.is_some().into());
        self.iter().for_each(|some| some.write(to));
    }

    fn read(from: &mut Words<'_>) -> Self {
        (from.next() != 0).then(|| T::read(from))
    }
}

impl AsWords for Span {
    fn write(&self, to: &mut Vec<u64>) {
        match self {
            Self::Calls(calls) => {
                to.push(0);
                calls.write(to);
            }
            Self::Time { length, buckets } => {
                to.push(1);
                length.write(to);
                buckets.write(to);
            }
        }
    }

    fn read(from: &mut Words<'_>) -> Self {
        match from.next() {
            0 => Self::Calls(AsWords::read(from)),
            _ => Self::Time { length: AsWords::read(from), buckets: AsWords::read(from) },
        }
    }
}

impl AsWords for Recovery {
    fn write(&self, to: &mut Vec<u64>) {
        match self {
            Self::Successes => to.push(0),
            Self::Ratio { probes, share } => {
                to.push(1);
                probes.write(to);
                share.write(to);
            }
        }
    }

    fn read(from: &mut Words<'_>) -> Self {
        match from.next() {
            0 => Self::Successes,
            _ => Self::Ratio { probes: AsWords::read(from), share: AsWords::read(from) },
        }
    }
}

/// Writes a struct field after field. A field that is left out does not compile.
macro_rules! fields {
    ($of:ident { $($field:ident),* $(,)? }) => {
        impl AsWords for $of {
            fn write(&self, to: &mut Vec<u64>) {
                $(self.$field.write(to);)*
            }

            fn read(from: &mut Words<'_>) -> Self {
                Self { $($field: AsWords::read(from)),* }
            }
        }
    };
}

fields!(Slow { limit, share });
fields!(Rates { span, minimum_calls, failures, slow });
fields!(Growth { factor, cap, spread });
fields!(RampUp { start, over });
fields!(Config {
    failure_threshold,
    success_threshold,
    cool_down,
    max_probes,
    probe_lease,
    rates,
    growth,
    max_server_wait,
    recovery,
    probes_per_round,
    ramp_up,
});
