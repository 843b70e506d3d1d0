//! The facets of published entries: their values in the search index, in calls, and for people.

use chengji_domain::catalogue::freshness::Freshness;
use chengji_domain::catalogue::{
    AdministrativeLevel, EntryRecord, Facet, FormatKind, Openness, ShareClass, ShareManner,
    UpdateCycle,
};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{
    format_kind_to, level_to, share_class_to, share_manner_to, update_cycle_to,
};
use chengji_proto::v1;
use chengji_search::{self as search, Source};
use jiff::{SignedDuration, Timestamp};

/// Digits of a theme: one of the class and two of the group.
const THEME: usize = 3;

/// The number of a value of a vocabulary: that of the contract.
macro_rules! number {
    ($to:ident, $value:expr) => {
        u32::try_from(i32::from($to($value))).unwrap_or_default()
    };
}

/// A value of a vocabulary with this number, in English and for people.
macro_rules! named {
    ($all:ident, $to:ident, $number:expr) => {
        $all::ALL
            .iter()
            .find(|value| number!($to, **value) == $number)
            .map(|value| (value.en().to_owned(), value.label()))
    };
}

/// Returns the values of an entry, without city and freshness.
pub fn values(record: &EntryRecord) -> Vec<(Facet, u32)> {
    let entry = &record.entry;
    let mut values = vec![
        (Facet::Class, number!(share_class_to, entry.share_class())),
        (Facet::Cycle, number!(update_cycle_to, entry.update_cycle)),
        (Facet::Level, number!(level_to, entry.level)),
        (Facet::Open, u32::from(entry.opening.is_some())),
    ];
    let manner = entry.share_manner();
    values.extend(manner.map(|manner| (Facet::Manner, number!(share_manner_to, manner))));
    let formats = entry.formats.iter();
    values.extend(formats.map(|format| (Facet::Format, number!(format_kind_to, format.kind))));
    let digits = entry.classification.digits();
    let theme = digits.get(..THEME).and_then(|digits| digits.parse().ok());
    values.extend(theme.map(|theme| (Facet::Theme, theme)));
    values
}

/// Returns the source of an entry, from which its freshness follows: a measurement is valid as long as in the sharing
/// rate.
pub fn source(record: &EntryRecord) -> Source {
    let Some(mount) = &record.mount else {
        return Source::Unmounted;
    };
    let Some(measurement) = &mount.measurement else {
        return Source::NeverMeasured;
    };
    let days = i64::from(record.entry.update_cycle.days());
    let until = (measurement.at).checked_add(SignedDuration::from_hours(24 * days));
    Source::MeasuredUntil(until.unwrap_or(Timestamp::MAX).as_second())
}

/// Parses a value of a facet.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if it has no such value.
pub fn parse(facet: Facet, text: &str) -> Result<u32> {
    let text = text.trim();
    let parsed = match facet {
        Facet::City => text.parse().ok().map(CityCode::number),
        Facet::Class => ShareClass::from_term(text).map(|value| number!(share_class_to, value)),
        Facet::Manner => ShareManner::from_term(text).map(|value| number!(share_manner_to, value)),
        Facet::Format => FormatKind::from_term(text).map(|value| number!(format_kind_to, value)),
        Facet::Cycle => UpdateCycle::from_term(text).map(|value| number!(update_cycle_to, value)),
        Facet::Level => AdministrativeLevel::from_term(text).map(|value| number!(level_to, value)),
        Facet::Theme => theme(text),
        Facet::Open => Openness::from_term(text).map(|open| u32::from(open.0)),
        Facet::Freshness => Freshness::from_term(text)
            .and_then(of_index)
            .map(|value| value as u32),
    };
    parsed.ok_or_else(|| {
        let facet = facet.label();
        let message = msg::FacetValueUnknown { facet, value: text };
        Error::new(ErrorCode::InvalidArgument, message)
    })
}

