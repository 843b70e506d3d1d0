//! Requests by month, for reports: the months from the submission to the last move, and those that are still dealt
//! with.
//!
//! A request is among those of a month if it was submitted or moved in it, or was in hand at its beginning. Of those in
//! hand the month is not a key yet: they are found by the month in which their grant ends by time, if one does.

use chengji_domain::CityCode;
use chengji_domain::report::{Month, is_in_hand};
use chengji_domain::request::{Request, RequestRecord};
use jiff::Timestamp;
use jiff::civil::Date;

/// A party; whether the request is in hand since the last move. Of one in hand: the first day of the last month at
/// whose beginning it is, and that of the month of the last move. Else twice that of a month up to the last move.
pub type MonthKey = (CityCode, bool, Date, Date);

/// Maximum number of months up to the last move under which a request is found: ten years.
const MAX_MONTHS: usize = 120;

/// The keys of a record: of the ordered moves alone.
pub(super) fn month_keys(record: &RequestRecord) -> Vec<MonthKey> {
    let history = &record.history;
    let mut parties = vec![history.consumer(), history.provider()];
    parties.dedup();
    let moved = history.steps.iter().map(|step| step.at);
    let last = moved.fold(history.submitted_at, Timestamp::max);
    let (first, last) = (Month::of(history.submitted_at), Month::of(last));
    let back = std::iter::successors(Some(last), |month| month.previous());
    let months = back.take_while(|month| *month >= first).take(MAX_MONTHS);
    let days = months.map(Month::first_day);
    let mut keys: Vec<(bool, Date, Date)> = days.map(|day| (false, day, day)).collect();
    let until = history
        .state()
        .ok()
        .and_then(|request| in_hand_until(&request));
    keys.extend(until.map(|until| (true, until, last.first_day())));
    let of_party = |city: CityCode| {
        let keys = keys.iter();
        keys.map(move |(in_hand, month, last)| (city, *in_hand, *month, *last))
    };
    parties.into_iter().flat_map(of_party).collect()
}

/// The first day of the last month at whose beginning a request is in hand, unless it moves; `None` for one that has
/// ended.
fn in_hand_until(request: &Request) -> Option<Date> {
    // Before a grant ends by time, so that the keys change only with the record.
    if !is_in_hand(request.state(Timestamp::MIN)) {
        return None;
    }
    let grant = request.grant();
    let ending = grant.filter(|_| !is_in_hand(request.state(Timestamp::MAX)));
    let until = ending.map(|grant| Month::of(grant.terms.until).first_day());
    Some(until.unwrap_or(Date::MAX))
}
