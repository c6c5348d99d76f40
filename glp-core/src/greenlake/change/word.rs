//! A text of one line, as serial numbers, keys and names are.

use alloc::string::String;

use crate::invalid::Invalid;

/// The longest text that is accepted, in bytes; the service documents no limit.
const MAX_WORD: usize = 256;

/// Takes a text of 1 to [`MAX_WORD`] bytes without control characters or blanks around it. An
/// error does not quote it: serial numbers and keys pass here.
pub(super) fn word(field: &'static str, text: impl Into<String>) -> Result<String, Invalid> {
    let text = text.into();
    let clean = text.trim() == text && !text.chars().any(char::is_control);
    if text.is_empty() || text.len() > MAX_WORD || !clean {
        let limit = format_args!("1 to {MAX_WORD} bytes, no control characters, no blanks around");
        return Err(Invalid::new(field, format_args!("a text of {} bytes", text.len()), limit));
    }
    Ok(text)
}
