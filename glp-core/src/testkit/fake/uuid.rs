//! Names for rows, from which the row's number can be read back.

use alloc::string::String;

use rand_core::Rng;

use crate::rng::SplitMix64;

/// Names one row: 128 bits, written as 8-4-4-4-12 hexadecimal digits.
///
/// The last 32 bits are a bijection of the row's number, so that two rows never share a name and
/// [`number`](Self::number) needs no table. The other bits are pseudo-random, but for the version
/// and the variant of RFC 9562, section 5.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Uuid(u128);

/// Any odd number is invertible modulo 2³²; this one, 2³² divided by the golden ratio, spreads.
const SPREAD: u32 = 0x9e37_79b1;
const GATHER: u32 = inverse(SPREAD);

const VERSION: u128 = 0xf << 76;
const VERSION_4: u128 = 0x4 << 76;
const VARIANT: u128 = 0b11 << 62;
const VARIANT_RFC: u128 = 0b10 << 62;

impl Uuid {
    /// Digits and hyphens of the written form.
    const LENGTH: usize = 36;

    /// Returns the name of row `number` in the family of names that `stream` stands for.
    pub(super) fn of(stream: u64, number: u32) -> Self {
        let mut rng = SplitMix64::new(stream.wrapping_add(u64::from(number) << 32));
        let high = u128::from(rng.next_u64()) << 64;
        let low = u128::from(rng.next_u64()) & !u128::from(u32::MAX);
        let tail = u128::from(scatter(stream, number));
        Self((high | low | tail) & !(VERSION | VARIANT) | VERSION_4 | VARIANT_RFC)
    }

    /// Returns the number of the row that alone can have this name in the family of `stream`.
    pub(super) fn number(self, stream: u64) -> u32 {
        ((self.0 as u32) ^ (stream as u32)).wrapping_mul(GATHER)
    }

    /// Reads the written form, in digits of either case.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != Self::LENGTH {
            return None;
        }
        let mut value = 0;
        for (at, byte) in bytes.iter().enumerate() {
            match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => {}
                (8 | 13 | 18 | 23, _) => return None,
                (_, digit) => value = value << 4 | u128::from(char::from(*digit).to_digit(16)?),
            }
        }
        Some(Self(value))
    }

    /// Appends the written form.
    pub(super) fn write(self, out: &mut String) {
        for (group, digits) in [(96, 8), (80, 4), (64, 4), (48, 4), (0, 12)] {
            hex(out, (self.0 >> group) as u64, digits);
            if group > 0 {
                out.push('-');
            }
        }
    }

    /// Returns the written form.
    pub(super) fn text(self) -> String {
        let mut text = String::with_capacity(Self::LENGTH);
        self.write(&mut text);
        text
    }
}

/// Scatters the numbers of a family over all 32-bit words, each to a word of its own.
pub(super) const fn scatter(stream: u64, number: u32) -> u32 {
    number.wrapping_mul(SPREAD) ^ stream as u32
}

/// Appends the lowest `digits` hexadecimal digits of `value`.
pub(super) fn hex(out: &mut String, value: u64, digits: u32) {
    for at in (0..digits).rev() {
        let digit = (value >> (4 * at)) as u8 & 0xf;
        out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

/// Returns the inverse of an odd number modulo 2³², by Newton's iteration: each step doubles the
/// bits that are right, of which an odd number's own inverse has three to begin with.
const fn inverse(odd: u32) -> u32 {
    let mut guess = odd;
    let mut right_bits = 3;
    while right_bits < u32::BITS {
        guess = guess.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(guess)));
        right_bits *= 2;
    }
    guess
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_gives_its_number_back_and_survives_writing(stream: u64, number: u32) {
            let name = Uuid::of(stream, number);
            prop_assert_eq!(name.number(stream), number);
            prop_assert_eq!(Uuid::parse(&name.text()), Some(name));
        }

        #[test]
        fn names_sort_as_their_texts_do(stream: u64, one: u32, two: u32) {
            let (one, two) = (Uuid::of(stream, one), Uuid::of(stream, two));
            prop_assert_eq!(one.cmp(&two), one.text().cmp(&two.text()));
        }

        #[test]
        fn no_text_panics(text: String) {
            let _ = Uuid::parse(&text);
        }
    }

    #[test]
    fn a_name_says_that_it_is_random() {
        let text = Uuid::of(7, 0).text();
        assert_eq!(text.as_bytes()[14], b'4', "{text}");
        assert!(b"89ab".contains(&text.as_bytes()[19]), "{text}");
    }
}
