//! The coordinator's own log: appends facts, and looks up those about members, seals and formulas.
//!
//! Entries are dated in the order of their positions, so a time is found by binary search.

use std::cmp::Reverse;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, PoisonError};

use chengji_access::roster::{self, EntryOrigin};
use chengji_domain::calendar::{RecordedRules, local_date};
use chengji_domain::checkpoint::Checkpoint;
use chengji_domain::fact::{ClusterFact, LogEntry, LogOwner, Origin};
use chengji_domain::findings::Finding;
use chengji_domain::membership::Memberships;
use chengji_domain::probe::ProbeRecord;
use chengji_domain::rate::{FormulaAdoption, Formulas, RecordedAdoption, Seal};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Principal, Result};
use chengji_follow::{next_time, probe_table, rule_table};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{cluster_entry_from, cluster_entry_to};
use chengji_records::{StoredAdoption, StoredSealPlace};
use chengji_store::{KeyOnly, KeyValue, Position, Prefix, Table, Tx, View, log};
use jiff::Timestamp;

use crate::arrivals;

/// Positions of the facts that change the membership.
static MEMBERSHIP_FACTS: Table<u64, KeyOnly> = Table::new(Prefix::MembershipFact, &[]);

/// Positions of seals, by month-end.
static SEALS: Table<Timestamp, StoredSealPlace> = Table::new(Prefix::Seal, &[]);

/// Adopted formulas, by position.
static FORMULAS: Table<u64, StoredAdoption> = Table::new(Prefix::FormulaAdoption, &[]);

/// Positions of findings: of all cities, and by city.
static FINDINGS: Table<(Option<CityCode>, Reverse<u64>), KeyOnly> =
    Table::new(Prefix::Finding, &[]);

/// Appends a fact on behalf of this principal, at `at` or the latest recorded time, whichever is later.
pub fn append(
    tx: &mut Tx<'_>,
    at: Timestamp,
    principal: &Principal,
    fact: ClusterFact,
) -> Result<Position> {
    let at = time(tx, at)?;
    let changes_membership = Memberships::is_changed_by(&fact);
    let sealed = match &fact {
        ClusterFact::Sealed(seal) => Some(seal.cut_off),
        _ => None,
    };
    let Position { epoch, seq } = tx.next();
    let entry = LogEntry {
        log: LogOwner::Coordinator,
        epoch,
        seq,
        at,
        principal: principal.clone(),
        fact,
    };
    let position = tx.append(|_| cluster_entry_to(&entry, rand::random()))?;
    let origin = EntryOrigin {
        copy: 0,
        position,
        at,
        now: at,
        is_replayed: false,
    };
    match &entry.fact {
        ClusterFact::RosterSigned(_) => roster::put_in_force(tx, &origin)?,
        other => roster::apply(tx, &origin, other)?,
    };
    keep(tx, position.seq, &entry)?;
    if changes_membership {
        MEMBERSHIP_FACTS.put(tx, &position.seq, &())?;
    }
    if let Some(cut_off) = sealed {
        SEALS.put(tx, &cut_off, &position.seq)?;
    }
    Ok(position)
}

/// Returns the time of an entry that is appended at `at`: that or the latest recorded time, whichever is later.
fn time(tx: &mut Tx<'_>, at: Timestamp) -> Result<Timestamp> {
    arrivals::time(tx, next_time(tx, at)?)
}

/// Records the adoption of a formula, which must be in force later than the entry's date only.
///
/// # Errors
///
/// Those of [`Formulas::check`], and storage errors.
pub fn adopt_formula(
    tx: &mut Tx<'_>,
    at: Timestamp,
    by: &Principal,
    adoption: FormulaAdoption,
) -> Result<RecordedAdoption> {
    let at = time(tx, at)?;
    formulas(tx)?.check(adoption, at)?;
    let fact = ClusterFact::FormulaAdopted(adoption);
    let Position { seq, .. } = append(tx, at, by, fact)?;
    let by = by.clone();
    Ok(RecordedAdoption {
        adoption,
        seq,
        at,
        by,
    })
}

