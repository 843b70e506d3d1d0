//! Lists of corrections and demands: page by page, newest first, or overdue ones by their deadline. Every page, with
//! any filters, reads a bounded number of records.

use std::ops::Bound;

use chengji_domain::calendar::local_date;
use chengji_domain::matter::{MatterKind, MatterRecord};
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, ResourceRef, Result};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{MatterView, matter_state_from, matter_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::matter_state_number;
use chengji_store::{Merged, View};
use jiff::Timestamp;

use super::{ATTENTION, DUE, ERRORS, LISTS, MATTERS, OverdueOrder};
use crate::request_table::NewestFirst;

/// A page of the matters of a kind that `is_seen` admits, as the city `reader` sees them, or the coordinator.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed city, an unknown state, and a cursor of another list; those of `is_seen`; storage
/// errors.
pub fn page(
    view: &(impl View + ?Sized),
    kind: MatterKind,
    asked: &v1::ListMattersRequest,
    (now, reader): (Timestamp, Option<CityCode>),
    is_seen: impl Fn(&MatterRecord) -> Result<bool>,
) -> Result<Page<v1::Matter>> {
    let (consumer, provider) = (city(&asked.consumer)?, city(&asked.provider)?);
    let state = v1::MatterState::try_from(asked.state).map_err(|_| {
        let message = msg::MatterStateUnknown {
            number: asked.state,
        };
        Error::new(ErrorCode::InvalidArgument, message)
    })?;
    let state = matter_state_from(state);
    let today = local_date(now);
    let item = |id: RequestId| match MATTERS.get(view, &id)? {
        Some(record) => {
            let matter = record.state()?;
            let is_of_parties = consumer.is_none_or(|city| city == record.consumer())
                && provider.is_none_or(|city| Some(city) == record.provider());
            let due = matter.deadline();
            let is_wanted = is_of_parties
                && state.is_none_or(|state| state == matter.state())
                && (!asked.overdue || due.is_some_and(|due| due.date < today))
                && (!asked.attention || record.attention().contains(&reader));
            if !is_wanted || !is_seen(&record)? {
                return Ok(None);
            }
            matter_to(&MatterView { record, at: now }).map(Some)
        }
        // It has gone since.
        None => Ok(None),
    };
    if asked.attention {
        let pager = Pager::<NewestFirst>::of(asked)?;
        let span = ATTENTION.within(&(kind.number(), reader), pager.bounds());
        let merged = Merged::new(view, [span], pager.at_once(), |(.., order), _| *order);
        let rows = merged.map(|row| row.map(|((.., order), id)| (order, id)));
        return pager.fill(rows, |_, id| item(id));
    }
    if asked.overdue {
        let pager = Pager::<OverdueOrder>::of(asked)?;
        let span = DUE.within(&(kind.number(), consumer, provider), pager.bounds());
        let merged = Merged::new(view, [span], pager.at_once(), |(.., order), _| *order);
        let rows = merged.map(|row| row.map(|((.., order), id)| (order, id)));
        let overdue =
            rows.take_while(|row| !row.as_ref().is_ok_and(|((date, _), _)| *date >= today));
        return pager.fill(overdue, |_, id| item(id));
    }
    let pager = Pager::<NewestFirst>::of(asked)?;
    let filters = (
        kind.number(),
        consumer,
        provider,
        state.map(matter_state_number),
    );
    let span = LISTS.within(&filters, pager.bounds());
    let merged = Merged::new(view, [span], pager.at_once(), |(.., order), _| *order);
    let rows = merged.map(|row| row.map(|((.., order), id)| (order, id)));
    pager.fill(rows, |_, id| item(id))
}

/// A page of the entries with corrections that `is_seen` admits, by provider and code.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed city, and for a cursor of another list; those of `is_seen`; storage errors.
pub fn error_counts(
    view: &(impl View + ?Sized),
    asked: &v1::CountErrorsRequest,
    is_seen: impl Fn(&ResourceRef) -> Result<bool>,
) -> Result<Page<v1::EntryErrors>> {
    let provider = city(&asked.provider)?;
    let pager = Pager::<(CityCode, ResourceCode)>::of(asked)?;
    let of_city = |city: CityCode, code: ResourceCode| {
        ERRORS.within(&(city,), (Bound::Excluded(code), Bound::Unbounded))
    };
    let (begun, others) = match (provider, pager.after().cloned()) {
        (None, None) => (None, Some(ERRORS.all())),
        (None, Some((city, code))) => {
            let others = ERRORS.within(&(), (Bound::Excluded(city), Bound::Unbounded));
            (Some(of_city(city, code)), Some(others))
        }
        (Some(city), None) => (Some(ERRORS.under(&(city,))), None),
        (Some(city), Some((_, code))) => (Some(of_city(city, code)), None),
    };
    let spans = [begun, others].into_iter().flatten();
    let rows = spans.flat_map(|span| span.rows(view, pager.at_once()));
    pager.fill(rows, |(city, code), [filed, accepted]| {
        let entry = ResourceRef {
            city: *city,
            code: code.clone(),
        };
        if !is_seen(&entry)? {
            return Ok(None);
        }
        let count = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Some(v1::EntryErrors {
            provider: city.to_string(),
            code: code.to_string(),
            filed: count(filed),
            accepted: count(accepted),
        }))
    })
}

fn city(text: &str) -> Result<Option<CityCode>> {
    match text {
        "" => Ok(None),
        code => code.parse().map(Some),
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
