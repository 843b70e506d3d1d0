//! Reports command lines that cannot be parsed, in the language of their caller.

use std::error::Error as _;
use std::io::Write as _;
use std::net::AddrParseError;
use std::num::ParseIntError;
use std::process::ExitCode;

use chengji_domain::Error;
use chengji_domain::problem::Problem;
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::convert::problem_to;
use chengji_proto::v1;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::help;
use crate::output::{Format, json};

/// The exit code for a command line that cannot be read.
const WRONG: u8 = 2;
/// The code of the failure for programs. No call fails with it.
const USAGE: &str = "USAGE";

/// Prints what clap reports: help and version to standard output, a refusal to standard error.
pub fn report(error: &clap::Error, language: Language, format: Format) -> ExitCode {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // Nobody may be listening; the exit code still says it.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(WRONG));
    }
    let people = || text(error, language).into_bytes();
    let report = match format {
        Format::Json => json(&failure(error)).unwrap_or_else(|_| people()),
        Format::Table | Format::Csv => people(),
    };
    let _ = std::io::stderr().write_all(&report);
    ExitCode::from(WRONG)
}

/// The refusal for programs; the hints are nested.
fn failure(error: &clap::Error) -> v1::Failure {
    let problem = |message, nested| Problem {
        code: USAGE.to_owned(),
        message,
        field: None,
        nested,
    };
    let hints = hints(error)
        .into_iter()
        .map(|hint| problem(hint, Vec::new()));
    let whole = problem(message(error), hints.collect());
    v1::Failure {
        problem: Some(problem_to(&whole)),
        request_id: String::new(),
    }
}

fn text(error: &clap::Error, language: Language) -> String {
    let message = message(error);
    let line = msg::FailureMessage { message };
    let mut text = Message::from(line).render(language);
    for hint in hints(error) {
        text.push_str("\n  ");
        text.push_str(&hint.render(language));
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let heading = Message::from(msg::UsageHeading).render(language);
        text.push_str(&format!("\n\n{heading} {}", help::usage(usage, language)));
    }
    let further = Message::from(msg::UsageSeeHelp).render(language);
    text.push_str(&format!("\n\n{further}\n"));
    text
}

/// The error as a message.
fn message(error: &clap::Error) -> Message {
    let text = |kind| value(error, kind);
    let argument = text(ContextKind::InvalidArg);
    let given = text(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidValue if is_empty(&given) => {
            msg::ArgumentValueMissing { argument }.into()
        }
        ErrorKind::InvalidValue => msg::ArgumentValueUnknown { argument, given }.into(),
        ErrorKind::ValueValidation => msg::ArgumentValueInvalid {
            argument,
            given,
            cause: cause(error),
        }
        .into(),
        ErrorKind::UnknownArgument => msg::ArgumentUnknown { argument }.into(),
        ErrorKind::InvalidSubcommand => msg::CommandUnknown {
            command: text(ContextKind::InvalidSubcommand),
        }
        .into(),
        ErrorKind::MissingSubcommand => msg::CommandMissing.into(),
        ErrorKind::NoEquals => msg::ArgumentEqualsMissing { argument }.into(),
        ErrorKind::TooManyValues => msg::ArgumentValuesTooMany { argument, given }.into(),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            msg::ArgumentValuesTooFew { argument }.into()
        }
        ErrorKind::ArgumentConflict => conflict(argument, text(ContextKind::PriorArg)),
        ErrorKind::MissingRequiredArgument => msg::ArgumentsMissing {
            arguments: argument,
        }
        .into(),
        ErrorKind::InvalidUtf8 => msg::ArgumentNotUtf8.into(),
        other => msg::ArgumentsUnreadable {
            cause: other.to_string(),
        }
        .into(),
    }
}

fn conflict(argument: Value, prior: Value) -> Message {
    if is_empty(&prior) {
        return msg::ArgumentsInConflict { argument }.into();
    }
    if argument == prior {
        return msg::ArgumentRepeated { argument }.into();
    }
    msg::ArgumentInConflict {
        argument,
        others: prior,
    }
    .into()
}

