//! Counts the keys that calls about the catalogue read.

use std::ops::Range;
use std::sync::Arc;

use chengji_domain::catalogue::lifecycle::{
    Lifecycle, LifecycleRecord, LifecycleStep, Move, PastStep, State,
};
use chengji_domain::catalogue::{Entry, EntryRecord, Mount};
use chengji_domain::stop::{StopAct, StopCause};
use chengji_domain::{Digest, ResourceCode};
use chengji_proto::convert::RevisionQuery;
use chengji_proto::v1;
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads, Tx};
use jiff::Timestamp;

use super::samples::{MINE, entry};
use super::service::NodeCatalogueService;
use super::*;
use crate::read_counts::{KeysRead, SIZES, check, page};

/// A catalogue of so many published entries, the first of which was moved as often.
async fn filled(count: u32) -> (NodeCatalogueService, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: ledger.clone(),
        clock: Arc::new(|| "2026-11-23T02:00:00Z".parse().unwrap()),
    };
    for from in (1..=count).step_by(200) {
        let some = from..=(from + 199).min(count);
        let put = ledger.write(move |tx| {
            let mut some = some;
            some.try_for_each(|number| put(tx, entry(number, "区划", MINE, &[]), 12))
        });
        put.await.unwrap();
    }
    // The moves of one entry, some at a time.
    for from in (0..count).step_by(1_000) {
        let put = ledger.write(move |tx| steps(tx, &code(1), from..(from + 1_000).min(count)));
        put.await.unwrap();
    }
    let tables = Arc::new(Tables::built_in().unwrap());
    let rules = CurrentRules::built_in().unwrap();
    (
        NodeCatalogueService(Catalogue::new(
            own,
            (tables, rules),
            (Arc::default(), Sources::default()),
            256 << 20,
        )),
        reads,
    )
}

fn code(serial: u32) -> ResourceCode {
    format!("206001{serial:06}").parse().unwrap()
}

fn step() -> LifecycleStep {
    LifecycleStep {
        revision: 1,
        mv: Move::Submit,
        state: State::Published,
        at: Timestamp::UNIX_EPOCH,
        by: "city/430200/person/officer".parse().unwrap(),
        reason: String::new(),
        due: None,
        consent: None,
        tightening: None,
    }
}

fn steps(tx: &mut Tx<'_>, code: &ResourceCode, numbers: Range<u32>) -> chengji_domain::Result<()> {
    let (mut numbers, step) = (numbers, PastStep::Whole(step()));
    numbers.try_for_each(|number| lifecycles::STEPS.put(tx, &(code.clone(), number), &step))
}

fn put(tx: &mut Tx<'_>, entry: Entry, steps: u32) -> chengji_domain::Result<()> {
    let (code, step) = (entry.code.clone(), step());
    let lifecycle = LifecycleRecord {
        lifecycle: Lifecycle {
            state: State::Published,
            newest: 1,
            published: Some(1),
        },
        provider: entry.provider_code,
        published_provider: Some(entry.provider_code),
        digest: Digest([1; 32]),
        author: step.by.clone(),
        steps,
        last: step,
        tightenings: 0,
        change: None,
        reminders: Vec::new(),
    };
    lifecycles::REVISIONS.put(tx, &(code.clone(), 1), &entry)?;
    lifecycles::LIFECYCLES.put(tx, &code, &lifecycle)?;
    let mut record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    record.mount = Some(Mount {
        file_name: "区划.csv".to_owned(),
        is_table: false,
        measurement: None,
        history: None,
    });
    entries::put(tx, &record)
}

/// The keys read from a catalogue of so many entries.
async fn keys_read(count: u32) -> KeysRead {
    let (service, reads) = filled(count).await;
    let mut keys = KeysRead::of(reads);
    read_lists(&mut keys, &service);
    act_on_an_entry(&mut keys, &service).await;
    keys
}

/// Counts the keys of the lists.
fn read_lists(keys: &mut KeysRead, service: &NodeCatalogueService) {
    let own = &service.0.own;
    let kv = own.ledger.kv().as_ref();
    let asked = v1::ListLifecyclesRequest {
        filter: None,
        page: page(),
    };
    keys.list("Catalogue/ListLifecycles", || {
        Ok(listing::page(kv, own.city, &asked, own.now())?.items.len())
    });
    let asked = v1::ListEntriesRequest {
        page: page(),
        ..v1::ListEntriesRequest::default()
    };
    let listed = || listing::published(kv, own.city, &asked, own.now());
    keys.list("Catalogue/List", || Ok(listed()?.items.len()));
    let asked = v1::HistoryRequest {
        code: code(1).to_string(),
        page: page(),
    };
    keys.list("Catalogue/History", || {
        Ok(service.steps(&asked)?.steps.items.len())
    });
    let asked = v1::ListTermsRequest { page: page() };
    keys.list("Catalogue/ListTerms", || {
        Ok(service.terms(&asked)?.terms.items.len())
    });
    let asked = v1::StatisticsRequest {
        dimensions: Vec::new(),
        page: page(),
    };
    let statistics = || statistics::statistics(&service.0, &asked);
    keys.list("Catalogue/Statistics", || {
        Ok(statistics()?.values.items.len())
    });
}

/// Counts the keys of the calls on one entry.
async fn act_on_an_entry(keys: &mut KeysRead, service: &NodeCatalogueService) {
    let catalogue = &service.0;
    let code = code(1);
    let asked = RevisionQuery {
        code: code.clone(),
        revision: Some(1),
    };
    keys.call("Catalogue/Show", async { service.entry(&asked) })
        .await;
    let officer = Editor {
        by: "city/430200/person/officer".parse().unwrap(),
        department: None,
        merged: Default::default(),
    };
    let day = "2026-11-20".parse().unwrap();
    let noted = follow_up::note(catalogue, officer.clone(), code.clone(), day);
    keys.call("Catalogue/NoteChange", noted).await;
    let document = v1::given_consent::Given::Document("市数函〔2026〕3号".to_owned());
    let asked = v1::ExtendUpdateRequest {
        code: code.to_string(),
        working_days: 1,
        consent: Some(v1::GivenConsent {
            given: Some(document),
        }),
    };
    let extended = follow_up::extend(catalogue, (officer.clone(), false), asked);
    keys.call("Catalogue/ExtendUpdate", extended).await;
    let (cause, reason) = (StopCause::Suspended, "演练".to_owned());
    let stopped = StopAct::Stopped {
        cause,
        reason,
        report: None,
    };
    keys.call(
        "Catalogue/StopDeliveries",
        stop::act(catalogue, &officer, code.clone(), stopped),
    )
    .await;
    let reason = "演练".to_owned();
    let lifted = StopAct::Lifted { reason };
    keys.call(
        "Catalogue/ResumeDeliveries",
        stop::act(catalogue, &officer, code.clone(), lifted),
    )
    .await;
    let unmounted = mount::unmount(catalogue, &officer, code, "演练".to_owned());
    keys.call("Catalogue/Unmount", unmounted).await;
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_large_the_catalogue_is() {
    let [few, many] = SIZES;
    let (few, many) = (keys_read(few).await, keys_read(many).await);
    check(&few, &many, &["Catalogue"]);
}
