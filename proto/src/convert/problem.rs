//! Failures as carried by facts and by the details of a call's status.

use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Location};
use chengji_messages::{Message as Text, Value, msg};
use prost::Message;

use super::{date_from, invalid, missing, time_from, time_to};
use crate::v1;
use crate::v1::param::Value as Wire;

/// Maximum depth of messages nested in messages.
const MAX_DEPTH: usize = 8;

/// Converts a failure to the wire.
pub fn problem_to(problem: &Problem) -> v1::Problem {
    v1::Problem {
        code: problem.code.clone(),
        params: params_to(&problem.message),
        field: problem
            .field
            .as_ref()
            .map_or(String::new(), |field| field.to_wire().into_owned()),
        nested: problem.nested.iter().map(problem_to).collect(),
        message: code_to(&problem.message),
    }
}

/// Converts a failure from a fact or a record. Errors: `INVALID_ARGUMENT` if it is missing, larger than
/// [`Problem::MAX_BYTES`] or malformed; `UPGRADE_NEEDED` for a parameter of an unknown type.
pub fn problem_from(wire: Option<&v1::Problem>) -> Result<Problem, Error> {
    let wire = wire.ok_or_else(|| missing("problem"))?;
    if wire.encoded_len() > Problem::MAX_BYTES {
        let too_large = msg::WireTooLarge {
            bytes: wire.encoded_len(),
            most: Problem::MAX_BYTES,
        };
        return Err(invalid("problem", too_large));
    }
    nested_from(wire, MAX_DEPTH)
}

/// Returns the message of a failure for display; its code if the parameters cannot be read.
pub fn problem_message(wire: Option<&v1::Problem>) -> Text {
    match problem_from(wire) {
        Ok(problem) => problem.message,
        Err(_) => Text::received(
            wire.map(|wire| wire.code.clone()).unwrap_or_default(),
            Vec::new(),
        ),
    }
}

/// Converts a message to the wire.
pub fn text_to(message: &Text) -> v1::Text {
    v1::Text {
        message: code_to(message),
        params: params_to(message),
    }
}

/// Converts a message from the wire; its code alone if its parameters cannot be read.
pub fn text_from(wire: &v1::Text) -> Text {
    let params = params_from(&wire.params, MAX_DEPTH).unwrap_or_default();
    Text::received(code_from(&wire.message), params)
}

fn nested_from(wire: &v1::Problem, depth: usize) -> Result<Problem, Error> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    let nested = wire.nested.iter().map(|nested| nested_from(nested, depth));
    Ok(Problem {
        code: wire.code.clone(),
        message: Text::received(code_from(&wire.message), params_from(&wire.params, depth)?),
        field: Some(&wire.field)
            .filter(|field| !field.is_empty())
            .map(|field| Location::of_wire(field.clone())),
        nested: nested.collect::<Result<_, _>>()?,
    })
}

/// Returns the code of a message on the wire: empty for prose.
fn code_to(message: &Text) -> String {
    match message.code() {
        Text::TEXT => String::new(),
        code => code.to_owned(),
    }
}

fn code_from(code: &str) -> String {
    match code {
        "" => Text::TEXT.to_owned(),
        code => code.to_owned(),
    }
}

fn too_deep() -> Error {
    invalid("problem", msg::WireTooDeep)
}

fn params_to(message: &Text) -> Vec<v1::Param> {
    let params = message.params().map(|(name, value)| v1::Param {
        name: name.to_owned(),
        value: Some(value_to(value)),
    });
    params.collect()
}

fn value_to(value: &Value) -> Wire {
    match value {
        Value::Text(text) => Wire::Text(text.clone()),
        Value::Principal(principal) => Wire::Principal(principal.clone()),
        Value::Integer(number) => Wire::Integer(*number),
        Value::Time(at) => Wire::Time(time_to(*at)),
        Value::Date(date) => Wire::Date(date.to_string()),
        Value::Message(message) => Wire::Message(text_to(message)),
        Value::List(values) => {
            let values = values.iter().map(|value| v1::Param {
                name: String::new(),
                value: Some(value_to(value)),
            });
            Wire::List(v1::Values {
                values: values.collect(),
            })
        }
    }
}

fn params_from(wire: &[v1::Param], depth: usize) -> Result<Vec<(String, Value)>, Error> {
    let params = wire
        .iter()
        .map(|param| Ok((param.name.clone(), value_from(param, depth)?)));
    params.collect()
}

fn value_from(wire: &v1::Param, depth: usize) -> Result<Value, Error> {
    let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
    let unknown = || {
        let message = msg::WireParameterNewer { name: &wire.name };
        Error::new(ErrorCode::UpgradeNeeded, message)
    };
    Ok(match wire.value.as_ref().ok_or_else(unknown)? {
        Wire::Text(text) => Value::Text(text.clone()),
        Wire::Principal(principal) => Value::Principal(principal.clone()),
        Wire::Integer(number) => Value::Integer(*number),
        Wire::Time(at) => Value::Time(time_from(Some(at), "time")?),
        Wire::Date(date) => Value::Date(date_from(date, "date")?),
        Wire::Message(text) => {
            Text::received(code_from(&text.message), params_from(&text.params, depth)?).into()
        }
        Wire::List(list) => {
            let values = list.values.iter().map(|value| value_from(value, depth));
            Value::List(values.collect::<Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::{Field, Violation};

    use super::*;

    #[test]
    fn a_problem_reads_as_it_was_written() {
        let values = [
            Value::Text("原因".to_owned()),
            Value::principal("city/430100/node"),
            Value::Integer(-7),
            Value::Time(jiff::Timestamp::UNIX_EPOCH),
            Value::Date(jiff::civil::date(2026, 11, 24)),
            Value::Message(Box::new(Text::received("x".to_owned(), Vec::new()))),
            Value::List(vec![Value::Integer(1), Value::Text("b".to_owned())]),
        ];
        let params = values.into_iter().enumerate();
        let problem = Problem {
            code: "OUT_OF_TURN".to_owned(),
            message: Text::received(
                "late".to_owned(),
                params.map(|(n, value)| (format!("p{n}"), value)).collect(),
            ),
            field: Some(Field::Reason.into()),
            nested: vec![Problem::new(ErrorCode::Conflict, msg::Text { text: "x" })],
        };
        assert_eq!(problem_from(Some(&problem_to(&problem))), Ok(problem));
    }

    #[test]
    fn what_an_error_becomes_is_read_again_and_what_is_larger_is_not() {
        let violation = Violation::new(
            "字".repeat(2_000),
            msg::Text {
                text: "字".repeat(2_000),
            },
        );
        let error = Error::new(
            ErrorCode::InvalidArgument,
            msg::Text {
                text: "字".repeat(2_000),
            },
        )
        .with_violations(vec![violation; 9]);
        let wire = problem_to(&Problem::from(&error));
        assert!(wire.encoded_len() <= Problem::MAX_BYTES);
        assert!(problem_from(Some(&wire)).is_ok());
        let larger = v1::Problem {
            nested: vec![wire; 3],
            ..Default::default()
        };
        assert!(problem_from(Some(&larger)).is_err());
    }

    #[test]
    fn a_problem_that_cannot_be_read_is_shown_by_its_code() {
        let newer = v1::Problem {
            code: "NEW_CODE".to_owned(),
            params: vec![v1::Param::default()],
            ..Default::default()
        };
        let code = problem_from(Some(&newer)).map_err(|error| error.code());
        assert_eq!(code, Err(ErrorCode::UpgradeNeeded));
        assert_eq!(problem_message(Some(&newer)).code(), "NEW_CODE");
    }
}
