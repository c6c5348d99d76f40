//! Data for stdout, in the form the user chose. Nothing else is ever written there.

mod colour;
mod csv;
mod sheet;
mod table;

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use console::Term;
use serde::Serialize;

pub(crate) use colour::Colour;
pub(crate) use sheet::{Sheet, count, text};

/// The forms in which data can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people; cut to the width of a terminal, whole in a pipe.
    #[default]
    Table,
    /// JSON: an array of objects, or one object.
    Json,
    /// CSV after RFC 4180, with a header line.
    Csv,
}

/// Writes data to stdout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
    colour: Colour,
    width: Option<usize>,
}

impl Output {
    /// Looks at what stdout is: only a terminal has a width and may have colours.
    pub(crate) fn new(format: Format, no_color: bool) -> Self {
        let stdout = io::stdout();
        let size = if stdout.is_terminal() { Term::stdout().size_checked() } else { None };
        Self {
            format,
            colour: Colour::of(&stdout, no_color),
            width: size.map(|(_, columns)| usize::from(columns)),
        }
    }

    /// Returns the form the user chose.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Writes rows and columns, in any of the forms.
    ///
    /// # Errors
    ///
    /// Those of writing to stdout.
    pub(crate) fn sheet(&self, sheet: &Sheet) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Table => table::write(&mut out, sheet, self.width, self.colour)?,
            Format::Json => write_json(&mut out, sheet)?,
            Format::Csv => csv::write(&mut out, sheet)?,
        }
        out.flush()
    }

    /// Writes one JSON object, whatever the form.
    ///
    /// # Errors
    ///
    /// Those of writing to stdout.
    pub(crate) fn object(&self, object: &impl Serialize) -> io::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        write_json(&mut out, object)?;
        out.flush()
    }

    /// Writes text for people, as it stands.
    ///
    /// # Errors
    ///
    /// Those of writing to stdout.
    pub(crate) fn text(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}
