//! A condition on rows as people type it: `region=eu-west`.

use std::str::FromStr;

use glp_core::invalid::Invalid;

/// Asks for rows of which a column has a value. The store knows which columns there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// The column's name.
    pub(crate) column: String,
    /// The value.
    pub(crate) value: String,
}

impl FromStr for Filter {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text.split_once('=') {
            Some((column, value)) if !column.is_empty() => {
                Ok(Self { column: column.to_owned(), value: value.to_owned() })
            }
            _ => Err(Invalid::new("filter", text, "of the form COLUMN=VALUE")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_ends_the_column() {
        let filter: Filter = "device_name=a=b".parse().unwrap();

        assert_eq!((&*filter.column, &*filter.value), ("device_name", "a=b"));
    }

    #[test]
    fn a_text_without_a_column_is_refused() {
        for text in ["=x", "x", ""] {
            let error = text.parse::<Filter>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("filter is {text}: it must be of the form COLUMN=VALUE")
            );
        }
    }
}
