//! The closed set of errors: what went wrong, whose fault it is, and what to do about it.
//!
//! Every failure a user or another program can see carries one [`ErrorCode`]. Adding a code is a
//! change of the contract: the mappings to gRPC status and to exit codes are exhaustive matches
//! and will not compile until they know it.

use std::fmt;
use std::time::Duration;

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
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $fault:ident, $zh:literal, $remedy:literal; )*) => {
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

            /// The code's title in Chinese.
            pub fn title_zh(self) -> &'static str {
                match self { $( Self::$name => $zh, )* }
            }

            /// What usually mends it, for people; the error itself may know better.
            pub fn remedy(self) -> &'static str {
                match self { $( Self::$name => $remedy, )* }
            }
        }
    };
}

error_codes! {
    /// A value, field or combination is not valid.
    InvalidArgument = "INVALID_ARGUMENT", Caller, "输入有误",
        "correct the values named above and try again";
    /// The thing named does not exist, or is not visible to the caller.
    NotFound = "NOT_FOUND", Caller, "不存在",
        "check the code or number; list what there is with the matching list or search command";
    /// The entry was withdrawn by its owner.
    Withdrawn = "WITHDRAWN", Caller, "资源已撤销",
        "the owner has withdrawn the resource; search the directory for its successor";
    /// The same thing exists already, with other content.
    AlreadyExists = "ALREADY_EXISTS", Caller, "已存在",
        "use another code, or look at the one that exists";
    /// The move is not this party's to make, or not in this state.
    OutOfTurn = "OUT_OF_TURN", Caller, "不符合办理流程",
        "look at the request's state: it says whose turn it is and which moves are open";
    /// The resource is of a class that is not shared.
    NotShared = "NOT_SHARED", Policy, "不予共享",
        "the resource is not shared; its entry cites the legal basis";
    /// There is no grant that covers this.
    NoGrant = "NO_GRANT", Policy, "未获授权",
        "request the resource first, and wait for the provider's grant";
    /// The grant's period is over.
    GrantExpired = "GRANT_EXPIRED", Policy, "授权已到期",
        "submit a new request if the data is still needed";
    /// The provider revoked the grant.
    GrantRevoked = "GRANT_REVOKED", Policy, "授权已撤销",
        "the provider's reason stands in the request; submit a new one if it no longer applies";
    /// The provider suspended deliveries.
    GrantSuspended = "GRANT_SUSPENDED", Policy, "授权已暂停",
        "the provider's reason is given above; wait until it lets deliveries go on";
    /// The caller's certificate does not entitle it to this call.
    Denied = "DENIED", Policy, "无权操作",
        "call with a certificate of one of the kinds named above";
    /// The caller's city or the caller was suspended or removed.
    Suspended = "SUSPENDED", Policy, "资格已暂停或取消",
        "the reason is given above; what the coordinator's operators decided they can undo, what the city's administrator decided the administrator can";
    /// The list of members is older than the grace lets it be used.
    RosterExpired = "ROSTER_EXPIRED", Policy, "成员名单已过期",
        "the node refuses other cities, operators and auditors until it reaches the coordinator again; its city's people see since when with 'chengji-node status'";
    /// An invitation is used, expired, altered, or for somebody else.
    InvitationInvalid = "INVITATION_INVALID", Policy, "邀请码无效",
        "ask whoever invited you for a new one";
    /// No acceptable certificate was presented.
    Unauthenticated = "UNAUTHENTICATED", Policy, "身份未验证",
        "present a certificate of this cluster that is valid today";
    /// A limit on size, rate or number was passed.
    LimitExceeded = "LIMIT_EXCEEDED", Caller, "超出限额",
        "send less at a time, or wait and try again";
    /// The log is in another epoch than the follower thinks.
    EpochUnknown = "EPOCH_UNKNOWN", Caller, "日志纪元不符",
        "the log was restored from a backup; follow it again from its beginning";
    /// The log does not have that position.
    PositionUnknown = "POSITION_UNKNOWN", Caller, "日志位置不存在",
        "follow the log again from its beginning";
    /// The owner's log is not the one that was followed: it differs at a position, or lost entries.
    LogDiverged = "LOG_DIVERGED", Peer, "日志不一致",
        "ask the log's owner what happened; then accept the log as it is now, or have the right one brought back";
    /// The log has facts that this build does not know.
    UpgradeNeeded = "UPGRADE_NEEDED", Us, "需要升级",
        "upgrade this program; the log is read on from there";
    /// The database has less of the own log than was acknowledged.
    LogShortened = "LOG_SHORTENED", Us, "日志缺失",
        "restore the newest backup, or accept the loss with 'log new-epoch'";
    /// No peer has confirmed yet that the own log is whole, so nothing is appended to it.
    LogUnconfirmed = "LOG_UNCONFIRMED", Us, "日志未确认",
        "reads go on; writes are taken again once a peer has confirmed the log: 'status' says what is missing";
    /// Something the call relied on changed meanwhile.
    Conflict = "CONFLICT", Busy, "数据已变化",
        "read the current state and try again";
    /// The source of a mounted resource cannot be read.
    SourceUnavailable = "SOURCE_UNAVAILABLE", Us, "数据源不可用",
        "the provider has to restore the mounted file and measure it again";
    /// The source of a mounted resource changed while it was read.
    SourceChanged = "SOURCE_CHANGED", Us, "数据源已变化",
        "try again; the provider's node measures the new content first";
    /// Another node or the coordinator cannot be reached, or broke off.
    PeerUnavailable = "PEER_UNAVAILABLE", Peer, "对方不可达",
        "check that the other side runs and the network lets you through; then try again";
    /// What another party sent is not what it announced or may send.
    PeerInvalid = "PEER_INVALID", Peer, "对方数据有误",
        "tell the other side's operator; nothing of it was kept";
    /// This machine has no room left.
    StorageFull = "STORAGE_FULL", Us, "磁盘空间不足",
        "make room on the disk named above and try again; what had arrived is kept for resuming";
    /// Stored state is damaged or belongs to somebody else.
    StorageDamaged = "STORAGE_DAMAGED", Us, "存储损坏",
        "stop the program and restore the data directory from a backup";
    /// The program's configuration or surroundings do not let it start.
    Misconfigured = "MISCONFIGURED", Us, "配置有误",
        "correct the settings named above and start again";
    /// The program is shutting down or overloaded.
    Unavailable = "UNAVAILABLE", Us, "暂不可用",
        "try again in a moment";
    /// A defect of this program.
    Internal = "INTERNAL", Us, "内部错误",
        "this is a defect; please report it with the request id";
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

/// One wrong value in what a caller sent, with the place it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: a field's name, or a path such as `entries[12].provider_code`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// A failure that somebody can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    message: String,
    remedy: Option<String>,
    violations: Vec<Violation>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error of this code; the message names the thing and the place.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            remedy: None,
            violations: Vec::new(),
            retry_after: None,
        }
    }

    /// The same error, with when it is worth trying again.
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The same error with a remedy that fits better than the code's own.
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same error with the wrong values listed one by one.
    pub fn with_violations(mut self, violations: Vec<Violation>) -> Self {
        self.violations = violations;
        self
    }

    /// What went wrong.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Who has to act. A limit with a time to try again is one on what is under way, not on what
    /// was sent.
    pub fn fault(&self) -> Fault {
        match self.code {
            ErrorCode::LimitExceeded if self.retry_after.is_some() => Fault::Busy,
            code => code.fault(),
        }
    }

    /// The message, for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn remedy(&self) -> &str {
        self.remedy.as_deref().unwrap_or_else(|| self.code.remedy())
    }

    /// Whether the remedy was given for this very error, not only for its code.
    pub fn own_remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// When it is worth trying again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The wrong values, where the error is about some.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
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
            assert!(!code.remedy().is_empty() && !code.title_zh().is_empty());
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
