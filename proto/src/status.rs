//! Errors on the wire: a domain error becomes a gRPC status with `google.rpc` details, and comes
//! out on the other side as the same error.

use std::collections::HashMap;
use std::time::Duration;

use chengji_domain::quoted::OneLine;
use chengji_domain::{Error, ErrorCode, Violation};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "chengji";
const REMEDY: &str = "remedy";

/// The gRPC status that carries this error.
pub fn from_error(error: &Error) -> Status {
    let mut metadata = HashMap::new();
    if let Some(remedy) = error.own_remedy() {
        metadata.insert(REMEDY.to_owned(), remedy.to_owned());
    }
    let mut details = ErrorDetails::new();
    details.set_error_info(error.code().as_str(), DOMAIN, metadata);
    for violation in error.violations() {
        details.add_bad_request_violation(&violation.field, &violation.problem);
    }
    if let Some(delay) = error.retry_after().or_else(|| retry_after(error.code())) {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(grpc_code(error.code()), error.message(), details)
}

/// The error a status carries; one that is not of ours (a broken connection, a foreign server) is
/// told by its gRPC code.
pub fn to_error(status: &Status) -> Error {
    let details = status.get_error_details();
    let known = details
        .error_info()
        .filter(|info| info.domain == DOMAIN)
        .and_then(|info| Some((info.reason.parse::<ErrorCode>().ok()?, &info.metadata)));
    let Some((code, metadata)) = known else {
        return own_error(status)
            .or_else(|| too_large(status))
            .unwrap_or_else(|| Error::new(foreign_code(status.code()), foreign_message(status)));
    };
    let mut error = Error::new(code, OneLine(status.message()).to_string());
    if let Some(remedy) = metadata.get(REMEDY) {
        error = error.with_remedy(remedy);
    }
    let retry = details.retry_info().and_then(|info| info.retry_delay);
    if let Some(delay) = retry.filter(|delay| Some(*delay) != retry_after(code)) {
        error = error.with_retry_after(delay);
    }
    let violations = details.bad_request().map(|bad| {
        let violation = |v: &tonic_types::FieldViolation| Violation {
            field: v.field.clone(),
            problem: v.description.clone(),
        };
        bad.field_violations.iter().map(violation).collect()
    });
    error.with_violations(violations.unwrap_or_default())
}

/// The gRPC code of each error code.
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
        ErrorCode::PositionUnknown => Code::OutOfRange,
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

/// An answer that is larger than this side takes. A status that came from the other side, about a
/// request, carries its headers.
fn too_large(status: &Status) -> Option<Error> {
    let is_made_here = status.code() == Code::OutOfRange && status.metadata().is_empty();
    is_made_here.then(|| Error::new(ErrorCode::PeerInvalid, foreign_message(status)))
}

/// An error of ours that ended the connection before anything came over it.
fn own_error(status: &Status) -> Option<Error> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        // An I/O error hides what it wraps from `source`.
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

const BROKEN_OFF: &str = "the other side ended the connection without an answer 对方中断了连接";

/// Whether the connection ended in the middle. The libraries' words for it, with links to their
/// own documentation, help nobody.
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

/// A transport failure's own words are often only "transport error"; the cause says more.
fn foreign_message(status: &Status) -> String {
    if is_broken_off(status) {
        return BROKEN_OFF.to_owned();
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
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_comes_out_as_it_went_in() {
        for code in ErrorCode::ALL {
            let error = Error::new(*code, "430100:307012000001 的目录不存在")
                .with_remedy("look again")
                .with_violations(vec![Violation {
                    field: "code".to_owned(),
                    problem: "no such code".to_owned(),
                }]);
            assert_eq!(to_error(&from_error(&error)), error);
        }
    }

    #[test]
    fn a_peers_message_stays_on_its_line() {
        let forged = Error::new(ErrorCode::NoGrant, "no\nINFO ready\u{1b}[2J");
        let theirs = [from_error(&forged), Status::internal(forged.message())];
        for status in theirs {
            assert_eq!(to_error(&status).message(), r"no⏎INFO ready\u{1b}[2J");
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
        assert_eq!(error.message(), BROKEN_OFF);
    }

    #[test]
    fn an_answer_that_is_too_large_is_the_peers_and_a_request_the_callers() {
        let mut status = Status::out_of_range("decoded message length too large");
        assert_eq!(to_error(&status).code(), ErrorCode::PeerInvalid);
        let id = "0192-ab".parse().unwrap();
        status.metadata_mut().insert("x-request-id", id);
        assert_eq!(to_error(&status).code(), ErrorCode::LimitExceeded);
    }

    #[test]
    fn a_foreign_failure_is_the_peers() {
        let error = to_error(&Status::unavailable("connection refused"));
        assert_eq!(error.code(), ErrorCode::PeerUnavailable);
    }
}
