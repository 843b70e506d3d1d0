//! Lists of requests: page by page, newest first, narrowed by parties and state. A page reads no more
//! than a bounded number of records, however many there are.

use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};

use chengji_domain::request::{RequestId, State};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_proto::convert::{self, RequestRecord, state_from};
use chengji_proto::page::Room;
use chengji_proto::v1;
use chengji_store::View;
use jiff::Timestamp;

use super::table::{ATTENTION, LISTS, NewestFirst, REQUESTS, state_number};

/// Records that one page looks at, wanted or not: of the grants that are searched for those in force,
/// most may have ended.
const MAX_EXAMINED: usize = 2_000;
/// Keys of an index read at once, at most.
const AT_ONCE: usize = 128;

/// Where a request is among the others, in the order of their submission.
pub type Place = (Timestamp, RequestId);

/// Which requests a list has.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those in one of these states; all if empty.
    pub states: BTreeSet<State>,
    /// Those this city answers.
    pub provider: Option<CityCode>,
    /// Those this city made.
    pub consumer: Option<CityCode>,
    /// Those that ask for attention at this city's node.
    pub attention: Option<CityCode>,
}

impl Filter {
    /// The filter of a call, for what asks for attention at the node of this city. Errors:
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

    /// The parts of the index in which everything wanted is.
    fn parts(&self) -> Vec<Part> {
        if let Some(city) = self.attention {
            return vec![Part::Attention(city)];
        }
        let list = |state| Part::List(self.consumer, self.provider, state);
        if self.states.is_empty() {
            return vec![list(None)];
        }
        let mut states = self.states.clone();
        if states.remove(&State::Lapsed) {
            states.extend([State::Granted, State::Revoked, State::Suspended]);
        }
        let numbers = states.into_iter().map(|state| Some(state_number(state)));
        numbers.map(list).collect()
    }
}

/// A page of requests, newest first, as the city `reader` sees them: of those after `after` at most
/// `size`, and as many as one answer holds. A page may be short, or empty, and name a next one.
pub fn page(
    view: &(impl View + ?Sized),
    filter: &Filter,
    (after, size): (Option<Place>, usize),
    now: Timestamp,
    reader: Option<CityCode>,
) -> Result<v1::ListRequestsResponse> {
    let at_once = size.saturating_add(1).min(AT_ONCE);
    let source = |part| Source::new(view, part, after, at_once);
    let mut sources: Vec<_> = filter.parts().into_iter().map(source).collect();
    let mut page = v1::ListRequestsResponse::default();
    let mut room = Room::of_page();
    let mut passed = None;
    for _ in 0..MAX_EXAMINED {
        let Some((_, id)) = next_of(&mut sources)? else {
            return Ok(page);
        };
        // One that has gone since is passed over.
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

/// The newest place that any of the sources has left.
fn next_of<V: View + ?Sized>(sources: &mut [Source<'_, V>]) -> Result<Option<Place>> {
    let mut newest: Option<(Place, usize)> = None;
    for (number, source) in sources.iter_mut().enumerate() {
        let place = source.peek()?.map(|place| (place, number));
        newest = newest.max(place);
    }
    Ok(newest.map(|(place, number)| {
        sources[number].found.pop_front();
        place
    }))
}

/// A part of an index.
#[derive(Clone, Copy)]
enum Part {
    /// Consumer, provider and state, each or none.
    List(Option<CityCode>, Option<CityCode>, Option<u32>),
    /// The city at whose node requests ask for attention.
    Attention(CityCode),
}

/// Reads a part of an index, some keys at a time.
struct Source<'v, V: ?Sized> {
    view: &'v V,
    part: Part,
    at_once: usize,
    found: VecDeque<Place>,
    /// The last place read.
    after: Option<Place>,
    is_read: bool,
}

impl<'v, V: View + ?Sized> Source<'v, V> {
    fn new(view: &'v V, part: Part, after: Option<Place>, at_once: usize) -> Self {
        Self {
            view,
            part,
            at_once,
            found: VecDeque::new(),
            after,
            is_read: false,
        }
    }

    fn peek(&mut self) -> Result<Option<Place>> {
        if self.found.is_empty() && !self.is_read {
            let (places, is_read) = self.read()?;
            self.after = places.last().copied().or(self.after);
            (self.found, self.is_read) = (places.into(), is_read);
        }
        Ok(self.found.front().copied())
    }

    /// The next places, and whether they are the last.
    fn read(&self) -> Result<(Vec<Place>, bool)> {
        let view = self.view;
        match self.part {
            Part::List(consumer, provider, state) => {
                let mut span = LISTS.under(&(consumer, provider, state));
                if let Some((at, id)) = self.after {
                    span = span.after(&(consumer, provider, state, newest(at, id)), &id);
                }
                let page = span.keys(view, self.at_once)?;
                let places = page
                    .rows
                    .into_iter()
                    .map(|((.., order), _)| place_of(order));
                Ok((places.collect(), page.rest.is_none()))
            }
            Part::Attention(city) => {
                let mut span = ATTENTION.under(&(city,));
                if let Some((at, id)) = self.after {
                    span = span.after(&(city, newest(at, id)), &id);
                }
                let page = span.keys(view, self.at_once)?;
                let places = page.rows.into_iter().map(|((_, order), _)| place_of(order));
                Ok((places.collect(), page.rest.is_none()))
            }
        }
    }
}

fn newest(at: Timestamp, id: RequestId) -> NewestFirst {
    (Reverse(at), Reverse(id))
}

fn place_of((Reverse(at), Reverse(id)): NewestFirst) -> Place {
    (at, id)
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
