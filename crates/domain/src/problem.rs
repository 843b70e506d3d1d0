//! Failures as data, for facts: a code and typed parameters instead of prose, so that a reader can show them
//! in its own words and language.
//!
//! Whatever fails is an [`Error`] first. Its message is one parameter, [`Problem::TEXT`], until each code
//! has parameters of its own.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Error, ErrorCode, Violation};
use crate::principal::Principal;
use crate::time::Shown;

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the [`ErrorCode`]; one that this build does not know is kept, and shown as it is.
    pub code: String,
    /// The parameters, in the order in which they are shown.
    pub params: Vec<Param>,
    /// The field it is about; empty where it is about the whole.
    pub field: String,
    /// The problems that it consists of, such as one for each field.
    pub nested: Vec<Problem>,
}

/// A parameter of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Integer(i64),
    /// An instant.
    Time(Timestamp),
    /// A date.
    Date(Date),
    /// A party.
    Principal(Principal),
}

impl Problem {
    /// The parameter that holds a message in prose.
    pub const TEXT: &'static str = "text";
    /// The most bytes of an encoded problem.
    pub const MAX_BYTES: usize = 8 * 1024;
    /// Characters of a message that are kept.
    const MAX_TEXT: usize = 1_000;
    /// The most bytes that tags and lengths of one message take beside its texts.
    const OVERHEAD: usize = 40;

    /// A problem of this code with a message; what is too long of it is cut.
    pub fn new(code: ErrorCode, text: &str) -> Self {
        Self {
            code: code.as_str().to_owned(),
            params: vec![Param {
                name: Self::TEXT.to_owned(),
                value: Value::Text(text.chars().take(Self::MAX_TEXT).collect()),
            }],
            field: String::new(),
            nested: Vec::new(),
        }
    }

    fn of_field(code: ErrorCode, violation: &Violation) -> Self {
        Self {
            field: violation.field.chars().take(Self::MAX_TEXT).collect(),
            ..Self::new(code, &violation.problem)
        }
    }

    /// The most bytes that it takes encoded.
    fn size(&self) -> usize {
        let params = self.params.iter().map(|param| {
            let value = match &param.value {
                Value::Text(text) => text.len(),
                Value::Principal(principal) => principal.to_string().len(),
                Value::Integer(_) | Value::Time(_) | Value::Date(_) => Self::OVERHEAD,
            };
            Self::OVERHEAD + param.name.len() + value
        });
        let nested = self.nested.iter().map(Self::size);
        Self::OVERHEAD
            + self.code.len()
            + self.field.len()
            + params.sum::<usize>()
            + nested.sum::<usize>()
    }
}

/// The error's code, its message, and its wrong values as far as they fit into [`Problem::MAX_BYTES`].
impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let mut problem = Self::new(error.code(), error.message());
        let mut room = Self::MAX_BYTES - problem.size();
        for violation in error.violations() {
            let nested = Self::of_field(error.code(), violation);
            let Some(left) = room.checked_sub(nested.size()) else {
                break;
            };
            room = left;
            problem.nested.push(nested);
        }
        problem
    }
}

/// The message, where there is one; else the code with its parameters, whether this build knows them or
/// not.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.params.iter().find(|param| param.name == Self::TEXT);
        if let Some(Param {
            value: Value::Text(text),
            ..
        }) = text
        {
            return f.write_str(text);
        }
        f.write_str(&self.code)?;
        let separators = std::iter::once(": ").chain(std::iter::repeat(", "));
        for (param, separator) in self.params.iter().zip(separators) {
            write!(f, "{separator}{} = {}", param.name, param.value)?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Time(at) => Shown(*at).fmt(f),
            Self::Date(date) => date.fmt(f),
            Self::Principal(principal) => principal.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_by_its_message_and_keeps_its_fields() {
        let violation = |field: &str| Violation {
            field: field.to_owned(),
            problem: "0 characters; it takes 1 to 1000".to_owned(),
        };
        let error = Error::new(ErrorCode::InvalidArgument, "the move is not valid: reason")
            .with_violations(vec![violation("reason")]);
        let problem = Problem::from(&error);
        assert_eq!(problem.to_string(), error.message());
        assert_eq!(problem.code, "INVALID_ARGUMENT");
        assert_eq!(problem.nested[0].field, "reason");
        assert_eq!(problem.nested[0].to_string(), violation("").problem);
    }

    #[test]
    fn a_code_that_is_not_known_is_shown_with_its_parameters() {
        let param = |name: &str, value| Param {
            name: name.to_owned(),
            value,
        };
        let problem = Problem {
            code: "TOO_EARLY".to_owned(),
            params: vec![
                param("days", Value::Integer(3)),
                param("by", Value::Principal(Principal::Coordinator)),
                param("from", Value::Date(jiff::civil::date(2026, 11, 24))),
            ],
            field: String::new(),
            nested: Vec::new(),
        };
        let shown = "TOO_EARLY: days = 3, by = coordinator, from = 2026-11-24";
        assert_eq!(problem.to_string(), shown);
    }

    #[test]
    fn a_problem_is_bounded_whatever_the_error_says() {
        let violation = Violation {
            field: "字".repeat(3_000),
            problem: "字".repeat(3_000),
        };
        let error = Error::new(ErrorCode::InvalidArgument, "字".repeat(9_000))
            .with_violations(vec![violation; 9]);
        let problem = Problem::from(&error);
        assert_eq!(problem.to_string().chars().count(), 1_000);
        assert!(problem.size() <= Problem::MAX_BYTES, "{}", problem.size());
        let short = |n| Violation {
            field: format!("entries[{n}]"),
            problem: "x".to_owned(),
        };
        let error = Error::new(ErrorCode::InvalidArgument, "x")
            .with_violations((0..1_000).map(short).collect());
        let kept = Problem::from(&error);
        assert!(
            kept.size() <= Problem::MAX_BYTES && kept.nested.len() > 30,
            "{}",
            kept.nested.len()
        );
    }
}
