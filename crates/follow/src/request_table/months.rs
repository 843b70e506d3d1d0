//! Requests by month, for reports: the months from the submission to the last move, and those that are still dealt
//! with.
//!
//! A request is among those of a month if it was submitted or moved in it, or was in hand at its beginning. Of those in
//! hand the month is not a key yet: they are found by the month of their last move, which is an earlier one.

use chengji_domain::CityCode;
use chengji_domain::report::{Month, is_in_hand};
use chengji_domain::request::RequestRecord;
use jiff::Timestamp;
use jiff::civil::Date;

/// A party; whether the request is in hand since the last move; the first day of the month of that move, or of a month
/// up to it.
pub type MonthKey = (CityCode, bool, Date);

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
    let mut keys: Vec<(bool, Date)> = months.map(|month| (false, month.first_day())).collect();
    // Before the grant ends by time, so that the keys change only with the record.
    let state = history.state().map(|request| request.state(Timestamp::MIN));
    if state.is_ok_and(is_in_hand) {
        keys.push((true, last.first_day()));
    }
    let of_party = |city: CityCode| {
        let keys = keys.iter();
        keys.map(move |(in_hand, month)| (city, *in_hand, *month))
    };
    parties.into_iter().flat_map(of_party).collect()
}
