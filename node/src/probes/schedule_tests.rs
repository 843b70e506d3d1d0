use chengji_domain::fact::Measurement;
use chengji_domain::probe::{Declaration, ProbeOrder};
use chengji_domain::{Digest, Epoch, ErrorCode};
use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;

const PROVIDERS: [&str; 6] = ["430200", "430300", "430400", "430500", "430600", "430700"];

/// The order with this number of a probe of an entry of this provider.
fn order(seq: u64, provider: &str) -> ProbeRecord {
    let measurement = Measurement {
        bytes: 1,
        rows: None,
        digest: Digest([0; 32]),
        at: Timestamp::UNIX_EPOCH,
    };
    ProbeRecord {
        number: Origin {
            epoch: Epoch::first([7; 8]),
            seq,
        },
        at: Timestamp::UNIX_EPOCH,
        order: ProbeOrder {
            provider: provider.parse().unwrap(),
            code: "103001000001".parse().unwrap(),
            prober: "430100".parse().unwrap(),
            until: date(2026, 12, 7),
            declared: Declaration {
                revision: 1,
                measurement,
            },
        },
        made: None,
    }
}

fn begun(schedule: &mut Schedule, due: &[ProbeRecord], now: Instant) -> Vec<u64> {
    let attempts = schedule.begin(due.to_vec(), now).into_iter();
    attempts.map(|attempt| attempt.record.number.seq).collect()
}

fn ended(record: &ProbeRecord, problem: Option<Problem>) -> Ended {
    Ended {
        number: record.number,
        problem,
    }
}

fn problem() -> Problem {
    Problem::new(ErrorCode::PeerUnavailable, msg::ProbeNotInTime)
}

#[test]
fn a_provider_that_sends_slowly_takes_one_place() {
    let (mut schedule, now) = (Schedule::default(), Instant::now());
    let mut due: Vec<ProbeRecord> = (0..100).map(|seq| order(seq, PROVIDERS[0])).collect();
    due.push(order(100, PROVIDERS[1]));
    due.push(order(101, PROVIDERS[1]));
    assert_eq!(begun(&mut schedule, &due, now), [0, 100]);
    assert_eq!(begun(&mut schedule, &due, now), [0_u64; 0]);
    let done = due.remove(100);
    schedule.end(ended(&done, None), now);
    assert_eq!(begun(&mut schedule, &due, now), [101]);
}

#[test]
fn a_probe_that_failed_is_tried_again_later_with_its_reason() {
    let (mut schedule, now) = (Schedule::default(), Instant::now());
    let due = [order(1, PROVIDERS[0]), order(2, PROVIDERS[0])];
    assert_eq!(begun(&mut schedule, &due, now), [1]);
    schedule.end(ended(&due[0], Some(problem())), now);
    assert_eq!(begun(&mut schedule, &due, now), [2], "others do not wait");
    schedule.end(ended(&due[1], None), now);
    assert_eq!(begun(&mut schedule, &due[..1], now), [0_u64; 0]);
    let later = now + RETRY;
    let again = schedule.begin(due[..1].to_vec(), later);
    assert_eq!(again[0].last, Some(problem()));
}

#[test]
fn nothing_is_kept_of_probes_that_are_over() {
    let (mut schedule, now) = (Schedule::default(), Instant::now());
    let due = [order(1, PROVIDERS[0])];
    begun(&mut schedule, &due, now);
    schedule.end(ended(&due[0], Some(problem())), now);
    begun(&mut schedule, &[], now);
    assert!(schedule.failed.is_empty());
    assert!(schedule.under_way.is_empty());
}

proptest! {
    /// A few at a time, each of another provider; and none waits while there is a place for it.
    #[test]
    fn a_few_probes_are_made_at_a_time_each_of_another_provider(
        providers in prop::collection::vec(0..PROVIDERS.len(), 0..20),
    ) {
        let mut schedule = Schedule::default();
        let due = providers.iter().zip(0_u64..);
        let due: Vec<_> = due.map(|(at, seq)| order(seq, PROVIDERS[*at])).collect();
        let begun = begun(&mut schedule, &due, Instant::now());
        let different: HashSet<usize> = providers.iter().copied().collect();
        prop_assert_eq!(begun.len(), different.len().min(MAX_AT_ONCE));
        let busy: HashSet<CityCode> = schedule.under_way.values().copied().collect();
        prop_assert_eq!(busy.len(), begun.len());
    }
}
