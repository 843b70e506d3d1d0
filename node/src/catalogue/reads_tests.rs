//! How much the calls about the catalogue read, by the class that each declares: in a catalogue that is ten times as
//! large, a call of the class POINT or PAGE reads no more keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chengji_domain::Digest;
use chengji_domain::catalogue::lifecycle::{self, Lifecycle, Move, State, Step};
use chengji_domain::catalogue::{Entry, Record};
use chengji_domain::tables::Tables;
use chengji_proto::policy::PolicyTable;
use chengji_proto::v1::{self, ReadClass};
use chengji_store::{CountingStore, Ledger, MemoryStore, Reads, Tx};
use jiff::Timestamp;

use super::samples::{MINE, entry};
use super::service::Service;
use super::*;

/// Calls that read whole prefixes: not yet indexed.
const NOT_YET_INDEXED: [&str; 1] = ["Statistics"];

/// Items on the pages that are asked for.
const SIZE: u32 = 5;
/// The most keys that a call reads: for each item of a page an entry of an index and two records, for each state of
/// entries an index, and a few more.
const MAX_KEYS: u64 = 3 * (SIZE as u64 + 1) + 40;

/// A catalogue of so many published entries, each of which was moved as often.
async fn filled(count: u32) -> (Service, Reads) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: ledger.clone(),
        clock: Arc::new(|| "2026-11-23T02:00:00Z".parse().unwrap()),
    };
    for number in 1..=count {
        let put = ledger.write(move |tx| put(tx, entry(number, "区划", MINE, &[]), count));
        put.await.unwrap();
    }
    let tables = Arc::new(Tables::built_in().unwrap());
    (Service(Catalogue::new(own, tables, Arc::default())), reads)
}

fn put(tx: &mut Tx<'_>, entry: Entry, steps: u32) -> chengji_domain::Result<()> {
    let code = entry.code.clone();
    let step = Step {
        revision: 1,
        mv: Move::Submit,
        state: State::Published,
        at: Timestamp::UNIX_EPOCH,
        by: "city/430200/person/officer".parse()?,
        reason: String::new(),
        due: None,
    };
    for number in 0..steps {
        lives::STEPS.put(tx, &(code.clone(), number), &step)?;
    }
    let life = lifecycle::Record {
        life: Lifecycle {
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
    };
    lives::REVISIONS.put(tx, &(code.clone(), 1), &entry)?;
    lives::LIVES.put(tx, &code, &life)?;
    book::put(tx, &Record::new(entry, 1, Timestamp::UNIX_EPOCH))
}

/// The keys that each call reads.
fn keys_read(service: &Service, reads: &Reads) -> BTreeMap<&'static str, u64> {
    let page = || {
        Some(v1::PageRequest {
            size: SIZE,
            cursor: String::new(),
        })
    };
    let (own, code) = (&service.0.own, "206001000001".to_owned());
    let kv = own.ledger.kv().as_ref();
    let mut keys = BTreeMap::new();
    let mut count = |rpc, call: &dyn Fn() -> usize, found| {
        let (read, items) = reads.during(call);
        assert_eq!(items, found, "{rpc}");
        keys.insert(rpc, read);
    };
    let all = SIZE as usize;
    let lives = v1::ListLivesRequest {
        filter: None,
        page: page(),
    };
    count(
        "ListLives",
        &|| listing::page(kv, &lives, own.now()).unwrap().lives.len(),
        all,
    );
    let published = v1::ListEntriesRequest {
        page: page(),
        ..v1::ListEntriesRequest::default()
    };
    let listed = || listing::published(kv, own.city, &published, own.now()).unwrap();
    count("List", &|| listed().records.len(), all);
    let history = v1::HistoryRequest {
        code: code.clone(),
        page: page(),
    };
    count(
        "History",
        &|| service.steps(&history).unwrap().steps.len(),
        all,
    );
    let terms = v1::ListTermsRequest { page: page() };
    count(
        "ListTerms",
        &|| service.terms(&terms).unwrap().terms.len(),
        all,
    );
    for revision in [0, 1] {
        let code = code.clone();
        let shown = v1::ShowEntryRequest { code, revision };
        count("Show", &|| usize::from(service.entry(&shown).is_ok()), 1);
    }
    let asked = v1::StatisticsRequest {
        dimensions: Vec::new(),
        page: page(),
    };
    count(
        "Statistics",
        &|| {
            statistics::statistics(&service.0, &asked)
                .unwrap()
                .statistics
                .len()
        },
        all,
    );
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_large_the_catalogue_is() {
    let (few, reads) = filled(12).await;
    let few = keys_read(&few, &reads);
    let (many, reads) = filled(120).await;
    let many = keys_read(&many, &reads);
    let table = PolicyTable::of_contract().unwrap();
    let bounded = |class| matches!(class, ReadClass::Point | ReadClass::Page);
    let calls = table
        .rules()
        .filter(|(_, rule)| bounded(rule.reads) && !rule.changes);
    let calls = calls.filter_map(|(path, _)| path.strip_prefix("/chengji.v1.CatalogueService/"));
    let counted: BTreeSet<&str> = many.keys().copied().collect();
    assert_eq!(counted, calls.collect(), "each call is counted");
    for (rpc, keys) in &many {
        let grows = *keys > few[rpc] + 4 || *keys > MAX_KEYS;
        assert_eq!(
            grows,
            NOT_YET_INDEXED.contains(rpc),
            "{rpc} reads {} keys, and {keys} of ten times as many",
            few[rpc]
        );
    }
}
