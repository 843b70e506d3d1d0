//! Return flows, and the deliveries to lower divisions by month: at the coordinator those of all members, at a node its
//! own and those to it.

use std::cmp::Reverse;
use std::ops::Bound;

use chengji_domain::report::Month;
use chengji_domain::request::RequestId;
use chengji_domain::return_flow::{
    FlowEnd, RecordedFlow, ReturnFlow, ReturnFlowAct, ReturnFlowNote, is_above,
};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_paging::Pager;
use chengji_proto::convert::{city_from, return_flow_state_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::StoredReturnFlow;
use chengji_store::{Index, KeyOnly, KeyValue, Limit, Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::request_table::NewestFirst;

/// Number of records read or removed at once.
const PAGE: usize = 100;

/// The last return flow of each entry, by provider and code.
pub static FLOWS: Table<(CityCode, ResourceCode), StoredReturnFlow> =
    Table::new(Prefix::ReturnFlow, &[&AWAITED, &ENDS]);

/// Running return flows to the own city, under which it has received nothing yet, newest first.
pub static AWAITED: Index<(NewestFirst,), (CityCode, ResourceCode), StoredReturnFlow> = Index::new(
    &FLOWS,
    Prefix::ReturnFlowAwaited,
    "return flows that are awaited",
    |_, recorded| {
        let is_awaited = recorded.is_awaited && recorded.is_running();
        let key = is_awaited.then_some(((Reverse(recorded.at), Reverse(recorded.number)),));
        key.into_iter().collect()
    },
);

/// Return flows by the end of the last one of their entry, of all providers and by provider; those that run are last.
static ENDS: Index<(Option<CityCode>, Timestamp), (CityCode, ResourceCode), StoredReturnFlow> =
    Index::new(
        &FLOWS,
        Prefix::ReturnFlowByEnd,
        "return flows by their end",
        |(provider, _), recorded| {
            let end = recorded.end.as_ref().map_or(Timestamp::MAX, |end| end.at);
            vec![(None, end), (Some(*provider), end)]
        },
    );

/// Deliveries to lower divisions: provider, entry, consumer, and the first day of the month.
static RECEIVED: Table<(CityCode, ResourceCode, CityCode, Date), KeyOnly> =
    Table::new(Prefix::ReturnedInMonth, &[]);

/// Looks up the last return flow of an entry.
///
/// # Errors
///
/// Storage errors.
pub fn find(
    view: &(impl View + ?Sized),
    provider: CityCode,
    code: &ResourceCode,
) -> Result<Option<RecordedFlow>> {
    FLOWS.get(view, &(provider, code.clone()))
}

/// Looks up the running return flow of an entry to this consumer.
///
/// # Errors
///
/// Storage errors.
pub fn serving(
    view: &(impl View + ?Sized),
    (provider, consumer): (CityCode, CityCode),
    code: &ResourceCode,
) -> Result<Option<RecordedFlow>> {
    if !is_above(provider, consumer) {
        return Ok(None);
    }
    let known = find(view, provider, code)?;
    Ok(known.filter(|known| known.serves(consumer)))
}

/// Stores a return flow, in place of an earlier one of its entry, which it lists as such.
///
/// # Errors
///
/// Storage errors.
pub fn put(tx: &mut Tx<'_>, mut recorded: RecordedFlow) -> Result<RecordedFlow> {
    let key = (recorded.provider(), recorded.code.clone());
    let known = FLOWS.get(tx, &key)?;
    if let Some(known) = known.filter(|known| known.number != recorded.number) {
        recorded.earlier = known.into_earlier(recorded.at);
    }
    FLOWS.put(tx, &key, &recorded)?;
    Ok(recorded)
}

/// Applies a note of the coordinator's log: at the coordinator, or at the node of `own`, which stores the return flows
/// of others to it, and its own from its own log.
///
/// # Errors
///
/// Storage errors.
pub fn take(tx: &mut Tx<'_>, note: &ReturnFlowNote, own: Option<CityCode>) -> Result<()> {
    if own == Some(note.provider) {
        return Ok(());
    }
    let actor = note.fact.actor.clone();
    match &note.fact.act {
        ReturnFlowAct::Declare { code, flow } => {
            let is_kept = own.is_none_or(|own| flow.reaches(note.provider, own));
            if !is_kept {
                return Ok(());
            }
            let recorded = declared(tx, note, (code, flow), own)?;
            put(tx, recorded).map(drop)
        }
        ReturnFlowAct::End {
            code,
            reason,
            consultation,
        } => {
            let running = find(tx, note.provider, code)?.filter(RecordedFlow::is_running);
            let Some(mut recorded) = running else {
                return Ok(());
            };
            recorded.end = Some(FlowEnd {
                at: note.at,
                reason: reason.clone(),
                consultation: consultation.clone(),
                actor,
            });
            put(tx, recorded).map(drop)
        }
    }
}

/// The record of a declaration.
fn declared(
    tx: &Tx<'_>,
    note: &ReturnFlowNote,
    (code, flow): (&ResourceCode, &ReturnFlow),
    own: Option<CityCode>,
) -> Result<RecordedFlow> {
    let is_awaited = match own {
        Some(own) => !is_received_since(tx, (note.provider, own), code, note.at)?,
        None => false,
    };
    Ok(RecordedFlow {
        number: RequestId {
            city: note.provider,
            epoch: note.origin.epoch,
            seq: note.origin.seq,
        },
        code: code.clone(),
        flow: flow.clone(),
        actor: note.fact.actor.clone(),
        at: note.at,
        end: None,
        is_awaited,
        earlier: Vec::new(),
    })
}

/// Notes a delivery, if it is one to a lower division.
///
/// # Errors
///
/// Storage errors.
pub fn note_delivery(
    tx: &mut Tx<'_>,
    (provider, consumer): (CityCode, CityCode),
    code: &ResourceCode,
    at: Timestamp,
) -> Result<()> {
    if !is_above(provider, consumer) {
        return Ok(());
    }
    let month = Month::of(at).first_day();
    RECEIVED.put(tx, &(provider, code.clone(), consumer, month), &())?;
    match find(tx, provider, code)? {
        Some(recorded) if recorded.is_awaited => {
            let received = RecordedFlow {
                is_awaited: false,
                ..recorded
            };
            put(tx, received).map(drop)
        }
        Some(_) | None => Ok(()),
    }
}

/// Looks up the awaited return flow at this place of [`AWAITED`].
///
/// # Errors
///
/// Storage errors.
pub fn awaited_at(view: &(impl View + ?Sized), order: NewestFirst) -> Result<Option<RecordedFlow>> {
    let found = AWAITED.under(&(order,)).page(view, Limit::rows(1))?;
    Ok(found.rows.into_iter().next().map(|(_, recorded)| recorded))
}

/// Returns true if the consumer received the entry in the month of `since`, or later.
fn is_received_since(
    view: &(impl View + ?Sized),
    (provider, consumer): (CityCode, CityCode),
    code: &ResourceCode,
    since: Timestamp,
) -> Result<bool> {
    let of = (provider, code.clone(), consumer);
    let since = Month::of(since).first_day();
    Ok(RECEIVED.within(&of, since..).first(view)?.is_some())
}

/// Returns true if the consumer received the entry in this month.
///
/// # Errors
///
/// Storage errors.
pub fn is_received_in(
    view: &(impl View + ?Sized),
    (provider, consumer): (CityCode, CityCode),
    code: &ResourceCode,
    month: Month,
) -> Result<bool> {
    let key = (provider, code.clone(), consumer, month.first_day());
    RECEIVED.contains(view, &key)
}

/// For each return flow that ran in this month, and each of these members that it returned data to, calls `visit` with
/// both and whether the member received the entry in the month: of all return flows, or of those from or to a city. Those
/// of other cities, and those that ended before the month, are not read.
///
/// # Errors
///
/// Storage errors, and those of `visit`.
pub fn each_of_month(
    kv: &dyn KeyValue,
    (of, members): (Option<CityCode>, &[CityCode]),
    month: Month,
    mut visit: impl FnMut(&RecordedFlow, CityCode, bool) -> Result<()>,
) -> Result<()> {
    let providers: Vec<Option<CityCode>> = match of {
        None => vec![None],
        Some(city) => {
            let providers = [Some(city), city.upper()].into_iter();
            providers.filter(Option::is_some).collect()
        }
    };
    let in_month_or_later = (Bound::Excluded(month.before()), Bound::Unbounded);
    for provider in providers {
        let ran = ENDS.within(&(provider,), in_month_or_later);
        for row in ran.rows(kv, PAGE) {
            let (_, _, recorded) = row?;
            let provider = recorded.provider();
            let reached = members.iter().filter(|member| {
                of.is_none_or(|city| city == provider || city == **member)
                    && recorded.ran_between(**member, month.before(), month.end())
            });
            for consumer in reached {
                let parties = (provider, *consumer);
                let is_fetched = is_received_in(kv, parties, &recorded.code, month)?;
                visit(&recorded, *consumer, is_fetched)?;
            }
        }
    }
    Ok(())
}

/// Returns a page of return flows, by provider and code.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed provider and for a cursor of another list; storage errors.
pub fn page(
    kv: &dyn KeyValue,
    asked: &v1::ListReturnFlowsRequest,
) -> Result<Page<v1::ReturnFlowState>> {
    let pager = Pager::<(CityCode, ResourceCode)>::of(asked)?;
    let span = match asked.provider.as_str() {
        "" => FLOWS.range(pager.bounds()),
        provider => {
            let of_provider = FLOWS.under(&(city_from(provider)?,));
            match pager.after() {
                None => of_provider,
                Some(after) => of_provider.after(after),
            }
        }
    };
    pager.fill(span.rows(kv, pager.at_once()), |_, recorded| {
        Ok(Some(return_flow_state_to(&recorded)))
    })
}

/// Deletes the return flows that a node knows from the coordinator's log, which is read anew; returns false while there
/// are more.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>, own: CityCode) -> Result<bool> {
    for others in [
        (Bound::Unbounded, Bound::Excluded(own)),
        (Bound::Excluded(own), Bound::Unbounded),
    ] {
        let some = FLOWS.within(&(), others).keys(tx, PAGE)?;
        for (key, _) in &some.rows {
            FLOWS.delete(tx, key)?;
        }
        if some.rest.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
#[path = "return_flow_table_tests.rs"]
mod tests;
