//! Failures as data, for facts and for the details of a call's status: a code, and a message with typed
//! parameters, which each reader renders in its own language.

use std::fmt;

use chengji_messages::{Message, Value, msg};

use crate::error::{Error, ErrorCode, Violation};
use crate::field::Location;

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the [`ErrorCode`]; a name unknown to this build is kept and shown as it is.
    pub code: String,
    /// The message with its parameters.
    pub message: Message,
    /// The field with the failure; empty if it concerns the whole.
    pub field: Option<Location>,
    /// The problems it consists of, such as one for each field.
    pub nested: Vec<Problem>,
}

impl Problem {
    /// Maximum length of an encoded problem in bytes.
    pub const MAX_BYTES: usize = 8 * 1024;
    /// Maximum length of a text in characters; longer ones are truncated.
    const MAX_TEXT: usize = 1_000;
    /// Maximum bytes of tags and lengths of one message, in addition to its texts.
    const OVERHEAD: usize = 40;

    /// Makes a problem of this code with a message; overlong texts are truncated.
    pub fn new(code: ErrorCode, message: impl Into<Message>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            message: message.into().with_texts_cut(Self::MAX_TEXT),
            field: None,
            nested: Vec::new(),
        }
    }

    fn of_field(code: ErrorCode, violation: &Violation) -> Self {
        Self {
            field: Some(violation.field.clone().cut(Self::MAX_TEXT)),
            ..Self::new(code, violation.problem.clone())
        }
    }

    /// Returns an upper bound of its encoded length in bytes.
    fn size(&self) -> usize {
        let nested = self.nested.iter().map(Self::size);
        Self::OVERHEAD
            + self.code.len()
            + self.field.as_ref().map_or(0, |field| field.to_wire().len())
            + message_size(&self.message)
            + nested.sum::<usize>()
    }

    /// Converts it back to an error. An unknown code becomes `PEER_INVALID`.
    pub fn into_error(self) -> Error {
        let code = self.code.parse().unwrap_or(ErrorCode::PeerInvalid);
        let violations = self.nested.into_iter().map(|nested| Violation {
            field: nested.field.unwrap_or(Location::Named(String::new())),
            problem: nested.message,
        });
        Error::new(code, self.message).with_violations(violations.collect())
    }
}

fn message_size(message: &Message) -> usize {
    let params = message
        .params()
        .map(|(name, value)| Problem::OVERHEAD + name.len() + value_size(value));
    Problem::OVERHEAD + message.code().len() + params.sum::<usize>()
}

fn value_size(value: &Value) -> usize {
    let size = match value {
        Value::Text(text) | Value::Principal(text) => text.len(),
        Value::Integer(_) | Value::Time(_) | Value::Date(_) => 0,
        Value::Message(message) => message_size(message),
        Value::List(values) => values.iter().map(value_size).sum(),
    };
    Problem::OVERHEAD + size
}

/// Takes the error's code, its message, and as many of its wrong values as fit into [`Problem::MAX_BYTES`]. A
/// message whose parameters alone are larger is reduced to its truncated English text.
impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let mut problem = Self::new(error.code(), error.message().clone());
        if problem.size() > Self::MAX_BYTES {
            let text = error.message().to_string();
            problem = Self::new(error.code(), msg::Text { text });
        }
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

/// Formats the message in English.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use crate::field::Field;

    use super::*;

    #[test]
    fn an_error_is_shown_by_its_message_and_keeps_its_fields() {
        let violation = || {
            Violation::new(
                Field::Reason,
                msg::Text {
                    text: "0 characters; it takes 1 to 1000",
                },
            )
        };
        let error = Error::new(
            ErrorCode::InvalidArgument,
            msg::Text {
                text: "the move is not valid: reason",
            },
        )
        .with_violations(vec![violation()]);
        let problem = Problem::from(&error);
        assert_eq!(&problem.message, error.message());
        assert_eq!(problem.code, "INVALID_ARGUMENT");
        assert_eq!(problem.nested[0].field, Some(Field::Reason.into()));
        assert_eq!(problem.nested[0].message, violation().problem);
        assert_eq!(problem.into_error(), error);
    }

    #[test]
    fn a_code_that_is_not_known_is_the_peers_and_keeps_its_message() {
        let message = Message::received("too-early".to_owned(), Vec::new());
        let problem = Problem {
            code: "TOO_EARLY".to_owned(),
            message: message.clone(),
            field: None,
            nested: Vec::new(),
        };
        assert_eq!(
            problem.into_error(),
            Error::new(ErrorCode::PeerInvalid, message)
        );
    }

    #[test]
    fn a_problem_is_bounded_whatever_the_error_says() {
        let violation = Violation::new(
            "字".repeat(3_000),
            msg::Text {
                text: "字".repeat(3_000),
            },
        );
        let error = Error::new(
            ErrorCode::InvalidArgument,
            msg::Text {
                text: "字".repeat(9_000),
            },
        )
        .with_violations(vec![violation; 9]);
        let problem = Problem::from(&error);
        assert_eq!(problem.to_string().chars().count(), 1_000);
        assert!(problem.size() <= Problem::MAX_BYTES, "{}", problem.size());
        let short = |n| Violation::new(format!("entries[{n}]"), msg::Text { text: "x" });
        let error = Error::new(ErrorCode::InvalidArgument, msg::Text { text: "x" })
            .with_violations((0..1_000).map(short).collect());
        let kept = Problem::from(&error);
        assert!(
            kept.size() <= Problem::MAX_BYTES && kept.nested.len() > 30,
            "{}",
            kept.nested.len()
        );
    }
}
