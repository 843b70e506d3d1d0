//! Requests that need a person's attention, by their own records and as another city has left the cluster.

use std::cmp::Ordering;
use std::ops::Bound;

use chengji_access::roster;
use chengji_domain::request::{RequestId, RequestRecord, State};
use chengji_domain::{CityCode, Result};
use chengji_follow::request_table::{self, ATTENTION, LISTS, NewestFirst, Shown};
use chengji_proto::convert::request_from;
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::state_number;
use chengji_store::{KeyValue, Merged};
use jiff::Timestamp;

use super::departments;
use crate::caller::Caller;
use crate::own_log::OwnLog;

/// Maximum number of requests for attention that are counted.
pub(crate) const MAX_COUNTED: usize = 1_000;
/// Number of keys read at once to count them.
const AT_ONCE: usize = 256;

/// The states in which a request goes no further once the other city has left. Of those that have ended, the disposal
/// alone may be due.
const HALTED: [State; 9] = [
    State::Submitted,
    State::Routed,
    State::Incomplete,
    State::Supplemented,
    State::Granted,
    State::Suspended,
    State::Revoked,
    State::Disputed,
    State::Referred,
];

/// Numbers in an order.
pub(crate) type Numbers<'n, O> = Box<dyn Iterator<Item = Result<(O, RequestId)>> + 'n>;

/// The numbers of requests that may need attention at this city's node, within these bounds, newest first; the records
/// decide. Of the cities that have left, only the requests in these states are read.
pub(crate) fn numbers<'n>(
    kv: &'n dyn KeyValue,
    (own, departed): (CityCode, &[CityCode]),
    (bounds, at_once): ((Bound<NewestFirst>, Bound<NewestFirst>), usize),
) -> Numbers<'n, NewestFirst> {
    let asking = [ATTENTION.within(&(own,), bounds)];
    let asking = Merged::new(kv, asking, at_once, |(_, order), _| *order);
    let asking = asking.map(|row| row.map(|((_, order), id)| (order, id)));
    let others = departed.iter().filter(|other| **other != own);
    let parties = others.flat_map(|other| [(Some(own), Some(*other)), (Some(*other), Some(own))]);
    let spans = parties.flat_map(|(consumer, provider)| {
        HALTED.map(|state| {
            let narrowed = (consumer, provider, Some(state_number(state)));
            LISTS.within(&narrowed, bounds)
        })
    });
    let spans: Vec<_> = spans.collect();
    // As many keys of all of them as of the other list, or one of each.
    let of_each = at_once / spans.len().max(1);
    let halted = Merged::new(kv, spans, of_each, |(.., order), _| *order);
    let halted = halted.map(|row| row.map(|((.., order), id)| (order, id)));
    in_one_order(Box::new(asking), Box::new(halted))
}

/// Two lists of numbers, each in order, as one; what both contain is in it once.
pub(crate) fn in_one_order<'n, O: Ord + 'n>(
    one: Numbers<'n, O>,
    other: Numbers<'n, O>,
) -> Numbers<'n, O> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    Box::new(std::iter::from_fn(move || {
        let order = match (one.peek(), other.peek()) {
            (Some(Ok(first)), Some(Ok(second))) => first.cmp(second),
            (Some(_), _) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => one.next(),
            Ordering::Equal => {
                other.next();
                one.next()
            }
            Ordering::Greater => other.next(),
        }
    }))
}

/// Number of requests that may need attention at the node of this city, up to [`MAX_COUNTED`].
pub(crate) fn count(kv: &dyn KeyValue, own: CityCode) -> Result<usize> {
    let departed = roster::departed(kv)?;
    let all = (Bound::Unbounded, Bound::Unbounded);
    let numbers = numbers(kv, (own, &departed), (all, AT_ONCE));
    numbers
        .take(MAX_COUNTED)
        .try_fold(0, |count, row| row.map(|_| count + 1))
}

/// Returns the reasons for attention that the record of a request does not show: it goes no further, as the other city
/// has left the cluster.
pub(crate) fn further(
    (own, departed): (CityCode, &[CityCode]),
    record: &RequestRecord,
    at: Timestamp,
) -> Result<Vec<v1::Attention>> {
    let history = &record.history;
    let other = match history.consumer() == own {
        true => history.provider(),
        false => history.consumer(),
    };
    let is_halted = departed.contains(&other) && HALTED.contains(&record.shown_state(at)?);
    Ok(is_halted
        .then_some(v1::Attention::PartyLeft)
        .into_iter()
        .collect())
}

/// A page of the requests that need attention and that the caller sees, newest first.
pub(super) fn page(
    own: &OwnLog,
    kv: &dyn KeyValue,
    (caller, at): (&Caller, Timestamp),
    asked: &v1::ListRequestsRequest,
) -> Result<Page<v1::Request>> {
    let departed = roster::departed(kv)?;
    let shown = Shown {
        at,
        reader: Some(own.city),
        further: &|record| further((own.city, &departed), record, at),
    };
    let mut page = request_table::page_among(kv, asked, shown, |pager| {
        let paged = (pager.bounds(), pager.at_once());
        numbers(kv, (own.city, &departed), paged)
    })?;
    page.items.retain(|item| !item.attention.is_empty());
    if let Some(departments) = caller.rights.departments(at) {
        let mut seen = Vec::with_capacity(page.items.len());
        for item in page.items {
            if departments::concerns(kv, &departments, request_from(&item.id)?)? {
                seen.push(item);
            }
        }
        page.items = seen;
    }
    Ok(page)
}

#[cfg(test)]
#[path = "attention_tests.rs"]
pub(crate) mod tests;
