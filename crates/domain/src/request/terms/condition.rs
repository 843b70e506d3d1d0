//! Row conditions, as a tree independent of any SQL engine, so that an engine's upgrade does not change the
//! meaning of a grant.
//!
//! A row may be read if its condition is true; false and unknown (a comparison with NULL) are the same. `AND`
//! and `OR` are sets, flat and without repetition, so that conditions that differ in order only are equal.
//! Sizes are bounded: a condition is evaluated for every row.

use std::collections::{BTreeSet, btree_set};
use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// The condition of rows that may be read. Columns are named as in the table's schema.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// `column = value`, or another comparison.
    Compare {
        /// The column.
        column: String,
        /// The comparison.
        comparison: Comparison,
        /// The value.
        value: Literal,
    },
    /// `column IN (values)`.
    In {
        /// The column.
        column: String,
        /// The values.
        values: BTreeSet<Literal>,
    },
    /// `column BETWEEN low AND high`, both included.
    Between {
        /// The column.
        column: String,
        /// The lowest value.
        low: Literal,
        /// The highest value.
        high: Literal,
    },
    /// `column LIKE 'prefix%'`, by code points.
    StartsWith {
        /// The column.
        column: String,
        /// The literal prefix.
        prefix: String,
    },
    /// `column IS NULL`.
    IsNull {
        /// The column.
        column: String,
    },
    /// `AND`; made by [`Condition::all`].
    All(Parts),
    /// `OR`; made by [`Condition::any`].
    Any(Parts),
    /// `NOT`; made by [`Condition::negated`].
    Not(Box<Condition>),
}

/// Two or more conditions under one `AND` or `OR`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Parts(BTreeSet<Condition>);

/// A comparison of a column with a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the comparison of that name")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value in a condition or a mask.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Literal {
    /// A truth value.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A text.
    Text(String),
    /// A date.
    Date(Date),
    /// An instant.
    Time(Timestamp),
}

/// A decimal number of at most 38 digits in its canonical form: no insignificant zeros, a fraction that is
/// not empty, and not an integer of 64 bits, which is [`Literal::Integer`]. The order is that of the text,
/// not of the value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(String);

impl Condition {
    /// Maximum depth of nesting; a condition without nested ones has depth 1.
    pub const MAX_DEPTH: usize = 16;
    /// Maximum number of comparisons, operators and literals of a condition.
    pub const MAX_SIZE: usize = 512;

    /// Combines these with `AND`; `None` if there are none.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(parts) => parts.0,
            other => BTreeSet::from([other]),
        });
        Parts::of(flat, Self::All)
    }

    /// Combines these with `OR`; `None` if there are none.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(parts) => parts.0,
            other => BTreeSet::from([other]),
        });
        Parts::of(flat, Self::Any)
    }

    /// Negates this with `NOT`; two of them cancel.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Returns true if `is_one` accepts every column that it names.
    pub(super) fn names_only(&self, is_one: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Compare { column, .. }
            | Self::In { column, .. }
            | Self::Between { column, .. }
            | Self::StartsWith { column, .. }
            | Self::IsNull { column } => is_one(column),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.names_only(is_one)),
            Self::Not(inner) => inner.names_only(is_one),
        }
    }

    /// Returns the conditions that must all be true.
    pub(super) fn conjuncts(&self) -> BTreeSet<&Self> {
        match self {
            Self::All(parts) => parts.iter().collect(),
            one => BTreeSet::from([one]),
        }
    }

    /// Returns the depth of nesting.
    pub fn depth(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                1 + parts.iter().map(Self::depth).max().unwrap_or_default()
            }
            Self::Not(inner) => 1 + inner.depth(),
            _ => 1,
        }
    }

    /// Returns the number of comparisons, operators and literals in it.
    pub fn size(&self) -> usize {
        match self {
            Self::Compare { .. } | Self::StartsWith { .. } => 2,
            Self::In { values, .. } => 1 + values.len(),
            Self::Between { .. } => 3,
            Self::IsNull { .. } => 1,
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
            Self::Not(inner) => 1 + inner.size(),
        }
    }

    /// Refuses a condition that is too deep or too large. Errors: `LIMIT_EXCEEDED`.
    pub fn check_size(&self) -> Result<()> {
        let (depth, size) = (self.depth(), self.size());
        if depth <= Self::MAX_DEPTH && size <= Self::MAX_SIZE {
            return Ok(());
        }
        let message = msg::ConditionTooLarge {
            depth,
            most_depth: Self::MAX_DEPTH,
            most_size: Self::MAX_SIZE,
            size,
        };
        Err(Error::new(ErrorCode::LimitExceeded, message))
    }
}

