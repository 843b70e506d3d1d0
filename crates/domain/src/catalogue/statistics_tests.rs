use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::catalogue::freshness::History;
use crate::catalogue::{Draft, Entry, Given};
use crate::fact::CityFact;
use crate::rate::{self, Counted};

const CODES: [&str; 2] = ["91350100M000100Y43", "114302000069920125"];

fn now() -> Timestamp {
    "2026-07-01T00:00:00Z".parse().unwrap()
}

fn one<T: Copy + std::fmt::Debug>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn source() -> impl Strategy<Value = Source> {
    let at = |days: i64| now() - (24 * days).hours();
    let history = (0..800_i64, 0..800_i64)
        .prop_map(move |(a, b)| History::begin(at(a.max(b))).with(at(a.min(b)), false));
    prop_oneof![
        Just(Source::Nothing),
        prop::option::of(history).prop_map(Source::There),
    ]
}

prop_compose! {
    fn features()(
        code in prop::sample::select(&CODES[..]),
        provider in "[甲乙]",
        class in one(ShareClass::ALL),
        manner in prop::option::of(one(ShareManner::ALL)),
        level in one(AdministrativeLevel::ALL),
        cycle in one(UpdateCycle::ALL),
        formats in prop::collection::vec(one(FormatKind::ALL), 1..5),
        open in any::<bool>(),
        security_level in 1..=4_u8,
        source in source(),
        rows in 0..1_000_000_u64,
        bytes in any::<u32>(),
    ) -> Features {
        let provider_code = code.parse().unwrap();
        Features {
            provider_code, provider, class, manner, level, cycle, formats, open, security_level,
            source, rows, bytes: bytes.into(),
        }
    }
}

fn of_all(all: &[Features]) -> Statistics {
    let mut statistics = Statistics::new(now());
    for features in all {
        statistics.count(features);
    }
    statistics
}

fn sum(statistics: &Statistics, dimension: Dimension) -> (u64, u64, u64) {
    statistics
        .of(dimension)
        .map(|(_, tally)| (tally.entries, tally.rows, tally.bytes))
        .fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2))
}

proptest! {
    /// Every dimension except formats divides the entries among its values.
    #[test]
    fn the_counts_of_a_dimension_add_up_to_the_total(
        all in prop::collection::vec(features(), 0..40),
    ) {
        let statistics = of_all(&all);
        let Tally { entries, rows, bytes } = statistics.total();
        prop_assert_eq!(entries, all.len() as u64);
        for dimension in Dimension::ALL {
            let sum = sum(&statistics, *dimension);
            if *dimension == Dimension::Format {
                prop_assert!(sum >= (entries, rows, bytes), "{:?}", sum);
                let kinds = all.iter().map(|features| {
                    let mut kinds = features.formats.clone();
                    kinds.sort_unstable();
                    kinds.dedup();
                    kinds.len() as u64
                });
                prop_assert_eq!(sum.0, kinds.sum::<u64>());
            } else {
                prop_assert_eq!(sum, (entries, rows, bytes), "{:?}", dimension);
            }
        }
    }

    /// Every value is read back from its text and name.
    #[test]
    fn values_read_back(features in features()) {
        for value in features.values() {
            let name = value.name().to_owned();
            prop_assert_eq!(Value::read(value.dimension(), &value.text(), name), Some(value));
        }
    }

    /// The order in which entries are counted does not matter.
    #[test]
    fn order_makes_no_difference(all in prop::collection::vec(features(), 0..20)) {
        let backwards: Vec<Features> = all.iter().rev().cloned().collect();
        let (one, other) = (of_all(&all), of_all(&backwards));
        prop_assert_eq!(one.total(), other.total());
        prop_assert_eq!(one.tallies, other.tallies);
    }
}

