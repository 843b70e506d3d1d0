//! Reports a failure to a person: the message, its place and its remedy; and chooses the exit code by
//! the party at fault.
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

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use chengji_domain::quoted::OneLine;
use chengji_domain::{Error, Fault};
use chengji_messages::Language;

/// The exit codes, for the end of a program's `--help`.
pub const EXIT_CODES: &str = "\
Exit codes 退出码:
  0  done 完成
  1  this program, its machine or its data is in trouble 本程序、本机或数据故障
  2  the command line is wrong 命令行有误
  3  a value is wrong, or the thing does not exist 输入有误或对象不存在
  4  a rule or a grant does not allow it 规则或授权不允许
  5  the other side, or the way to it, is in trouble 对方或网络故障
  6  busy, or changed meanwhile: try again later 对方繁忙或数据已变化，请稍后再试";

/// Prints an error to standard error; the exit code to end with.
pub fn report(error: &Error) -> ExitCode {
    tell(error, None)
}

/// Prints an error of a call whose request id is known, so that the other side's operator can find
/// it; the exit code to end with.
pub fn report_call(error: &Error, request_id: &str) -> ExitCode {
    tell(error, Some(request_id))
}

/// The exit code of a failure by who has to act.
pub fn exit_code(fault: Fault) -> u8 {
    match fault {
        Fault::Us => 1,
        // 2 is clap's own, for a command line it cannot read.
        Fault::Caller => 3,
        Fault::Policy => 4,
        Fault::Peer => 5,
        Fault::Busy => 6,
    }
}

fn tell(error: &Error, request_id: Option<&str>) -> ExitCode {
    // Nobody may be listening; the exit code still tells.
    let _ = std::io::stderr().write_all(text(error, request_id).as_bytes());
    ExitCode::from(exit_code(error.fault()))
}

fn text(error: &Error, request_id: Option<&str>) -> String {
    let mut text = format!("error: {}\n", OneLine(&error.message().to_string()));
    for violation in error.violations() {
        let (field, problem) = (
            violation.field.to_string(),
            OneLine(&violation.problem.to_string()),
        );
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {field}: {problem}");
    }
    let _ = writeln!(text, "remedy: {}", OneLine(&error.remedy()));
    let _ = write!(
        text,
        "错误: {} ({})",
        error.code().title().render(Language::Chinese),
        error.code()
    );
    if let Some(id) = request_id {
        let _ = write!(text, ", request 请求号 {}", OneLine(id));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use chengji_domain::{ErrorCode, Violation};

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
        let documented: Vec<u8> = EXIT_CODES
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

    #[test]
    fn a_failure_says_what_where_and_what_to_do_in_two_languages() {
        let violation = |field: &str, problem: &str| Violation::new(field.to_owned(), problem);
        let error = Error::new(ErrorCode::InvalidArgument, "2 rows are wrong\x1b[2J")
            .with_remedy("correct them")
            .with_violations(vec![
                violation("line 3", "代码 is empty"),
                violation("line 9", "twice"),
            ]);
        assert_eq!(
            text(&error, Some("0192-ab")),
            "error: 2 rows are wrong\\u{1b}[2J\n  line 3: 代码 is empty\n  line 9: twice\n\
             remedy: correct them\n错误: 输入有误 (INVALID_ARGUMENT), request 请求号 0192-ab\n"
        );
    }

    #[test]
    fn every_failure_has_a_remedy_and_a_chinese_title() {
        for code in ErrorCode::ALL {
            let error = Error::new(*code, "x");
            let text = text(&error, None);
            assert!(
                text.contains(&error.remedy())
                    && text.contains(&code.title().render(Language::Chinese)),
                "{text}"
            );
        }
    }
}
