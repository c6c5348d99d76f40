//! The client's name and secret in an `Authorization: Basic` header.

use alloc::string::String;
use alloc::vec::Vec;

/// Reads the user and the password of a Basic credential.
///
/// Source: RFC 7617, section 2.
pub(super) fn decode(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(base64(encoded.trim())?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.into(), password.into()))
}

/// Decodes base64; whether it is padded does not matter.
///
/// Source: RFC 4648, section 4.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut held, mut bits) = (0u32, 0);
    for symbol in text.trim_end_matches('=').bytes() {
        held = held << 6 | u32::from(sextet(symbol)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7617() {
        let pair = decode("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert_eq!(pair, Some(("Aladdin".into(), "open sesame".into())));
    }

    #[test]
    fn what_is_no_basic_credential_is_none() {
        for header in ["", "Basic", "Bearer abc", "Basic %%%", "Basic YWJj"] {
            assert_eq!(decode(header), None, "{header}");
        }
    }
}
