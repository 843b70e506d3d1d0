//! The state of the mounts of the city's entries, as of the last check of the sources. The path of a file, and
//! why it cannot be read, are private to the provider and not disclosed here; why a table cannot be read is, since the
//! errors of sources name tables and columns alone.

use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_domain::catalogue::freshness::{Freshness, History, Observed, Source};
use chengji_domain::catalogue::statistics::Dimension;
use chengji_domain::catalogue::{Duty, EntryRecord, UpdateCycle};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result, Uscc};
use chengji_messages::msg;
use chengji_proto::v1::EntryFreshness;
use chengji_proto::{convert, v1};
use jiff::Timestamp;

use super::Catalogue;
use super::round_times::is_measuring_due;
use super::{entries, mounts};
use crate::succession::records::expanded;

/// Number of entries checked for one message.
const PIECE: usize = 500;

/// A scan over all entries.
#[derive(Clone, Debug)]
pub struct StatusScan {
    department: Option<Uscc>,
    only: Vec<EntryFreshness>,
    after: Option<ResourceCode>,
    counts: v1::FreshnessCounts,
    is_done: bool,
}

impl StatusScan {
    /// Begins at the first entry. Errors: `INVALID_ARGUMENT`.
    pub fn begin(request: &v1::CatalogueStatusRequest) -> Result<Self> {
        let department = match request.department.as_str() {
            "" => None,
            code => Some(code.parse::<Uscc>()?),
        };
        let only: Vec<EntryFreshness> = request.only().collect();
        if only.contains(&EntryFreshness::Unspecified) {
            let message = msg::FilterValueUnknown {
                what: Dimension::Freshness,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self {
            department,
            only,
            after: None,
            counts: v1::FreshnessCounts::default(),
            is_done: false,
        })
    }

    /// Returns true if all entries were checked.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Checks some further entries. Blocks.
    pub fn next(&mut self, catalogue: &Catalogue) -> Result<v1::CatalogueStatusResponse> {
        let now = catalogue.own.now();
        let later = self.after.take().map_or(Bound::Unbounded, Bound::Excluded);
        let kv = catalogue.own.ledger.kv().as_ref();
        // Those that were merged into the department count, too.
        let departments = BTreeSet::from_iter(self.department);
        let departments = expanded(kv, departments)?;
        let rows = entries::rows(kv, (later, Bound::Unbounded), PIECE).take(PIECE);
        let (mut entries, mut looked_at) = (Vec::new(), 0);
        for row in rows {
            let (code, record) = row?;
            looked_at += 1;
            let entry = &record.entry;
            self.after = Some(code);
            let is_own = departments.is_empty() || departments.contains(&entry.provider_code);
            let duty = Duty::of(entry.share_class(), entry.level);
            if record.withdrawn.is_some() || !is_own || !duty.is_to_be_shared() {
                continue;
            }
            let status = status(catalogue, record, now)?;
            count(&mut self.counts, status.freshness(), duty);
            let is_wanted = match self.only.as_slice() {
                [] => status.freshness() != EntryFreshness::Fresh,
                only => only.contains(&status.freshness()),
            };
            entries.extend(is_wanted.then_some(status));
        }
        self.is_done = looked_at < PIECE;
        Ok(v1::CatalogueStatusResponse {
            counts: Some(self.counts),
            entries,
            checked_at: catalogue.mounts_checked.borrow().map(convert::time_to),
        })
    }
}

fn status(catalogue: &Catalogue, record: EntryRecord, now: Timestamp) -> Result<v1::EntryStatus> {
    let entry = record.entry;
    let cycle = entry.update_cycle;
    let source = mounts::mounted(catalogue.own.ledger.kv().as_ref(), &entry.code)?;
    let problem = source.as_ref().and_then(|mount| mount.problem.as_ref());
    let problem = problem.map(convert::problem_to);
    let history = record.mount.as_ref().and_then(|mount| mount.history);
    let waits_until = waits_until(catalogue, (&entry.code, cycle), history, now);
    let found = match (&record.mount, source) {
        (Some(mount), Some(source)) if source.gone_since.is_none() => Source::There(mount.history),
        (Some(_), Some(_)) => Source::Gone,
        _ => Source::Nothing,
    };
    let mut status = v1::EntryStatus {
        code: entry.code.to_string(),
        name: entry.name,
        provider: entry.provider,
        provider_code: entry.provider_code.to_string(),
        update_cycle: convert::update_cycle_to(cycle).into(),
        problem,
        waits_until: waits_until.map(convert::time_to),
        ..v1::EntryStatus::default()
    };
    if let Some(mount) = record.mount {
        let history = mount.history;
        status.file_name = mount.file_name;
        status.measured_at = mount.measurement.map(|last| convert::time_to(last.at));
        status.changed_at = history
            .and_then(|history| history.changed)
            .map(convert::time_to);
        status.changes = history.map_or(0, |history| history.changes);
    }
    let freshness = Freshness::of(cycle, found, now);
    status.set_freshness(convert::freshness_to(freshness));
    if let (Freshness::Contradicted, Source::There(Some(history))) = (freshness, found)
        && let Some(observed) = history.contradicts(cycle)
    {
        status.set_fitting_cycle(convert::update_cycle_to(observed.cycle()));
        match observed {
            Observed::Unchanged { days } => status.unchanged_days = Some(days),
            Observed::Changes { every_days } => status.changes_every_days = Some(every_days),
        }
    }
    Ok(status)
}

/// The begin of the window for which the measurement of a table waits. A person may have measured it since the last
/// check.
fn waits_until(
    catalogue: &Catalogue,
    (code, cycle): (&ResourceCode, UpdateCycle),
    history: Option<History>,
    now: Timestamp,
) -> Option<Timestamp> {
    let until = catalogue.tables_waiting.borrow().get(code).copied()?;
    (until > now && is_measuring_due((code, cycle), history, now)).then_some(until)
}

fn count(counts: &mut v1::FreshnessCounts, freshness: EntryFreshness, duty: Duty) {
    counts.entries += 1;
    if duty == Duty::OtherLevel {
        counts.other_level += 1;
        counts.unmounted_other_level += u64::from(freshness == EntryFreshness::Unmounted);
    }
    *match freshness {
        EntryFreshness::Unmounted => &mut counts.unmounted,
        EntryFreshness::Gone => &mut counts.gone,
        EntryFreshness::NeverMeasured | EntryFreshness::Unspecified => &mut counts.never_measured,
        EntryFreshness::Stale => &mut counts.stale,
        EntryFreshness::Contradicted => &mut counts.contradicted,
        EntryFreshness::Fresh => &mut counts.fresh,
    } += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_counted_once() {
        let mut sum = v1::FreshnessCounts::default();
        for freshness in 1..=6 {
            let freshness = EntryFreshness::try_from(freshness).unwrap();
            count(&mut sum, freshness, Duty::OtherLevel);
        }
        let one = v1::FreshnessCounts {
            entries: 6,
            fresh: 1,
            unmounted: 1,
            gone: 1,
            never_measured: 1,
            stale: 1,
            contradicted: 1,
            other_level: 6,
            unmounted_other_level: 1,
        };
        assert_eq!(sum, one);
    }
}
