//! Grant terms (授权条款): what a grant permits, in types that programs enforce and compare.
//!
//! Terms name the part of a resource that may be read ([`Scope`]), how often, how long and by whom
//! ([`Limits`]), what the consumer owes ([`Duties`]), and the end of the grant. The kinds of limits and
//! duties are those of the contract policies of trusted data spaces (NDI-TR-2025-01, 5.2.2.5). Which of them a
//! node enforces is the node's business: [`GrantTerms::kinds`] names those in use. Nothing here reads SQL or
//! rows.

mod condition;
mod narrows;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

pub use self::condition::{Comparison, Condition, Decimal, Literal, Parts};
pub use self::narrows::narrows;
pub use self::table::{DateUnit, Mask, TableScope};
use crate::principal::Principal;
use crate::uscc::Uscc;

/// What a grant permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTerms {
    /// The part of the resource that may be read.
    pub scope: Scope,
    /// Limits on reading and use.
    pub limits: Limits,
    /// What the consumer owes.
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
    /// Parameters whose value the grant fixes, whatever the caller sends.
    pub fixed: BTreeMap<String, String>,
    /// Fields that are removed from answers, as JSON pointers (RFC 6901).
    pub removed: BTreeSet<String>,
}

/// Limits on reading and use; what is absent is not limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Complete reads or calls in all (使用次数).
    pub count: Option<u64>,
    /// Reads or calls within a time.
    pub rate: Option<Rate>,
    /// Days of use from the first delivery (使用时长).
    pub period_days: Option<u32>,
    /// The nodes and applications that may read (使用连接器).
    pub connectors: Option<BTreeSet<Principal>>,
    /// Who may use it (使用者).
    pub users: Option<BTreeSet<User>>,
    /// What may be done with it (使用操作): names that both sides agreed on, such as `statistics`.
    pub operations: Option<BTreeSet<String>>,
}

/// So many reads or calls within any so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Reads or calls.
    pub count: u64,
    /// Seconds.
    pub seconds: u32,
}

/// Who may use what was delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// A person or an application.
    Principal(Principal),
    /// Everybody of a department.
    Department(Uscc),
}

/// What the consumer owes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// The provider is notified of each use (使用时通知).
    pub notify: bool,
    /// What was delivered is destroyed within so many days of the grant's end (使用后销毁).
    pub destroy_within_days: Option<u32>,
    /// Usage records are kept for so many years at least.
    pub records_years: Option<u32>,
}

impl GrantTerms {
    /// The whole file until then, without limits or duties.
    pub fn file(until: Timestamp) -> Self {
        Self {
            scope: Scope::File,
            limits: Limits::default(),
            duties: Duties::default(),
            until,
        }
    }

    /// The kinds of terms in use: that of the scope, and of each limit and duty.
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
            (duties.notify, TermKind::Notify),
            (duties.destroy_within_days.is_some(), TermKind::Destroy),
            (duties.records_years.is_some(), TermKind::Records),
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
    Notify,
    Destroy,
    Records,
}

impl TermKind {
    /// The kind in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::File => "文件",
            Self::Table => "库表范围",
            Self::Interface => "接口范围",
            Self::Count => "使用次数",
            Self::Rate => "使用频率",
            Self::Period => "使用时长",
            Self::Connector => "使用连接器",
            Self::User => "使用者",
            Self::Operation => "使用操作",
            Self::Notify => "使用时通知",
            Self::Destroy => "使用后销毁",
            Self::Records => "使用记录",
        }
    }
}

impl fmt::Display for TermKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file scope",
            Self::Table => "table scope",
            Self::Interface => "interface scope",
            Self::Count => "limit on count",
            Self::Rate => "limit on rate",
            Self::Period => "limit on period",
            Self::Connector => "limit on connectors",
            Self::User => "limit on users",
            Self::Operation => "limit on operations",
            Self::Notify => "duty to notify",
            Self::Destroy => "duty to destroy",
            Self::Records => "duty to keep records",
        })
    }
}

#[cfg(test)]
#[path = "terms_tests.rs"]
mod tests;