#[test]
fn percentages_have_two_decimals_and_nothing_has_none() {
    let mut statistics = Statistics::new(now());
    assert_eq!(statistics.percent(Tally::default()), "n/a");
    statistics.total.entries = 3;
    let two = Tally {
        entries: 2,
        ..Tally::default()
    };
    assert_eq!(statistics.percent(two), "66.67");
    assert_eq!(statistics.percent(statistics.total()), "100.00");
}

/// For one catalogue, statistics, the rate and the duty used by catalogue status count the same
/// entries as unmounted; the rate leaves out exactly those that are not municipal.
#[test]
fn every_count_of_what_is_unmounted_has_one_base() {
    let city = "430100".parse().unwrap();
    let mut statistics = Statistics::new(now());
    let mut fold = rate::Fold::new(now());
    let (mut serial, mut by_duty) = (0, BTreeMap::<Duty, u64>::new());
    for class in ShareClass::ALL {
        for level in AdministrativeLevel::ALL {
            for mounted in [false, true, false] {
                serial += 1;
                let entry = entry(serial, *class, *level);
                if !mounted {
                    *by_duty.entry(Duty::of(*class, *level)).or_default() += 1;
                }
                statistics.count(&features_of(&entry, mounted));
                let code = entry.code.clone();
                let published = CityFact::Published {
                    entry: Box::new(entry),
                    revision: 1,
                };
                let published = Counted::of(&published).unwrap();
                fold.apply(city, u64::from(serial), now(), published);
                if mounted {
                    fold.apply(city, u64::from(serial), now(), Counted::Mounted(code));
                }
            }
        }
    }
    let to_be_shared: u64 = by_duty
        .iter()
        .filter(|(duty, _)| duty.is_to_be_shared())
        .map(|(_, count)| count)
        .sum();
    let count = |freshness| {
        let value = Value::Freshness(freshness);
        let mut found = statistics.of(Dimension::Freshness);
        found
            .find(|(of, _)| **of == value)
            .map(|(_, tally)| tally.entries)
    };
    assert_eq!(count(Some(Freshness::Unmounted)), Some(to_be_shared));
    assert_eq!(count(None), Some(12), "all of class 3, mounted or not");
    let evidence = fold.city(city).unwrap().evidence(None);
    let not_mounted = evidence.filter(|e| e.contribution == rate::Contribution::NotMounted);
    assert_eq!(not_mounted.count() as u64, by_duty[&Duty::Counted]);
    assert_eq!((to_be_shared, by_duty[&Duty::Counted]), (16, 4));
}

fn entry(serial: u32, class: ShareClass, level: AdministrativeLevel) -> Entry {
    let is_shared = class != ShareClass::NotShared;
    let draft = Draft {
        code: format!("103001{serial:06}"),
        name: "区划".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: CODES[0].to_owned(),
        summary: "摘要".to_owned(),
        formats: vec![(Given::Known(FormatKind::File), String::new())],
        share_class: Given::Known(class),
        share_condition: match class {
            ShareClass::Unconditional => String::new(),
            ShareClass::Conditional => "仅用于核验".to_owned(),
            ShareClass::NotShared => "《档案法》第一条".to_owned(),
        },
        share_manner: if is_shared {
            Given::Known(ShareManner::File)
        } else {
            Given::Missing
        },
        open: Given::Known(false),
        update_cycle: Given::Known(UpdateCycle::Weekly),
        published_on: "2026-01-01".to_owned(),
        level: Given::Known(level),
        secret: Given::Known(false),
        security_level: Given::Known(1),
        ..Draft::default()
    };
    draft.check().unwrap()
}

fn features_of(entry: &Entry, mounted: bool) -> Features {
    let source = if mounted {
        Source::There(None)
    } else {
        Source::Nothing
    };
    Features {
        provider_code: entry.provider_code,
        provider: entry.provider.clone(),
        class: entry.share_class(),
        manner: None,
        level: entry.level,
        cycle: entry.update_cycle,
        formats: vec![FormatKind::File],
        open: false,
        security_level: 1,
        source,
        rows: 0,
        bytes: 0,
    }
}
