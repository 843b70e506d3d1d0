//! Figures of the past do not change by later events, and all figures are those of a replay.

use std::collections::BTreeSet;
use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::{CityFact, Delivery};
use chengji_domain::rate::{Formula, FormulaAdoption, close_of};
use chengji_domain::request::RequestId;
use chengji_domain::roster::{self, MembershipStatus::*};
use chengji_domain::tables::Tables;
use chengji_proto::convert::RateReport;
use chengji_store::{Batch, FailingStore, Key, Ledger, Prefix};
use jiff::{SignedDuration, Span, Timestamp};
use proptest::prelude::*;

use crate::rate::Sealing;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, STRANGER, World, city, code, delivery, entry, measured,
};

/// An event in a cluster.
#[derive(Clone, Debug)]
pub(super) enum Event {
    Publish(usize, u32),
    Withdraw(usize, u32),
    Mount(usize, u32),
    Unmount(usize, u32),
    Measure(usize, u32, u8),
    /// A consumer receives a provider's delivery.
    Deliver(usize, usize, u32, u8),
    /// A consumer receives a part of a provider's table with this number of rows.
    DeliverPart(usize, usize, u32, u8),
    /// A formula is adopted, the newer one or not, from this number of days on.
    Adopt(bool, u8),
    StatusChange(usize, roster::MembershipStatus),
    /// A city is restored from a backup that lacks its last entries.
    Restore(usize, usize),
    /// This number of hours passes.
    Wait(u8),
    /// The city's entries are dated back by this number of hours.
    BackDate(u8),
    /// Snapshots of all logs are stored, or those that are due.
    Snapshot(bool),
    /// The coordinator starts again.
    Restart,
    /// An entry is published, and the coordinator is killed after this number of commits: before the entry is read, or
    /// before or while snapshots of it are written.
    Kill(u8),
    /// This number of days passes.
    WaitDays(u8),
    /// The months that are due are sealed.
    Seal,
}

/// An event, except for those of whole months.
pub(super) fn event() -> impl Strategy<Value = Event> {
    let (city, serial, content) = (0..3_usize, 1..4_u32, 1..4_u8);
    let status = prop::sample::select(vec![Active, Suspended, Removed]);
    prop_oneof![
        4 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Publish(c, n)),
        1 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Withdraw(c, n)),
        3 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Mount(c, n)),
        1 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Unmount(c, n)),
        3 => (city.clone(), serial.clone(), content.clone())
            .prop_map(|(c, n, x)| Event::Measure(c, n, x)),
        3 => (city.clone(), city.clone(), serial.clone(), content)
            .prop_map(|(c, p, n, x)| Event::Deliver(c, p, n, x)),
        2 => (city.clone(), city.clone(), serial, 1..40_u8)
            .prop_map(|(c, p, n, rows)| Event::DeliverPart(c, p, n, rows)),
        1 => (city.clone(), status).prop_map(|(c, s)| Event::StatusChange(c, s)),
        1 => (any::<bool>(), 0..4_u8).prop_map(|(newer, days)| Event::Adopt(newer, days)),
        1 => (city, 0..6_usize).prop_map(|(c, lost)| Event::Restore(c, lost)),
        3 => (1..60_u8).prop_map(Event::Wait),
        1 => (0..60_u8).prop_map(Event::BackDate),
        2 => any::<bool>().prop_map(Event::Snapshot),
        1 => Just(Event::Restart),
        1 => (0..12_u8).prop_map(Event::Kill),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 1..40)
}

/// A report without the entries known to be lost by now.
pub(super) fn figures(mut report: RateReport) -> RateReport {
    for city in &mut report.cities.items {
        city.lost.clear();
    }
    report
}

/// A history in progress.
pub(super) struct History {
    pub(super) world: World,
    store: Arc<FailingStore>,
    back: SignedDuration,
    revision: u32,
    /// Removed cities, whose logs are not read.
    removed: BTreeSet<usize>,
}

