//! Takes secrets out of text and JSON that somebody else wrote.
//!
//! Our own secrets live in types that cannot print them. This is for the rest: bodies and messages
//! of a service or a proxy, which may echo a header or a form field. In doubt it takes out too much.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use serde_json::Value;

/// What stands in the place of a secret.
pub const MASK: &str = "[redacted]";

/// Characters of a body that [`excerpt`] keeps.
pub const EXCERPT_CHARACTERS: usize = 500;

/// Parts of names whose values are secret, in lower case and without separators.
const SECRET_NAMES: [&str; 9] = [
    "authorization",
    "cookie",
    "credential",
    "key",
    "passphrase",
    "passw",
    "secret",
    "signature",
    "token",
];

/// Authentication schemes: the word after one is a secret (RFC 9110 §11.4).
const SCHEMES: [&str; 2] = ["basic", "bearer"];

/// Words that follow the name of a scheme in prose.
const PROSE: [&str; 5] = ["auth", "authentication", "authorization", "token", "tokens"];

/// How a JSON web token begins: `{"` in base64url.
const WEB_TOKEN: &str = "eyJ";

/// Bytes below which such a beginning is a word like any other.
const WEB_TOKEN_BYTES: usize = 16;

/// Layers of JSON written into a JSON string that are opened; what lies deeper is taken out whole.
const NESTED_TEXTS: u32 = 3;

/// Bytes at the head of a body within which a page must declare itself.
const HTML_HEAD_BYTES: usize = 512;

/// Returns what a body says, short enough to print and without secrets.
///
/// JSON is cleaned as [`json`] does and cut after [`EXCERPT_CHARACTERS`], text as [`text`] does. A
/// page of HTML and bytes that are not text are named with their size only. Empty for no body.
///
/// # Examples
///
/// ```
/// use glp_core::redact::excerpt;
///
/// assert_eq!(excerpt(br#"{"access_token": "abc", "id": 7}"#), r#"{"access_token":"[redacted]","id":7}"#);
/// assert_eq!(excerpt(b"<!DOCTYPE html><p>403"), "an HTML page, 21 bytes");
/// assert_eq!(excerpt(b"upstream said: Bearer abc"), "upstream said: Bearer [redacted]");
/// ```
pub fn excerpt(body: &[u8]) -> String {
    if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
        json(&mut value);
        return cut(&value.to_string(), EXCERPT_CHARACTERS).to_owned();
    }
    if is_html(body) {
        return format!("an HTML page, {} bytes", body.len());
    }
    match core::str::from_utf8(body) {
        Ok(body) => cut(&text(body), EXCERPT_CHARACTERS).to_owned(),
        Err(_) => format!("{} bytes that are not text", body.len()),
    }
}

/// Takes secrets out of a JSON value: every value under a key that names a secret, and within
/// strings what [`text`] takes out, JSON written into a string included.
///
/// # Examples
///
/// ```
/// let mut value = serde_json::json!({"form": {"Client-Secret": ["a", "b"]}, "page": 1});
/// glp_core::redact::json(&mut value);
/// assert_eq!(value.to_string(), r#"{"form":{"Client-Secret":"[redacted]"},"page":1}"#);
/// ```
pub fn json(value: &mut Value) {
    json_in(value, NESTED_TEXTS);
}

/// Takes secrets out of text: what follows `Bearer` or `Basic`, what follows a name of a secret and
/// `:` or `=`, and JSON web tokens. Control characters become spaces.
///
/// # Examples
///
/// ```
/// use glp_core::redact::text;
///
/// assert_eq!(text("client_secret=abc&grant_type=x"), "client_secret=[redacted]&grant_type=x");
/// assert_eq!(text("the token has expired"), "the token has expired");
/// ```
pub fn text(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_name_character) {
        clean.push_str(&rest[..start]);
        rest = &rest[start..];
        let (word, after) = split_while(rest, is_name_character);
        rest = match Secret::at(word, rest, after) {
            Some(secret) => {
                clean.push_str(secret.before);
                clean.push_str(MASK);
                secret.after
            }
            None => {
                clean.push_str(word);
                after
            }
        };
    }
    clean.push_str(rest);
    clean
}

