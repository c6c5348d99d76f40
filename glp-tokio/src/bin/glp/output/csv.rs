//! CSV after RFC 4180, safe to open in a spreadsheet.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use glp_core::sync::schema::Value;

use super::Sheet;

/// Writes a header line and the rows, with CRLF line ends as RFC 4180 §2 has them.
pub(super) fn write(out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(sheet.columns.iter().map(|name| name.as_bytes()))?;
    for row in &sheet.rows {
        writer.write_record(row.iter().map(guard))?;
    }
    writer.flush()
}

/// Returns a value as text that no spreadsheet takes for a formula: a text that begins like one
/// gets an apostrophe before it (OWASP, "CSV Injection"). Numbers stay as they are.
fn guard(value: &Value) -> String {
    let text = value.to_string();
    let is_text = matches!(value, Value::Text(_) | Value::Json(_));
    if is_text && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    fn render(values: Vec<Value>) -> String {
        let mut sheet = Sheet::new(&["a", "b", "c"]);
        sheet.rows.push(values);
        let mut out = Vec::new();
        write(&mut out, &sheet).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_commas_and_line_ends_are_quoted() {
        assert_eq!(
            render(vec![text("a,b"), text("say \"hi\""), text("two\nlines")]),
            "a,b,c\r\n\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_disarmed_and_a_number_is_not() {
        assert_eq!(
            render(vec![text("=1+1"), text("@SUM(A1)"), Value::Integer(-5)]),
            "a,b,c\r\n'=1+1,'@SUM(A1),-5\r\n"
        );
        assert_eq!(
            render(vec![text("-2+3"), text("\t=x"), Value::Null]),
            "a,b,c\r\n'-2+3,'\t=x,\r\n"
        );
    }
}
