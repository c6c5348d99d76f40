//! Names and values, as query strings and forms carry them.

use alloc::string::String;
use alloc::vec::Vec;

/// Names and values in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

/// Says why a text is no list of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotParameters;

impl Parameters {
    /// Decodes `name=value&name=value`.
    ///
    /// Source: `application/x-www-form-urlencoded` of the WHATWG URL standard, section 5.1, but
    /// strict: a stray `%` and a name given twice are errors.
    pub(super) fn decode(text: &str) -> Result<Self, NotParameters> {
        let parameters = Self::decode_repeating(text)?;
        let repeats = |at: usize, name: &str| parameters.iter().take(at).any(|(n, _)| n == name);
        if parameters.iter().enumerate().any(|(at, (name, _))| repeats(at, name)) {
            return Err(NotParameters);
        }
        Ok(parameters)
    }

    /// Decodes likewise; a name may be given several times.
    pub(super) fn decode_repeating(text: &str) -> Result<Self, NotParameters> {
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name, Plus::Space)?, decode(value, Plus::Space)?))
        };
        text.split('&')
            .filter(|text| !text.is_empty())
            .map(pair)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns the value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the names and the values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What a plus sign stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Plus {
    /// Itself, in paths.
    Plus,
    /// A space, in forms and queries.
    Space,
}

/// Decodes percent signs.
pub(super) fn decode(text: &str, plus: Plus) -> Result<String, NotParameters> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' if plus == Plus::Space => b' ',
            b'%' => digit(bytes.next())? << 4 | digit(bytes.next())?,
            _ => byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| NotParameters)
}

fn digit(byte: Option<u8>) -> Result<u8, NotParameters> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(NotParameters)?;
    Ok(digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let parameters = Parameters::decode("a=b%20c+d&&e").unwrap();
        assert_eq!(parameters.get("a"), Some("b c d"));
        assert_eq!(parameters.get("e"), Some(""));
        assert_eq!(parameters.get("f"), None);
    }

    #[test]
    fn what_is_ambiguous_or_broken_is_an_error() {
        for text in ["a=1&a=2", "a=%", "a=%4", "a=%zz", "a=%ff"] {
            assert!(Parameters::decode(text).is_err(), "{text}");
        }
    }
}
