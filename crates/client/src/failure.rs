//! Reports a failure: what and where, what to do, its code; and the exit code that says whose fault it is.
//! People read it in the language of the process; with `--format json` it is a [`v1::Failure`], in no language.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | this program, its machine or its data is in trouble |
//! | 2 | the command line itself is wrong |
//! | 3 | a value is wrong, or the thing does not exist: the caller can correct it |
//! | 4 | a rule or a grant does not allow it |
//! | 5 | another party, or the way to it, is in trouble |
//! | 6 | something else is under way: the same command may succeed later |

use std::io::Write as _;
use std::process::ExitCode;

use chengji_domain::problem::Problem;
use chengji_domain::{Error, Fault, Violation};
use chengji_messages::quoted::OneLine;
use chengji_messages::{Language, Message, msg};
use chengji_proto::convert::problem_to;
use chengji_proto::v1;

use crate::output::{Format, json};

/// Prints an error to standard error; the exit code to end with.
pub fn report(error: &Error, format: Format) -> ExitCode {
    let people = || text(error, Language::of_process()).into_bytes();
    let report = match format {
        Format::Json => json(&wire(error)).unwrap_or_else(|_| people()),
        Format::Table | Format::Csv => people(),
    };
    // Nobody may be listening; the exit code still says it.
    let _ = std::io::stderr().write_all(&report);
    ExitCode::from(exit_code(error.fault()))
}

/// The exit code of a failure by who has to act.
pub fn exit_code(fault: Fault) -> u8 {
    match fault {
        Fault::Us => 1,
        // 2 is for a command line that cannot be read.
        Fault::Caller => 3,
        Fault::Policy => 4,
        Fault::Peer => 5,
        Fault::Busy => 6,
    }
}

/// The exit codes, for the end of a program's `--help`.
pub fn exit_codes(language: Language) -> String {
    let codes: [Message; 7] = [
        msg::ExitCodeDone.into(),
        msg::ExitCodeUs.into(),
        msg::ExitCodeUsage.into(),
        msg::ExitCodeCaller.into(),
        msg::ExitCodePolicy.into(),
        msg::ExitCodePeer.into(),
        msg::ExitCodeBusy.into(),
    ];
    let heading = Message::from(msg::ExitCodesHeading).render(language);
    let codes = codes
        .iter()
        .enumerate()
        .map(|(code, meaning)| format!("\n  {code}  {}", meaning.render(language)));
    std::iter::once(heading).chain(codes).collect()
}

/// The error for people: the message, each wrong value, the advice, and the code with the call's id.
fn text(error: &Error, language: Language) -> String {
    let mut lines: Vec<Message> = vec![
        msg::FailureMessage {
            message: error.message(),
        }
        .into(),
    ];
    for Violation { field, problem } in error.violations() {
        let field = field.message();
        lines.push(msg::FailureViolation { field, problem }.into());
    }
    let remedy = error.remedy_in(language);
    if !remedy.is_empty() {
        lines.push(msg::FailureRemedy { remedy }.into());
    }
    let (code, title) = (error.code().as_str(), error.code().title());
    lines.push(match error.request_id() {
        Some(request) => msg::FailureCodeOfCall {
            code,
            title,
            request,
        }
        .into(),
        None => msg::FailureCode { code, title }.into(),
    });
    let lines = lines.iter().enumerate().map(|(n, line)| {
        let line = line.render(language);
        let is_violation = (1..=error.violations().len()).contains(&n);
        let indent = if is_violation { "  " } else { "" };
        format!("{indent}{}\n", OneLine(&line))
    });
    lines.collect()
}

/// The error for programs, whole: not cut to what a call's status takes.
fn wire(error: &Error) -> v1::Failure {
    let code = || error.code().as_str().to_owned();
    let nested = error.violations().iter().map(|violation| Problem {
        code: code(),
        message: violation.problem.clone(),
        field: Some(violation.field.clone()),
        nested: Vec::new(),
    });
    let problem = Problem {
        code: code(),
        message: error.message().clone(),
        field: None,
        nested: nested.collect(),
    };
    v1::Failure {
        problem: Some(problem_to(&problem)),
        request_id: error.request_id().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn every_fault_has_its_own_documented_exit_code() {
        let faults = [
            (Fault::Us, 1),
            (Fault::Caller, 3),
            (Fault::Policy, 4),
            (Fault::Peer, 5),
            (Fault::Busy, 6),
        ];
        for (fault, code) in faults {
            assert_eq!(exit_code(fault), code);
        }
        let documented: Vec<u8> = exit_codes(Language::English)
            .lines()
            .filter_map(|line| line.split_whitespace().next()?.parse().ok())
            .collect();
        assert_eq!(documented, [0, 1, 2, 3, 4, 5, 6]);
        for code in ErrorCode::ALL {
            let exit = exit_code(code.fault());
            assert!(
                exit != 0 && exit != 2 && documented.contains(&exit),
                "{code}"
            );
        }
    }

    fn error() -> Error {
        let violation = |field: &str, number: i64| {
            Violation::new(field.to_owned(), msg::NumberTooSmall { least: 1, number })
        };
        let cause = "broken\x1b[2J";
        Error::new(ErrorCode::InvalidArgument, msg::OutputUnwritable { cause })
            .with_violations(vec![violation("line 3", 0), violation("line\n9", -1)])
            .with_request_id("0192-ab")
    }

    #[test]
    fn people_read_what_where_and_what_to_do_in_one_language() {
        for language in Language::ALL {
            let render = |message: Message| message.render(language);
            let cause = "broken\x1b[2J";
            let message = Message::from(msg::OutputUnwritable { cause });
            let lines = [
                render(msg::FailureMessage { message: &message }.into()),
                format!(
                    "  {}",
                    render(
                        msg::FailureViolation {
                            field: "line 3",
                            problem: msg::NumberTooSmall {
                                least: 1,
                                number: 0
                            },
                        }
                        .into()
                    )
                ),
                format!(
                    "  {}",
                    render(
                        msg::FailureViolation {
                            field: "line⏎9",
                            problem: msg::NumberTooSmall {
                                least: 1,
                                number: -1
                            },
                        }
                        .into()
                    )
                ),
                render(
                    msg::FailureRemedy {
                        remedy: message.remedy(language).unwrap(),
                    }
                    .into(),
                ),
                render(
                    msg::FailureCodeOfCall {
                        code: "INVALID_ARGUMENT",
                        title: ErrorCode::InvalidArgument.title(),
                        request: "0192-ab",
                    }
                    .into(),
                ),
            ];
            let text = text(&error(), language);
            assert_eq!(text.lines().collect::<Vec<_>>(), lines);
            assert!(text.contains(r"broken\u{1b}[2J"), "{text}");
        }
    }

    #[test]
    fn programs_read_codes_and_parameters() {
        let failure = wire(&error());
        let problem = failure.problem.unwrap();
        assert_eq!(problem.code, "INVALID_ARGUMENT");
        assert_eq!(problem.message, "output-unwritable");
        assert_eq!(problem.params[0].name, "cause");
        assert_eq!(problem.nested[1].field, "line\n9");
        assert_eq!(problem.nested[1].message, "number-too-small");
        assert_eq!(failure.request_id, "0192-ab");
    }
}
