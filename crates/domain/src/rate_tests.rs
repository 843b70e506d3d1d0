//! Properties of the rate: its score, its denominators, and its independence of the order of
//! cities.

use jiff::ToSpan as _;
use proptest::prelude::*;

use super::*;
use crate::Epoch;
use crate::catalogue::{AdministrativeLevel, Draft, Given, ShareManner, UpdateCycle};
use crate::catalogue::{FormatKind, ShareClass as Class};
use crate::digest::Digest;
use crate::fact::{CityFact, Delivery, Measurement};
use crate::request::RequestId;

fn city(n: usize) -> CityCode {
    ["430100", "430200", "430300"][n % 3].parse().unwrap()
}

fn at(hours: i64) -> Timestamp {
    "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + hours.hours()
}

fn entry(serial: usize, class: Class, level: AdministrativeLevel) -> Box<Entry> {
    let shared = class != Class::NotShared;
    let draft = Draft {
        code: format!("103001{serial:06}"),
        name: "区划".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: "91350100M000100Y43".to_owned(),
        summary: "摘要".to_owned(),
        formats: vec![(Given::Known(FormatKind::File), String::new())],
        share_class: Given::Known(class),
        share_condition: match class {
            Class::Unconditional => String::new(),
            Class::Conditional => "仅用于核验".to_owned(),
            Class::NotShared => "《档案法》第一条".to_owned(),
        },
        share_manner: if shared {
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
        declared_rows: Given::Known(10),
        ..Draft::default()
    };
    Box::new(draft.check().unwrap())
}

fn code(serial: usize) -> ResourceCode {
    format!("103001{serial:06}").parse().unwrap()
}

fn measured(serial: usize, content: u8, hours: i64) -> CityFact {
    let digest = Digest([content; 32]);
    let measurement = Measurement {
        bytes: 1_000,
        rows: Some(20),
        digest,
        at: at(hours),
    };
    CityFact::Measured {
        code: code(serial),
        measurement,
    }
}

fn delivery(serial: usize, content: u8, consumer: usize) -> Delivery {
    Delivery {
        request: RequestId {
            city: city(consumer),
            epoch: Epoch::first([1; 8]),
            seq: serial as u64,
        },
        code: code(serial),
        revision: 1,
        bytes: 1_000,
        digest: Digest([content; 32]),
        rows: None,
    }
}

/// The facts about one resource of city 0, read by city 1: each with the city that records it.
fn story() -> Vec<(usize, i64, CityFact)> {
    let municipal = AdministrativeLevel::Municipal;
    let published = CityFact::Published {
        entry: entry(1, Class::Unconditional, municipal),
        revision: 1,
    };
    let mounted = CityFact::Mounted {
        code: code(1),
        file_name: "a.csv".to_owned(),
        is_table: false,
    };
    let sent = CityFact::Delivered {
        delivery: delivery(1, 7, 1),
        consumer: city(1),
        resumed_at: 0,
    };
    let received = CityFact::Received {
        delivery: delivery(1, 7, 1),
        provider: city(0),
    };
    vec![
        (0, 0, published),
        (0, 1, mounted),
        (0, 2, measured(1, 7, 2)),
        (0, 3, sent),
        (1, 4, received),
    ]
}

fn fold(facts: &[(usize, i64, CityFact)]) -> Fold {
    let mut fold = Fold::new(at(0));
    let mut next = [0; 3];
    for (who, hours, fact) in facts {
        if let Some(counted) = Counted::of(fact) {
            fold.apply(city(*who), next[*who], at(*hours), counted);
        }
        next[*who] += 1;
    }
    fold
}

fn contribution(facts: &[(usize, i64, CityFact)], hours: i64) -> Contribution {
    let mut fold = fold(facts);
    assert!(fold.advance(at(hours), usize::MAX));
    let own = fold.city(city(0)).unwrap();
    own.evidence(None).next().unwrap().contribution
}

fn figures(facts: &[(usize, i64, CityFact)], hours: i64) -> Figures {
    figures_of(&mut fold(facts), hours)
}

fn figures_of(fold: &mut Fold, hours: i64) -> Figures {
    assert!(fold.advance(at(hours), usize::MAX));
    fold.figures(city(0))
}

#[test]
fn an_entry_is_realised_step_by_step_and_for_one_cycle() {
    let story = story();
    assert_eq!(contribution(&story[..1], 5), Contribution::NotMounted);
    assert_eq!(contribution(&story[..2], 5), Contribution::NotMeasured);
    assert_eq!(contribution(&story[..3], 5), Contribution::NotRead);
    assert_eq!(
        contribution(&story[..4], 5),
        Contribution::NotRead,
        "the provider's word is not enough"
    );
    assert_eq!(contribution(&story, 5), Contribution::Realised);
    assert_eq!(contribution(&story, 2 + 7 * 24), Contribution::Realised);
    assert_eq!(contribution(&story, 3 + 7 * 24), Contribution::NotMeasured);
}

#[test]
fn what_is_dated_ahead_counts_once_its_time_has_come() {
    let year = 365 * 24;
    let story = story();
    let ahead = [
        (0, year, measured(1, 7, year)),
        (1, year, story[4].2.clone()),
    ];
    let measured_ahead = [&story[..2], &ahead[..1], &story[3..]].concat();
    assert_eq!(contribution(&measured_ahead, 5), Contribution::NotMeasured);
    let read_ahead = [&story[..4], &ahead[1..]].concat();
    assert_eq!(contribution(&read_ahead, 5), Contribution::NotRead);
    let both = [&story[..2], &ahead[..1], &story[3..4], &ahead[1..]].concat();
    assert_eq!(contribution(&both, year), Contribution::Realised);
}

#[test]
fn what_one_city_says_alone_or_of_itself_does_not_count() {
    let mut alone = story();
    alone.remove(3);
    assert_eq!(contribution(&alone, 5), Contribution::NotRead);

    let mut own = story();
    own[3].2 = CityFact::Delivered {
        delivery: delivery(1, 7, 0),
        consumer: city(0),
        resumed_at: 0,
    };
    own[4] = (
        0,
        4,
        CityFact::Received {
            delivery: delivery(1, 7, 0),
            provider: city(0),
        },
    );
    assert_eq!(contribution(&own, 5), Contribution::NotRead);

    let mut other_content = story();
    other_content[4].2 = CityFact::Received {
        delivery: delivery(1, 8, 1),
        provider: city(0),
    };
    assert_eq!(contribution(&other_content, 5), Contribution::NotRead);
}

/// The story without its whole read, but with reads of parts: their bytes and rows, as each side says.
fn partly_read(parts: &[(i64, u64, [u64; 2])]) -> Vec<(usize, i64, CityFact)> {
    let mut facts = story()[..3].to_vec();
    for (number, (hours, bytes, [sent, received])) in (100..).zip(parts) {
        let part = |rows| Delivery {
            bytes: *bytes,
            rows: Some(rows),
            ..delivery(1, number, 1)
        };
        let sent = CityFact::Delivered {
            delivery: part(*sent),
            consumer: city(1),
            resumed_at: 0,
        };
        let received = CityFact::Received {
            delivery: part(*received),
            provider: city(0),
        };
        facts.push((0, *hours, sent));
        facts.push((1, *hours, received));
    }
    facts
}

/// Realised entries, rows and bytes by the newer formula; by the one before there are none.
fn realised(facts: &[(usize, i64, CityFact)], hours: i64) -> [u64; 3] {
    let mut fold = fold(facts);
    let earlier = figures_of(&mut fold, hours);
    assert_eq!(earlier.entries.numerator + earlier.bytes.numerator, 0);
    fold.use_formula(Formula::WidestRead);
    let Figures {
        entries,
        rows,
        bytes,
        ..
    } = figures_of(&mut fold, hours);
    assert_eq!([rows, bytes].map(|one| one.denominator), [20, 1_000]);
    [entries, rows, bytes].map(|one| one.numerator)
}

#[test]
fn a_part_of_a_table_counts_as_far_as_the_widest_read_of_the_cycle_covered_it() {
    let one = partly_read(&[(3, 400, [8, 8])]);
    assert_eq!(realised(&one, 5), [1, 8, 400]);
    let narrower_later = partly_read(&[(3, 400, [8, 8]), (30, 500, [5, 5])]);
    assert_eq!(realised(&narrower_later, 40), [1, 8, 400]);
    // The measurement of the second hour counts for a week, and so does a read.
    assert_eq!(realised(&narrower_later, 3 + 7 * 24), [0, 0, 0]);
    let mut measured_again = narrower_later.clone();
    measured_again.push((0, 100, measured(1, 7, 100)));
    assert_eq!(realised(&measured_again, 3 + 7 * 24), [1, 8, 400]);
    assert_eq!(realised(&measured_again, 4 + 7 * 24), [1, 5, 500]);
    let more_than_measured = partly_read(&[(3, 9_000, [30, 30])]);
    assert_eq!(realised(&more_than_measured, 5), [1, 20, 1_000]);
    let disagreed = partly_read(&[(3, 400, [8, 9])]);
    assert_eq!(realised(&disagreed, 5), [0, 0, 0]);
}

#[test]
fn an_interface_counts_in_entries_only() {
    let mut facts = story();
    let CityFact::Published { entry, .. } = &facts[0].2 else {
        panic!("not published");
    };
    let mut attributes = RateAttributes::of(entry);
    attributes.is_interface = true;
    let code = entry.code.clone();
    let published = Counted::Published { code, attributes };
    facts.remove(0);
    let mut fold = Fold::new(at(0));
    fold.apply(city(0), 0, at(0), published);
    for (seq, (who, hours, fact)) in (1..).zip(&facts) {
        fold.apply(city(*who), seq, at(*hours), Counted::of(fact).unwrap());
    }
    let whole = Ratio {
        numerator: 1,
        denominator: 1,
    };
    let earlier = figures_of(&mut fold, 5);
    assert_eq!((earlier.entries, earlier.rows.denominator), (whole, 20));
    fold.use_formula(Formula::WidestRead);
    let newer = figures_of(&mut fold, 5);
    assert_eq!((newer.entries, newer.rows), (whole, Ratio::default()));
    assert_eq!(newer.bytes, Ratio::default());
}

#[test]
fn class_3_and_other_levels_count_on_neither_side() {
    let published = |class, level, serial| {
        (
            0,
            0,
            CityFact::Published {
                entry: entry(serial, class, level),
                revision: 1,
            },
        )
    };
    let municipal = AdministrativeLevel::Municipal;
    let facts = [
        published(Class::NotShared, municipal, 1),
        published(Class::Unconditional, AdministrativeLevel::County, 2),
        published(Class::Conditional, municipal, 3),
    ];
    let counted = figures(&facts, 1);
    assert_eq!((counted.not_shared, counted.other_level), (1, 1));
    assert_eq!(
        counted.entries,
        Ratio {
            numerator: 0,
            denominator: 1
        }
    );
    assert_eq!(
        counted.rows,
        Ratio {
            numerator: 0,
            denominator: 10
        },
        "declared until measured"
    );
    assert_eq!(figures(&[], 1).entries.score(), "n/a");
}

#[test]
fn scores_are_rounded_half_up_once() {
    let score = |numerator, denominator| {
        Ratio {
            numerator,
            denominator,
        }
        .score()
    };
    assert_eq!(score(1, 3), "33.33");
    assert_eq!(score(2, 3), "66.67");
    assert_eq!(score(1, 800), "0.13");
    assert_eq!(score(1, 20_000), "0.01");
    assert_eq!(score(1, 20_001), "0.00");
    assert_eq!(score(u64::MAX, u64::MAX), "100.00");
}

proptest! {
    /// The figures do not depend on the interleaving of the cities' logs.
    #[test]
    fn interleaving_makes_no_difference(
        picks in prop::collection::vec(any::<bool>(), 8),
        remount in 0usize..3,
    ) {
        let mut facts = story();
        for _ in 0..remount {
            let (code, file_name) = (code(1), "b.csv".to_owned());
            let mounted = CityFact::Mounted { code, file_name, is_table: false };
            facts.push((0, 4, mounted));
            facts.push((0, 4, measured(1, 7, 4)));
        }
        let want = figures(&facts, 6);
        let (own, other): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(who, ..)| *who == 0);
        let (mut own, mut other) = (own.into_iter(), other.into_iter());
        let mut mixed = Vec::new();
        for pick in picks {
            mixed.extend(if pick { own.next() } else { other.next() });
        }
        mixed.extend(own.chain(other));
        prop_assert_eq!(figures(&mixed, 6), want);
    }

    #[test]
    fn a_score_is_the_nearest_hundredth(numerator in 0u64..=1_000_000, rest in 0u64..1_000_000) {
        let denominator = numerator + rest;
        prop_assume!(denominator > 0);
        let score = Ratio { numerator, denominator }.score();
        let (whole, decimals) = score.split_once('.').unwrap();
        let hundredths = whole.parse::<i128>().unwrap() * 100 + decimals.parse::<i128>().unwrap();
        let (n, d) = (i128::from(numerator), i128::from(denominator));
        // hundredths − ½ ≤ 10000·n/d < hundredths + ½
        prop_assert!((2 * hundredths - 1) * d <= 20_000 * n);
        prop_assert!(20_000 * n < (2 * hundredths + 1) * d);
        prop_assert!(hundredths <= 10_000);
    }

    #[test]
    fn forgetting_a_city_leaves_what_the_others_said(drop in 0usize..2) {
        let facts = story();
        let mut whole = fold(&facts);
        whole.forget(city(drop));
        let rest: Vec<_> = facts.into_iter().filter(|(who, ..)| *who != drop).collect();
        let want = figures(&rest, 6);
        prop_assert_eq!(figures_of(&mut whole, 6), want);
    }
}
