//! The incremental fold gives what a plain replay gives.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::replay::Replay;
use super::*;
use crate::catalogue::ShareClass as Class;
use crate::digest::Digest;
use crate::epoch::Epoch;
use crate::fact::{Delivery, Measurement};
use crate::request::RequestId;

const CITIES: [&str; 3] = ["430100", "430200", "430300"];

/// A time of the test; minutes apart, so that facts are dated within the allowance for clocks and beyond it.
fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn city(number: usize) -> CityCode {
    CITIES[number].parse().unwrap()
}

fn code(serial: u32) -> ResourceCode {
    format!("103001{serial:06}").parse().unwrap()
}

/// An event: a fact of a city's log with its date, or another way to change what the fold knows.
#[derive(Clone, Debug)]
enum Event {
    Fact(usize, i64, Counted),
    /// The time of the fold moves to this one, which may be earlier.
    Advance(i64),
    /// Another formula is in force.
    Formula(Formula),
    /// A city's log is forgotten and, if so, folded again from its beginning.
    Forget(usize, bool),
}

fn attributes() -> impl Strategy<Value = RateAttributes> {
    let cycle = prop::sample::select(vec![
        UpdateCycle::Daily,
        UpdateCycle::Weekly,
        UpdateCycle::Irregular,
    ]);
    let class = prop::sample::select(vec![
        Class::Unconditional,
        Class::Conditional,
        Class::NotShared,
    ]);
    let level = prop_oneof![
        5 => Just(AdministrativeLevel::Municipal),
        1 => Just(AdministrativeLevel::County),
    ];
    let amount = || prop::option::of(amount());
    let is_interface = prop::bool::weighted(0.2);
    (class, level, cycle, amount(), amount(), is_interface).prop_map(
        |(share_class, level, cycle, rows, bytes, is_interface)| RateAttributes {
            share_class,
            level,
            update_cycle: cycle,
            declared: Volume { rows, bytes },
            is_interface,
        },
    )
}

fn formula() -> impl Strategy<Value = Formula> {
    prop::sample::select(Formula::ALL.to_vec())
}

/// Amounts whose sum may exceed the range of figures.
fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..1_000_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX / 3)]
}

fn time() -> impl Strategy<Value = i64> {
    let days = 24 * 60_i64;
    prop_oneof![6 => 0..20 * days, 2 => 0..60_i64, 1 => Just(500 * days)]
}

/// The rows and the size of a delivery follow from its content, but for rows about which one side may lie. Contents from
/// 3 on are never measured.
fn delivery(
    (serial, content, consumer, request): (u32, u8, usize, u64),
    rows: Option<u64>,
) -> Delivery {
    Delivery {
        request: RequestId {
            city: city(consumer),
            epoch: Epoch::first([1; 8]),
            seq: request,
        },
        code: code(serial),
        revision: 1,
        bytes: 100 * u64::from(content),
        digest: Digest([content; 32]),
        rows,
    }
}

fn rows() -> impl Strategy<Value = Option<u64>> + Clone {
    prop_oneof![2 => Just(None), 6 => Just(Some(20)), 1 => (0..40_u64).prop_map(Some)]
}

