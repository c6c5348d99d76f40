//! Whether a stream may carry colours.

use std::env;
use std::io::IsTerminal;

/// Says whether to write colours to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// Plain text.
    Never,
    /// ANSI sequences.
    Ansi,
}

impl Colour {
    /// Decides for one stream; stdout and stderr are judged apart.
    ///
    /// Colours need a terminal that is not `dumb`, no `--no-color`, and a `NO_COLOR` that is unset
    /// or empty (<https://no-color.org>).
    pub(crate) fn of(stream: &impl IsTerminal, no_color: bool) -> Self {
        let text = |name| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self::decide(
            stream.is_terminal() && !no_color,
            text("NO_COLOR").as_deref(),
            text("TERM").as_deref(),
        )
    }

    fn decide(wanted: bool, no_color: Option<&str>, term: Option<&str>) -> Self {
        let refused = no_color.is_some_and(|value| !value.is_empty()) || term == Some("dumb");
        if wanted && !refused { Self::Ansi } else { Self::Never }
    }

    /// Returns `text` in bold.
    pub(crate) fn bold(self, text: &str) -> String {
        match self {
            Self::Never => text.to_owned(),
            Self::Ansi => format!("\x1b[1m{text}\x1b[0m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_need_a_terminal_and_no_objection() {
        assert_eq!(Colour::decide(true, None, Some("xterm")), Colour::Ansi);
        assert_eq!(Colour::decide(true, Some(""), None), Colour::Ansi);

        assert_eq!(Colour::decide(false, None, Some("xterm")), Colour::Never);
        assert_eq!(Colour::decide(true, Some("0"), Some("xterm")), Colour::Never);
        assert_eq!(Colour::decide(true, None, Some("dumb")), Colour::Never);
    }
}