/// Returns the message of a value parser.
fn cause(error: &clap::Error) -> Value {
    let Some(source) = error.source() else {
        return Value::text("");
    };
    if let Some(own) = source.downcast_ref::<Error>() {
        return own.message().into();
    }
    if source.is::<ParseIntError>() {
        return msg::NotWholeNumber.into();
    }
    if source.is::<AddrParseError>() {
        return msg::NotSocketAddress.into();
    }
    Value::text(source)
}

fn hints(error: &clap::Error) -> Vec<Message> {
    let mut hints = Vec::new();
    for kind in [ContextKind::ValidValue, ContextKind::ValidSubcommand] {
        let values = value(error, kind);
        if !is_empty(&values) {
            hints.push(msg::PossibleValues { values }.into());
        }
    }
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        let similar = value(error, kind);
        if !is_empty(&similar) {
            hints.push(msg::SimilarExists { similar }.into());
        }
    }
    hints
}

fn value(error: &clap::Error, kind: ContextKind) -> Value {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Value::text(text),
        Some(ContextValue::Strings(texts)) => texts.iter().collect(),
        Some(ContextValue::StyledStr(text)) => Value::text(text),
        Some(ContextValue::StyledStrs(texts)) => texts.iter().map(StyledStr::to_string).collect(),
        Some(ContextValue::Number(number)) => Value::from(*number as i64),
        _ => Value::text(""),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.is_empty(),
        Value::List(values) => values.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::within;

    #[derive(Debug, Parser)]
    #[command(name = "chengji-node")]
    struct Line {
        #[arg(long, value_parser = within::<u32>(1..=9))]
        days: u32,
        #[arg(long, conflicts_with = "days")]
        open: bool,
    }

    fn refused(line: &str) -> clap::Error {
        Line::try_parse_from(line.split(' ')).unwrap_err()
    }

    #[test]
    fn what_is_wrong_is_data() {
        let text = |text: &str| Value::text(text);
        for (line, expected) in [
            (
                "n --day 1",
                msg::ArgumentUnknown {
                    argument: text("--day"),
                }
                .into(),
            ),
            (
                "n --days 10",
                Message::from(msg::ArgumentValueInvalid {
                    argument: text("--days <DAYS>"),
                    given: text("10"),
                    cause: msg::NumberOutOfRange {
                        least: 1,
                        most: 9,
                        number: 10,
                    },
                }),
            ),
            (
                "n --days x",
                msg::ArgumentValueInvalid {
                    argument: text("--days <DAYS>"),
                    given: text("x"),
                    cause: msg::NotWholeNumber,
                }
                .into(),
            ),
            (
                "n --open --days 1",
                msg::ArgumentInConflict {
                    argument: text("--open"),
                    others: text("--days <DAYS>"),
                }
                .into(),
            ),
            (
                "n",
                msg::ArgumentsMissing {
                    arguments: vec!["--days <DAYS>"],
                }
                .into(),
            ),
        ] {
            assert_eq!(message(&refused(line)), expected, "{line}");
        }
    }

    #[test]
    fn programs_read_a_refusal_by_its_code_and_parameters_with_its_hints() {
        let failure = failure(&refused("n --day 1"));
        let problem = failure.problem.unwrap();
        assert_eq!(problem.code, "USAGE");
        assert_eq!(problem.message, "argument-unknown");
        assert_eq!(problem.params[0].name, "argument");
        let nested: Vec<&str> = problem.nested.iter().map(|hint| &*hint.message).collect();
        assert_eq!(nested, ["similar-exists"]);
    }

    #[test]
    fn a_refusal_is_in_one_language() {
        let is_chinese = |text: &str| text.contains(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let error = refused("n --day 1");
        let english = text(&error, Language::English);
        assert!(!is_chinese(&english), "{english}");
        let chinese = text(&error, Language::Chinese);
        assert!(
            is_chinese(&chinese) && !chinese.contains("error"),
            "{chinese}"
        );
        assert!(
            chinese.contains("--day") && chinese.contains("n --days <DAYS>"),
            "{chinese}"
        );
    }
}
