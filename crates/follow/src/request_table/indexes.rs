//! The table of requests and its indexes.

use std::cmp::Reverse;

use chengji_domain::findings;
use chengji_domain::request::terms::Scope;
use chengji_domain::request::{Due, RequestHistory, RequestId, RequestRecord};
use chengji_domain::{CityCode, ResourceCode};
use chengji_records::{StoredRequest, state_number};
use chengji_store::{Index, Prefix, Table, Tally};
use jiff::Timestamp;
use jiff::civil::Date;

use super::dues::{act_number, open_dues};
use super::months::{MonthKey, month_keys};

/// An index of requests.
pub type RequestIndex<I> = Index<I, RequestId, StoredRequest>;

/// The order of lists: newest first, by the time of submission and the number.
pub type NewestFirst = (Reverse<Timestamp>, Reverse<RequestId>);

/// The filters of a list of requests: consumer, provider and state, each optional; then its order.
pub type ListKey = (Option<CityCode>, Option<CityCode>, Option<u32>, NewestFirst);

/// The order of lists of overdue requests: the earliest deadline first, then newest first.
pub type OverdueOrder = (Date, NewestFirst);

/// The filters of a list of overdue requests: consumer and provider, each optional; then its order.
pub type OverdueKey = (Option<CityCode>, Option<CityCode>, OverdueOrder);

/// The name of a granted table in queries: schema and table.
pub type GrantedName = (String, String);

/// The consumer and its department, the latter optional; a name of the granted table; then the order of lists.
pub type TableGrantKey = (CityCode, Option<String>, GrantedName, NewestFirst);

/// The schema of granted tables that are named by their requests' numbers.
pub const BY_REQUEST: &str = "request";

/// All requests, by number.
pub static REQUESTS: Table<RequestId, StoredRequest> = Table::new(
    Prefix::Request,
    &[
        &LISTS,
        &ATTENTION,
        &REMINDERS,
        &BACKDATED,
        &DUE,
        &PROVISIONAL,
        &LAPSING,
        &RUNNING,
        &TABLES,
        &UNOPENED,
        &MONTHS,
    ],
)
.with_tallies(&[&ACTS]);

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

/// Due acts with a pending reminder: whether the reminder before the deadline was given, the deadline, and the act.
pub static REMINDERS: RequestIndex<(bool, Date, u32)> = Index::new(
    &REQUESTS,
    Prefix::RequestReminder,
    "requests by deadline",
    |_, record| {
        let dues = open_dues(record).into_iter();
        let pending = dues.filter(|due| !record.is_reminded(due.act, due.deadline, true));
        let key = |due: Due| {
            let given = record.is_reminded(due.act, due.deadline, false);
            (given, due.deadline.date, act_number(due.act))
        };
        pending.map(key).collect()
    },
);

/// Requests with a due act, by its first deadline, under each combination of parties: those before a day are overdue
/// on it.
pub static DUE: RequestIndex<OverdueKey> = Index::new(
    &REQUESTS,
    Prefix::RequestDue,
    "requests by their first deadline",
    |_, record| {
        let dues = open_dues(record);
        let Some(first) = dues.iter().map(|due| due.deadline.date).min() else {
            return Vec::new();
        };
        let mut keys = Vec::with_capacity(4);
        for consumer in [None, Some(record.history.consumer())] {
            for provider in [None, Some(record.history.provider())] {
                keys.push((consumer, provider, (first, newest_first(record))));
            }
        }
        keys
    },
);

/// Requests with a provisional deadline.
pub static PROVISIONAL: RequestIndex<()> = Index::new(
    &REQUESTS,
    Prefix::RequestProvisional,
    "requests with a provisional deadline",
    |_, record| {
        let dues = open_dues(record);
        let is_provisional = dues.iter().any(|due| due.deadline.provisional);
        is_provisional.then_some(()).into_iter().collect()
    },
);

/// Requests with a running grant, by the end of its period, until that is noted.
pub static LAPSING: RequestIndex<(Timestamp,)> = Index::new(
    &REQUESTS,
    Prefix::RequestLapse,
    "requests by the end of the grant",
    |_, record| {
        let state = record.history.state().ok();
        let end = state.and_then(|request| request.lapses_at());
        end.map(|end| (end,)).into_iter().collect()
    },
);

/// Requests with a running grant, by provider, entry, and the end of the period. Those after a time are running at it.
pub static RUNNING: RequestIndex<(CityCode, ResourceCode, Timestamp)> = Index::new(
    &REQUESTS,
    Prefix::RequestsRunning,
    "requests with a running grant by entry",
    |_, record| {
        let resource = &record.history.submission.resource;
        let key = |until| (resource.city, resource.code.clone(), until);
        record.runs_until().map(key).into_iter().collect()
    },
);

/// Requests with a running grant of a table, by the names of the table in queries: its provider and code, and the number
/// of the request; those of all departments of the consumer, and of each.
pub static TABLES: RequestIndex<TableGrantKey> = Index::new(
    &REQUESTS,
    Prefix::TableGrant,
    "requests with a running grant of a table",
    |_, record| {
        if record.runs_until().is_none() || !is_of_table(record) {
            return Vec::new();
        }
        let history = &record.history;
        let resource = &history.submission.resource;
        let names = [
            (resource.city.to_string(), resource.code.as_str().to_owned()),
            (BY_REQUEST.to_owned(), history.id.to_string()),
        ];
        let mut departments = vec![None];
        let department = history.submission.department;
        departments.extend(department.map(|department| Some(department.to_string())));
        let mut keys = Vec::with_capacity(4);
        for department in departments {
            let (consumer, order) = (history.consumer(), newest_first(record));
            let named = names.iter().cloned();
            keys.extend(named.map(|name| (consumer, department.clone(), name, order)));
        }
        keys
    },
);

/// Requests that are not opened, of which something came from the coordinator: a wait for an approval, reminders of it, or
/// a refused move.
pub static UNOPENED: RequestIndex<()> = Index::new(
    &REQUESTS,
    Prefix::RequestUnopened,
    "requests that are not opened",
    |_, record| {
        let is_noted = record.history.steps.is_empty() && !record.is_bare();
        is_noted.then_some(()).into_iter().collect()
    },
);

/// Requests by party and month, for reports.
pub static MONTHS: RequestIndex<MonthKey> = Index::new(
    &REQUESTS,
    Prefix::RequestMonth,
    "requests by month",
    |_, record| month_keys(record),
);

/// Numbers of acts against the rules that the records show, by city and number of the act.
pub static ACTS: Tally<(CityCode, u32), RequestId, StoredRequest, 1> =
    Tally::new(Prefix::ActTally, "acts against the rules", |_, record| {
        let shown = findings::shown_by(record).into_iter();
        shown
            .map(|(city, act, count)| ((city, act.number()), [count]))
            .collect()
    });

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

/// Returns true if the grant is of a table, by the order or by the own moves that are to be ordered.
fn is_of_table(record: &RequestRecord) -> bool {
    let is_table = |history: &RequestHistory| {
        let request = history.state().ok();
        let grant = request.as_ref().and_then(|request| request.grant());
        grant.is_some_and(|grant| matches!(grant.terms.scope, Scope::Table(_)))
    };
    is_table(&record.history) || (!record.pending.is_empty() && is_table(&record.effective()))
}

fn newest_first(record: &RequestRecord) -> NewestFirst {
    (
        Reverse(record.history.submitted_at),
        Reverse(record.history.id),
    )
}
