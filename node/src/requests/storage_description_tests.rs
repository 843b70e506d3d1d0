//! Describes a data directory, to compare what later builds read of it.

use chengji_domain::catalogue::statistics::{Dimension, Statistics};
use chengji_follow::copies;
use chengji_records::StoredAutomaticGrants;

use super::directory::{by, own_log, tables};
use super::*;

/// Describes the directory as this build reads it, a fact or record a line.
pub(super) fn described(ledger: &Ledger) -> String {
    let mut lines = contents_of(ledger);
    lines.extend(tables(
        &**ledger.kv(),
        &NOT_WRITTEN,
        by::<CityCode, StoredAutomaticGrants>,
    ));
    lines.join("\n") + "\n"
}

/// Describes all but the tables.
pub(super) fn contents_of(ledger: &Ledger) -> Vec<String> {
    let kv = &**ledger.kv();
    let mut lines = vec![own_log(kv)];
    let mut statistics = Statistics::new(now());
    for record in catalogue::entries::all(kv) {
        let record = record.unwrap();
        let (code, revision) = (&record.entry.code, record.revision);
        let withdrawn = record.withdrawn.is_some();
        lines.push(format!(
            "entry {code} revision {revision}, withdrawn: {withdrawn}"
        ));
        if !withdrawn {
            statistics.count(&record.features());
        }
    }
    for dimension in Dimension::ALL {
        for (value, tally) in statistics.of(*dimension) {
            let (name, value, entries) = (dimension.en(), value.text(), tally.entries);
            lines.push(format!("statistics {name} {value}: {entries} entries"));
        }
    }
    for (code, record) in lifecycles::LIFECYCLES.all().collect(kv).unwrap() {
        let (state, steps, by) = (record.lifecycle.state.en(), record.steps, record.last.by);
        lines.push(format!(
            "lifecycle {code} {state} after {steps} moves by {by}"
        ));
    }
    for (id, record) in request_table::REQUESTS.all().collect(kv).unwrap() {
        let (state, pending) = (record.shown_state(now()).unwrap(), record.pending.len());
        lines.push(format!("request {id} {state}, {pending} pending"));
    }
    let stopped = stops::of(kv, &StopTarget::Entry(entry(1).code)).unwrap();
    lines.push(format!("acts on deliveries: {}", stopped.acts().len()));
    for copy in copies(kv, LogOwner::Coordinator).unwrap() {
        let root = chengji_follow::root(kv, copy.log, copy.number, copy.next).unwrap();
        let (number, next) = (copy.number, copy.next);
        lines.push(format!(
            "coordinator's log copy {number}: {next} entries, root {root}"
        ));
    }
    for entry in quarantine(kv, &Default::default()).unwrap().items {
        lines.push(format!("set aside {} {}", entry.log, entry.seq));
    }
    lines
}