/// Cuts `text` after `limit` characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Says whether a body is a page for people: a `<!doctype html` or `<html` near its beginning.
fn is_html(body: &[u8]) -> bool {
    let head = &body[..body.len().min(HTML_HEAD_BYTES)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.trim_start_matches('\u{feff}').trim_start().starts_with('<')
        && (head.contains("<!doctype html") || head.contains("<html"))
}

fn json_in(value: &mut Value, nested: u32) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if names_a_secret(name) {
                    *member = MASK.into();
                } else {
                    json_in(member, nested);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| json_in(item, nested)),
        Value::String(words) => *words = string_in(words, nested),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Cleans a string within JSON, which may hold JSON itself.
fn string_in(words: &str, nested: u32) -> String {
    if !words.trim_start().starts_with(['{', '[']) {
        return text(words);
    }
    match (serde_json::from_str::<Value>(words), nested.checked_sub(1)) {
        (Ok(mut inner), Some(nested)) => {
            json_in(&mut inner, nested);
            inner.to_string()
        }
        (Ok(_), None) => MASK.to_owned(),
        (Err(_), _) => text(words),
    }
}

/// Says whether a name promises a secret, however it is cased and separated.
fn names_a_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    SECRET_NAMES.iter().any(|secret| name.contains(secret))
}

/// A secret found in text: what stands before it and is kept, and what comes after it.
struct Secret<'a> {
    before: &'a str,
    after: &'a str,
}

impl<'a> Secret<'a> {
    /// Looks for a secret at `word`, which begins `rest` and is followed by `after`.
    fn at(word: &str, rest: &'a str, after: &'a str) -> Option<Self> {
        if word.starts_with(WEB_TOKEN) {
            let (run, after) = split_while(rest, is_credential_character);
            if run.len() >= WEB_TOKEN_BYTES {
                return Some(Self { before: "", after });
            }
        }
        let value = if names_a_secret(word) {
            value_after_name(after)
        } else if SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme)) {
            value_after_scheme(after)
        } else {
            None
        }?;
        let before = &rest[..rest.len() - value.len()];
        let after = &value[value_length(before, value)..];
        Some(Self { before, after })
    }
}

/// Returns what follows a name's `:` or `=`, past spaces, quotes and the backslashes before them.
fn value_after_name(after: &str) -> Option<&str> {
    let separator = after.trim_start_matches(is_wrapping);
    let value = separator.strip_prefix([':', '='])?.trim_start_matches(is_wrapping);
    (!value.is_empty()).then_some(value)
}

/// Returns what follows a scheme's space, unless it is prose.
fn value_after_scheme(after: &str) -> Option<&str> {
    let value = after.trim_start_matches(' ');
    let (word, _) = split_while(value, is_credential_character);
    let is_prose = PROSE.iter().any(|prose| word.eq_ignore_ascii_case(prose));
    (value.len() < after.len() && !word.is_empty() && !is_prose).then_some(value)
}

/// Measures a value in bytes: to its closing quote if one opened it, after a scheme one word, else
/// to the next character that cannot belong to it. JSON that is broken off is a value to the end.
fn value_length(before: &str, value: &str) -> usize {
    if value.starts_with(['{', '[']) {
        return value.len();
    }
    let end = match before.chars().next_back() {
        Some(quote @ ('"' | '\'')) => closing_quote(before, quote, value),
        Some(' ') if ends_with_scheme(before) => value.find(|c| !is_credential_character(c)),
        _ => value.find(['&', ',', ';', '"', '\'', '<', '>', '(', ')', '{', '}', '[', ']']),
    };
    end.unwrap_or(value.len())
}