/// Iterates over the adopted formulas with positions within `bounds`, in order; reads `at_once` at a time.
pub fn adoptions(
    kv: &dyn KeyValue,
    bounds: impl RangeBounds<u64>,
    at_once: usize,
) -> impl Iterator<Item = Result<(u64, RecordedAdoption)>> {
    FORMULAS.range(bounds).rows(kv, at_once)
}

/// The formulas that were adopted.
pub fn formulas(view: &(impl View + ?Sized)) -> Result<Formulas> {
    let mut formulas = Formulas::default();
    FORMULAS.all().each(view, |_, recorded| {
        formulas.take(recorded.adoption);
        Ok(())
    })?;
    Ok(formulas)
}

/// Stores what is looked up of findings, formulas, probes and rules.
fn keep(tx: &mut Tx<'_>, seq: u64, entry: &LogEntry<ClusterFact>) -> Result<()> {
    match &entry.fact {
        ClusterFact::FindingEntered(finding) => {
            for of in [None, Some(finding.city)] {
                FINDINGS.put(tx, &(of, Reverse(seq)), &())?;
            }
            Ok(())
        }
        ClusterFact::FormulaAdopted(adoption) => {
            let recorded = RecordedAdoption {
                adoption: *adoption,
                seq,
                at: entry.at,
                by: entry.principal.clone(),
            };
            FORMULAS.put(tx, &seq, &recorded)
        }
        ClusterFact::ProbeOrdered(order) => {
            let record = ProbeRecord {
                number: Origin {
                    epoch: entry.epoch,
                    seq,
                },
                at: entry.at,
                order: (**order).clone(),
                made: None,
            };
            probe_table::take(tx, &record, None)
        }
        ClusterFact::Rules(fact) => {
            let recorded = RecordedRules {
                seq,
                at: entry.at,
                by: entry.principal.clone(),
                fact: (**fact).clone(),
            };
            rule_table::put(tx, &recorded)
        }
        _ => Ok(()),
    }
}

/// The end of the log at this time: the position after the last entry dated up to it.
pub fn position_at(kv: &dyn KeyValue, at: Timestamp) -> Result<Position> {
    let (mut lower, mut upper) = (0, log::head(kv)?.seq);
    let mut epoch = log::epochs(kv)?
        .first()
        .map_or(Epoch::UNKNOWN, |first| first.epoch);
    while lower < upper {
        let middle = lower + (upper - lower) / 2;
        let entry = entry(kv, middle)?;
        if entry.at <= at {
            lower = middle + 1;
            epoch = entry.epoch;
        } else {
            upper = middle;
        }
    }
    Ok(Position { epoch, seq: lower })
}

/// The members according to the entries before this position.
pub fn members_at(kv: &dyn KeyValue, position: u64) -> Result<Memberships> {
    let mut members = Memberships::default();
    MEMBERSHIP_FACTS.range(..position).each(kv, |seq, ()| {
        members.apply(&entry(kv, seq)?.fact);
        Ok(())
    })?;
    Ok(members)
}

/// The members according to all entries, kept up to date: what is known is not read again.
#[derive(Debug, Default)]
pub struct KnownMembers(Mutex<(u64, Arc<Memberships>)>);

impl KnownMembers {
    /// The end of the log, and the members according to the entries before it.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub fn now(&self, kv: &dyn KeyValue) -> Result<(Position, Arc<Memberships>)> {
        // A fact changes the members in one step, so a panic elsewhere cannot corrupt them.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let head = log::head(kv)?;
        let (next, members) = &mut *known;
        MEMBERSHIP_FACTS
            .range(*next..head.seq)
            .each(kv, |seq, ()| {
                Arc::make_mut(members).apply(&entry(kv, seq)?.fact);
                *next = seq + 1;
                Ok(())
            })?;
        *next = head.seq;
        Ok((head, Arc::clone(members)))
    }
}

/// The last signed checkpoint of the log; `None` before the first.
pub fn last_signed(kv: &dyn KeyValue) -> Result<Option<Checkpoint>> {
    let Some(known) = roster::head(kv)?.in_force else {
        return Ok(None);
    };
    let seq = known.position.seq;
    match entry(kv, seq)?.fact {
        ClusterFact::RosterSigned(signed) => signed.checkpoint().map(Some),
        _ => Err(damaged(msg::LogEntryNotCheckpoint { seq })),
    }
}

