//! The tally of published entries from which the statistics of the city's own catalogue are made.
//!
//! An entry that is fresh or contradicted becomes stale by the passing of time. The tally therefore also counts
//! entries by the second after which they are stale, and by the longer periods that hold it: the number of those that
//! are stale at a given second is the sum of a bounded number of groups.

use std::borrow::Cow;

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::catalogue::freshness::Freshness;
use chengji_domain::catalogue::statistics::{Dimension, Features, Statistics, Tally, Value};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_records::StoredRecord;
use chengji_store::{self as store, Prefix, View};
use jiff::Timestamp;

/// The lengths of the periods in seconds, shortest first; each divides the next one.
const PERIODS: [u64; 6] = [1, 60, 3_600, 86_400, 32 * 86_400, 1_024 * 86_400];
/// The name of the group of all entries.
const TOTAL: &str = "total";
/// The name of the groups of periods.
const STALE_AFTER: &str = "stale after";
/// Kinds of freshness that end by the passing of time.
const PASSING: [Freshness; 2] = [Freshness::Fresh, Freshness::Contradicted];

/// The name of a dimension or of another kind of group; a value's text; a department's name; the number of the
/// length of a period and of the period; 0 for groups that are no periods.
type Group = (Text, Text, Text, u8, u64);

/// Most texts are among a few that the program knows.
type Text = Cow<'static, str>;

/// The text of groups without one.
const EMPTY: Text = Cow::Borrowed("");
/// Number of groups that are read at once.
const GROUPS_AT_ONCE: usize = 256;

/// Entries, rows and bytes of the published entries that are not withdrawn.
pub static COUNTS: store::Tally<Group, ResourceCode, StoredRecord, 3> = store::Tally::new(
    Prefix::CatalogueTally,
    "published entries by value",
    |_, record| groups(record),
);

fn groups(record: &EntryRecord) -> Vec<(Group, [u64; 3])> {
    if record.withdrawn.is_some() {
        return Vec::new();
    }
    let features = record.features();
    let values = features.values();
    let mut groups = Vec::with_capacity(1 + values.len() + PERIODS.len());
    groups.push((TOTAL.into(), EMPTY, EMPTY, 0, 0));
    for value in values {
        if let Value::Freshness(Some(freshness)) = value {
            groups.extend(periods(freshness, &features));
        }
        groups.push(group(value));
    }
    let numbers = [1, features.rows, features.bytes];
    groups.into_iter().map(|group| (group, numbers)).collect()
}

fn group(value: Value) -> Group {
    let (dimension, text) = (value.dimension().en().into(), value.text());
    let name = match value {
        Value::Department(_, name) => name.into(),
        _ => EMPTY,
    };
    (dimension, text, name, 0, 0)
}

/// The periods of each length that hold the last second before the entry is stale.
fn periods(freshness: Freshness, features: &Features) -> Vec<Group> {
    let Some(until) = features.stale_after() else {
        return Vec::new();
    };
    let (until, freshness) = (second(until), freshness.en());
    let period = |(number, length)| {
        let period = until / length;
        (STALE_AFTER.into(), freshness.into(), EMPTY, number, period)
    };
    (0_u8..).zip(PERIODS).map(period).collect()
}

/// The number of a second since 1970; 0 for earlier ones.
fn second(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}

/// Computes the statistics as of this second.
pub fn counted(view: &(impl View + ?Sized), now: Timestamp) -> Result<Statistics> {
    let at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let mut tallies = Vec::new();
    for dimension in Dimension::ALL {
        let groups = COUNTS.under(&(Text::from(dimension.en()),));
        for row in groups.rows(view, GROUPS_AT_ONCE) {
            let ((_, text, name, ..), numbers) = row?;
            let value =
                Value::read(*dimension, &text, name.into_owned()).ok_or_else(|| unknown(&text))?;
            tallies.push((value, numbers));
        }
    }
    let mut stale = [0; 3];
    for freshness in PASSING {
        let passed = stale_before(view, freshness, second(at))?;
        add(&mut stale, passed);
        let of = Value::Freshness(Some(freshness));
        for (_, numbers) in tallies.iter_mut().filter(|(value, _)| *value == of) {
            for (number, passed) in numbers.iter_mut().zip(passed) {
                *number = number.saturating_sub(passed);
            }
        }
    }
    tallies.push((Value::Freshness(Some(Freshness::Stale)), stale));
    let total = total(view)?;
    let tallies = tallies
        .into_iter()
        .map(|(value, numbers)| (value, tally(numbers)));
    Ok(Statistics::of_tallies(at, tally(total), tallies))
}

/// The numbers of all published entries that are not withdrawn.
fn total(view: &(impl View + ?Sized)) -> Result<[u128; 3]> {
    COUNTS.get(view, &(TOTAL.into(), EMPTY, EMPTY, 0, 0))
}

/// Returns the number of published entries that are not withdrawn.
pub fn published(view: &(impl View + ?Sized)) -> Result<u128> {
    total(view).map(|[entries, ..]| entries)
}

/// The numbers of entries whose last second before they are stale has passed at the begin of this second.
fn stale_before(
    view: &(impl View + ?Sized),
    freshness: Freshness,
    second: u64,
) -> Result<[u128; 3]> {
    let mut sum = [0; 3];
    let longer = PERIODS.into_iter().skip(1).map(Some).chain([None]);
    for ((number, length), longer) in (0_u8..).zip(PERIODS).zip(longer) {
        // Those in earlier periods of the next length are counted there.
        let from = longer.map_or(0, |longer| second / longer * (longer / length));
        let leading: (Text, Text, Text, u8) =
            (STALE_AFTER.into(), freshness.en().into(), EMPTY, number);
        let passed = COUNTS.within(&leading, from..second / length);
        add(&mut sum, passed.sum(view)?);
    }
    Ok(sum)
}

fn add(sum: &mut [u128; 3], numbers: [u128; 3]) {
    for (sum, number) in sum.iter_mut().zip(numbers) {
        *sum += number;
    }
}

/// Numbers beyond 64 bits become the greatest one, as when entries are counted one by one.
fn tally([entries, rows, bytes]: [u128; 3]) -> Tally {
    let number = |number| u64::try_from(number).unwrap_or(u64::MAX);
    Tally {
        entries: number(entries),
        rows: number(rows),
        bytes: number(bytes),
    }
}

fn unknown(value: &str) -> Error {
    let message = msg::StatisticsValueUnknown { value };
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
#[path = "counts_tests.rs"]
mod tests;
