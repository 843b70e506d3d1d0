//! The stored lifecycles of entries: the state of each, its revisions, and its moves. Moves are made in
//! [`super::transitions`].

use std::ops::RangeBounds;

use chengji_domain::catalogue::Entry;
use chengji_domain::catalogue::lifecycle::{LifecycleRecord, PastStep, State};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::{Message, msg};
use chengji_records::{
    StoredLifecycle, StoredRevision, StoredStep, entry_act_number, entry_state_number,
};
use chengji_store::{Index, Prefix, Table, View};
use jiff::civil::Date;

use super::entries;

/// Department if any, state, and code.
pub type ListKey = (Option<String>, u32, ResourceCode);

/// Act, department if any, last day, and code.
pub type DueKey = (u32, Option<String>, (Date, ResourceCode));

/// Lifecycles, by code.
pub static LIFECYCLES: Table<ResourceCode, StoredLifecycle> =
    Table::new(Prefix::Lifecycle, &[&LISTS, &PROVISIONAL, &DUE, &REMINDERS]);

/// Entries by state, of each department and of all, in order of code.
pub static LISTS: Index<ListKey, ResourceCode, StoredLifecycle> = Index::new(
    &LIFECYCLES,
    Prefix::LifeList,
    "entries by state",
    |code, record| {
        let state = record.lifecycle.state;
        let departments = [None, Some(record.owner(state).to_string())];
        let key = |department| (department, entry_state_number(state), code.clone());
        departments.into_iter().map(key).collect()
    },
);

/// Entries with a provisional day, which a notice may still move.
pub static PROVISIONAL: Index<(), ResourceCode, StoredLifecycle> = Index::new(
    &LIFECYCLES,
    Prefix::LifecycleProvisional,
    "entries with a provisional day",
    |_, record| record.is_provisional().then_some(()).into_iter().collect(),
);

/// Entries with an act that is due, of each department and of all, by its last day.
pub static DUE: Index<DueKey, ResourceCode, StoredLifecycle> = Index::new(
    &LIFECYCLES,
    Prefix::LifecycleDue,
    "entries by their next deadline",
    |code, record| {
        let Some((act, due)) = record.next_act() else {
            return Vec::new();
        };
        let owner = record.owner(record.lifecycle.state);
        let departments = [None, Some(owner.to_string())].into_iter();
        let place = (due.date, code.clone());
        let key = |department| (entry_act_number(act), department, place.clone());
        departments.map(key).collect()
    },
);

/// Entries with a reminder to come: whether the reminder before the deadline was noted, and the deadline.
pub static REMINDERS: Index<(bool, Date), ResourceCode, StoredLifecycle> = Index::new(
    &LIFECYCLES,
    Prefix::LifecycleReminder,
    "entries with a reminder to come",
    |_, record| record.reminder_to_come().into_iter().collect(),
);

/// Contents of revisions, by code and number. A submitted one never changes; retention may remove it.
pub static REVISIONS: Table<(ResourceCode, u32), StoredRevision> =
    Table::new(Prefix::Revision, &[]);

/// Moves, by code and number.
pub static STEPS: Table<(ResourceCode, u32), StoredStep> = Table::new(Prefix::LifeStep, &[]);

/// Looks up the lifecycle of an entry.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<LifecycleRecord>> {
    LIFECYCLES.get(view, code)
}

/// Returns true if the entry is to be shared no longer, or on stricter terms: it is withdrawn, its withdrawal was
/// requested, or a stricter revision waits for review.
pub fn restricts_shares(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<bool> {
    let restricts = |record: LifecycleRecord| match record.lifecycle.state {
        State::WithdrawalAsked | State::Withdrawn => true,
        State::Submitted => record.last.tightening.is_some(),
        State::Draft | State::Returned | State::TakenBack | State::Published => false,
    };
    Ok(find(view, code)?.is_some_and(restricts))
}

/// Looks up the lifecycle of an entry that must exist.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<LifecycleRecord> {
    find(view, code)?.ok_or_else(|| entries::unknown(code))
}

/// The content of a revision. Errors: NOT_FOUND if there is no such revision, or its content was removed.
pub fn content(view: &(impl View + ?Sized), code: &ResourceCode, revision: u32) -> Result<Entry> {
    if let Some(content) = REVISIONS.get(view, &(code.clone(), revision))? {
        return Ok(content);
    }
    let newest = find(view, code)?.map_or(0, |record| record.lifecycle.newest);
    let code = code.as_str();
    let message: Message = match (1..=newest).contains(&revision) {
        true => msg::RevisionRemoved { code, revision }.into(),
        false => msg::RevisionNotFound { code, revision }.into(),
    };
    Err(Error::new(ErrorCode::NotFound, message))
}

/// Iterates over the moves of an entry in order, with their numbers; reads `at_once` at a time.
pub fn steps<V: View + ?Sized>(
    view: &V,
    code: &ResourceCode,
    bounds: impl RangeBounds<u32>,
    at_once: usize,
) -> impl Iterator<Item = Result<(u32, PastStep)>> {
    let steps = STEPS.within(&(code.clone(),), bounds);
    let rows = steps.rows(view, at_once);
    rows.map(|row| row.map(|((_, number), step)| (number, step)))
}
