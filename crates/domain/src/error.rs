//! The closed set of errors: what went wrong, whose fault it is, and what to do about it.
//!
//! Every failure a user or another program can see carries one [`ErrorCode`]. Adding a code is a
//! change of the contract: the mappings to gRPC status and to exit codes are exhaustive matches
//! and will not compile until they know it.

use std::fmt;
use std::time::Duration;

use chengji_messages::{Language, Message, msg};

/// The result of anything that can fail with an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act for the call to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller sent something wrong and can correct it.
    Caller,
    /// A rule or a grant does not allow it.
    Policy,
    /// Another party, or the way to it, is in trouble.
    Peer,
    /// This program, its machine or its data is in trouble.
    Us,
    /// Nobody: something else is under way, and the same call may succeed later.
    Busy,
}

macro_rules! error_codes {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $fault:ident, $title:ident; )*) => {
        /// What went wrong, as a closed set. The text form (`as_str`) is pinned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $( $(#[doc = $doc])* $name, )* }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The pinned name of the code, as it stands in error details.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Who has to act.
            pub fn fault(self) -> Fault {
                match self { $( Self::$name => Fault::$fault, )* }
            }

            /// The code's title, whose remedy is what usually helps.
            pub fn title(self) -> Message {
                match self { $( Self::$name => msg::$title.into(), )* }
            }
        }
    };
}

error_codes! {
    /// A value, field or combination is not valid.
    InvalidArgument = "INVALID_ARGUMENT", Caller, ErrorInvalidArgument;
    /// The thing named does not exist, or is not visible to the caller.
    NotFound = "NOT_FOUND", Caller, ErrorNotFound;
    /// The entry was withdrawn by its owner.
    Withdrawn = "WITHDRAWN", Caller, ErrorWithdrawn;
    /// The same thing exists already, with other content.
    AlreadyExists = "ALREADY_EXISTS", Caller, ErrorAlreadyExists;
    /// The move is not this party's to make, or not in this state.
    OutOfTurn = "OUT_OF_TURN", Caller, ErrorOutOfTurn;
    /// The resource is of a class that is not shared.
    NotShared = "NOT_SHARED", Policy, ErrorNotShared;
    /// There is no grant that covers this.
    NoGrant = "NO_GRANT", Policy, ErrorNoGrant;
    /// The grant's period is over.
    GrantExpired = "GRANT_EXPIRED", Policy, ErrorGrantExpired;
    /// The provider revoked the grant.
    GrantRevoked = "GRANT_REVOKED", Policy, ErrorGrantRevoked;
    /// The provider suspended deliveries.
    GrantSuspended = "GRANT_SUSPENDED", Policy, ErrorGrantSuspended;
    /// The caller's certificate does not entitle it to this call.
    Denied = "DENIED", Policy, ErrorDenied;
    /// The caller's city or the caller was suspended or removed.
    Suspended = "SUSPENDED", Policy, ErrorSuspended;
    /// The list of members is older than the grace lets it be used.
    RosterExpired = "ROSTER_EXPIRED", Policy, ErrorRosterExpired;
    /// An invitation is used, expired, altered, or for somebody else.
    InvitationInvalid = "INVITATION_INVALID", Policy, ErrorInvitationInvalid;
    /// No acceptable certificate was presented.
    Unauthenticated = "UNAUTHENTICATED", Policy, ErrorUnauthenticated;
    /// A limit on size, rate or number was passed.
    LimitExceeded = "LIMIT_EXCEEDED", Caller, ErrorLimitExceeded;
    /// The log is in another epoch than the follower thinks.
    EpochUnknown = "EPOCH_UNKNOWN", Caller, ErrorEpochUnknown;
    /// The log does not have that position.
    PositionUnknown = "POSITION_UNKNOWN", Caller, ErrorPositionUnknown;
    /// The owner's log is not the one that was followed: it differs at a position, or lost entries.
    LogDiverged = "LOG_DIVERGED", Peer, ErrorLogDiverged;
    /// The log has facts that this build does not know.
    UpgradeNeeded = "UPGRADE_NEEDED", Us, ErrorUpgradeNeeded;
    /// The database has less of the own log than was acknowledged.
    LogShortened = "LOG_SHORTENED", Us, ErrorLogShortened;
    /// No peer has confirmed yet that the own log is whole, so nothing is appended to it.
    LogUnconfirmed = "LOG_UNCONFIRMED", Us, ErrorLogUnconfirmed;
    /// Something the call relied on changed meanwhile.
    Conflict = "CONFLICT", Busy, ErrorConflict;
    /// The source of a mounted resource cannot be read.
    SourceUnavailable = "SOURCE_UNAVAILABLE", Us, ErrorSourceUnavailable;
    /// The source of a mounted resource changed while it was read.
    SourceChanged = "SOURCE_CHANGED", Us, ErrorSourceChanged;
    /// Another node or the coordinator cannot be reached, or broke off.
    PeerUnavailable = "PEER_UNAVAILABLE", Peer, ErrorPeerUnavailable;
    /// What another party sent is not what it announced or may send.
    PeerInvalid = "PEER_INVALID", Peer, ErrorPeerInvalid;
    /// This machine has no room left.
    StorageFull = "STORAGE_FULL", Us, ErrorStorageFull;
    /// Stored state is damaged or belongs to somebody else.
    StorageDamaged = "STORAGE_DAMAGED", Us, ErrorStorageDamaged;
    /// The program's configuration or surroundings do not let it start.
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

/// One wrong value in what a caller sent, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// A field's name, or a path such as `entries[12].provider_code`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: Message,
}

