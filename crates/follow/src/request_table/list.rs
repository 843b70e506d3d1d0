//! Lists of requests: page by page, newest first, filtered by parties and state. A page reads a bounded
//! number of records, independent of their total.

use std::collections::BTreeSet;

use chengji_domain::calendar::local_date;
use chengji_domain::request::{RequestId, RequestRecord, State};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{RequestView, request_to, state_from};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::state_number;
use chengji_store::{Merged, View};
use jiff::Timestamp;
use jiff::civil::Date;

use super::dues::has_overdue;
use super::indexes::{DUE, LISTS, NewestFirst, OverdueOrder, REQUESTS};

/// The view of requests in a list.
#[derive(Clone, Copy)]
pub struct Shown<'s> {
    /// The time.
    pub at: Timestamp,
    /// The city whose node shows them; `None` for the coordinator.
    pub reader: Option<CityCode>,
    /// Returns the reasons for attention that are in other records than the request's.
    pub further: &'s dyn Fn(&RequestRecord) -> Result<Vec<v1::Attention>>,
}

impl Shown<'_> {
    /// Shows requests by their own records alone.
    pub fn by_records(at: Timestamp, reader: Option<CityCode>) -> Self {
        Self {
            at,
            reader,
            further: &|_| Ok(Vec::new()),
        }
    }
}

/// Selects the requests of a list.
#[derive(Clone, Debug, Default)]
struct Filter {
    /// Those in one of these states; all if empty.
    states: BTreeSet<State>,
    /// Requests that this city answers.
    provider: Option<CityCode>,
    /// Requests that this city made.
    consumer: Option<CityCode>,
    /// Requests with an act that is overdue on this day.
    overdue: Option<Date>,
}

impl Filter {
    /// The filter of a call. Errors: INVALID_ARGUMENT.
    fn read(request: &v1::ListRequestsRequest, now: Timestamp) -> Result<Self> {
        let party = |text: &str| match text {
            "" => Ok(None),
            code => code.parse().map(Some),
        };
        let state = |number: &i32| {
            let state = v1::RequestState::try_from(*number)
                .ok()
                .and_then(state_from);
            state.ok_or_else(|| {
                let message = msg::RequestStateUnknown { number: *number };
                Error::new(ErrorCode::InvalidArgument, message)
            })
        };
        let states = request.states.iter().map(state).collect::<Result<_>>()?;
        Ok(Self {
            states,
            provider: party(&request.provider)?,
            consumer: party(&request.consumer)?,
            overdue: request.overdue.then(|| local_date(now)),
        })
    }

    fn admits(&self, record: &RequestRecord, now: Timestamp) -> Result<bool> {
        let history = &record.history;
        let of_parties = self.provider.is_none_or(|city| city == history.provider())
            && self.consumer.is_none_or(|city| city == history.consumer());
        if !of_parties {
            return Ok(false);
        }
        if self.states.is_empty() && self.overdue.is_none() {
            return Ok(true);
        }
        let state = record.shown_state(now)?;
        let overdue = |today| has_overdue(record, today, state == State::Lapsed);
        Ok(self.overdue.is_none_or(overdue)
            && (self.states.is_empty() || self.states.contains(&state)))
    }

