//! Grant terms (授权条款): the permissions of a grant, in types that programs enforce and compare.
//!
//! Terms name the readable part of a resource ([`Scope`]), limits on reading and use ([`Limits`]), the
//! consumer's duties ([`Duties`]), and the end of the grant. The kinds of limits and duties are those of the
//! contract policies of trusted data spaces (NDI-TR-2025-01, 5.2.2.5). Each node decides which of them it
//! enforces: [`GrantTerms::kinds`] names those in use. This module contains no SQL and reads no rows.

mod check;
mod condition;
mod metering;
mod narrows;
mod table;
mod voucher;

use std::collections::{BTreeMap, BTreeSet};

use chengji_messages::{Message, msg};
use jiff::Timestamp;

pub use self::condition::{Comparison, Condition, Decimal, Literal, Parts};
pub use self::metering::{CountedContent, Finished, GrantUse, MeterRefusal, Metered};
pub use self::narrows::narrows;
pub use self::table::{DateUnit, Mask, TableScope};
pub use self::voucher::Voucher;
use crate::principal::Principal;
use crate::uscc::Uscc;

/// The permissions of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// The part of the resource that may be read.
    pub scope: Scope,
    /// Limits on reading and use.
    pub limits: Box<Limits>,
    /// Duties of the consumer.
    pub duties: Duties,
    /// End of the grant, exclusive.
    pub until: Timestamp,
}

/// The part of a resource that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The whole file (文件).
    File,
    /// Columns and rows of a table (库表).
    Table(Box<TableScope>),
    /// Operations of an interface (接口).
    Interface(Box<InterfaceScope>),
}

/// The part of an interface that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceScope {
    /// The operations that may be called, by their ids in the interface's description.
    pub operations: BTreeSet<String>,
    /// Parameters with values fixed by the grant, which override the caller's.
    pub fixed: BTreeMap<String, String>,
    /// Fields that are removed from answers, as JSON pointers (RFC 6901).
    pub removed: BTreeSet<String>,
}

/// Limits on reading and use; an absent one does not limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of complete reads or calls in total (使用次数).
    pub count: Option<u64>,
    /// Maximum rate of reads or calls.
    pub rate: Option<Rate>,
    /// Days of use from the first delivery (使用时长).
    pub period_days: Option<u32>,
    /// The nodes and applications that may read (使用连接器).
    pub connectors: Option<BTreeSet<Principal>>,
    /// The permitted users (使用者).
    pub users: Option<BTreeSet<User>>,
    /// The permitted operations (使用操作): names agreed by both sides, such as `statistics`.
    pub operations: Option<BTreeSet<String>>,
    /// The range in which the data may be seen (可见范围), in words.
    pub visible_range: Option<String>,
    /// The range in which the data may be used (可用范围), in words.
    pub usable_range: Option<String>,
}

/// Maximum number of reads or calls within a period of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Number of reads or calls.
    pub count: u64,
    /// Length of the period in seconds.
    pub seconds: u32,
}

impl Rate {
    /// Returns the period in words.
    pub fn period(self) -> Message {
        const MINUTE: u32 = 60;
        const HOUR: u32 = 60 * MINUTE;
        const DAY: u32 = 24 * HOUR;
        let seconds = self.seconds;
        match seconds {
            whole if whole % DAY == 0 => msg::PeriodDays {
                count: seconds / DAY,
            }
            .into(),
            whole if whole % HOUR == 0 => msg::PeriodHours {
                count: seconds / HOUR,
            }
            .into(),
            whole if whole % MINUTE == 0 => msg::PeriodMinutes {
                count: seconds / MINUTE,
            }
            .into(),
            count => msg::PeriodSeconds { count }.into(),
        }
    }
}

/// A user of delivered data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// A person or an application.
    Principal(Principal),
    /// All users of a department.
    Department(Uscc),
}

