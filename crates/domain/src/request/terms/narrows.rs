//! The order of grant terms: whether one permits nothing that another does not.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Duties, GrantTerms, InterfaceScope, Limits, Mask, Rate, Scope, TableScope};

/// Whether the terms `a` permit nothing that `b` does not, and ask at least as much of the consumer: a
/// partial order. It decides by form, so `false` says only that this cannot be seen: row conditions narrow
/// by further `AND`s alone, and terms of different kinds or schemas do not compare. Which rows are read shows
/// something of the columns that decide it: what `a` adds there names only columns that `b` shows as they are.
pub fn narrows(a: &GrantTerms, b: &GrantTerms) -> bool {
    a.until <= b.until
        && a.scope.narrows(&b.scope)
        && a.limits.narrows(&b.limits)
        && a.duties.narrows(&b.duties)
}

/// A partial order: reflexive, transitive, and equal where it holds both ways.
trait Narrows {
    fn narrows(&self, other: &Self) -> bool;
}

/// What is absent does not restrict.
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

/// Alternatives: fewer are narrower.
impl<T: Ord> Narrows for BTreeSet<T> {
    fn narrows(&self, other: &Self) -> bool {
        self.is_subset(other)
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

/// The conditions on rows of which each has to be true.
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
    }
}