impl History {
    pub(super) async fn begin() -> Self {
        let store = Arc::new(FailingStore::default());
        let world = World::within(ledger(&store));
        world.admit().await;
        // Deliveries count although the requests are not known.
        world.set_current(false);
        Self {
            world,
            store,
            back: SignedDuration::ZERO,
            revision: 0,
            removed: BTreeSet::new(),
        }
    }

    async fn append(&mut self, who: usize, fact: CityFact) {
        if self.removed.contains(&who) {
            return;
        }
        let code = [CONSUMER, PROVIDER, STRANGER][who];
        let at = self.world.now() - self.back;
        self.world.write(code, fact, at);
        // Contradictory facts are set aside; while the city is suspended, its log waits.
        let _ = self.world.read_rest(code).await;
    }

    /// The coordinator is killed after so many commits of this work; then it starts again with what it has read.
    async fn kill(&mut self, commits: u8) {
        self.store.refuse_after(commits.into());
        self.revision += 1;
        let (entry, revision) = (Box::new(entry(1, Unconditional)), self.revision);
        self.append(1, CityFact::Published { entry, revision })
            .await;
        let _ = self.world.try_snapshots().await;
        let now = self.world.now().to_string();
        self.store = Arc::new(self.store.reopened());
        self.world = World::within(ledger(&self.store));
        self.world.set_now(&now);
        self.world.set_current(false);
        self.world.restart();
    }

    pub(super) async fn happen(&mut self, event: Event) {
        let resource = |serial| code(serial).parse().unwrap();
        let names = [CONSUMER, PROVIDER, STRANGER];
        match event {
            Event::Publish(who, serial) => {
                self.revision += 1;
                let entry = Box::new(entry(serial, Unconditional));
                let revision = self.revision;
                self.append(who, CityFact::Published { entry, revision })
                    .await;
            }
            Event::Withdraw(who, serial) => {
                let (code, reason) = (resource(serial), "机构改革".to_owned());
                self.append(who, CityFact::Withdrawn { code, reason }).await;
            }
            Event::Mount(who, serial) => {
                let mounted = CityFact::Mounted {
                    code: resource(serial),
                    file_name: "a.csv".to_owned(),
                    is_table: false,
                };
                self.append(who, mounted).await;
            }
            Event::Unmount(who, serial) => {
                let (code, reason) = (resource(serial), "迁移".to_owned());
                self.append(who, CityFact::Unmounted { code, reason }).await;
            }
            Event::Measure(who, serial, content) => {
                let now = self.world.now();
                self.append(who, measured(serial, content, now)).await;
            }
            Event::Deliver(consumer, provider, serial, content) => {
                let delivery = delivery(serial, content, request(consumer, serial));
                self.deliver(consumer, provider, delivery).await;
            }
            Event::DeliverPart(consumer, provider, serial, rows) => {
                let part = Delivery {
                    bytes: 10 * u64::from(rows),
                    rows: Some(rows.into()),
                    ..delivery(serial, 100 + rows, request(consumer, serial))
                };
                self.deliver(consumer, provider, part).await;
            }
            Event::Adopt(is_newer, days) => self.adopt(is_newer, days).await,
            Event::StatusChange(who, status) => {
                self.world.set_status(names[who], status).await;
                let city = city(names[who]);
                if status == Removed {
                    self.removed.insert(who);
                    self.world.live.forget(city);
                } else if self.removed.remove(&who) {
                    self.world.live.recall(city).unwrap();
                }
            }
            Event::Restore(who, _) if self.removed.contains(&who) => {}
            Event::Restore(who, lost) => {
                let kept = self.world.length(names[who]).saturating_sub(lost);
                self.world.restore(names[who], kept).await;
            }
            Event::Wait(hours) => {
                let now = self.world.now() + SignedDuration::from_hours(hours.into());
                self.world.set_now(&now.to_string());
            }
            Event::BackDate(hours) => self.back = SignedDuration::from_hours(hours.into()),
            Event::Snapshot(true) => self.world.snapshots().await,
            Event::Snapshot(false) => self.world.write_due_snapshots().await,
            Event::Restart => self.world.restart(),
            Event::Kill(commits) => self.kill(commits).await,
            Event::WaitDays(days) => {
                let now = self.world.now() + SignedDuration::from_hours(24 * i64::from(days));
                self.world.set_now(&now.to_string());
            }
            Event::Seal => self.seal().await,
        }
    }

