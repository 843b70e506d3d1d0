//! Errors on the wire: a domain error becomes a gRPC status with `google.rpc` details, and is converted back
//! to the same error.

use std::collections::HashMap;
use std::time::Duration;

use chengji_domain::problem::Problem;
use chengji_domain::quoted::OneLine;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message as Text, msg};
use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::pb::{self, ErrorInfo, RetryInfo};

use crate::convert::{problem_from, problem_to};
use crate::v1;

const DOMAIN: &str = "chengji";
/// The header with the id of a call.
const REQUEST_ID: &str = "x-request-id";
/// Maximum length of the status's own message in characters; foreign clients show it.
const MAX_MESSAGE: usize = 500;

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const PROBLEM: &str = "type.googleapis.com/chengji.log.v1.Problem";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// Converts an error to a gRPC status: its code as `google.rpc.ErrorInfo`, the time to retry as
/// `google.rpc.RetryInfo`, and the whole error as `chengji.log.v1.Problem`, at most 8 KiB. The status's own
/// message is the English one, for foreign clients.
pub fn from_error(error: &Error) -> Status {
    from_error_as(error, grpc_code(error.code()))
}

/// The same as [`from_error`] with another gRPC code than that of the error, where a foreign protocol prescribes it:
/// its clients know `UNIMPLEMENTED` and `CANCELLED`.
pub fn from_error_as(error: &Error, code: Code) -> Status {
    let message: String = error
        .message()
        .to_string()
        .chars()
        .take(MAX_MESSAGE)
        .collect();
    let info = ErrorInfo {
        reason: error.code().as_str().to_owned(),
        domain: DOMAIN.to_owned(),
        metadata: HashMap::new(),
    };
    let problem = problem_to(&Problem::from(error));
    let mut details = vec![any(ERROR_INFO, &info), any(PROBLEM, &problem)];
    if let Some(delay) = error.retry_after().or_else(|| retry_after(error.code())) {
        let retry_delay = prost_types::Duration::try_from(delay).ok();
        details.push(any(RETRY_INFO, &RetryInfo { retry_delay }));
    }
    let status = pb::Status {
        code: code.into(),
        message: message.clone(),
        details,
    };
    Status::with_details(code, message, status.encode_to_vec().into())
}

fn any(type_url: &str, message: &impl Message) -> Any {
    Any {
        type_url: type_url.to_owned(),
        value: message.encode_to_vec(),
    }
}

/// Returns the error of a status; a status not made by this system (a broken connection, a foreign server) is
/// reported by its gRPC code.
pub fn to_error(status: &Status) -> Error {
    let error = known(status)
        .or_else(|| own_error(status))
        .or_else(|| too_large(status))
        .unwrap_or_else(|| Error::new(foreign_code(status.code()), foreign_message(status)));
    match status.metadata().get(REQUEST_ID).map(|id| id.to_str()) {
        Some(Ok(id)) => error.with_request_id(id),
        _ => error,
    }
}

/// Returns true for the status of a call whose connection broke or could not be made: the other program did not
/// answer with it.
pub fn is_connection_broken(status: &Status) -> bool {
    known(status).is_none() && to_error(status).code() == ErrorCode::PeerUnavailable
}

/// Returns the error of a status that was made by this system.
fn known(status: &Status) -> Option<Error> {
    let details = pb::Status::decode(status.details()).ok()?.details;
    let info: ErrorInfo = detail(&details, ERROR_INFO)?;
    let code: ErrorCode = info.reason.parse().ok().filter(|_| info.domain == DOMAIN)?;
    let sent: Option<v1::Problem> = detail(&details, PROBLEM);
    let mut error = match problem_from(sent.as_ref()) {
        Ok(problem) => problem.into_error().with_code(code),
        Err(_) => {
            let text = status.message();
            Error::new(code, msg::Text { text })
        }
    };
    let retry: Option<RetryInfo> = detail(&details, RETRY_INFO);
    let delay = retry.and_then(|retry| Duration::try_from(retry.retry_delay?).ok());
    if let Some(delay) = delay.filter(|delay| Some(*delay) != retry_after(code)) {
        error = error.with_retry_after(delay);
    }
    Some(error)
}

