//! The end of a process of the engine that was not done: what ended it, and what to do about it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, Value, msg};
use rustix::process::Signal;

/// The exit code of a process that panicked.
const PANICKED: i32 = 101;

/// The codes of the messages of a process that ended.
pub(crate) const MESSAGES: [&str; 7] = [
    "query-engine-crashed",
    "query-engine-ended",
    "query-engine-foreign",
    "query-engine-killed",
    "query-engine-out-of-memory",
    "query-engine-out-of-time",
    "query-engine-silent",
];

/// The error of a process that ended like this before it was done; `None` for one that neither ended nor went on.
///
/// `MISCONFIGURED` for a program that ends in a way in which the engine never does; `INTERNAL` if the system does not report
/// how it ended; else `LIMIT_EXCEEDED`, since it is mostly the query that ends it.
pub(crate) fn of(ended: io::Result<Option<ExitStatus>>) -> Error {
    let (code, message) = match ended {
        Ok(Some(status)) => of_status(status),
        Ok(None) => (ErrorCode::LimitExceeded, msg::QueryEngineSilent.into()),
        Err(cause) => (ErrorCode::Internal, msg::QueryEngineBroken { cause }.into()),
    };
    Error::new(code, message)
}

fn of_status(status: ExitStatus) -> (ErrorCode, Message) {
    let signal = status.signal().and_then(Signal::from_named_raw);
    let text = Value::text(status);
    match (signal, status.code()) {
        (Some(signal), _) => (ErrorCode::LimitExceeded, of_signal(signal, text)),
        (None, Some(PANICKED)) => (
            ErrorCode::LimitExceeded,
            msg::QueryEngineCrashed { status: text }.into(),
        ),
        // Without a reason for the node, such as after an answer that is longer than a message may be.
        (None, Some(1)) => (
            ErrorCode::LimitExceeded,
            msg::QueryEngineEnded { status: text }.into(),
        ),
        (None, _) => (
            ErrorCode::Misconfigured,
            msg::QueryEngineForeign { status: text }.into(),
        ),
    }
}

fn of_signal(signal: Signal, status: Value) -> Message {
    // A process that gets no more memory, or none for its stack, aborts itself.
    if signal == Signal::ABORT {
        return msg::QueryEngineOutOfMemory { status }.into();
    }
    if signal == Signal::XCPU {
        return msg::QueryEngineOutOfTime { status }.into();
    }
    if signal == Signal::KILL {
        return msg::QueryEngineKilled { status }.into();
    }
    match [Signal::TERM, Signal::INT, Signal::HUP].contains(&signal) {
        true => msg::QueryEngineEnded { status }.into(),
        false => msg::QueryEngineCrashed { status }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ended: io::Result<Option<ExitStatus>>) -> (ErrorCode, String) {
        let error = of(ended);
        assert!(MESSAGES.contains(&error.message().code()));
        (error.code(), error.message().code().to_owned())
    }

    #[test]
    fn each_signal_has_the_error_of_its_cause() {
        for (signal, message) in [
            (Signal::ABORT, "query-engine-out-of-memory"),
            (Signal::XCPU, "query-engine-out-of-time"),
            (Signal::KILL, "query-engine-killed"),
            (Signal::TERM, "query-engine-ended"),
            (Signal::SEGV, "query-engine-crashed"),
            (Signal::XFSZ, "query-engine-crashed"),
        ] {
            let status = ExitStatus::from_raw(signal.as_raw());
            let expected = (ErrorCode::LimitExceeded, message.to_owned());
            assert_eq!(said(Ok(Some(status))), expected);
        }
    }

    #[test]
    fn each_exit_has_the_error_of_its_cause() {
        for (exit, code, message) in [
            (0, ErrorCode::Misconfigured, "query-engine-foreign"),
            (1, ErrorCode::LimitExceeded, "query-engine-ended"),
            (2, ErrorCode::Misconfigured, "query-engine-foreign"),
            (PANICKED, ErrorCode::LimitExceeded, "query-engine-crashed"),
        ] {
            let status = ExitStatus::from_raw(exit << 8);
            assert_eq!(said(Ok(Some(status))), (code, message.to_owned()), "{exit}");
        }
        let silent = (ErrorCode::LimitExceeded, "query-engine-silent".to_owned());
        assert_eq!(said(Ok(None)), silent);
    }
}
