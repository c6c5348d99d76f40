//! Tables in plain text, as Markdown reads them.

use crate::sampler::{Contender, Side, Timing};

/// What the other figures are compared with, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub fetch_add: f64,
    pub mutex: f64,
    pub clock: f64,
}

/// Prints a headline and rows under a head, the columns as wide as they must be.
pub fn print(title: &str, head: &[&str], rows: &[Vec<String>]) {
    println!("\n## {title}\n");
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 => format!(" {cell:width$} "),
            _ => format!(" {cell:>width$} "),
        });
        println!("|{}|", cells.collect::<Vec<_>>().join("|"));
    };
    line(&head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let rule = |(column, width): (usize, &usize)| {
        let dashes = "-".repeat(width + 1);
        if column == 0 { format!(":{dashes}") } else { format!("{dashes}:") }
    };
    println!("|{}|", widths.iter().enumerate().map(rule).collect::<Vec<_>>().join("|"));
    rows.iter().for_each(|row| line(row));
}

/// Prints the timings of contenders beside each other.
pub fn print_timings(title: &str, contenders: &[Contender<'_>], timings: &[Timing], scale: Scale) {
    let bare = bare(contenders, timings);
    let head =
        ["what", "ns", "over bare", "median", "kept", "x fetch_add", "x mutex", "x Instant::now"];
    let row = |(contender, timing): (&Contender<'_>, &Timing)| {
        let Timing { quiet, median, kept } = *timing;
        let name = match contender.side {
            Side::Ours => format!("**{}**", contender.name),
            Side::Bare | Side::Peer | Side::Scale => contender.name.to_owned(),
        };
        vec![
            name,
            format!("{quiet:.2}"),
            format!("{:.2}", quiet - bare),
            format!("{median:.2}"),
            kept.to_string(),
            format!("{:.2}", quiet / scale.fetch_add),
            format!("{:.2}", quiet / scale.mutex),
            format!("{:.2}", quiet / scale.clock),
        ]
    };
    let rows: Vec<_> = contenders.iter().zip(timings).map(row).collect();
    print(title, &head, &rows);
}

/// Returns what everybody must pay: the first of the bare ones.
pub fn bare(contenders: &[Contender<'_>], timings: &[Timing]) -> f64 {
    let mut pairs = contenders.iter().zip(timings);
    pairs
        .find(|(contender, _)| contender.side == Side::Bare)
        .map_or(0.0, |(_, timing)| timing.quiet)
}