    async fn deliver(&mut self, consumer: usize, provider: usize, delivery: Delivery) {
        let sent = CityFact::Delivered {
            consumer: delivery.request.city,
            delivery: delivery.clone(),
            resumed_at: 0,
        };
        self.append(provider, sent).await;
        let provider = city([CONSUMER, PROVIDER, STRANGER][provider]);
        self.append(consumer, CityFact::Received { delivery, provider })
            .await;
    }

    async fn adopt(&self, is_newer: bool, days: u8) {
        let today = local_date(self.world.now());
        let adoption = FormulaAdoption {
            formula: Formula::ALL[usize::from(is_newer)],
            from: today.saturating_add(Span::new().days(days)),
        };
        let by = "operator/lin".parse().unwrap();
        // Not if it is backdated or changes nothing.
        let _ = self.world.rates().adopt(by, adoption).await;
    }

    async fn seal(&self) {
        let sealing = Sealing {
            copies: self.world.live.copies().clone(),
            ledger: self.world.ledger.clone(),
            tables: Arc::new(Tables::built_in().unwrap()),
            clock: self.world.clock(),
            is_confirmed: Arc::new(|_| true),
        };
        sealing.seal_due(|| true).await.unwrap();
    }

    /// The figures at a cut-off and of the present are those of a replay of the whole logs.
    fn check_against_replay(&mut self, cut_off: Timestamp) {
        let reports = |world: &World| [Some(cut_off), None].map(|at| world.report(at).unwrap());
        let found = reports(&self.world);
        self.world.restart();
        assert_eq!(reports(&self.world), found, "from snapshots");
        let mut batch = Batch::new();
        let kv = self.world.ledger.kv();
        chengji_store::each(&**kv, Key::new(Prefix::RateSnapshot), |key, _| {
            batch.delete(key.to_vec());
            Ok(())
        })
        .unwrap();
        kv.commit(&batch).unwrap();
        self.world.restart();
        assert_eq!(reports(&self.world), found, "without snapshots");
    }
}

fn request(consumer: usize, serial: u32) -> RequestId {
    RequestId {
        city: city([CONSUMER, PROVIDER, STRANGER][consumer]),
        epoch: EPOCH,
        seq: u64::from(serial),
    }
}

/// A ledger of the coordinator on this store.
fn ledger(store: &Arc<FailingStore>) -> Ledger {
    Ledger::create(store.clone(), "coordinator", [1; 8]).unwrap()
}

/// Number of cases: each is a history, so fewer than of other properties.
fn cases() -> u32 {
    ProptestConfig::default().cases / 10
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// A figure computed at its close is the same when computed again after any later events.
    #[test]
    fn a_past_figure_is_the_same_after_any_later_history(
        before in events(), after in events(), hours_ago in 0..60_i64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome: std::result::Result<(), TestCaseError> = runtime.block_on(async {
            let mut history = History::begin().await;
            for event in before {
                history.happen(event).await;
            }
            let cut_off = history.world.now() - SignedDuration::from_hours(hours_ago);
            let closed = close_of(cut_off).max(history.world.now());
            history.world.set_now(&closed.to_string());
            let figure = figures(history.world.report(Some(cut_off)).unwrap());
            prop_assert!(!figure.cut_off.provisional);
            for event in after {
                history.happen(event).await;
            }
            prop_assert_eq!(figures(history.world.report(Some(cut_off)).unwrap()), figure);
            history.check_against_replay(cut_off);
            Ok(())
        });
        outcome?;
    }
}
