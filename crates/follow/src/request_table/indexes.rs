//! The table of requests and its indexes.

use std::cmp::Reverse;

use chengji_domain::CityCode;
use chengji_domain::request::{Request, RequestId, RequestRecord};
use chengji_records::{StoredRequest, state_number};
use chengji_store::{Index, Prefix, Table};
use jiff::Timestamp;
use jiff::civil::Date;

/// An index of requests.
pub type RequestIndex<I> = Index<I, RequestId, StoredRequest>;

/// The order of lists: newest first, by the time of submission and the number.
pub type NewestFirst = (Reverse<Timestamp>, Reverse<RequestId>);

/// The filters of a list of requests: consumer, provider and state, each optional; then its order.
pub type ListKey = (Option<CityCode>, Option<CityCode>, Option<u32>, NewestFirst);

/// All requests, by number.
pub static REQUESTS: Table<RequestId, StoredRequest> = Table::new(
    Prefix::Request,
    &[&LISTS, &ATTENTION, &REMINDERS, &BACKDATED],
);

/// Requests in the order of lists, under each combination of filters. The state is the one before a grant
/// ends by time, so that it changes only with the record.
pub static LISTS: RequestIndex<ListKey> = Index::new(
    &REQUESTS,
    Prefix::RequestList,
    "requests by parties and state",
    |_, record| {
        let history = &record.history;
        let state = record.shown_state(Timestamp::MIN).ok().map(state_number);
        let mut keys = Vec::with_capacity(8);
        for consumer in [None, Some(history.consumer())] {
            for provider in [None, Some(history.provider())] {
                keys.push((consumer, provider, None, newest_first(record)));
                let narrowed = |state| (consumer, provider, Some(state), newest_first(record));
                keys.extend(state.map(narrowed));
            }
        }
        keys
    },
);

/// Requests that need attention, by the city of the node concerned.
pub static ATTENTION: RequestIndex<(CityCode, NewestFirst)> = Index::new(
    &REQUESTS,
    Prefix::Attention,
    "requests for attention",
    |_, record| {
        let parties = [record.history.consumer(), record.history.provider()];
        let asked = parties
            .into_iter()
            .filter(|city| !record.attention(*city).is_empty());
        asked.map(|city| (city, newest_first(record))).collect()
    },
);

/// Open deadlines with a pending reminder: whether the reminder before the deadline was sent, and the
/// deadline.
pub static REMINDERS: RequestIndex<(bool, Date)> = Index::new(
    &REQUESTS,
    Prefix::RequestReminder,
    "requests by deadline",
    |_, record| next_reminder(record).into_iter().collect(),
);

/// Requests with a backdated move.
pub static BACKDATED: RequestIndex<()> = Index::new(
    &REQUESTS,
    Prefix::Backdated,
    "backdated requests",
    |_, record| {
        let is_backdated = !record.backdated.is_empty();
        is_backdated.then_some(()).into_iter().collect()
    },
);

fn newest_first(record: &RequestRecord) -> NewestFirst {
    (
        Reverse(record.history.submitted_at),
        Reverse(record.history.id),
    )
}

fn next_reminder(record: &RequestRecord) -> Option<(bool, Date)> {
    let deadline = record
        .history
        .state()
        .ok()
        .as_ref()
        .and_then(Request::deadline)?;
    let is_given = |overdue| {
        let mut given = record.reminders.iter();
        given.any(|reminder| reminder.deadline == deadline && reminder.overdue == overdue)
    };
    (!is_given(true)).then(|| (is_given(false), deadline.date))
}
