//! The part of a table that a grant permits to read.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::condition::{Condition, Literal};
use crate::digest::Digest;

/// The part of a table that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableScope {
    /// SHA-256 of the names and types of the table's columns when the grant was made. The columns and the
    /// condition refer to this schema only.
    pub schema: Digest,
    /// The columns that may be read, each with its mask; `None` for unmasked ones.
    pub columns: BTreeMap<String, Option<Mask>>,
    /// The condition of rows that may be read; `None` for all rows.
    pub condition: Option<Condition>,
    /// Maximum number of rows of one read; `None` if unlimited.
    pub row_limit: Option<u64>,
    /// The column by which each read returns only rows new since the last one; `None` if each read returns
    /// all rows.
    pub increment: Option<String>,
}

impl TableScope {
    /// Returns true if this column may be read without a mask.
    pub(super) fn shows(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(Option::is_none)
    }
}

/// Alteration of a column's values before they leave the provider. NULL stays NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// Replaces every value by NULL.
    Remove,
    /// Keeps this number of characters at the beginning.
    KeepFirst(u32),
    /// Keeps this number of characters at the end.
    KeepLast(u32),
    /// A keyed hash: equal values stay equal within the grant only.
    Hash,
    /// Truncates a date or time to this unit.
    CutDate(DateUnit),
    /// Rounds a number down to a multiple of this.
    RoundDown(NonZeroU64),
    /// Replaces every value by this one.
    Constant(Literal),
}

/// Units that dates are truncated to, coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the unit of that name")]
pub enum DateUnit {
    Year,
    Month,
    Day,
}
