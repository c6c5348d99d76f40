//! Taking known words out of an error.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use serde_json::Value;

use super::Error;
use crate::redact::MASK;

impl Error {
    /// Takes words (serial numbers, keys) out of the message, the details and the cause, wherever
    /// the service quotes them.
    pub(crate) fn masked(mut self, words: &[&str]) -> Self {
        let message = masked(self.message(), words);
        self = self.with_message(message);
        for (key, value) in self.details().to_vec() {
            self = self.with_detail(key, masked_json(value, words));
        }
        let cause = core::error::Error::source(&self).map(ToString::to_string);
        match cause {
            Some(cause) if words.iter().any(|word| quotes(&cause, word)) => {
                self.with_cause(Cause(masked(&cause, words)))
            }
            _ => self,
        }
    }
}

/// The text of a cause that quoted one of the words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

/// Bytes below which a word is no secret, and its letters stand in every text.
const SHORTEST: usize = 4;

fn quotes(text: &str, word: &str) -> bool {
    word.len() >= SHORTEST && text.contains(word)
}

fn masked(text: &str, words: &[&str]) -> String {
    let mut text = Cow::Borrowed(text);
    for word in words {
        if quotes(&text, word) {
            text = text.replace(word, MASK).into();
        }
    }
    text.into_owned()
}

fn masked_json(value: Value, words: &[&str]) -> Value {
    match value {
        Value::String(text) => masked(&text, words).into(),
        Value::Array(items) => items.into_iter().map(|item| masked_json(item, words)).collect(),
        Value::Object(members) => {
            let member = |(name, value)| (name, masked_json(value, words));
            members.into_iter().map(member).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use serde_json::json;

    use super::*;
    use crate::error::{ApiKind, SyncKind};

    #[test]
    fn a_word_is_taken_out_wherever_it_is_quoted() {
        let cause = Error::new(ApiKind::Validation, "SG09 is owned");
        let error = Error::new(SyncKind::General, "cannot add SG09")
            .with_detail("response_body", r#"{"serialNumber":"SG09"}"#)
            .with_detail("list", json!([{ "a": "SG09" }, 1]))
            .with_status(400)
            .with_cause(cause)
            .masked(&["SG09", "a"]);
        let shown = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
        assert!(!shown.contains("SG09"), "{shown}");
        assert!(shown.contains("cannot add [redacted]"));
        assert_eq!(error.status(), Some(400));
    }
}