/// A failure that somebody can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    details: Box<Details>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Details {
    message: Message,
    remedy: Option<Message>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error of this code; the message names the thing and the place.
    pub fn new(code: ErrorCode, message: impl Into<Message>) -> Self {
        let details = Details {
            message: message.into(),
            remedy: None,
            violations: Vec::new(),
            retry_after: None,
        };
        Self {
            code,
            details: Box::new(details),
        }
    }

    /// The same error, with when it is worth trying again.
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.details.retry_after = Some(delay);
        self
    }

    /// The same error with a remedy that fits better than those of its message and code.
    pub fn with_remedy(mut self, remedy: impl Into<Message>) -> Self {
        self.details.remedy = Some(remedy.into());
        self
    }

    /// The same error with another code.
    pub fn with_code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }

    /// The same error with the wrong values listed one by one.
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.details.violations = violations;
        self
    }

    /// Its kind.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The party that has to act. A limit with a time to try again is one on what is under way, not on what
    /// was sent.
    pub fn fault(&self) -> Fault {
        match self.code {
            ErrorCode::LimitExceeded if self.details.retry_after.is_some() => Fault::Busy,
            code => code.fault(),
        }
    }

    /// The message: the failure and its place.
    pub fn message(&self) -> &Message {
        &self.details.message
    }

    /// The advice in the language of this process.
    pub fn remedy(&self) -> String {
        self.remedy_in(Language::of_process())
    }

    /// The advice in a language: the error's own, else its message's, else its code's.
    pub fn remedy_in(&self, language: Language) -> String {
        let own = self.details.remedy.as_ref();
        own.map(|remedy| remedy.render(language))
            .or_else(|| self.message().remedy(language))
            .or_else(|| self.code.title().remedy(language))
            .unwrap_or_default()
    }

    /// The remedy that was given for this very error.
    pub fn own_remedy(&self) -> Option<&Message> {
        self.details.remedy.as_ref()
    }

    /// When it is worth trying again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.details.retry_after
    }

    /// The wrong values, where the error is about some.
    pub fn violations(&self) -> &[Violation] {
        &self.details.violations
    }
}

/// The message in English, for logs.
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
        let limit = || Error::new(ErrorCode::LimitExceeded, "x");
        assert_eq!(limit().fault(), Fault::Caller);
        let later = limit().with_retry_after(Duration::from_secs(1));
        assert_eq!(later.fault(), Fault::Busy);
        assert_eq!(Error::new(ErrorCode::Conflict, "x").fault(), Fault::Busy);
    }
}
