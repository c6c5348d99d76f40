//! Aligned columns for people.

use std::io::{self, Write};

use console::{measure_text_width, truncate_str};
use glp_core::sync::schema::Value;

use super::{Colour, Sheet};

/// The space between two columns.
const GAP: &str = "  ";
/// A column is never cut below this width.
const NARROWEST: usize = 6;

/// Writes `sheet` with a header line. In a terminal of `width` columns the widest columns are cut
/// until a line fits; without a width nothing is cut.
pub(super) fn write(
    out: &mut impl Write,
    sheet: &Sheet,
    width: Option<usize>,
    colour: Colour,
) -> io::Result<()> {
    let headers: Vec<String> =
        sheet.columns.iter().map(|name| name.to_uppercase().replace('_', " ")).collect();
    let rows: Vec<Vec<String>> =
        sheet.rows.iter().map(|row| row.iter().map(plain).collect()).collect();
    let mut widths: Vec<usize> = headers.iter().map(|text| measure_text_width(text)).collect();
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(text));
        }
    }
    if let Some(limit) = width {
        fit(&mut widths, limit);
    }
    let right: Vec<bool> = (0..headers.len()).map(|at| is_numeric(sheet, at)).collect();
    writeln!(out, "{}", colour.bold(&line(&headers, &widths, &right)))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row, &widths, &right)))
}

/// Returns a value as text on one line. Control characters become spaces: what came over the
/// network must not move the cursor.
fn plain(value: &Value) -> String {
    value.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Narrows the widest columns, evenly, until a line has at most `limit` columns of text.
fn fit(widths: &mut [usize], limit: usize) {
    let room = limit.saturating_sub(GAP.len() * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > NARROWEST) else {
            return;
        };
        *widest -= 1;
    }
}

fn is_numeric(sheet: &Sheet, at: usize) -> bool {
    sheet.rows.iter().all(|row| matches!(row[at], Value::Integer(_) | Value::Real(_) | Value::Null))
}

fn line(texts: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut line = String::new();
    for ((text, &width), &right) in texts.iter().zip(widths).zip(right) {
        let text = truncate_str(text, width, "…");
        let padding = " ".repeat(width.saturating_sub(measure_text_width(&text)));
        let (before, after) = if right { (&*padding, "") } else { ("", &*padding) };
        if !line.is_empty() {
            line.push_str(GAP);
        }
        line.extend([before, &text, after]);
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    fn render(width: Option<usize>, colour: Colour) -> String {
        let mut sheet = Sheet::new(&["serial_number", "days_left", "name"]);
        sheet.rows.push(vec![text("SG01"), Value::Integer(7), text("Straße 北京")]);
        sheet.rows.push(vec![text("SG0200"), Value::Integer(-12), text("x\x1b[2Jy")]);
        let mut out = Vec::new();
        write(&mut out, &sheet, width, colour).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_by_display_width_and_numbers_stand_right() {
        assert_eq!(
            render(None, Colour::Never),
            "SERIAL NUMBER  DAYS LEFT  NAME\n\
             SG01                   7  Straße 北京\n\
             SG0200               -12  x [2Jy\n"
        );
    }

    #[test]
    fn in_a_narrow_terminal_the_widest_columns_are_cut() {
        assert_eq!(
            render(Some(26), Colour::Never),
            "SERIAL …  DAYS L…  NAME\n\
             SG01            7  Straße…\n\
             SG0200        -12  x [2Jy\n"
        );
    }

    #[test]
    fn only_the_header_is_coloured() {
        let lines = render(None, Colour::Ansi);

        assert!(
            lines.starts_with("\x1b[1mSERIAL NUMBER  DAYS LEFT  NAME\x1b[0m\nSG01 "),
            "{lines:?}"
        );
    }
}
