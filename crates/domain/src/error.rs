//! The closed set of errors: the failure, the party at fault, and the remedy.
//!
//! Every failure visible to a user or another program has one [`ErrorCode`]. Adding a code is a change of the
//! contract: the mappings to gRPC status and to exit codes are exhaustive matches, which do not compile until
//! they include it.

use std::fmt;
use std::time::Duration;

use chengji_messages::{Language, Message, msg};

use crate::field::Location;

/// The result of an operation that can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The party that must act for the call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller, who can correct the call.
    Caller,
    /// The party that may permit the call: no rule or grant allows it.
    Policy,
    /// Another party, or the connection to it.
    Peer,
    /// This program, its machine or its data.
    Us,
    /// Nobody: the same call may succeed later, after other work has finished.
    Busy,
}

macro_rules! error_codes {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $fault:ident, $title:ident; )*) => {
        /// The kind of a failure, as a closed set. The text form (`as_str`) is pinned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $( $(#[doc = $doc])* $name, )* }

        impl ErrorCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// Returns the pinned name of the code, as used in error details.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Returns the party that must act.
            pub fn fault(self) -> Fault {
                match self { $( Self::$name => Fault::$fault, )* }
            }

            /// Returns the code's title, with its usual remedy.
            pub fn title(self) -> Message {
                match self { $( Self::$name => msg::$title.into(), )* }
            }
        }
    };
}

error_codes! {
    /// A value, field or combination is not valid.
    InvalidArgument = "INVALID_ARGUMENT", Caller, ErrorInvalidArgument;
    /// The named object does not exist, or is not visible to the caller.
    NotFound = "NOT_FOUND", Caller, ErrorNotFound;
    /// The entry was withdrawn by its owner.
    Withdrawn = "WITHDRAWN", Caller, ErrorWithdrawn;
    /// The same object already exists with different content.
    AlreadyExists = "ALREADY_EXISTS", Caller, ErrorAlreadyExists;
    /// The move is not permitted to this party, or not in this state.
    OutOfTurn = "OUT_OF_TURN", Caller, ErrorOutOfTurn;
    /// The resource is of a class that is not shared.
    NotShared = "NOT_SHARED", Policy, ErrorNotShared;
    /// No grant covers this.
    NoGrant = "NO_GRANT", Policy, ErrorNoGrant;
    /// The grant's period has ended.
    GrantExpired = "GRANT_EXPIRED", Policy, ErrorGrantExpired;
    /// The provider revoked the grant.
    GrantRevoked = "GRANT_REVOKED", Policy, ErrorGrantRevoked;
    /// The provider suspended deliveries.
    GrantSuspended = "GRANT_SUSPENDED", Policy, ErrorGrantSuspended;
    /// The caller's certificate does not entitle it to this call.
    Denied = "DENIED", Policy, ErrorDenied;
    /// The caller's city or the caller was suspended or removed.
    Suspended = "SUSPENDED", Policy, ErrorSuspended;
    /// The list of members is older than the grace period allows.
    RosterExpired = "ROSTER_EXPIRED", Policy, ErrorRosterExpired;
    /// An invitation is used, expired, altered, or for another addressee.
    InvitationInvalid = "INVITATION_INVALID", Policy, ErrorInvitationInvalid;
    /// No acceptable certificate was presented.
    Unauthenticated = "UNAUTHENTICATED", Policy, ErrorUnauthenticated;
    /// A limit on size, rate or number was exceeded.
    LimitExceeded = "LIMIT_EXCEEDED", Caller, ErrorLimitExceeded;
    /// The log is in another epoch than the follower assumes.
    EpochUnknown = "EPOCH_UNKNOWN", Caller, ErrorEpochUnknown;
    /// The log does not have this position.
    PositionUnknown = "POSITION_UNKNOWN", Caller, ErrorPositionUnknown;
    /// The owner's log differs from the one followed before: at a position, or by lost entries.
    LogDiverged = "LOG_DIVERGED", Peer, ErrorLogDiverged;
    /// The log contains facts of a newer version than this build reads.
    UpgradeNeeded = "UPGRADE_NEEDED", Us, ErrorUpgradeNeeded;
    /// The database lacks acknowledged entries of the own log.
    LogShortened = "LOG_SHORTENED", Us, ErrorLogShortened;
    /// No peer has confirmed yet that the own log is complete, so nothing is appended to it.
    LogUnconfirmed = "LOG_UNCONFIRMED", Us, ErrorLogUnconfirmed;
    /// The list was changed since its first page, and the cursor's place in it is not kept any more.
    CursorExpired = "CURSOR_EXPIRED", Caller, ErrorCursorExpired;
    /// Data that the call relied on has changed in the meantime.
    Conflict = "CONFLICT", Busy, ErrorConflict;
    /// The source of a mounted resource cannot be read.
    SourceUnavailable = "SOURCE_UNAVAILABLE", Us, ErrorSourceUnavailable;
    /// The source of a mounted resource changed while it was read.
    SourceChanged = "SOURCE_CHANGED", Us, ErrorSourceChanged;
    /// Another node or the coordinator is unreachable, or broke off the connection.
    PeerUnavailable = "PEER_UNAVAILABLE", Peer, ErrorPeerUnavailable;
    /// Data sent by another party is not as announced or permitted.
    PeerInvalid = "PEER_INVALID", Peer, ErrorPeerInvalid;
    /// The disk of this machine is full.
    StorageFull = "STORAGE_FULL", Us, ErrorStorageFull;
    /// Stored data is damaged or belongs to another owner.
    StorageDamaged = "STORAGE_DAMAGED", Us, ErrorStorageDamaged;
    /// The program cannot start with its configuration or environment.
    Misconfigured = "MISCONFIGURED", Us, ErrorMisconfigured;
    /// The program is shutting down or overloaded.
    Unavailable = "UNAVAILABLE", Us, ErrorUnavailable;
    /// A defect of this program.
    Internal = "INTERNAL", Us, ErrorInternal;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for ErrorCode {
    type Err = ();

    fn from_str(text: &str) -> std::result::Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(())
    }
}