impl Parts {
    fn of(
        parts: impl Iterator<Item = Condition>,
        several: fn(Self) -> Condition,
    ) -> Option<Condition> {
        let mut parts: BTreeSet<_> = parts.collect();
        if parts.len() > 1 {
            return Some(several(Self(parts)));
        }
        parts.pop_first()
    }

    /// Returns the parts, in their order.
    pub fn iter(&self) -> btree_set::Iter<'_, Condition> {
        self.0.iter()
    }
}

impl Decimal {
    /// Maximum number of digits of a number, before and after the point.
    const MAX_DIGITS: usize = 38;
}

impl FromStr for Decimal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bare = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match bare.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (bare, None),
        };
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let digits = whole.len() + fraction.map_or(0, str::len);
        let is_canonical = are_digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(|part| are_digits(part) && !part.ends_with('0'))
            && text != "-0"
            && (fraction.is_some() || text.parse::<i64>().is_err())
            && digits <= Self::MAX_DIGITS;
        if is_canonical {
            return Ok(Self(text.to_owned()));
        }
        let message = msg::DecimalMalformed {
            most: Self::MAX_DIGITS,
            text: Quoted(text),
        };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn null(column: &str) -> Condition {
        let column = column.to_owned();
        Condition::IsNull { column }
    }

    #[test]
    fn conditions_that_say_the_same_in_another_order_are_equal() {
        let (a, b, c) = (null("a"), null("b"), null("c"));
        let flat = Condition::all([a.clone(), b.clone(), c.clone()]).unwrap();
        let nested =
            Condition::all([c, Condition::all([b.clone(), a.clone()]).unwrap(), b]).unwrap();
        assert_eq!(nested, flat);
        assert_eq!(nested.depth(), 2);
        assert_eq!(Condition::any([a.clone(), a.clone()]), Some(a.clone()));
        assert_eq!(a.clone().negated().negated(), a);
        assert_eq!(Condition::all([]), None);
        assert_ne!(
            Condition::all([a.clone(), null("b")]),
            Condition::any([a, null("b")])
        );
    }

    #[test]
    fn conditions_are_bounded_in_depth_and_size() {
        let deeper = |inner: Condition, level: usize| {
            let parts = [inner, null("a")];
            let joined = match level % 2 {
                0 => Condition::all(parts),
                _ => Condition::any(parts),
            };
            joined.unwrap()
        };
        let of_depth = |depth| (1..depth).fold(null("b"), deeper);
        let deepest = of_depth(Condition::MAX_DEPTH);
        assert_eq!(deepest.depth(), Condition::MAX_DEPTH);
        assert!(deepest.check_size().is_ok());
        let error = of_depth(Condition::MAX_DEPTH + 1).check_size().unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);

        let of_size = |size: i64| Condition::In {
            column: "a".to_owned(),
            values: (1..size).map(Literal::Integer).collect(),
        };
        let most = i64::try_from(Condition::MAX_SIZE).unwrap();
        assert!(of_size(most).check_size().is_ok());
        assert!(of_size(most + 1).check_size().is_err());
    }

    #[test]
    fn a_decimal_has_one_form() {
        for good in [
            "-12.5",
            "0.001",
            "9223372036854775808",
            "-9223372036854775809",
            &"9".repeat(38),
        ] {
            assert_eq!(good.parse::<Decimal>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "-",
            "-0",
            // Integers of 64 bits have a form of their own.
            "0",
            "7",
            "-5",
            "9223372036854775807",
            "-9223372036854775808",
            "00",
            "01",
            "1.",
            ".5",
            "1.50",
            "+1",
            "1e3",
            "1,5",
            &"9".repeat(39),
        ] {
            assert!(bad.parse::<Decimal>().is_err(), "{bad:?} was accepted");
        }
    }
}
