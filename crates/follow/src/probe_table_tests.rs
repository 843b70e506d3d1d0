use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::fact::Measurement;
use chengji_domain::probe::{Declaration, ProbeOrder, ProbeOutcome, ProbeRead, ProbeState};
use chengji_store::{Ledger, MemoryStore};
use jiff::civil::date;

use super::*;

fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

fn record(seq: u64, prober: &str) -> ProbeRecord {
    let at = "2026-11-27T02:00:00Z".parse().unwrap();
    let measurement = Measurement {
        bytes: 3,
        rows: None,
        digest: Digest([3; 32]),
        at,
    };
    ProbeRecord {
        number: Origin {
            epoch: Epoch::first([1; 8]),
            seq,
        },
        at,
        order: ProbeOrder {
            provider: city("430200"),
            code: "103001000001".parse().unwrap(),
            prober: city(prober),
            until: date(2026, 12, 7),
            declared: Declaration {
                revision: 1,
                measurement,
            },
        },
        made: None,
    }
}

fn made(record: &ProbeRecord) -> ProbeMade {
    ProbeMade {
        number: record.number,
        provider: record.order.provider,
        code: record.order.code.clone(),
        outcome: ProbeOutcome::Matched(ProbeRead {
            revision: 1,
            bytes: 3,
            rows: None,
            digest: Digest([3; 32]),
        }),
    }
}

fn ledger() -> Ledger {
    Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap()
}

fn numbers(due: Vec<ProbeRecord>) -> Vec<u64> {
    due.iter().map(|record| record.number.seq).collect()
}

#[tokio::test]
async fn the_prober_has_to_make_a_probe_once() {
    let ledger = ledger();
    let take = |tx: &mut Tx<'_>| {
        for (seq, prober) in [(5, "430100"), (6, "430300"), (7, "430100")] {
            take(tx, &record(seq, prober), Some(city("430100")))?;
        }
        let of = record(5, "430100");
        let at = of.at;
        assert!(!put_outcome(tx, (city("430300"), at), &made(&of))?);
        assert!(put_outcome(tx, (city("430100"), at), &made(&of))?);
        assert!(!put_outcome(tx, (city("430100"), at), &made(&of))?);
        // The log is read anew: what was made is not made again.
        super::take(tx, &of, Some(city("430100")))
    };
    ledger.write(take).await.unwrap();
    let kv = &**ledger.kv();
    assert_eq!(numbers(due(kv, 9).unwrap()), [7]);
    let known: Vec<_> = newest_first(kv).map(Result::unwrap).collect();
    let today = date(2026, 12, 1);
    let states: Vec<_> = known.iter().map(|record| record.state(today)).collect();
    assert_eq!(numbers(known), [7, 6, 5]);
    let expected = [ProbeState::Open, ProbeState::Open, ProbeState::Matched];
    assert_eq!(states, expected);
}

#[tokio::test]
async fn what_is_due_by_a_log_that_is_read_anew_is_forgotten() {
    let ledger = ledger();
    let forgotten = |tx: &mut Tx<'_>| {
        for seq in 0..2 {
            take(tx, &record(seq, "430100"), Some(city("430100")))?;
        }
        let of = record(0, "430100");
        put_outcome(tx, (city("430100"), of.at), &made(&of))?;
        forget(tx)
    };
    assert!(ledger.write(forgotten).await.unwrap());
    let kv = &**ledger.kv();
    assert_eq!(numbers(due(kv, 9).unwrap()), [0_u64; 0]);
    let known: Vec<_> = newest_first(kv).map(Result::unwrap).collect();
    assert_eq!(numbers(known), [0]);
}
