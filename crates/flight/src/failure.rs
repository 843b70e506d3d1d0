//! Statuses of failed calls. Each carries the error with its details, in the same way as those of the contract; the gRPC
//! code is the one that clients of Flight SQL know the case by.

use std::fmt::Display;

use arrow_flight::error::FlightError;
use bytes::Bytes;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::status::{from_error_as, grpc_code, of_request};
use tonic::{Code, Status};

/// Maximum length of a status's message in characters.
const MAX_MESSAGE: usize = 500;

/// The status of an error.
pub(crate) fn failed(error: Error) -> Status {
    failed_as(&error, grpc_code(error.code()))
}

/// The status of an error with this gRPC code. Programs of other vendors show nothing but its message, so that has the
/// error's code and the remedy, too.
fn failed_as(error: &Error, code: Code) -> Status {
    let details = Bytes::copy_from_slice(from_error_as(error, code).details());
    let remedy = error.remedy_in(Language::English);
    let message = format!("{}: {error} ({remedy})", error.code());
    let message: String = message.chars().take(MAX_MESSAGE).collect();
    Status::with_details(code, message, details)
}

/// `INVALID_ARGUMENT` for what a caller sent.
pub(crate) fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

/// `UNIMPLEMENTED` for a part of the protocol that nodes do not offer.
pub(crate) fn not_offered(message: impl Into<Message>) -> Status {
    failed_as(&invalid(message), Code::Unimplemented)
}

/// `CANCELLED` for a query that its caller ended.
pub(crate) fn cancelled() -> Status {
    let error = Error::new(ErrorCode::Conflict, msg::FlightQueryCancelled);
    failed_as(&error, Code::Cancelled)
}

/// `INTERNAL` for an answer that cannot be put into the format of Arrow.
pub(crate) fn not_encoded(cause: impl Display) -> Status {
    let cause = Value::text(cause);
    failed(Error::new(
        ErrorCode::Internal,
        msg::FlightNotEncoded { cause },
    ))
}

/// The status of a failed stream of batches.
pub(crate) fn of_stream(error: FlightError) -> Status {
    match error {
        FlightError::Tonic(status) => *status,
        other => not_encoded(other),
    }
}

/// The status with details. `arrow-flight` answers what it cannot parse by itself, without any, and calls some of that
/// its own fault.
pub(crate) fn with_details(status: Status) -> Status {
    if status.details().is_empty() {
        return failed(of_request(&status));
    }
    status
}

#[cfg(test)]
mod tests {
    use chengji_proto::status::to_error;

    use super::*;

    #[test]
    fn what_cannot_be_parsed_is_the_callers_fault() {
        let status = with_details(Status::internal(
            "ParseError(\"Unable to decode Any value\")",
        ));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(to_error(&status).code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn a_message_says_what_to_do() {
        let error = invalid(msg::FlightUpdatesUnsupported);
        let remedy = error.remedy_in(Language::English);
        let status = failed(error);
        assert!(status.message().starts_with("INVALID_ARGUMENT"));
        assert!(status.message().contains(&remedy));
    }

    #[test]
    fn a_status_of_ours_stays_as_it_is() {
        let status = with_details(not_offered(msg::FlightUpdatesUnsupported));
        assert_eq!(status.code(), Code::Unimplemented);
        assert_eq!(to_error(&status), invalid(msg::FlightUpdatesUnsupported));
        assert_eq!(with_details(cancelled()).code(), Code::Cancelled);
        let passed_on = of_stream(FlightError::from(cancelled()));
        assert_eq!(passed_on.code(), Code::Cancelled);
    }
}
