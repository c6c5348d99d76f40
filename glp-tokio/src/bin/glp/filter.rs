//! A condition on rows as people type it: `region=eu-west`.

use std::str::FromStr;

use glp_core::invalid::Invalid;

use crate::failure::Failure;
use crate::output::Sheet;

/// Asks for rows whose column has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    column: String,
    value: String,
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

impl Filter {
    /// Keeps the rows of `sheet` that have the value, in any case. An empty value asks for rows
    /// that have none.
    ///
    /// # Errors
    ///
    /// [`Exit::Usage`](crate::exit::Exit::Usage) where there is no such column; it lists those
    /// there are.
    pub(crate) fn apply(&self, sheet: &mut Sheet) -> Result<(), Failure> {
        let Some(at) = sheet.columns.iter().position(|column| *column == self.column) else {
            return Err(Failure::usage(format!(
                "--filter: there is no column {}; there are {}",
                self.column,
                sheet.columns.join(", ")
            )));
        };
        let wanted = self.value.to_lowercase();
        sheet.rows.retain(|row| row[at].to_string().to_lowercase() == wanted);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use glp_core::sync::schema::Value;

    use super::*;
    use crate::exit::Exit;
    use crate::output::text;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new(&["id", "region"]);
        sheet.rows.push(vec![text("1"), text("eu-West")]);
        sheet.rows.push(vec![text("2"), Value::Null]);
        sheet
    }

    #[test]
    fn keeps_the_rows_that_have_the_value_in_any_case() {
        let mut rows = sheet();

        "region=EU-WEST".parse::<Filter>().unwrap().apply(&mut rows).unwrap();

        assert_eq!(rows.rows.len(), 1);
        assert_eq!(rows.rows[0][0].to_string(), "1");
    }

    #[test]
    fn an_empty_value_asks_for_rows_without_one() {
        let mut rows = sheet();

        "region=".parse::<Filter>().unwrap().apply(&mut rows).unwrap();

        assert_eq!(rows.rows.len(), 1);
        assert_eq!(rows.rows[0][0].to_string(), "2");
    }

    #[test]
    fn an_unknown_column_is_refused_with_those_there_are() {
        let failure = "size=1".parse::<Filter>().unwrap().apply(&mut sheet()).unwrap_err();

        assert_eq!(failure.exit, Exit::Usage);
        assert_eq!(failure.message, "--filter: there is no column size; there are id, region");
    }

    #[test]
    fn a_text_without_a_column_is_refused() {
        assert!("=x".parse::<Filter>().is_err());
        assert!("x".parse::<Filter>().is_err());
    }
}