/// The time of the log's first entry; `None` for an empty log.
pub fn founded(kv: &dyn KeyValue) -> Result<Option<Timestamp>> {
    match log::head(kv)?.seq {
        0 => Ok(None),
        _ => entry(kv, 0).map(|first| Some(first.at)),
    }
}

/// A month's seal as recorded in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedMonth {
    /// The seal.
    pub seal: Seal,
    /// Its position.
    pub position: Position,
    /// The time of sealing.
    pub at: Timestamp,
}

impl SealedMonth {
    /// The month in the cluster's zone, such as `2026-10`.
    pub fn name(&self) -> String {
        let date = local_date(self.seal.cut_off);
        format!("{:04}-{:02}", date.year(), date.month())
    }
}

/// The seal of exactly this cut-off, if there is one.
pub fn seal_of(kv: &dyn KeyValue, cut_off: Timestamp) -> Result<Option<SealedMonth>> {
    let seq = SEALS.get(kv, &cut_off)?;
    seq.map(|seq| sealed_month(kv, seq)).transpose()
}

/// Returns true if this cut-off is sealed, as seen by a transaction.
pub fn is_sealed(view: &(impl View + ?Sized), cut_off: Timestamp) -> Result<bool> {
    SEALS.contains(view, &cut_off)
}

/// The latest seal.
pub fn last_seal(kv: &dyn KeyValue) -> Result<Option<SealedMonth>> {
    let last = SEALS.all().last(kv)?;
    last.map(|(_, seq)| sealed_month(kv, seq)).transpose()
}

/// Iterates over the cut-offs within `bounds`, from the earliest, with the positions of their seals; reads `at_once` at
/// a time.
pub fn seals(
    kv: &dyn KeyValue,
    bounds: impl RangeBounds<Timestamp>,
    at_once: usize,
) -> impl Iterator<Item = Result<(Timestamp, u64)>> {
    SEALS.range(bounds).rows(kv, at_once)
}

/// Reads the seal at a position of the log.
pub fn sealed_month(kv: &dyn KeyValue, seq: u64) -> Result<SealedMonth> {
    let LogEntry {
        epoch, at, fact, ..
    } = entry(kv, seq)?;
    match fact {
        ClusterFact::Sealed(seal) => Ok(SealedMonth {
            seal: *seal,
            position: Position { epoch, seq },
            at,
        }),
        _ => Err(damaged(msg::LogEntryNotSeal { seq })),
    }
}

/// A finding as recorded in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFinding {
    /// The finding.
    pub finding: Finding,
    /// Its position.
    pub seq: u64,
    /// The time of the entry.
    pub at: Timestamp,
    /// The person that entered it.
    pub by: Principal,
}

/// Iterates over the positions of the findings about a city, or about all, within `bounds`, the latest first; reads
/// `at_once` at a time.
pub fn findings(
    kv: &dyn KeyValue,
    city: Option<CityCode>,
    bounds: impl RangeBounds<Reverse<u64>>,
    at_once: usize,
) -> impl Iterator<Item = Result<(Reverse<u64>, ())>> {
    let rows = FINDINGS.within(&(city,), bounds).rows(kv, at_once);
    rows.map(|row| row.map(|((_, seq), ())| (seq, ())))
}

/// Reads the finding at a position of the log.
pub fn finding(kv: &dyn KeyValue, seq: u64) -> Result<RecordedFinding> {
    let LogEntry {
        at,
        principal,
        fact,
        ..
    } = entry(kv, seq)?;
    match fact {
        ClusterFact::FindingEntered(finding) => Ok(RecordedFinding {
            finding,
            seq,
            at,
            by: principal,
        }),
        _ => Err(damaged(msg::LogEntryNotFinding { seq })),
    }
}

fn entry(kv: &dyn KeyValue, seq: u64) -> Result<LogEntry<ClusterFact>> {
    let found = log::entries(kv, seq, 1, usize::MAX)?;
    match found.first() {
        Some((_, entry)) => cluster_entry_from(entry).map_err(|error| {
            let cause = error.message();
            damaged(msg::LogEntryUnreadable { seq, cause })
        }),
        None => Err(damaged(msg::LogEntryMissing { seq })),
    }
}

fn damaged(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
