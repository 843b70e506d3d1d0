//! The records of corrections and demands, which both programs fold from the logs: their storage, counts and lists. The
//! rules of moves are elsewhere.

mod forgetting;
mod list;
mod of_month;

use std::cmp::Reverse;

use chengji_domain::matter::{Filing, MatterKind, MatterRecord};
use chengji_domain::request::{RequestId, RequestNumber};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_messages::{Value, msg};
use chengji_records::{StoredMatter, matter_state_number};
use chengji_store::{Index, Prefix, Table, Tally, Tx, View};
use jiff::civil::Date;

pub use self::forgetting::forget;
pub use self::list::{error_counts, page};
pub use self::of_month::{each_answer, each_filed};
use crate::request_table::{self, NewestFirst};

/// The filters of a list: kind, consumer, provider and state, each of the last three optional; then its order.
pub type ListKey = (
    u32,
    Option<CityCode>,
    Option<CityCode>,
    Option<u32>,
    NewestFirst,
);

/// The order of lists of overdue matters: the earliest deadline first, then newest first.
pub type OverdueOrder = (Date, NewestFirst);

/// The filters of a list of overdue matters: kind, consumer and provider; then its order.
pub type OverdueKey = (u32, Option<CityCode>, Option<CityCode>, OverdueOrder);

/// An index of matters.
type MatterIndex<I> = Index<I, RequestId, StoredMatter>;

/// All matters, by number.
pub static MATTERS: Table<RequestId, StoredMatter> = Table::new(
    Prefix::Matter,
    &[&LISTS, &DUE, &REMINDERS, &AWAITED, &ATTENTION],
)
.with_tallies(&[&ERRORS, &AWAITED_NUMBERS]);

/// Matters in the order of lists, under each combination of filters; and those that a city answered, by the time of the
/// answer, as lists of kinds of their own.
static LISTS: MatterIndex<ListKey> = Index::new(
    &MATTERS,
    Prefix::MatterList,
    "matters by parties and state",
    |_, record| {
        let state = record.state().ok().map(|matter| matter.state());
        let state = state.map(matter_state_number);
        let mut keys = Vec::with_capacity(8);
        for (consumer, provider) in parties(record) {
            let (kind, order) = (record.kind().number(), newest_first(record));
            keys.push((kind, consumer, provider, None, order));
            keys.extend(state.map(|state| (kind, consumer, provider, Some(state), order)));
        }
        let kind = answered(record.kind());
        keys.extend(record.answers().into_iter().map(|answer| {
            let order = (Reverse(answer.at), Reverse(record.id));
            (kind, None, Some(answer.city), None, order)
        }));
        keys
    },
);

/// Matters with a deadline, under each combination of parties: those before a day are overdue on it.
pub static DUE: MatterIndex<OverdueKey> = Index::new(
    &MATTERS,
    Prefix::MatterDue,
    "matters by deadline",
    |_, record| {
        let Some(deadline) = deadline_of(record) else {
            return Vec::new();
        };
        let key = |(consumer, provider)| {
            let order = (deadline, newest_first(record));
            (record.kind().number(), consumer, provider, order)
        };
        parties(record).into_iter().map(key).collect()
    },
);

/// Matters with a pending reminder: whether the reminder before the deadline was given, and the deadline.
pub static REMINDERS: MatterIndex<(bool, Date)> = Index::new(
    &MATTERS,
    Prefix::MatterReminder,
    "matters by reminder",
    |_, record| {
        let deadline = record.ordered().ok().and_then(|matter| matter.deadline());
        let pending = deadline.filter(|deadline| !record.is_reminded(*deadline, true));
        let key = pending.map(|deadline| (record.is_reminded(deadline, false), deadline.date));
        key.into_iter().collect()
    },
);

/// Demands with an entry that answers them and was not received yet: by consumer, provider and entry.
pub static AWAITED: MatterIndex<(CityCode, CityCode, ResourceCode)> = Index::new(
    &MATTERS,
    Prefix::AwaitedEntry,
    "demands by awaited entry",
    |_, record| awaiting(record).into_iter().collect(),
);