fn fact() -> impl Strategy<Value = (usize, Counted)> {
    let (of, serial, content) = (0..3_usize, 0..4_u32, 0..3_u8);
    let sent = (
        of.clone(),
        (serial.clone(), 0..6_u8, of.clone(), 0..2_u64),
        rows(),
    );
    let measured = (content, prop::option::of(amount()), amount(), time());
    let fact = prop_oneof![
        4 => (serial.clone(), attributes())
            .prop_map(|(n, attributes)| Counted::Published { code: code(n), attributes }),
        1 => serial.clone().prop_map(|n| Counted::Withdrawn(code(n))),
        3 => serial.clone().prop_map(|n| Counted::Mounted(code(n))),
        1 => serial.clone().prop_map(|n| Counted::Unmounted(code(n))),
        6 => (serial, measured).prop_map(|(n, (content, rows, bytes, time))| Counted::Measured {
            code: code(n),
            measurement: Measurement { bytes, rows, digest: Digest([content; 32]), at: at(time) },
        }),
    ];
    prop_oneof![
        3 => (of, fact),
        2 => sent.clone().prop_map(|(provider, what, rows)| {
            let consumer = city(what.2);
            (provider, Counted::Delivered { delivery: delivery(what, rows), consumer })
        }),
        2 => sent.prop_map(|(provider, what, rows)| {
            let delivery = delivery(what, rows);
            (what.2, Counted::Received { delivery, provider: city(provider) })
        }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => (fact(), time()).prop_map(|((of, fact), time)| Event::Fact(of, time, fact)),
        2 => time().prop_map(Event::Advance),
        1 => formula().prop_map(Event::Formula),
        1 => (0..3_usize, any::<bool>()).prop_map(|(of, again)| Event::Forget(of, again)),
    ];
    prop::collection::vec(event, 1..160)
}

/// The fold of one city's log alone.
fn alone(city: CityCode, log: &[(u64, Timestamp, Counted)]) -> CityFold {
    let mut fold = Fold::new(at(777));
    for (seq, dated, fact) in log {
        fold.apply(city, *seq, *dated, fact.clone());
    }
    // As it is stored and read again.
    let own = fold.into_city(city).unwrap_or_default();
    let rows: Vec<_> = own.rows().collect();
    assert_eq!(rows.len(), own.row_count());
    CityFold::from_rows(rows)
}

/// Figures of folds that are settled one by one, and of one that is kept whole, with its evidence.
fn check_settled(
    logs: &[Vec<(u64, Timestamp, Counted)>; 3],
    plain: &Replay,
    (time, formula): (Timestamp, Formula),
) {
    for whole in 0..logs.len() {
        let mut settled = SettledFolds::new(time, formula);
        for (of, log) in logs.iter().enumerate() {
            let own = alone(city(of), log);
            let own = match of == whole {
                true => SettledFold::whole(own),
                false => own.settle(time, formula),
            };
            settled.add(city(of), own);
        }
        for of in 0..logs.len() {
            let want = plain.figures(city(of), time, formula);
            assert_eq!(settled.figures(city(of)), want);
        }
        let own = settled.city(city(whole)).unwrap();
        let want = plain.evidence(city(whole), time, formula);
        assert_eq!(own.evidence(None).collect::<Vec<_>>(), want);
    }
}

fn check(fold: &mut Fold, plain: &Replay, time: Timestamp, limit: usize) {
    let formula = fold.formula();
    while !fold.advance(time, limit) {}
    for city in CITIES.map(|code| code.parse().unwrap()) {
        let want = plain.evidence(city, time, formula);
        let own = fold.city(city).cloned().unwrap_or_default();
        assert_eq!(own.evidence(None).collect::<Vec<_>>(), want);
        assert_eq!(fold.figures(city), plain.figures(city, time, formula));
        assert_eq!(own.entries(), want.len());
        let published = want
            .iter()
            .filter(|one| one.contribution != Contribution::Withdrawn);
        assert_eq!(own.published(), published.count() as u64);
        let from = code(2);
        let rest = want.into_iter().filter(|one| one.code >= from);
        assert!(own.evidence(Some(&from)).eq(rest));
    }
}

proptest! {
    /// At any time, after any interleaving of facts, the figures and all evidence are those of a replay.
    #[test]
    fn the_fold_gives_what_a_replay_gives(events in events(), ends in [time(), time(), time()]) {
        let mut logs: [Vec<(u64, Timestamp, Counted)>; 3] = Default::default();
        let (mut fold, mut plain) = (Fold::new(at(0)), Replay::new());
        for event in events {
            match event {
                Event::Fact(of, time, fact) => {
                    let (seq, dated) = (logs[of].len() as u64, at(time));
                    fold.apply(city(of), seq, dated, fact.clone());
                    plain.apply(city(of), seq, dated, fact.clone());
                    logs[of].push((seq, dated, fact));
                }
                Event::Advance(time) => check(&mut fold, &plain, at(time), 1),
                Event::Formula(formula) => fold.use_formula(formula),
                Event::Forget(of, again) => {
                    plain.forget(city(of));
                    if again {
                        fold.insert(city(of), alone(city(of), &logs[of]));
                        for (seq, dated, fact) in &logs[of] {
                            plain.apply(city(of), *seq, *dated, fact.clone());
                        }
                    } else {
                        fold.forget(city(of));
                        logs[of].clear();
                    }
                }
            }
        }
        for time in ends {
            check(&mut fold, &plain, at(time), usize::MAX);
            for formula in Formula::ALL {
                check_settled(&logs, &plain, (at(time), formula));
            }
        }
        check(&mut fold, &plain, Timestamp::MIN, 1);
        check(&mut fold, &plain, Timestamp::MAX, 1);
    }
}

/// A city with this number of entries, each mounted, measured and read.
fn large(entries: u32) -> Fold {
    let mut fold = Fold::new(at(0));
    let attributes = RateAttributes {
        share_class: Class::Unconditional,
        level: AdministrativeLevel::Municipal,
        update_cycle: UpdateCycle::Weekly,
        declared: Volume::default(),
        is_interface: false,
    };
    for serial in 0..entries {
        let (code, seq) = (code(serial), 3 * u64::from(serial));
        let mut digest = Digest([7; 32]);
        digest.0[..4].copy_from_slice(&serial.to_be_bytes());
        let measurement = Measurement {
            bytes: 1_000,
            rows: Some(20),
            digest,
            at: at(i64::from(serial)),
        };
        let facts = [
            Counted::Published {
                code: code.clone(),
                attributes,
            },
            Counted::Mounted(code.clone()),
            Counted::Measured { code, measurement },
        ];
        for (step, fact) in (0..).zip(facts) {
            fold.apply(city(0), seq + step, at(0), fact);
        }
    }
    fold
}

#[test]
fn an_entry_takes_little_memory() {
    let entries = 10_000;
    let fold = large(entries);
    let size = fold.city(city(0)).unwrap().size();
    // At most 168 bytes of an entry, 52 of its measured content, and the room in chunks.
    let each = size / entries as usize;
    assert!(each <= 240, "{each} bytes for each entry");
}

#[test]
fn a_settled_fold_keeps_no_entry_that_was_not_delivered() {
    let fold = large(1_000);
    let own = fold.city(city(0)).unwrap();
    let formula = Formula::default();
    let mut settled = SettledFolds::new(at(0), formula);
    settled.add(city(0), own.settle(at(0), formula));
    assert_eq!(settled.figures(city(0)), fold.figures(city(0)));
    assert_eq!(settled.figures(city(0)).entries.denominator, 1_000);
    assert_eq!(settled.city(city(0)).unwrap().row_count(), 0);
    assert_eq!(settled.figures(city(1)), Figures::default());
}

#[test]
fn advancing_evaluates_only_what_is_due() {
    let (entries, week) = (1_000, 7 * 24 * 60);
    let mut fold = large(entries);
    assert!(fold.advance(at(i64::from(entries)), usize::MAX));
    // Measurements expire one by one; both ways, each step concerns one group of entries.
    for time in [week, week + 1, week + 2, week + 1, week] {
        assert!(fold.advance(at(time), 2), "{time}");
    }
    // So does another formula: every group is evaluated once.
    fold.use_formula(Formula::WidestRead);
    assert!(!fold.advance(at(week), 2));
    assert!(fold.advance(at(week), usize::MAX));
    assert!(fold.advance(at(week), 1));
    // All are due, in steps.
    let mut steps = 0;
    while !fold.advance(at(2 * week), 2) {
        steps += 1;
    }
    assert!((3..=10).contains(&steps), "{steps}");
}

#[test]
fn a_clone_stays_as_it_was() {
    let mut fold = large(1_000);
    let before = fold.city(city(0)).unwrap().clone();
    let figures = before.figures();
    let evidence: Vec<_> = before.evidence(None).collect();
    fold.apply(city(0), 3_000, at(0), Counted::Withdrawn(code(7)));
    assert!(fold.advance(at(500 * 24 * 60), usize::MAX));
    assert_eq!(before.figures(), figures);
    assert!(before.evidence(None).eq(evidence));
    assert_ne!(fold.figures(city(0)), figures);
}