/// One wrong value in a call, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// A field's name, or a path such as `entries[12].provider_code`.
    pub field: Location,
    /// The problem and its remedy.
    pub problem: Message,
}

impl Violation {
    /// A wrong value at this place.
    pub fn new(field: impl Into<Location>, problem: impl Into<Message>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }
}

/// A failure that somebody can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    details: Box<Details>,
}

#[derive(Clone, Debug)]
struct Details {
    message: Message,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

/// Two calls that fail alike have the same error, whatever their ids.
impl PartialEq for Details {
    fn eq(&self, other: &Self) -> bool {
        self.message == other.message
            && self.violations == other.violations
            && self.retry_after == other.retry_after
    }
}

impl Eq for Details {}

impl Error {
    /// Makes an error of this code; the message names the object and the place.
    pub fn new(code: ErrorCode, message: impl Into<Message>) -> Self {
        let details = Details {
            message: message.into(),
            violations: Vec::new(),
            retry_after: None,
            request_id: None,
        };
        Self {
            code,
            details: Box::new(details),
        }
    }

    /// Adds the time after which a retry may succeed.
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.details.retry_after = Some(delay);
        self
    }

    /// Replaces the code.
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// Adds the list of wrong values.
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.details.violations = violations;
        self
    }

    /// The same error with the id of the call that failed, by which the other side's operator finds it.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.details.request_id = Some(id.into());
        self
    }

    /// Returns the code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the party that must act. A limit with a retry time limits concurrent work, not the content of
    /// the call.
    pub fn fault(&self) -> Fault {
        match self.code {
            ErrorCode::LimitExceeded if self.details.retry_after.is_some() => Fault::Busy,
            code => code.fault(),
        }
    }

    /// Returns the message: the failure and its place.
    pub fn message(&self) -> &Message {
        &self.details.message
    }

    /// Returns the remedy in the language of this process.
    pub fn remedy(&self) -> String {
        self.remedy_in(Language::of_process())
    }

    /// Returns the remedy in a language: that of the message, else of the only wrong value, else of the code.
    pub fn remedy_in(&self, language: Language) -> String {
        let of_violation = || match self.violations() {
            [only] => only.problem.remedy(language),
            _ => None,
        };
        self.message()
            .remedy(language)
            .or_else(of_violation)
            .or_else(|| self.code.title().remedy(language))
            .unwrap_or_default()
    }

    /// Returns the time after which a retry may succeed, if known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.details.retry_after
    }

    /// The id of the call that failed, where it was one.
    pub fn request_id(&self) -> Option<&str> {
        self.details.request_id.as_deref()
    }

    /// Returns the wrong values, if any.
    pub fn violations(&self) -> &[Violation] {
        &self.details.violations
    }
}

/// Formats the message in English, for logs.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_what_it_prints_and_says_what_to_do() {
        for code in ErrorCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            for language in Language::ALL {
                assert!(
                    code.title().remedy(language).is_some(),
                    "{code} in {language}"
                );
            }
        }
    }

    #[test]
    fn a_limit_with_a_time_to_try_again_is_nobodys_fault() {
        let limit = || Error::new(ErrorCode::LimitExceeded, msg::Text { text: "x" });
        assert_eq!(limit().fault(), Fault::Caller);
        let later = limit().with_retry_after(Duration::from_secs(1));
        assert_eq!(later.fault(), Fault::Busy);
        assert_eq!(
            Error::new(ErrorCode::Conflict, msg::Text { text: "x" }).fault(),
            Fault::Busy
        );
    }
}
