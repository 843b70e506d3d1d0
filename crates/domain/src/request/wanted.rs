//! The part of a table that a consumer asks for.

use super::OPTIONAL;
use crate::error::Violation;
use crate::field::Field;
use crate::text::TextRule;

/// The rule of the name of a column, and of a mask.
const NAME: TextRule = TextRule::line(1, 200);

/// The part of a table that a consumer asks for, in texts: the consumer does not see the table, so the provider, who
/// grants, decides what they mean for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedPart {
    /// Names of columns; all if empty.
    pub columns: Vec<String>,
    /// The condition of rows, as SQL text; empty for all rows.
    pub condition: String,
    /// Masks, such as `last:4`, each with the name of its column.
    pub masks: Vec<(String, String)>,
    /// Maximum number of rows of one read; `None` if unlimited.
    pub row_limit: Option<u64>,
}

impl WantedPart {
    /// Returns the violation of the first text that may not be recorded, as one of the scope.
    pub(super) fn violation(&self) -> Option<Violation> {
        let masks = self.masks.iter().flat_map(|(column, mask)| [column, mask]);
        let mut names = self.columns.iter().chain(masks);
        names
            .find_map(|name| NAME.violation(Field::Scope, name))
            .or_else(|| OPTIONAL.violation(Field::Scope, &self.condition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_names_of_one_line_and_a_condition_of_limited_length() {
        let part = WantedPart {
            columns: vec!["企业名称".to_owned()],
            condition: "floors > 10".to_owned(),
            masks: vec![("id_number".to_owned(), "last:4".to_owned())],
            row_limit: Some(1),
        };
        assert_eq!(part.violation(), None);
        assert_eq!(WantedPart::default().violation(), None);
        for wrong in [
            WantedPart {
                columns: vec![String::new()],
                ..part.clone()
            },
            WantedPart {
                masks: vec![("id".to_owned(), "last:4\nx".to_owned())],
                ..part.clone()
            },
            WantedPart {
                condition: "a".repeat(1_001),
                ..part.clone()
            },
        ] {
            assert!(wrong.violation().is_some(), "{wrong:?}");
        }
    }
}