/// Numbers of these demands, by consumer, provider and entry.
pub static AWAITED_NUMBERS: Tally<(CityCode, CityCode, ResourceCode), RequestId, StoredMatter, 1> =
    Tally::new(
        Prefix::AwaitedEntryTally,
        "numbers of demands by awaited entry",
        |_, record| {
            let groups = awaiting(record).into_iter();
            groups.map(|group| (group, [1])).collect()
        },
    );

/// Matters that need attention, by kind and city; `None` for the coordinator.
pub static ATTENTION: MatterIndex<(u32, Option<CityCode>, NewestFirst)> = Index::new(
    &MATTERS,
    Prefix::MatterAttention,
    "matters for attention",
    |_, record| {
        let asked = record.attention().into_iter();
        asked
            .map(|city| (record.kind().number(), city, newest_first(record)))
            .collect()
    },
);

/// Numbers of corrections by provider and entry: of those that the coordinator admitted, and of those whose error the
/// provider admitted.
pub static ERRORS: Tally<(CityCode, ResourceCode), RequestId, StoredMatter, 2> = Tally::new(
    Prefix::CorrectionTally,
    "corrections",
    |_, record: &MatterRecord| match &record.filing {
        Filing::Correction(filing) if record.is_admitted() => {
            let group = (filing.resource.city, filing.resource.code.clone());
            vec![(group, [1, u64::from(record.is_error_admitted())])]
        }
        Filing::Correction(_) | Filing::Demand(_) => Vec::new(),
    },
);

/// The number in keys of the list of answered matters of this kind; pinned.
fn answered(kind: MatterKind) -> u32 {
    match kind {
        MatterKind::Correction => 11,
        MatterKind::Demand => 12,
    }
}

/// The combinations of parties that a record is listed under.
fn parties(record: &MatterRecord) -> Vec<(Option<CityCode>, Option<CityCode>)> {
    let (consumer, provider) = (Some(record.consumer()), record.provider());
    let mut parties = vec![(None, None), (consumer, None)];
    if provider.is_some() {
        parties.extend([(None, provider), (consumer, provider)]);
    }
    parties
}

/// The consumer, provider and entry of a demand whose answer names an entry that was not received yet.
fn awaiting(record: &MatterRecord) -> Option<(CityCode, CityCode, ResourceCode)> {
    let entry = record.awaited()?;
    Some((record.consumer(), entry.city, entry.code.clone()))
}

fn deadline_of(record: &MatterRecord) -> Option<Date> {
    let matter = record.state().ok()?;
    matter.deadline().map(|deadline| deadline.date)
}

fn newest_first(record: &MatterRecord) -> NewestFirst {
    (Reverse(record.filed_at), Reverse(record.id))
}

/// Looks up the record of a matter.
pub fn find(view: &(impl View + ?Sized), id: RequestId) -> Result<Option<MatterRecord>> {
    MATTERS.get(view, &id)
}

/// Looks up the record of a matter; NOT_FOUND if there is none.
pub fn existing(view: &(impl View + ?Sized), id: RequestId) -> Result<MatterRecord> {
    find(view, id)?.ok_or_else(|| unknown(id))
}

/// Looks up a matter of this kind by its number, in full or short.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where the text is no number, or a short one that matches several; `NOT_FOUND` where it matches
/// none of this kind.
pub fn named(view: &(impl View + ?Sized), kind: MatterKind, text: &str) -> Result<MatterRecord> {
    let number: RequestNumber = text.parse()?;
    let id = request_table::resolve_in(&MATTERS, view, number)?;
    let found = id.map(|id| find(view, id)).transpose()?.flatten();
    let found = found.filter(|record| record.kind() == kind);
    found.ok_or_else(|| unknown(number))
}

fn unknown(number: impl Into<Value>) -> Error {
    Error::new(ErrorCode::NotFound, msg::MatterNotFound { number })
}

/// Stores a record.
///
/// # Errors
///
/// `LIMIT_EXCEEDED` where it does not fit in a value.
pub fn put(tx: &mut Tx<'_>, record: &MatterRecord) -> Result<()> {
    MATTERS.put(tx, &record.id, record)
}
