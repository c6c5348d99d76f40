//! One page of a listing: its items as raw JSON, and where in the listing it says it is.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::exchange::Response;
use crate::operation::Malformed;

/// Holds one page of a listing.
///
/// Each item is kept as the service wrote it, byte for byte, and is not looked into: one item that
/// makes no sense is one error, later, and not the end of its page.
///
/// The envelope is read leniently where the service is known to vary: everything but `items` may
/// be absent or null, and a number may be given as a string.
///
/// # Examples
///
/// ```
/// use glp_core::page::Page;
///
/// let page = Page::from_json(br#"{"items": [{"id": "a"}, 7], "total": "12"}"#).unwrap();
/// assert_eq!(page.items[0].get(), r#"{"id": "a"}"#);
/// assert_eq!(page.total, Some(12));
/// assert_eq!(page.offset, None);
///
/// let malformed = Page::from_json(br#"{"items": 7}"#).unwrap_err();
/// assert_eq!(malformed.to_string(), "at byte 10: `items` is not an array");
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    /// The rows, each in its own JSON text.
    pub items: Vec<Box<RawValue>>,
    /// The number of rows in this page, as the service counts them.
    pub count: Option<u64>,
    /// The position of the first row in the listing, in rows.
    pub offset: Option<u64>,
    /// The number of rows in the whole listing.
    pub total: Option<u64>,
    /// The cursor of the page after this one, where the service gives one.
    pub next: Option<Cursor>,
}

/// Stands for a place in a listing; only the service knows which.
///
/// At most [`MAX_LENGTH`](Self::MAX_LENGTH) bytes, because it has to fit into a URL again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The longest cursor that is accepted, in bytes.
    pub const MAX_LENGTH: usize = 4_096;

    /// Takes a cursor as the service wrote it; an empty or too long one is none.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        Some(text.into()).filter(|text| (1..=Self::MAX_LENGTH).contains(&text.len())).map(Self)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Page {
    /// Reads the body of a response. The size of a body is the transport's to limit.
    ///
    /// # Errors
    ///
    /// [`Malformed`] names the byte at which the body stops being a page.
    pub fn from_json(body: &[u8]) -> Result<Self, Malformed> {
        let text = core::str::from_utf8(body)
            .map_err(|error| malformed(error.valid_up_to(), "the text is not UTF-8"))?;
        let start = text.len() - text.trim_start().len();
        // Without this, an array would be read as an envelope, field by field.
        if !text[start..].starts_with('{') {
            return Err(malformed(start, "a page is a JSON object"));
        }
        match serde_json::from_str::<Envelope<'_, Vec<Box<RawValue>>>>(text) {
            Ok(envelope) => envelope.into_page(text),
            Err(error) => Err(refusal(text, &error)),
        }
    }

    /// Returns the page that [`decode`] left in a response, if it did.
    pub fn take(response: &Response) -> Option<Arc<Self>> {
        response.extensions().get().cloned()
    }
}

/// Reads a response's body as a [`Page`] and leaves it in the extensions as an `Arc<Page>`.
///
/// A [`Decode`](crate::operation::Decode) hook.
///
/// # Errors
///
/// [`Malformed`] names the byte at which the body stops being a page.
pub fn decode(response: &mut Response) -> Result<(), Malformed> {
    let page = Page::from_json(response.body())?;
    response.extensions_mut().insert(Arc::new(page));
    Ok(())
}

/// The envelope with every field unread but the items, so that each one's place in the body is known.
#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>"))]
struct Envelope<'a, I> {
    #[serde(default, deserialize_with = "present")]
    items: Option<I>,
    #[serde(borrow, default)]
    count: Option<&'a RawValue>,
    #[serde(borrow, default)]
    offset: Option<&'a RawValue>,
    #[serde(borrow, default)]
    total: Option<&'a RawValue>,
    #[serde(borrow, default)]
    next: Option<&'a RawValue>,
}

/// Keeps a null apart from an absent field.
fn present<'de, D: Deserializer<'de>, I: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<I>, D::Error> {
    I::deserialize(deserializer).map(Some)
}

/// Says what keeps a text from being an envelope. Only now are the items left unread, to learn their
/// place: nearly every body is a page, and is read once.
fn refusal(text: &str, error: &serde_json::Error) -> Malformed {
    match serde_json::from_str::<Envelope<'_, &RawValue>>(text) {
        Ok(Envelope { items: Some(items), .. }) => {
            malformed(place(text, items), "`items` is not an array")
        }
        Ok(_) => syntax(text, error),
        Err(error) => syntax(text, &error),
    }
}

impl Envelope<'_, Vec<Box<RawValue>>> {
    fn into_page(self, text: &str) -> Result<Page, Malformed> {
        let Some(items) = self.items else {
            return Err(malformed(text.trim_end().len() - 1, "`items` is missing"));
        };
        Ok(Page {
            items,
            count: number(text, "count", self.count)?,
            offset: number(text, "offset", self.offset)?,
            total: number(text, "total", self.total)?,
            next: cursor(text, self.next)?,
        })
    }
}