fn ends_with_scheme(before: &str) -> bool {
    let word = before.trim_end_matches(' ');
    SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Finds the end of a value: the quote behind no more backslashes than the opening one.
fn closing_quote(before: &str, quote: char, value: &str) -> Option<usize> {
    let unescaped = |text: &str| text.trim_end_matches('\\').len();
    let opening = before.strip_suffix(quote).unwrap_or(before);
    let opening = opening.len() - unescaped(opening);
    value
        .match_indices(quote)
        .map(|(at, _)| (at, unescaped(&value[..at])))
        .find(|(at, end)| at - end <= opening)
        .map(|(_, end)| end)
}

fn split_while(text: &str, belongs: fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// The characters of a `token68` (RFC 9110 §11.2).
fn is_credential_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/' | '=')
}

fn is_wrapping(c: char) -> bool {
    matches!(c, ' ' | '"' | '\'' | '\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn c7_a_secret_is_found_however_its_name_is_written() {
        for name in [
            "token",
            "access_token",
            "accessToken",
            "ACCESS-TOKEN",
            "client_secret",
            "Password",
            "Authorization",
            "x-api-key",
            "privateKey",
            "Set-Cookie",
        ] {
            let mut value = json!({"a": [{name: "hunter2"}]});
            json(&mut value);
            assert_eq!(value, json!({"a": [{name: MASK}]}));
        }
    }

    #[test]
    fn c7_a_secret_is_found_in_text() {
        let cases = [
            ("sent Bearer xyz to the API", "sent Bearer [redacted] to the API"),
            ("authorization: bearer xyz", "authorization: [redacted]"),
            ("BEARER  abc.def-ghi==, then", "BEARER  [redacted], then"),
            ("client_id=a&client_secret=b c&d=e", "client_id=a&client_secret=[redacted]&d=e"),
            (r#"{"token": "a\"b", "id": 1"#, r#"{"token": "[redacted]", "id": 1"#),
            (r#"\"token\":\"abc\",\"id\":1"#, r#"\"token\":\"[redacted]\",\"id\":1"#),
            (r#"{"token": {"a": "xyz"#, r#"{"token": [redacted]"#),
            ("got eyJhbGciOi.eyJzdWIi.c2ln here", "got [redacted] here"),
        ];
        for (text_with_secret, clean) in cases {
            assert_eq!(text(text_with_secret), clean);
        }
    }

    #[test]
    fn prose_about_tokens_stays_readable() {
        for prose in [
            "",
            "The bearer token has expired.",
            "No key, no secret",
            "HPE_GL_AUTHORIZATION_ALREADY_CREATED",
            "Gerät nicht gefunden",
        ] {
            assert_eq!(text(prose), prose);
        }
    }

    #[test]
    fn control_characters_cannot_reach_a_terminal() {
        assert_eq!(text("a\u{1b}[31mb\r\nc\u{9b}"), "a [31mb  c ");
    }

    #[test]
    fn c7_json_written_into_json_is_opened_and_too_deep_is_taken_out() {
        let mut value = json!({"token": {"a": "xyz"}, "id": 1});
        for _ in 0..NESTED_TEXTS {
            value = json!({"body": value.to_string()});
        }
        let mut deeper = json!({"body": value.to_string()});

        json(&mut value);
        assert!(!value.to_string().contains("xyz"));
        assert!(value.to_string().contains(MASK) && value.to_string().contains("id"));

        json(&mut deeper);
        assert!(!deeper.to_string().contains("id"));
    }

    #[test]
    fn an_excerpt_is_cut_on_a_character() {
        let body = "é".repeat(EXCERPT_CHARACTERS + 1);
        assert_eq!(excerpt(body.as_bytes()).chars().count(), EXCERPT_CHARACTERS);
    }

    #[test]
    fn an_excerpt_names_what_cannot_be_quoted() {
        assert_eq!(excerpt(b""), "");
        assert_eq!(excerpt(b"\xff\xfe\x00"), "3 bytes that are not text");
        assert_eq!(excerpt(b"<!-- sorry --><HTML><p>no"), "an HTML page, 25 bytes");
        assert_eq!(excerpt(b"<error>no</error>"), "<error>no</error>");
    }

    proptest! {
        /// No bytes make it panic, and no excerpt is longer than its limit.
        #[test]
        fn an_excerpt_is_bounded(body in prop::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert!(excerpt(&body).chars().count() <= EXCERPT_CHARACTERS);
        }

        /// No text makes it panic; what is near a secret's name or a quote is where it could.
        #[test]
        fn text_never_panics(words in "(token|Bearer|eyJ|[ =:\"'\\\\{}é&-]|[a-z]{1,20}){0,60}") {
            text(&words);
        }

        /// A secret under a secret name survives in no form of JSON, whole or broken off.
        #[test]
        fn c7_no_secret_survives(
            secret in "[A-Z0-9]{8,40}",
            name in "(access_?token|Client-?Secret|PASSWORD|authorization)",
            depth in 0_u32..6,
            kept in 0.0_f64..=1.0,
        ) {
            let mut value = json!({name: secret});
            for level in 0..depth {
                value = if level % 2 == 0 { json!({"a": [value]}) } else { json!(value.to_string()) };
            }
            let body = value.to_string();
            prop_assert!(!excerpt(body.as_bytes()).contains(&secret));

            let broken = &body[..(body.len() as f64 * kept) as usize];
            prop_assert!(!excerpt(broken.as_bytes()).contains(&secret));
        }
    }
}