/// Returns a value of a facet as calls have it, and for people; `None` for one that no entry has.
pub fn named(facet: Facet, number: u32) -> Option<(String, Message)> {
    match facet {
        Facet::City => CityCode::from_number(number)
            .ok()
            .map(|city| plain(city.to_string())),
        Facet::Class => named!(ShareClass, share_class_to, number),
        Facet::Manner => named!(ShareManner, share_manner_to, number),
        Facet::Format => named!(FormatKind, format_kind_to, number),
        Facet::Cycle => named!(UpdateCycle, update_cycle_to, number),
        Facet::Level => named!(AdministrativeLevel, level_to, number),
        Facet::Theme => Some(plain(format!("{}/{:02}", number / 100, number % 100))),
        Facet::Open if number == 0 => Some(("no".to_owned(), msg::No.into())),
        Facet::Open => Some(("yes".to_owned(), msg::Yes.into())),
        Facet::Freshness => {
            let mut all = Freshness::ALL.iter();
            let value =
                all.find(|value| of_index(**value).map(|value| value as u32) == Some(number));
            value.map(|value| (value.en().to_owned(), value.label()))
        }
    }
}

/// Converts a facet of a call.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if none is named.
pub fn facet_from(wire: v1::Facet) -> Result<Facet> {
    let facet = Facet::ALL.iter().find(|facet| facet_to(**facet) == wire);
    let missing = || Error::new(ErrorCode::InvalidArgument, msg::FacetMissing);
    facet.copied().ok_or_else(missing)
}

/// Converts a facet to the wire.
pub fn facet_to(facet: Facet) -> v1::Facet {
    match facet {
        Facet::City => v1::Facet::City,
        Facet::Class => v1::Facet::Class,
        Facet::Manner => v1::Facet::Manner,
        Facet::Format => v1::Facet::Format,
        Facet::Cycle => v1::Facet::Cycle,
        Facet::Level => v1::Facet::Level,
        Facet::Theme => v1::Facet::Theme,
        Facet::Open => v1::Facet::Open,
        Facet::Freshness => v1::Facet::Freshness,
    }
}

fn plain(text: String) -> (String, Message) {
    let label = msg::Text { text: &text }.into();
    (text, label)
}

/// The number of a theme such as `3/07`.
fn theme(text: &str) -> Option<u32> {
    let (class, group) = text.split_once('/')?;
    let digits =
        |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    let is_theme = digits(class, 1) && digits(group, 2);
    is_theme
        .then(|| format!("{class}{group}").parse().ok())
        .flatten()
}

/// Converts a freshness to the one in the index, which has only the last measurement of an entry; `None` for those that
/// it cannot distinguish.
fn of_index(freshness: Freshness) -> Option<search::Freshness> {
    match freshness {
        Freshness::Unmounted => Some(search::Freshness::Unmounted),
        Freshness::NeverMeasured => Some(search::Freshness::NeverMeasured),
        Freshness::Stale => Some(search::Freshness::Stale),
        Freshness::Fresh => Some(search::Freshness::Fresh),
        Freshness::Gone | Freshness::Contradicted => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_parsed_as_it_is_named_and_in_chinese() {
        for (facet, text, number) in [
            (Facet::City, "430100", 430_100),
            (Facet::Class, "conditional", 2),
            (Facet::Class, "有条件共享", 2),
            (Facet::Class, "3", 3),
            (Facet::Manner, "接口", 3),
            (Facet::Format, "数据库", 3),
            (Facet::Cycle, "monthly", 4),
            (Facet::Level, "municipal", 2),
            (Facet::Theme, "3/07", 307),
            (Facet::Open, "yes", 1),
            (Facet::Open, "否", 0),
            (Facet::Freshness, "never-measured", 2),
        ] {
            assert_eq!(parse(facet, text), Ok(number), "{text}");
            let (named, _) = named(facet, number).unwrap();
            assert_eq!(parse(facet, &named), Ok(number), "{named}");
        }
        for (facet, text) in [
            (Facet::City, "43"),
            (Facet::Class, "4"),
            (Facet::Theme, "3/7"),
            (Facet::Theme, "307"),
            (Facet::Freshness, "gone"),
            (Facet::Open, "perhaps"),
        ] {
            let error = parse(facet, text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn facets_are_read_from_the_wire_as_they_were_written() {
        for facet in Facet::ALL {
            assert_eq!(facet_from(facet_to(*facet)), Ok(*facet));
        }
        assert!(facet_from(v1::Facet::Unspecified).is_err());
    }
}
