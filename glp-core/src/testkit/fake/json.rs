//! Writes rows as JSON text without a tree in between: a page of 2000 rows is written per request.

use alloc::string::{String, ToString};
use core::fmt::{Display, Write};

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

use serde_json::Value;

use super::uuid::Uuid;
use crate::wall::UnixTime;

/// An object that is being written, member by member.
///
/// Names and texts are written as they are: rows are made of words that need no escaping.
pub(super) struct Object<'a> {
    out: &'a mut String,
    /// What stands before the next member: nothing, then a comma.
    joint: &'static str,
}

/// The service writes milliseconds, always three digits.
const TIME: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

impl<'a> Object<'a> {
    /// Appends an object with the members that `members` writes.
    pub(super) fn write(out: &'a mut String, members: impl FnOnce(&mut Object<'_>)) {
        out.push('{');
        members(&mut Object { out, joint: "" });
        out.push('}');
    }

    fn name(&mut self, name: &str) -> &mut String {
        self.out.push_str(self.joint);
        self.joint = ",";
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }

    /// Writes a member from JSON text.
    pub(super) fn raw(&mut self, name: &str, json: &str) {
        self.name(name).push_str(json);
    }

    /// Writes a text member of any text: what clients wrote may need escaping.
    pub(super) fn escaped(&mut self, name: &str, text: &str) {
        let is_plain = |byte| !matches!(byte, 0..b' ' | b'"' | b'\\');
        match text.bytes().all(is_plain) {
            true => self.text(name, text),
            false => self.raw(name, &Value::from(text).to_string()),
        }
    }

    /// Writes a text member of any text, or null.
    pub(super) fn escaped_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.escaped(name, text),
            None => self.raw(name, "null"),
        }
    }

    /// Writes an id of any text, and the path that leads there.
    pub(super) fn named_reference(&mut self, id: &str, collection: &str) {
        self.escaped("id", id);
        self.escaped("resourceUri", &[collection, id].concat());
    }

    /// Writes a text member of anything that prints itself.
    pub(super) fn print(&mut self, name: &str, value: impl Display) {
        let out = self.name(name);
        // Writing to a String cannot fail.
        let _ = write!(out, "\"{value}\"");
    }

    /// Writes a text member.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.quoted(name, |out| out.push_str(text));
    }

    /// Writes a text member, or null.
    pub(super) fn text_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.raw(name, "null"),
        }
    }

    /// Writes a text member that `write` appends.
    pub(super) fn quoted(&mut self, name: &str, write: impl FnOnce(&mut String)) {
        let out = self.name(name);
        out.push('"');
        write(out);
        out.push('"');
    }

    /// Writes an id.
    pub(super) fn id(&mut self, name: &str, id: Uuid) {
        self.quoted(name, |out| id.write(out));
    }

    /// Writes the id of another resource, and the path that leads to it.
    pub(super) fn reference(&mut self, id: Uuid, collection: &str) {
        self.id("id", id);
        self.quoted("resourceUri", |out| {
            out.push_str(collection);
            id.write(out);
        });
    }

    /// Writes a flag.
    pub(super) fn flag(&mut self, name: &str, flag: bool) {
        self.raw(name, if flag { "true" } else { "false" });
    }

    /// Writes a number.
    pub(super) fn number(&mut self, name: &str, number: impl Display) {
        let out = self.name(name);
        // Writing to a String cannot fail.
        let _ = write!(out, "{number}");
    }

    /// Writes a time, in UTC with milliseconds.
    pub(super) fn time(&mut self, name: &str, time: UnixTime) {
        self.quoted(name, |out| print_time(out, time));
    }

    /// Writes an object.
    pub(super) fn object(&mut self, name: &str, members: impl FnOnce(&mut Object<'_>)) {
        Object::write(self.name(name), members);
    }

    /// Writes an array of the one object that `members` writes.
    pub(super) fn list_of_one(&mut self, name: &str, members: impl FnOnce(&mut Object<'_>)) {
        let out = self.name(name);
        out.push('[');
        Object::write(out, members);
        out.push(']');
    }
}

fn print_time(out: &mut String, time: UnixTime) {
    // Calendars of jiff reach the year 9999, UnixTime ends in 2554; and a String takes it all.
    if let Ok(timestamp) = Timestamp::from_nanosecond(i128::from(time.as_nanos())) {
        let _ = TIME.print_timestamp(&timestamp, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_written_as_json_has_it() {
        for text in ["plain", "\u{0}", "line\n", "\u{1f}", " ", "\"", "\\", "\u{7f}", "\u{2191}"] {
            let mut out = String::new();
            Object::write(&mut out, |row| row.escaped("any", text));
            assert_eq!(out, serde_json::json!({ "any": text }).to_string());
        }
    }

    #[test]
    fn members_come_in_the_order_written() {
        let mut out = String::new();
        Object::write(&mut out, |row| {
            row.text("z", "last");
            row.flag("flag", true);
            row.number("n", 7);
            row.text_or_null("a", None);
            row.object("inner", |inner| inner.time("at", UnixTime::from_secs(1)));
            row.list_of_one("list", |_| {});
        });
        assert_eq!(
            out.to_string(),
            "{\"z\":\"last\",\"flag\":true,\"n\":7,\"a\":null,\
             \"inner\":{\"at\":\"1970-01-01T00:00:01.000Z\"},\"list\":[{}]}"
        );
    }
}
