//! The errors of an object store, with cause and remedy.
//!
//! Of an answer only its status and its code are shown, such as `AccessDenied`: its text may quote what was signed, with
//! the access key.

use std::error::Error as StdError;
use std::iter::successors;

use chengji_domain::Error;
use chengji_messages::{Message, Value, msg};
use object_store::ObjectMeta;
use object_store::client::HttpError;

use super::BucketSettings;
use crate::reading::{changed_while_read, unavailable};

/// The beginning of what the client says of an answer that is not the expected one; the answer follows.
const ANSWERED: &str = "Server returned ";
/// The beginning of what the client says of a redirection to nowhere, by which a store refuses another region.
const REDIRECTED: &str = "Received redirect";
/// Maximum length of a code.
const MAX_CODE: usize = 64;

/// The reason why a request failed.
enum Cause {
    /// The store answered so.
    Answer { status: u16, code: String },
    /// There was no answer.
    NoAnswer(String),
    /// The answer is not one of the protocol.
    Malformed(String),
}

/// The error of a listing.
pub(super) fn of_list(settings: &BucketSettings, error: &object_store::Error) -> Error {
    unavailable(message(
        settings,
        settings.address.to_string(),
        &cause(error),
    ))
}

/// The error of a request for a part of an object that was listed: `SOURCE_CHANGED` if it is another one by now or gone.
pub(super) fn of_object(
    settings: &BucketSettings,
    object: &ObjectMeta,
    error: &object_store::Error,
) -> Error {
    let cause = cause(error);
    match &cause {
        Cause::Answer { status, code }
            if matches!(status, 404 | 412 | 416) && code != "NoSuchBucket" =>
        {
            of_change(settings, object)
        }
        cause => unavailable(message(settings, name(settings, object), cause)),
    }
}

/// The error of an object that is another one by now.
pub(super) fn of_change(settings: &BucketSettings, object: &ObjectMeta) -> Error {
    changed_while_read(&name(settings, object))
}

/// The error of an answer that has more or fewer bytes than were asked for.
pub(super) fn of_length(settings: &BucketSettings, object: &ObjectMeta) -> Error {
    let cause: Value = msg::BucketAnswerLength.into();
    let object = name(settings, object);
    unavailable(msg::BucketAnswerMalformed { cause, object })
}

/// Returns the bucket and the key.
fn name(settings: &BucketSettings, object: &ObjectMeta) -> String {
    let (bucket, key) = (&settings.address.bucket, &object.location);
    format!("{bucket}/{key}")
}

fn message(settings: &BucketSettings, object: String, cause: &Cause) -> Message {
    let endpoint = settings.endpoint.to_string();
    let bucket = settings.address.bucket.as_str();
    let (status, code) = match cause {
        Cause::Answer { status, code } => (*status, code.as_str()),
        Cause::NoAnswer(cause) => return msg::BucketUnreachable { cause, endpoint }.into(),
        Cause::Malformed(cause) => return msg::BucketAnswerMalformed { cause, object }.into(),
    };
    let answer = match code {
        "" => format!("HTTP {status}"),
        code => format!("{code}, HTTP {status}"),
    };
    match (status, code) {
        (_, "NoSuchBucket") | (404, _) => msg::BucketMissing { bucket, endpoint }.into(),
        (_, "RequestTimeTooSkewed") => msg::BucketClockRefused { endpoint }.into(),
        (401, _) | (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch") => {
            msg::BucketKeyRefused { answer, bucket }.into()
        }
        (403, _) => msg::BucketRightMissing { answer, object }.into(),
        (429 | 500.., _) => msg::BucketFailing { answer, endpoint }.into(),
        _ => msg::BucketRefused { answer, object }.into(),
    }
}

fn cause(error: &object_store::Error) -> Cause {
    let first: &(dyn StdError + 'static) = error;
    let causes = || successors(Some(first), |&error| error.source());
    let last = causes().last().unwrap_or(first).to_string();
    match last.strip_prefix(ANSWERED) {
        Some(answer) => of_answer(answer),
        None if last.starts_with(REDIRECTED) => Cause::Answer {
            status: 301,
            code: String::new(),
        },
        None if causes().any(|cause| cause.is::<HttpError>()) => Cause::NoAnswer(last),
        None => Cause::Malformed(last),
    }
}

/// Reads what the client says of an answer: perhaps the status, then the answer itself.
fn of_answer(text: &str) -> Cause {
    let status = text.split_once("status code: ");
    let status = status.and_then(|(_, rest)| rest.get(..3)?.parse().ok());
    let code = text.split_once("<Code>");
    let code = code.and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map(|(code, _)| code).filter(|code| {
        code.len() <= MAX_CODE && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    Cause::Answer {
        status: status.unwrap_or_default(),
        code: code.unwrap_or_default().to_owned(),
    }
}