/// Reads a number of rows: a JSON number, or a string that holds one.
fn number(text: &str, field: &str, raw: Option<&RawValue>) -> Result<Option<u64>, Malformed> {
    let Some(raw) = raw else { return Ok(None) };
    raw.get()
        .trim_matches('"')
        .parse()
        .map(Some)
        .map_err(|_| malformed(place(text, raw), &format!("`{field}` is not a number of rows")))
}

/// Reads a cursor; an empty one is none.
fn cursor(text: &str, raw: Option<&RawValue>) -> Result<Option<Cursor>, Malformed> {
    let Some(raw) = raw else { return Ok(None) };
    let refuse = |problem: &str| malformed(place(text, raw), problem);
    let cursor: String =
        serde_json::from_str(raw.get()).map_err(|_| refuse("`next` is not a string"))?;
    if cursor.is_empty() {
        return Ok(None);
    }
    let too_long = || refuse(&format!("`next` is longer than {} bytes", Cursor::MAX_LENGTH));
    Cursor::new(cursor).map(Some).ok_or_else(too_long)
}

/// Returns the byte of `text` at which `part`, which borrows from it, begins.
fn place(text: &str, part: &RawValue) -> usize {
    (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

/// Translates the parser's line and column into a byte. Its words name what it missed and never
/// quote the text, because the envelope's values are taken unread.
fn syntax(text: &str, error: &serde_json::Error) -> Malformed {
    if error.is_eof() {
        return malformed(text.len(), "the JSON ends early");
    }
    let lines_before = error.line().saturating_sub(1);
    let line: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    malformed(line + error.column().saturating_sub(1), words)
}

fn malformed(at: usize, problem: &str) -> Malformed {
    Malformed { at, problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn refusal(body: &str) -> String {
        Page::from_json(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn everything_but_the_items_may_be_absent_or_null_or_a_string() {
        let bare = Page::from_json(br#"{"items":[]}"#).unwrap();
        assert_eq!((bare.count, bare.offset, bare.total, bare.next), (None, None, None, None));

        let body = br#"{"total":null,"count":"2","offset":4,"next":"","items":[1,null],"new":{}}"#;
        let page = Page::from_json(body).unwrap();
        assert_eq!(
            (page.count, page.offset, page.total, page.next),
            (Some(2), Some(4), None, None)
        );
    }

    #[test]
    fn items_keep_their_bytes() {
        let page = Page::from_json(r#"{"items":[ {"a": 1.50,"b":"é"} ,[ ]]}"#.as_bytes()).unwrap();
        let items: Vec<_> = page.items.iter().map(|item| item.get()).collect();
        assert_eq!(items, [r#"{"a": 1.50,"b":"é"}"#, "[ ]"]);
    }

    #[test]
    fn a_malformed_body_is_refused_at_its_byte() {
        assert_eq!(refusal(""), "at byte 0: a page is a JSON object");
        assert_eq!(refusal(" [[]]"), "at byte 1: a page is a JSON object");
        assert_eq!(refusal("<html>"), "at byte 0: a page is a JSON object");
        assert_eq!(refusal(r#"{"total":1}"#), "at byte 10: `items` is missing");
        assert_eq!(refusal(r#"{"items": null}"#), "at byte 10: `items` is not an array");
        assert_eq!(refusal(r#"{"items":["#), "at byte 10: the JSON ends early");
        assert_eq!(refusal("{\n\"items\":[]\n\"total\":1}"), "at byte 13: expected `,` or `}`");
        assert_eq!(
            refusal(r#"{"items":[],"total":-1}"#),
            "at byte 20: `total` is not a number of rows"
        );
        assert_eq!(refusal(r#"{"items":[],"next":7}"#), "at byte 19: `next` is not a string");
        assert_eq!(Page::from_json(b"{\"\xff\":1}").unwrap_err().at, 2);
    }

    #[test]
    fn a_refusal_does_not_quote_the_body() {
        for body in [r#""canary""#, r#"{"items":"canary"}"#, r#"{"items":[],"total":"canary"}"#] {
            assert!(!refusal(body).contains("canary"), "{body}");
        }
    }

    #[test]
    fn the_hook_leaves_the_page_in_the_response() {
        let mut response = Response::new(Bytes::from_static(br#"{"items":[1]}"#));
        assert!(Page::take(&response).is_none());
        decode(&mut response).unwrap();
        assert_eq!(Page::take(&response).unwrap().items.len(), 1);
    }

    proptest! {
        #[test]
        fn no_body_panics_and_no_error_points_beyond_it(
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..64),
                r#"[ \n]*\{("items":|"total":|"next":|\[|\]|\{|\}|,|"|7|null|\n| ){0,12}"#
                    .prop_map(String::into_bytes),
            ],
        ) {
            if let Err(error) = Page::from_json(&body) {
                prop_assert!(error.at <= body.len());
            }
        }
    }
}
