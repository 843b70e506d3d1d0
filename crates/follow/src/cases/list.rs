//! Lists of requests: page by page, newest first, filtered by parties and state. A page reads a bounded
//! number of records, independent of their total.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_domain::request::{RequestId, RequestRecord, State};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_proto::convert::{self, state_from};
use chengji_proto::page::Room;
use chengji_proto::v1;
use chengji_records::state_number;
use chengji_store::{Merged, View};
use jiff::Timestamp;

use super::table::{ATTENTION, LISTS, NewestFirst, REQUESTS};

/// Maximum number of records that one page examines: most of the grants examined for those in force may
/// have ended.
const MAX_EXAMINED: usize = 2_000;
/// Maximum number of index keys read at once.
const AT_ONCE: usize = 128;

/// The place of a request in the order of submission.
pub type Place = (Timestamp, RequestId);

/// Selects the requests of a list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those in one of these states; all if empty.
    pub states: BTreeSet<State>,
    /// Requests that this city answers.
    pub provider: Option<CityCode>,
    /// Requests that this city made.
    pub consumer: Option<CityCode>,
    /// Requests that need attention at this city's node.
    pub attention: Option<CityCode>,
}

impl Filter {
    /// The filter of a call; `city` is the node's, for requests that need attention there. Errors:
    /// INVALID_ARGUMENT.
    pub fn read(request: &v1::ListRequestsRequest, city: Option<CityCode>) -> Result<Self> {
        let party = |text: &str| match text {
            "" => Ok(None),
            code => code.parse().map(Some),
        };
        let state = |number: &i32| {
            let state = v1::RequestState::try_from(*number)
                .ok()
                .and_then(state_from);
            state.ok_or_else(|| {
                let message = format!("{number} is no state of a request");
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
        let case = &record.case;
        let of_parties = self.provider.is_none_or(|city| city == case.provider())
            && self.consumer.is_none_or(|city| city == case.consumer());
        let attention = |city| !record.attention(city).is_empty();
        Ok(of_parties
            && self.attention.is_none_or(attention)
            && (self.states.is_empty() || self.states.contains(&record.shown_state(now)?)))
    }

    /// Request numbers that may match, newest first, after a place; the records decide.
    fn numbers<'v>(
        &self,
        view: &'v (impl View + ?Sized),
        after: Option<Place>,
        at_once: usize,
    ) -> Box<dyn Iterator<Item = Result<RequestId>> + 'v> {
        if let Some(city) = self.attention {
            let span = match after {
                None => ATTENTION.under(&(city,)),
                Some(place) => ATTENTION.within(&(city,), newest_after(place)),
            };
            let merged = Merged::new(view, [span], at_once, |(_, order), _| *order);
            return Box::new(merged.map(|row| row.map(|(_, id)| id)));
        }
        let spans = self.numbered_states().into_iter().map(|state| {
            let narrowed = (self.consumer, self.provider, state);
            match after {
                None => LISTS.under(&narrowed),
                Some(place) => LISTS.within(&narrowed, newest_after(place)),
            }
        });
        let merged = Merged::new(view, spans, at_once, |(.., order), _| *order);
        Box::new(merged.map(|row| row.map(|(_, id)| id)))
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
    filter: &Filter,
    (after, size): (Option<Place>, usize),
    now: Timestamp,
    reader: Option<CityCode>,
) -> Result<v1::ListRequestsResponse> {
    let mut numbers = filter.numbers(view, after, (size + 1).min(AT_ONCE));
    let mut page = v1::ListRequestsResponse::default();
    let mut room = Room::of_page();
    let mut passed = None;
    for _ in 0..MAX_EXAMINED {
        let Some(id) = numbers.next().transpose()? else {
            return Ok(page);
        };
        // A record removed meanwhile is skipped.
        if let Some(record) = REQUESTS.get(view, &id)?
            && filter.admits(&record, now)?
        {
            let request = convert::view(&record, now, reader)?;
            if page.requests.len() == size || !room.fits(&request) {
                break;
            }
            page.requests.push(request);
        }
        passed = Some(id);
    }
    page.next_page = passed.map_or_else(String::new, |id| id.to_string());
    Ok(page)
}

/// The part of an index after a place.
fn newest_after((at, id): Place) -> (Bound<NewestFirst>, Bound<NewestFirst>) {
    (
        Bound::Excluded((Reverse(at), Reverse(id))),
        Bound::Unbounded,
    )
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