    /// Request numbers that may match, newest first, after a place; the records decide.
    fn numbers<'v>(
        &self,
        view: &'v (impl View + ?Sized),
        pager: &Pager<NewestFirst>,
    ) -> Box<dyn Iterator<Item = Result<(NewestFirst, RequestId)>> + 'v> {
        let spans = self.numbered_states().into_iter().map(|state| {
            let narrowed = (self.consumer, self.provider, state);
            LISTS.within(&narrowed, pager.bounds())
        });
        let merged = Merged::new(view, spans, pager.at_once(), |(.., order), _| *order);
        Box::new(merged.map(|row| row.map(|((.., order), id)| (order, id))))
    }

    /// Request numbers with an act due before a day, the earliest first, after a place; the records decide.
    fn due_before(
        &self,
        view: &(impl View + ?Sized),
        pager: &Pager<OverdueOrder>,
        day: Date,
    ) -> impl Iterator<Item = Result<(OverdueOrder, RequestId)>> {
        let span = DUE.within(&(self.consumer, self.provider), pager.bounds());
        let merged = Merged::new(view, [span], pager.at_once(), |(.., order), _| *order);
        let rows = merged.map(|row| row.map(|((.., order), id)| (order, id)));
        rows.take_while(move |row| !row.as_ref().is_ok_and(|((date, _), _)| *date >= day))
    }

    /// The request of this number as an item, if the filter admits it. One that has gone since is passed over.
    fn item(
        &self,
        view: &(impl View + ?Sized),
        id: RequestId,
        shown: Shown<'_>,
    ) -> Result<Option<v1::Request>> {
        match REQUESTS.get(view, &id)? {
            Some(record) if self.admits(&record, shown.at)? => {
                let view = RequestView {
                    further: (shown.further)(&record)?,
                    record,
                    at: shown.at,
                    reader: shown.reader,
                    received_at: None,
                    proposals: Vec::new(),
                    fetches_counted: None,
                };
                request_to(&view).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn page(
        &self,
        view: &(impl View + ?Sized),
        (pager, numbers): (
            &Pager<NewestFirst>,
            impl Iterator<Item = Result<(NewestFirst, RequestId)>>,
        ),
        shown: Shown<'_>,
    ) -> Result<Page<v1::Request>> {
        pager.fill(numbers, |_, id| self.item(view, id, shown))
    }

    /// The states as [`LISTS`] encodes them; `None` for all.
    fn numbered_states(&self) -> Vec<Option<u32>> {
        if self.states.is_empty() {
            return vec![None];
        }
        let mut states = self.states.clone();
        if states.remove(&State::Lapsed) {
            states.extend([State::Granted, State::Revoked, State::Suspended]);
        }
        let numbers = states.into_iter().map(state_number);
        numbers.map(Some).collect()
    }
}

/// A page of requests: at most `size` of those after `after`, and as many as one answer
/// holds. Newest first; overdue ones by their first deadline, the earliest first. A page may be short, or empty, and
/// name a next one. Which requests need attention is for the caller, by [`page_among`].
pub fn page(
    view: &(impl View + ?Sized),
    request: &v1::ListRequestsRequest,
    shown: Shown<'_>,
) -> Result<Page<v1::Request>> {
    let filter = Filter::read(request, shown.at)?;
    match filter.overdue {
        Some(_) => overdue_page(view, request, shown, |_| Ok(true)),
        None => {
            let pager = Pager::of(request)?;
            let numbers = filter.numbers(view, &pager);
            filter.page(view, (&pager, numbers), shown)
        }
    }
}

/// A page of the overdue requests that `is_seen` admits, by their first deadline, the earliest first. Reads overdue
/// ones alone.
///
/// # Errors
///
/// As of [`page`], and those of `is_seen`.
pub fn overdue_page(
    view: &(impl View + ?Sized),
    request: &v1::ListRequestsRequest,
    shown: Shown<'_>,
    is_seen: impl Fn(RequestId) -> Result<bool>,
) -> Result<Page<v1::Request>> {
    let (filter, pager) = (Filter::read(request, shown.at)?, Pager::of(request)?);
    let due = filter.due_before(view, &pager, local_date(shown.at));
    pager.fill(due, |_, id| match is_seen(id)? {
        true => filter.item(view, id, shown),
        false => Ok(None),
    })
}

/// A page of the requests that `numbers` lists, newest first, from the place of the pager on.
///
/// # Errors
///
/// As of [`page`], and those of `numbers`.
pub fn page_among<'n, V: View + ?Sized>(
    view: &V,
    request: &v1::ListRequestsRequest,
    shown: Shown<'_>,
    numbers: impl FnOnce(
        &Pager<NewestFirst>,
    ) -> Box<dyn Iterator<Item = Result<(NewestFirst, RequestId)>> + 'n>,
) -> Result<Page<v1::Request>> {
    let (filter, pager) = (Filter::read(request, shown.at)?, Pager::of(request)?);
    let numbers = numbers(&pager);
    filter.page(view, (&pager, numbers), shown)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
