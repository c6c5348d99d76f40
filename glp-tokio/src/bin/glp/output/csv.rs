//! CSV after RFC 4180, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

use super::{Cell, Sheet};

/// Writes a header line and the rows, with CRLF line ends as RFC 4180 §2 has them.
pub(super) fn write(out: &mut impl Write, sheet: &Sheet) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(sheet.columns.iter().map(|name| name.as_bytes()))?;
    for row in &sheet.rows {
        writer.write_record(row.iter().map(|cell| guard(cell).into_owned()))?;
    }
    writer.flush()
}

/// Returns the text of a cell so that no spreadsheet takes it for a formula: a text that begins
/// like one gets an apostrophe before it (OWASP, "CSV Injection"). Numbers stay as they are.
fn guard(cell: &Cell) -> Cow<'_, str> {
    let text = cell.text();
    let is_text = matches!(cell, Cell::Text(_) | Cell::Json(_));
    if is_text && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(cells: Vec<Cell>) -> String {
        let mut sheet = Sheet::new(&["a", "b", "c"]);
        sheet.rows.push(cells);
        let mut out = Vec::new();
        write(&mut out, &sheet).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_commas_and_line_ends_are_quoted() {
        assert_eq!(
            render(vec!["a,b".into(), "say \"hi\"".into(), "two\nlines".into()]),
            "a,b,c\r\n\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn a_text_that_looks_like_a_formula_is_disarmed_and_a_number_is_not() {
        assert_eq!(
            render(vec!["=1+1".into(), "@SUM(A1)".into(), Cell::Integer(-5)]),
            "a,b,c\r\n'=1+1,'@SUM(A1),-5\r\n"
        );
        assert_eq!(
            render(vec!["-2+3".into(), "\t=x".into(), Cell::Empty]),
            "a,b,c\r\n'-2+3,'\t=x,\r\n"
        );
    }
}