/// Duties of the consumer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// True if the provider is to be notified of each use (使用时通知).
    pub notify: bool,
    /// Days after the grant's end within which delivered data is destroyed (使用后销毁).
    pub destroy_within_days: Option<u32>,
    /// Minimum number of years that usage records are kept.
    pub records_years: Option<u32>,
    /// Number of months after which a usage record is due; a year by default.
    pub records_every_months: Option<u32>,
}

impl GrantTerms {
    /// Makes terms for the whole file until then, without limits or duties.
    pub fn file(until: Timestamp) -> Self {
        Self {
            scope: Scope::File,
            limits: Box::default(),
            duties: Duties::default(),
            until,
        }
    }

    /// Returns the kinds of terms in use: that of the scope, and of each limit and duty.
    pub fn kinds(&self) -> Vec<TermKind> {
        let Self {
            scope,
            limits,
            duties,
            until: _,
        } = self;
        let scope = match scope {
            Scope::File => TermKind::File,
            Scope::Table(_) => TermKind::Table,
            Scope::Interface(_) => TermKind::Interface,
        };
        let optional = [
            (limits.count.is_some(), TermKind::Count),
            (limits.rate.is_some(), TermKind::Rate),
            (limits.period_days.is_some(), TermKind::Period),
            (limits.connectors.is_some(), TermKind::Connector),
            (limits.users.is_some(), TermKind::User),
            (limits.operations.is_some(), TermKind::Operation),
            (limits.visible_range.is_some(), TermKind::VisibleRange),
            (limits.usable_range.is_some(), TermKind::UsableRange),
            (duties.notify, TermKind::Notify),
            (duties.destroy_within_days.is_some(), TermKind::Destroy),
            (
                duties.records_years.is_some() || duties.records_every_months.is_some(),
                TermKind::Records,
            ),
        ];
        let used = optional.into_iter().filter(|(is_used, _)| *is_used);
        [scope]
            .into_iter()
            .chain(used.map(|(_, kind)| kind))
            .collect()
    }
}

/// A kind of scope, limit or duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the term of that name")]
pub enum TermKind {
    File,
    Table,
    Interface,
    Count,
    Rate,
    Period,
    Connector,
    User,
    Operation,
    VisibleRange,
    UsableRange,
    Notify,
    Destroy,
    Records,
}

/// The way in which a term is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keeping {
    /// The provider's node enforces it at delivery.
    Enforced,
    /// The consumer's node vouches for what the provider's cannot see, in its call and in its log.
    Vouched,
    /// Agreed by both sides, and asked about in usage records.
    Agreed,
}

impl Keeping {
    /// Returns the name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Enforced => msg::KeepingEnforced.into(),
            Self::Vouched => msg::KeepingVouched.into(),
            Self::Agreed => msg::KeepingAgreed.into(),
        }
    }
}

impl TermKind {
    /// Returns how terms of this kind are kept.
    pub fn keeping(self) -> Keeping {
        match self {
            Self::File
            | Self::Table
            | Self::Interface
            | Self::Count
            | Self::Rate
            | Self::Period
            | Self::Connector => Keeping::Enforced,
            Self::User | Self::Operation => Keeping::Vouched,
            Self::VisibleRange
            | Self::UsableRange
            | Self::Notify
            | Self::Destroy
            | Self::Records => Keeping::Agreed,
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> Message {
        match self {
            Self::File => msg::TermFile.into(),
            Self::Table => msg::TermTable.into(),
            Self::Interface => msg::TermInterface.into(),
            Self::Count => msg::TermCount.into(),
            Self::Rate => msg::TermRate.into(),
            Self::Period => msg::TermPeriod.into(),
            Self::Connector => msg::TermConnector.into(),
            Self::User => msg::TermUser.into(),
            Self::Operation => msg::TermOperation.into(),
            Self::VisibleRange => msg::TermVisibleRange.into(),
            Self::UsableRange => msg::TermUsableRange.into(),
            Self::Notify => msg::TermNotify.into(),
            Self::Destroy => msg::TermDestroy.into(),
            Self::Records => msg::TermRecords.into(),
        }
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
