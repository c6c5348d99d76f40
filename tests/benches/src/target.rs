//! The targets, and whether they were met.

use std::fmt;

/// One target with the figure of this run.
#[derive(Clone, Debug)]
pub struct Target {
    what: String,
    figure: f64,
    bound: Bound,
    unit: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    pub fn at_least(what: impl Into<String>, figure: f64, least: f64, unit: &'static str) -> Self {
        Self { what: what.into(), figure, bound: Bound::AtLeast(least), unit }
    }

    pub fn at_most(what: impl Into<String>, figure: f64, most: f64, unit: &'static str) -> Self {
        Self { what: what.into(), figure, bound: Bound::AtMost(most), unit }
    }

    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtLeast(least) => self.figure >= least,
            Bound::AtMost(most) => self.figure <= most,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, bound, unit } = self;
        let verdict = if self.is_met() { "met   " } else { "MISSED" };
        let (words, limit) = match bound {
            Bound::AtLeast(least) => ("at least", least),
            Bound::AtMost(most) => ("at most", most),
        };
        write!(f, "{verdict} {what}: {figure:.2}{unit}, {words} {limit}{unit}")
    }
}
