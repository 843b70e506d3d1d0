//! Long random histories of months, in which the coordinator starts again, is killed before and within the writing of
//! snapshots, and seals months. All figures, of the present, of past cut-offs and as series, are those of a replay of the
//! whole logs, and figures of the past stay as they were at their close.
//!
//! A few, unless a variable says for how many minutes histories are made (`tests/run --rate-campaign`).

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::rate::{close_of, month_end};
use chengji_domain::roster::MembershipStatus;
use chengji_follow::Copies;
use chengji_proto::convert::{RateCutOff, RateReport, figures_to, time_from};
use chengji_proto::v1;
use chengji_store::{Batch, Key, KeyValue, MAX_BATCH, MemoryStore, Prefix};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::history_tests::{Event, History, event, figures};
use super::{LiveRate, Rates};
use crate::tests::world::{CITIES, START, World, at, city};

/// The variable with the number of minutes.
const MINUTES: &str = "CHENGJI_RATE_CAMPAIGN_MINUTES";
/// The variable with the seed of the first history; each has the next one.
const SEED: &str = "CHENGJI_RATE_CAMPAIGN_SEED";
/// Number of histories without the variable.
const FEW: u64 = 3;
/// Number of parts of a history, after each of which figures are compared, and the number of events of each.
const PARTS: usize = 8;
const EVENTS: usize = 30;

/// The events of a campaign: those of histories, and months that pass.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        16 => event(),
        2 => (0..12_u8).prop_map(Event::Kill),
        1 => (1..30_u8).prop_map(Event::WaitDays),
        1 => Just(Event::Seal),
    ];
    prop::collection::vec(event, EVENTS)
}

struct Campaign {
    history: History,
    runner: TestRunner,
    /// Cut-offs that are closed, with the figures at the first look after the close.
    closed: Vec<(Timestamp, RateReport)>,
    /// The greatest number of realised entries in any figures.
    realised: u64,
}

impl Campaign {
    async fn begin(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self {
            history: History::begin().await,
            runner: TestRunner::new_with_rng(ProptestConfig::default(), rng),
            closed: Vec::new(),
            realised: 0,
        }
    }

    async fn run(mut self) -> u64 {
        for _ in 0..PARTS {
            let events = events().new_tree(&mut self.runner).unwrap().current();
            for event in events {
                self.history.happen(event).await;
            }
            self.compare();
        }
        self.realised
    }

    fn compare(&mut self) {
        let world = &self.history.world;
        let (found, replayed) = (world.rates(), replayed(world));
        let now = world.now();
        self.realised = self.realised.max(realised(&report(&found, None)));
        assert_eq!(report(&found, None), report(&replayed, None), "present");
        let recent = [0, 1, 30, 24 * 20].map(|hours| now - SignedDuration::from_hours(hours));
        for cut_off in recent {
            let same = report(&found, Some(cut_off));
            assert_eq!(same, report(&replayed, Some(cut_off)), "{cut_off}");
        }
        for (cut_off, before) in &self.closed {
            let again = report(&found, Some(*cut_off));
            assert_eq!(again, *before, "{cut_off} after its close");
            assert_eq!(report(&replayed, Some(*cut_off)), again, "{cut_off}");
        }
        self.compare_series(&found);
        for cut_off in month_ends(now).chain([recent[3]]) {
            let is_known = self.closed.iter().any(|(known, _)| *known == cut_off);
            if close_of(cut_off) <= now && !is_known {
                self.closed.push((cut_off, report(&found, Some(cut_off))));
            }
        }
    }

    fn compare_series(&self, found: &Rates) {
        let asked = v1::RateHistoryRequest {
            every: v1::RateInterval::Month.into(),
            ..Default::default()
        };
        let series = found.history(&asked, &|| true).unwrap();
        for point in &series.points.items {
            let at = time_from(point.at.as_ref(), "at").unwrap();
            let one = report(found, Some(at));
            assert_eq!(
                point.figures,
                Some(figures_to(&one.cluster)),
                "{at} in the series"
            );
        }
    }
}

/// The ends of months since the beginning.
fn month_ends(now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let next = |end: &Timestamp| Some(month_end(*end + SignedDuration::from_nanos(1)));
    std::iter::successors(Some(month_end(at(START))), next).take_while(move |end| *end <= now)
}

/// The figures as of a cut-off or now, without what is learnt of them later.
fn report(rates: &Rates, cut_off: Option<Timestamp>) -> RateReport {
    let asked = v1::ComputeRateRequest {
        at: cut_off.map(chengji_proto::convert::time_to),
        page: None,
    };
    let report = figures(rates.report(&asked, &|| true).unwrap());
    let cut_off = RateCutOff {
        sealed: None,
        provisional: false,
        ..report.cut_off
    };
    RateReport { cut_off, ..report }
}

fn realised(report: &RateReport) -> u64 {
    report.cluster.entries.numerator
}

/// The figures of a coordinator with the same store, but without snapshots.
fn replayed(world: &World) -> Rates {
    let copies = Copies::new(without_snapshots(&**world.ledger.kv()));
    let mut cities = Vec::new();
    chengji_access::roster::each_member(&**world.ledger.kv(), |known| {
        let kept = (known.status != MembershipStatus::Removed).then_some(known.member.city);
        cities.extend(kept);
        Ok(())
    })
    .unwrap();
    assert!(cities.iter().all(|one| CITIES.map(city).contains(one)));
    let live = LiveRate::rebuild(copies, world.clock(), &cities).unwrap();
    Rates {
        live: Arc::new(live),
        ..world.rates()
    }
}

fn without_snapshots(kv: &dyn KeyValue) -> Arc<dyn KeyValue> {
    let (copy, mut batch) = (MemoryStore::new(), Batch::new());
    let left_out = [Prefix::RateSnapshot, Prefix::RateSnapshotPart];
    for prefix in Prefix::ALL.iter().filter(|one| !left_out.contains(one)) {
        chengji_store::each(kv, Key::new(*prefix), |key, value| {
            if batch.size() > MAX_BATCH / 2 {
                copy.commit(&std::mem::take(&mut batch))?;
            }
            batch.put(key.to_vec(), value.to_vec());
            Ok(())
        })
        .unwrap();
    }
    copy.commit(&batch).unwrap();
    Arc::new(copy)
}

#[tokio::test]
async fn figures_of_long_histories_are_those_of_a_replay() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let minutes = number(MINUTES);
    let first = number(SEED).unwrap_or_else(|| minutes.map_or(809, |_| rand::random()));
    let until = Instant::now() + Duration::from_secs(60 * minutes.unwrap_or(0));
    let (mut made, mut realised) = (0, 0);
    while made < FEW || Instant::now() < until {
        let seed = first.wrapping_add(made);
        println!("history of the seed {seed}");
        realised = realised.max(Campaign::begin(seed).await.run().await);
        made += 1;
    }
    println!("{made} histories, up to {realised} entries realised");
    assert!(realised > 0, "nothing was realised in any history");
}
