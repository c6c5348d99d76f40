//! Seeded randomness: one seed gives one schedule on every platform.

use core::convert::Infallible;
use core::time::Duration;

use rand_core::{SeedableRng, TryRng};

use crate::time::nanos;

/// Generates pseudo-random numbers from a 64-bit seed.
///
/// Small, fast and reproducible; not for secrets. It serves jitter, which needs spread and nothing
/// else. Implements [`rand_core::Rng`] and [`SeedableRng`].
///
/// # Examples
///
/// ```
/// use glp_core::rng::SplitMix64;
/// use rand_core::Rng;
///
/// let mut one = SplitMix64::new(7);
/// let mut two = SplitMix64::new(7);
/// assert_eq!(one.next_u64(), two.next_u64());
/// ```
///
/// Source: G. Steele, D. Lea, C. Flood, *Fast Splittable Pseudorandom Number Generators*,
/// OOPSLA 2014, figure 16 (with the constants of D. Stafford's variant 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// Makes a generator from a seed; every seed is as good as another.
    ///
    /// Example: see [`SplitMix64`].
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    fn step(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl TryRng for SplitMix64 {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.step() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.step())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.step().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl SeedableRng for SplitMix64 {
    type Seed = [u8; 8];

    fn from_seed(seed: [u8; 8]) -> Self {
        Self::new(u64::from_le_bytes(seed))
    }
}

/// Draws a duration between zero and `limit`, both included, in integer arithmetic.
///
/// The bias of the multiply-and-shift is below one part in 2⁶⁴ ÷ `limit`.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use glp_core::rng::{SplitMix64, up_to};
///
/// let minute = Duration::from_secs(60);
/// assert!(up_to(&mut SplitMix64::new(7), minute) <= minute);
/// ```
///
/// Source: D. Lemire, *Fast Random Integer Generation in an Interval*, 2019, without the rejection.
pub fn up_to<R: rand_core::Rng + ?Sized>(rng: &mut R, limit: Duration) -> Duration {
    Duration::from_nanos(nanos_up_to(rng, nanos(limit)))
}

/// Does what [`up_to`] does, in nanoseconds.
#[inline]
pub(crate) fn nanos_up_to<R: rand_core::Rng + ?Sized>(rng: &mut R, limit: u64) -> u64 {
    let span = u128::from(limit) + 1;
    ((u128::from(rng.next_u64()) * span) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn the_published_sequence_of_seed_1234567() {
        let mut rng = SplitMix64::new(1_234_567);
        let got: [u64; 3] = core::array::from_fn(|_| rng.next_u64());
        assert_eq!(
            got,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn every_way_to_draw_takes_from_the_same_sequence() {
        let words = [6_457_827_717_110_365_317_u64, 3_203_168_211_198_807_973];
        let mut rng = SplitMix64::from_seed(1_234_567_u64.to_le_bytes());
        let mut bytes = [0; 12];
        rng.clone().fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], words[0].to_le_bytes());
        assert_eq!(bytes[8..], words[1].to_le_bytes()[..4]);
        assert_eq!(rng.next_u32(), (words[0] >> 32) as u32, "the upper half");
        assert_eq!(rng.next_u64(), words[1]);
    }

    #[test]
    fn up_to_draws_every_number_from_zero_to_its_limit_and_none_beyond() {
        let mut rng = SplitMix64::new(0);
        assert_eq!(up_to(&mut rng, Duration::ZERO), Duration::ZERO);
        let mut drawn = [0; 4];
        for _ in 0..1_000 {
            drawn[up_to(&mut rng, Duration::from_nanos(3)).as_nanos() as usize] += 1;
        }
        assert!(drawn.iter().all(|count| (200..300).contains(count)), "evenly: {drawn:?}");
        let widest = up_to(&mut rng, Duration::MAX);
        assert!(widest <= Duration::from_nanos(u64::MAX));
    }
}
