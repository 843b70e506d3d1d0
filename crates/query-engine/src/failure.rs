//! Errors of the engine, as those of the exchange.

use arrow_schema::ArrowError;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, Value, msg};
use datafusion::error::DataFusionError;

/// Maximum length of the engine's own words in characters.
const MOST: usize = 600;

/// The beginning of what the engine says, as of a fault of its own, of a pattern that it does not take.
const OF_PATTERN: &str = "failed to call 'regex_match_dyn_scalar'";

/// Converts an error of the engine.
pub(crate) fn failure(error: &DataFusionError) -> Error {
    let root = error.find_root();
    let words = |text: String| Value::text(text.chars().take(MOST).collect::<String>());
    let (code, message): (ErrorCode, Message) = match root {
        DataFusionError::External(cause) => match cause.downcast_ref::<Error>() {
            Some(error) => return error.clone(),
            // An error of a function about its arguments, such as an invalid pattern.
            None => {
                let cause = words(cause.to_string());
                (
                    ErrorCode::InvalidArgument,
                    msg::QueryFailed { cause }.into(),
                )
            }
        },
        DataFusionError::ResourcesExhausted(_) => {
            (ErrorCode::LimitExceeded, msg::QueryMemory.into())
        }
        DataFusionError::Internal(cause) if !cause.starts_with(OF_PATTERN) => {
            let cause = words(cause.clone());
            (ErrorCode::Internal, msg::QueryEngineBroken { cause }.into())
        }
        DataFusionError::ArrowError(cause, _) => {
            let cause = words(cause.to_string());
            (
                ErrorCode::InvalidArgument,
                msg::QueryFailed { cause }.into(),
            )
        }
        DataFusionError::Internal(cause) | DataFusionError::Execution(cause) => {
            let cause = words(cause.clone());
            (
                ErrorCode::InvalidArgument,
                msg::QueryFailed { cause }.into(),
            )
        }
        DataFusionError::ExecutionJoin(_) => {
            let cause = Value::text("panic");
            (ErrorCode::Internal, msg::QueryEngineBroken { cause }.into())
        }
        other => {
            let cause = words(other.strip_backtrace());
            (
                ErrorCode::InvalidArgument,
                msg::QueryNotUnderstood { cause }.into(),
            )
        }
    };
    Error::new(code, message)
}

/// An error of Arrow in what passes between the programs.
pub(crate) fn broken(cause: ArrowError) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::QueryEngineBroken { cause })
}

/// An error of the exchange as one of the engine, which [`failure`] converts back.
pub(crate) fn external(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
