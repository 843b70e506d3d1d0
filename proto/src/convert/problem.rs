//! Failures that facts carry.

use chengji_domain::problem::{Param, Problem, Value};
use chengji_domain::{Error, ErrorCode};
use prost::Message;

use super::{date_from, invalid, missing, time_from, time_to};
use crate::v1;
use crate::v1::param::Value as Wire;

/// A failure as facts carry it.
pub fn fact_problem_to(problem: &Problem) -> v1::Problem {
    v1::Problem {
        code: problem.code.clone(),
        params: problem.params.iter().map(param_to).collect(),
        field: problem.field.clone(),
        nested: problem.nested.iter().map(fact_problem_to).collect(),
    }
}

/// A failure from a fact or a record. Errors: one that is missing, larger than [`Problem::MAX_BYTES`] or
/// malformed is `INVALID_ARGUMENT`; a parameter of a type that is not known here is `UPGRADE_NEEDED`.
pub fn fact_problem_from(wire: Option<&v1::Problem>) -> Result<Problem, Error> {
    let wire = wire.ok_or_else(|| missing("problem"))?;
    if wire.encoded_len() > Problem::MAX_BYTES {
        return Err(invalid("problem", "it is larger than 8 KiB"));
    }
    nested_from(wire)
}

/// The words that a failure is shown by; its code where its parameters cannot be read.
pub fn fact_problem_text(wire: Option<&v1::Problem>) -> String {
    let shown = fact_problem_from(wire).map(|problem| problem.to_string());
    shown.unwrap_or_else(|_| wire.map(|wire| wire.code.clone()).unwrap_or_default())
}

fn nested_from(wire: &v1::Problem) -> Result<Problem, Error> {
    let params = wire.params.iter().map(param_from);
    let nested = wire.nested.iter().map(nested_from);
    Ok(Problem {
        code: wire.code.clone(),
        params: params.collect::<Result<_, _>>()?,
        field: wire.field.clone(),
        nested: nested.collect::<Result<_, _>>()?,
    })
}

fn param_to(param: &Param) -> v1::Param {
    let value = match &param.value {
        Value::Text(text) => Wire::Text(text.clone()),
        Value::Integer(number) => Wire::Integer(*number),
        Value::Time(at) => Wire::Time(time_to(*at)),
        Value::Date(date) => Wire::Date(date.to_string()),
        Value::Principal(principal) => Wire::Principal(principal.to_string()),
    };
    v1::Param {
        name: param.name.clone(),
        value: Some(value),
    }
}

fn param_from(wire: &v1::Param) -> Result<Param, Error> {
    let unknown = || {
        let message = format!(
            "the parameter {} has a type that is not known here",
            wire.name
        );
        Error::new(ErrorCode::UpgradeNeeded, message)
    };
    let value = match wire.value.as_ref().ok_or_else(unknown)? {
        Wire::Text(text) => Value::Text(text.clone()),
        Wire::Integer(number) => Value::Integer(*number),
        Wire::Time(at) => Value::Time(time_from(Some(at), "time")?),
        Wire::Date(date) => Value::Date(date_from(date, "date")?),
        Wire::Principal(principal) => Value::Principal(principal.parse()?),
    };
    Ok(Param {
        name: wire.name.clone(),
        value,
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::error::Violation;

    use super::*;

    #[test]
    fn a_problem_reads_as_it_was_written() {
        let values = [
            Value::Text("原因".to_owned()),
            Value::Integer(-7),
            Value::Time(jiff::Timestamp::UNIX_EPOCH),
            Value::Date(jiff::civil::date(2026, 11, 24)),
            Value::Principal("city/430100/app/registry".parse().unwrap()),
        ];
        let params = values.into_iter().enumerate();
        let problem = Problem {
            code: "OUT_OF_TURN".to_owned(),
            params: params
                .map(|(n, value)| Param {
                    name: format!("p{n}"),
                    value,
                })
                .collect(),
            field: "reason".to_owned(),
            nested: vec![Problem::new(ErrorCode::Conflict, "x")],
        };
        assert_eq!(
            fact_problem_from(Some(&fact_problem_to(&problem))),
            Ok(problem)
        );
    }

    #[test]
    fn what_an_error_becomes_is_read_again_and_what_is_larger_is_not() {
        let violation = Violation {
            field: "字".repeat(2_000),
            problem: "字".repeat(2_000),
        };
        let error = Error::new(ErrorCode::InvalidArgument, "字".repeat(2_000))
            .with_violations(vec![violation; 9]);
        let wire = fact_problem_to(&Problem::from(&error));
        assert!(wire.encoded_len() <= Problem::MAX_BYTES);
        assert!(fact_problem_from(Some(&wire)).is_ok());
        let larger = v1::Problem {
            nested: vec![wire; 3],
            ..Default::default()
        };
        assert!(fact_problem_from(Some(&larger)).is_err());
    }

    #[test]
    fn a_problem_that_cannot_be_read_is_shown_by_its_code() {
        let newer = v1::Problem {
            code: "NEW_CODE".to_owned(),
            params: vec![v1::Param::default()],
            ..Default::default()
        };
        let code = fact_problem_from(Some(&newer)).map_err(|error| error.code());
        assert_eq!(code, Err(ErrorCode::UpgradeNeeded));
        assert_eq!(fact_problem_text(Some(&newer)), "NEW_CODE");
        assert_eq!(fact_problem_text(None), "");
    }
}
