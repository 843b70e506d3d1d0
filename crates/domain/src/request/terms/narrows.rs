//! The partial order of grant terms by what they permit.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Duties, GrantTerms, InterfaceScope, Limits, Mask, Rate, Scope, TableScope};

/// Returns true if the terms `a` permit nothing that `b` does not, and impose at least the same duties: a
/// partial order. It compares by form, so `false` means only that the relation was not established: row
/// conditions narrow only by further `AND`s, and terms of different kinds or schemas do not compare. The set
/// of rows read reveals something about the columns in its condition: conditions that `a` adds may name only
/// columns that `b` shows unmasked.
pub fn narrows(a: &GrantTerms, b: &GrantTerms) -> bool {
    a.until <= b.until
        && a.scope.narrows(&b.scope)
        && a.limits.narrows(&b.limits)
        && a.duties.narrows(&b.duties)
}

/// A partial order: reflexive, transitive, and antisymmetric.
trait Narrows {
    fn narrows(&self, other: &Self) -> bool;
}

/// An absent limit does not restrict.
impl<T: Narrows> Narrows for Option<T> {
    fn narrows(&self, other: &Self) -> bool {
        match (self, other) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a.narrows(b),
        }
    }
}

impl Narrows for u64 {
    fn narrows(&self, other: &Self) -> bool {
        self <= other
    }
}

impl Narrows for u32 {
    fn narrows(&self, other: &Self) -> bool {
        self <= other
    }
}

/// Words do not compare: only equal ones are known not to be wider.
impl Narrows for String {
    fn narrows(&self, other: &Self) -> bool {
        self == other
    }
}

/// Alternatives: a subset is narrower.
impl<T: Ord> Narrows for BTreeSet<T> {
    fn narrows(&self, other: &Self) -> bool {
        self.is_subset(other)
    }
}

impl Scope {
    /// Returns true if this scope is known to permit nothing that the other does not, as of [`narrows`].
    pub fn is_within(&self, other: &Self) -> bool {
        self.narrows(other)
    }
}

impl Narrows for Scope {
    fn narrows(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File, Self::File) => true,
            (Self::Table(a), Self::Table(b)) => a.narrows(b),
            (Self::Interface(a), Self::Interface(b)) => a.narrows(b),
            (Self::File | Self::Table(_) | Self::Interface(_), _) => false,
        }
    }
}

impl Narrows for TableScope {
    fn narrows(&self, other: &Self) -> bool {
        let mut columns = self.columns.iter();
        let (known, own) = (conjuncts(other), conjuncts(self));
        let mut added = own.difference(&known);
        let increment = match (&self.increment, &other.increment) {
            (Some(column), None) => other.shows(column),
            (own, known) => own == known,
        };
        self.schema == other.schema
            && columns.all(|(name, mask)| other.columns.get(name).is_some_and(|b| mask.narrows(b)))
            && known.is_subset(&own)
            && added.all(|part| part.names_only(&|column| other.shows(column)))
            && self.row_limit.narrows(&other.row_limit)
            && increment
    }
}

/// Returns the row conditions that must all be true.
fn conjuncts(table: &TableScope) -> BTreeSet<&Condition> {
    let condition = table.condition.as_ref();
    condition.map(Condition::conjuncts).unwrap_or_default()
}

impl Narrows for Mask {
    fn narrows(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Remove, _) => true,
            (Self::KeepFirst(a), Self::KeepFirst(b)) | (Self::KeepLast(a), Self::KeepLast(b)) => {
                a <= b
            }
            (Self::CutDate(a), Self::CutDate(b)) => a <= b,
            (Self::RoundDown(a), Self::RoundDown(b)) => a.get() % b.get() == 0,
            (a, b) => a == b,
        }
    }
}

impl Narrows for InterfaceScope {
    fn narrows(&self, other: &Self) -> bool {
        self.operations.is_subset(&other.operations)
            && includes(&self.fixed, &other.fixed)
            && other.removed.is_subset(&self.removed)
    }
}

fn includes(all: &BTreeMap<String, String>, some: &BTreeMap<String, String>) -> bool {
    some.iter()
        .all(|(name, value)| all.get(name) == Some(value))
}

impl Narrows for Limits {
    fn narrows(&self, other: &Self) -> bool {
        self.count.narrows(&other.count)
            && self.rate.narrows(&other.rate)
            && self.period_days.narrows(&other.period_days)
            && self.connectors.narrows(&other.connectors)
            && self.users.narrows(&other.users)
            && self.operations.narrows(&other.operations)
            && self.visible_range.narrows(&other.visible_range)
            && self.usable_range.narrows(&other.usable_range)
    }
}

impl Narrows for Rate {
    fn narrows(&self, other: &Self) -> bool {
        self.count <= other.count && self.seconds >= other.seconds
    }
}

/// More and stricter duties are narrower.
impl Narrows for Duties {
    fn narrows(&self, other: &Self) -> bool {
        let keeps = match (self.records_years, other.records_years) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a >= b,
        };
        (self.notify || !other.notify)
            && self.destroy_within_days.narrows(&other.destroy_within_days)
            && keeps
            && self
                .records_every_months
                .narrows(&other.records_every_months)
    }
}
