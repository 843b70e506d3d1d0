//! Lists of requests: page by page, newest first, filtered by parties and state. A page reads a bounded
//! number of records, independent of their total.

use std::collections::BTreeSet;

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

use super::indexes::{ATTENTION, LISTS, NewestFirst, REQUESTS};

/// Selects the requests of a list.
#[derive(Clone, Debug, Default)]
struct Filter {
    /// Those in one of these states; all if empty.
    states: BTreeSet<State>,
    /// Requests that this city answers.
    provider: Option<CityCode>,
    /// Requests that this city made.
    consumer: Option<CityCode>,
    /// Requests that need attention at this city's node.
    attention: Option<CityCode>,
}

impl Filter {
    /// The filter of a call; `city` is the node's, for requests that need attention there. Errors:
    /// INVALID_ARGUMENT.
    fn read(request: &v1::ListRequestsRequest, city: Option<CityCode>) -> Result<Self> {
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
            attention: city.filter(|_| request.attention),
        })
    }

    fn admits(&self, record: &RequestRecord, now: Timestamp) -> Result<bool> {
        let history = &record.history;
        let of_parties = self.provider.is_none_or(|city| city == history.provider())
            && self.consumer.is_none_or(|city| city == history.consumer());
        let attention = |city| !record.attention(city).is_empty();
        Ok(of_parties
            && self.attention.is_none_or(attention)
            && (self.states.is_empty() || self.states.contains(&record.shown_state(now)?)))
    }

    /// Request numbers that may match, newest first, after a place; the records decide.
    fn numbers<'v>(
        &self,
        view: &'v (impl View + ?Sized),
        pager: &Pager<NewestFirst>,
    ) -> Box<dyn Iterator<Item = Result<(NewestFirst, RequestId)>> + 'v> {
        if let Some(city) = self.attention {
            let span = ATTENTION.within(&(city,), pager.bounds());
            let merged = Merged::new(view, [span], pager.at_once(), |(_, order), _| *order);
            return Box::new(merged.map(|row| row.map(|((_, order), id)| (order, id))));
        }
        let spans = self.numbered_states().into_iter().map(|state| {
            let narrowed = (self.consumer, self.provider, state);
            LISTS.within(&narrowed, pager.bounds())
        });
        let merged = Merged::new(view, spans, pager.at_once(), |(.., order), _| *order);
        Box::new(merged.map(|row| row.map(|((.., order), id)| (order, id))))
    }

    fn page(
        &self,
        view: &(impl View + ?Sized),
        (pager, numbers): (
            &Pager<NewestFirst>,
            impl Iterator<Item = Result<(NewestFirst, RequestId)>>,
        ),
        now: Timestamp,
        reader: Option<CityCode>,
    ) -> Result<Page<v1::Request>> {
        pager.fill(numbers, |_, id| {
            // One that has gone since is passed over.
            match REQUESTS.get(view, &id)? {
                Some(record) if self.admits(&record, now)? => {
                    let at = now;
                    let proposals = Vec::new();
                    let view = RequestView {
                        record,
                        at,
                        reader,
                        proposals,
                    };
                    request_to(&view).map(Some)
                }
                _ => Ok(None),
            }
        })
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

/// A page of requests, newest first, as the city `reader` sees them: at most `size` of those after
/// `after`, and as many as one answer holds. A page may be short, or empty, and name a next one.
pub fn page(
    view: &(impl View + ?Sized),
    request: &v1::ListRequestsRequest,
    now: Timestamp,
    reader: Option<CityCode>,
) -> Result<Page<v1::Request>> {
    let (filter, pager) = (Filter::read(request, reader)?, Pager::of(request)?);
    let numbers = filter.numbers(view, &pager);
    filter.page(view, (&pager, numbers), now, reader)
}

/// A page as of [`page`], of the requests that `numbers` lists in the same order, from the place of the pager on.
///
/// # Errors
///
/// As of [`page`], and those of `numbers`.
pub fn page_among<'v, V: View + ?Sized>(
    view: &'v V,
    request: &v1::ListRequestsRequest,
    (now, reader): (Timestamp, Option<CityCode>),
    numbers: impl FnOnce(
        &Pager<NewestFirst>,
    ) -> Box<dyn Iterator<Item = Result<(NewestFirst, RequestId)>> + 'v>,
) -> Result<Page<v1::Request>> {
    let (filter, pager) = (Filter::read(request, reader)?, Pager::of(request)?);
    let numbers = numbers(&pager);
    filter.page(view, (&pager, numbers), now, reader)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