fn detail<M: Message + Default>(details: &[Any], type_url: &str) -> Option<M> {
    let found = details.iter().find(|any| any.type_url == type_url)?;
    M::decode(found.value.as_slice()).ok()
}

/// The error of a request that cannot be read further: its message is malformed or too large, or its caller
/// has gone. A status of ours is the error that it carries.
pub fn of_request(status: &Status) -> Error {
    if let Some(error) = known(status) {
        return error;
    }
    let code = match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => ErrorCode::LimitExceeded,
        Code::Internal | Code::InvalidArgument | Code::Unimplemented => ErrorCode::InvalidArgument,
        _ => return Error::new(ErrorCode::Unavailable, msg::CallerGone),
    };
    Error::new(code, foreign_message(status))
}

/// Returns the gRPC code of an error code.
pub fn grpc_code(code: ErrorCode) -> Code {
    match code {
        ErrorCode::InvalidArgument => Code::InvalidArgument,
        ErrorCode::NotFound => Code::NotFound,
        ErrorCode::AlreadyExists => Code::AlreadyExists,
        ErrorCode::Withdrawn
        | ErrorCode::OutOfTurn
        | ErrorCode::EpochUnknown
        | ErrorCode::SourceUnavailable
        | ErrorCode::Misconfigured
        | ErrorCode::LogDiverged
        | ErrorCode::UpgradeNeeded => Code::FailedPrecondition,
        ErrorCode::NotShared
        | ErrorCode::NoGrant
        | ErrorCode::GrantExpired
        | ErrorCode::GrantRevoked
        | ErrorCode::GrantSuspended
        | ErrorCode::Denied
        | ErrorCode::Suspended
        | ErrorCode::InvitationInvalid => Code::PermissionDenied,
        ErrorCode::RosterExpired => Code::FailedPrecondition,
        ErrorCode::Unauthenticated => Code::Unauthenticated,
        ErrorCode::LimitExceeded | ErrorCode::StorageFull => Code::ResourceExhausted,
        ErrorCode::PositionUnknown | ErrorCode::CursorExpired => Code::OutOfRange,
        ErrorCode::Conflict | ErrorCode::SourceChanged => Code::Aborted,
        ErrorCode::PeerUnavailable | ErrorCode::Unavailable | ErrorCode::LogUnconfirmed => {
            Code::Unavailable
        }
        ErrorCode::PeerInvalid | ErrorCode::StorageDamaged | ErrorCode::LogShortened => {
            Code::DataLoss
        }
        ErrorCode::Internal => Code::Internal,
    }
}

fn retry_after(code: ErrorCode) -> Option<Duration> {
    match code {
        ErrorCode::Unavailable | ErrorCode::PeerUnavailable | ErrorCode::LogUnconfirmed => {
            Some(Duration::from_secs(1))
        }
        _ => None,
    }
}

fn foreign_code(code: Code) -> ErrorCode {
    match code {
        Code::InvalidArgument => ErrorCode::InvalidArgument,
        Code::NotFound => ErrorCode::NotFound,
        Code::PermissionDenied => ErrorCode::Denied,
        Code::Unauthenticated => ErrorCode::Unauthenticated,
        Code::ResourceExhausted | Code::OutOfRange => ErrorCode::LimitExceeded,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => ErrorCode::PeerUnavailable,
    }
}

/// Returns the error of an answer that exceeds this side's limit. A status received from the other side,
/// about a request, carries its headers.
fn too_large(status: &Status) -> Option<Error> {
    let is_made_here = status.code() == Code::OutOfRange && status.metadata().is_empty();
    is_made_here.then(|| Error::new(ErrorCode::PeerInvalid, foreign_message(status)))
}

/// Returns the error of this system that ended the connection before anything was received.
fn own_error(status: &Status) -> Option<Error> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        // An I/O error does not return the error that it wraps from `source`.
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        let own = match wrapped {
            Some(inner) => inner.downcast_ref::<Error>(),
            None => error.downcast_ref::<Error>(),
        };
        if own.is_some() {
            return own.cloned();
        }
        cause = error.source();
    }
    None
}

