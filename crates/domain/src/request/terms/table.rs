//! The part of a table that a grant lets be read.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::condition::{Condition, Literal};
use crate::digest::Digest;

/// The part of a table that may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableScope {
    /// SHA-256 of the names and types of the table's columns when the grant was made. The columns and the
    /// condition mean something for this schema alone.
    pub schema: Digest,
    /// The columns that may be read, each with its mask; unmasked where there is none.
    pub columns: BTreeMap<String, Option<Mask>>,
    /// The rows that may be read; absent for all.
    pub condition: Option<Condition>,
    /// The most rows of one read; absent for any number.
    pub row_limit: Option<u64>,
    /// The column by which each read brings only what is new since the last one; absent where each read
    /// brings everything.
    pub increment: Option<String>,
}

impl TableScope {
    /// Whether this column may be read as it is, without a mask.
    pub(super) fn shows(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(Option::is_none)
    }
}

/// How a column's values are altered before they leave the provider. NULL stays NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// Every value is NULL.
    Remove,
    /// The first so many characters are kept.
    KeepFirst(u32),
    /// The last so many characters are kept.
    KeepLast(u32),
    /// A keyed hash: values that are equal stay equal within the grant, and nowhere else.
    Hash,
    /// A date or time is cut to its unit.
    CutDate(DateUnit),
    /// A number is rounded down to a multiple.
    RoundDown(NonZeroU64),
    /// Every value is this one.
    Constant(Literal),
}

/// Units that dates are cut to, coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the unit of that name")]
pub enum DateUnit {
    Year,
    Month,
    Day,
}