/// Returns true if the connection was broken off. The libraries' own texts, with links to their
/// documentation, are of no use to users.
fn is_broken_off(status: &Status) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if let Some(UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe) = kind {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns the text of a foreign status. The text of a transport failure is often only "transport error"; its
/// cause is more specific.
fn foreign_message(status: &Status) -> Text {
    if is_broken_off(status) {
        return msg::ConnectionBrokenOff.into();
    }
    let mut message = OneLine(status.message()).to_string();
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    msg::Text { text: message }.into()
}

#[cfg(test)]
mod tests {
    use chengji_domain::{Field, Violation};

    use super::*;

    #[test]
    fn every_error_comes_out_as_it_went_in() {
        for code in ErrorCode::ALL {
            let error = Error::new(
                *code,
                msg::Text {
                    text: "430100:307012000001 的目录不存在",
                },
            )
            .with_violations(vec![Violation::new(
                Field::Code,
                msg::Text {
                    text: "no such code",
                },
            )]);
            assert_eq!(to_error(&from_error(&error)), error);
        }
    }

    #[test]
    fn an_error_keeps_its_details_under_another_grpc_code() {
        let error = Error::new(
            ErrorCode::InvalidArgument,
            msg::Text {
                text: "not offered",
            },
        );
        let status = from_error_as(&error, Code::Unimplemented);
        assert_eq!(status.code(), Code::Unimplemented);
        assert_eq!(to_error(&status), error);
    }

    #[test]
    fn a_connection_is_broken_unless_the_other_program_answers() {
        let away = Error::new(ErrorCode::PeerUnavailable, msg::CallerGone);
        assert!(!is_connection_broken(&from_error(&away)));
        assert!(!is_connection_broken(&Status::not_found("x")));
        assert!(is_connection_broken(&Status::unavailable("x")));
        let not_made = Status::from_error(Box::new(std::io::Error::other(away)));
        assert!(is_connection_broken(&not_made));
    }

    #[test]
    fn a_peers_message_stays_on_its_line() {
        let forged = Error::new(
            ErrorCode::NoGrant,
            msg::Text {
                text: "no\nINFO ready\u{1b}[2J",
            },
        );
        let theirs = [
            from_error(&forged),
            Status::internal("no\nINFO ready\u{1b}[2J"),
        ];
        for status in theirs {
            assert_eq!(to_error(&status).to_string(), r"no⏎INFO ready\u{1b}[2J");
        }
    }

    #[test]
    fn a_connection_that_breaks_off_is_told_without_a_librarys_words() {
        let eof = std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "peer closed connection without sending TLS close_notify: https://docs.rs/rustls/",
        );
        let error = to_error(&Status::from_error(Box::new(eof)));
        assert_eq!(error.code(), ErrorCode::PeerUnavailable);
        assert_eq!(error.message().code(), "connection-broken-off");
    }

    #[test]
    fn an_answer_that_is_too_large_is_the_peers_and_a_request_the_callers() {
        let mut status = Status::out_of_range("decoded message length too large");
        assert_eq!(to_error(&status).code(), ErrorCode::PeerInvalid);
        let id = "0192-ab".parse().unwrap();
        status.metadata_mut().insert(REQUEST_ID, id);
        let error = to_error(&status);
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.request_id(), Some("0192-ab"));
    }

    #[test]
    fn a_request_that_cannot_be_read_is_its_callers() {
        let own = Error::new(
            ErrorCode::LimitExceeded,
            msg::Text {
                text: "too much for one caller",
            },
        );
        for (status, code) in [
            (from_error(&own), ErrorCode::LimitExceeded),
            (Status::out_of_range("too large"), ErrorCode::LimitExceeded),
            (Status::internal("no message"), ErrorCode::InvalidArgument),
            (Status::cancelled("reset"), ErrorCode::Unavailable),
            (Status::unknown("h2"), ErrorCode::Unavailable),
        ] {
            assert_eq!(of_request(&status).code(), code, "{status:?}");
        }
    }

    #[test]
    fn a_foreign_failure_is_the_peers() {
        let error = to_error(&Status::unavailable("connection refused"));
        assert_eq!(error.code(), ErrorCode::PeerUnavailable);
    }
}
