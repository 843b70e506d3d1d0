//! Entries for tests of the catalogue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_domain::catalogue::{Draft, DraftItem, Entry, Given, ItemType, ShareClass};
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::request::{Consent, RequestRecord};
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, ResourceCode};
use chengji_follow::request_table;
use chengji_proto::convert;
use chengji_runtime::CurrentRules;
use chengji_sources::Sources;
use chengji_sources::settings::declare;
use chengji_store::{Ledger, MemoryStore, Tx, log};
pub use chengji_testkit::{CREDIT_CODE as MINE, OTHER_CREDIT_CODE as OTHER};
use chengji_testkit::{entries, requests};
use jiff::Timestamp;

use super::Catalogue;
use crate::own_log::{OwnLog, append};

/// A valid entry without warnings, except for its name.
pub fn entry(serial: u32, name: &str, provider: &str, items: &[&str]) -> Entry {
    let item = |name: &&str| DraftItem {
        name: (*name).to_owned(),
        kind: Given::Known(ItemType::Text),
        ..DraftItem::default()
    };
    let draft = Draft {
        code: format!("206001{serial:06}"),
        classification: "2/06/001".to_owned(),
        provider_code: provider.to_owned(),
        items: items.iter().map(item).collect(),
        ..entries::with_papers(entries::draft(serial, ShareClass::Unconditional))
    };
    // Any name: entries admitted by earlier rules may have one that is refused today.
    Entry {
        name: name.to_owned(),
        ..entries::entry(&draft)
    }
}

/// An empty catalogue in memory, with these mount roots.
pub fn catalogue(roots: &[PathBuf]) -> Catalogue {
    catalogue_with(roots, Sources::default())
}

/// The same with these sources of tables.
pub fn catalogue_with(roots: &[PathBuf], sources: Sources) -> Catalogue {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]);
    let own = OwnLog {
        city: "430200".parse().unwrap(),
        ledger: ledger.unwrap(),
        clock: Arc::new(|| "2026-11-23T02:00:00Z".parse().unwrap()),
    };
    Catalogue::new(
        own,
        (
            Arc::new(Tables::built_in().unwrap()),
            CurrentRules::built_in().unwrap(),
        ),
        (roots.into(), sources),
        256 << 20,
    )
}

/// A source named `registers` with the CSV files in this folder.
pub fn registers(folder: &Path) -> Sources {
    let settings = serde_json::json!({ "kind": "csv", "folder": folder });
    let settings = serde_json::from_value(settings).unwrap();
    let declared = declare(folder, BTreeMap::from([("registers".to_owned(), settings)]));
    assert!(declared.1.is_empty(), "{:?}", declared.1);
    declared.0
}

/// A request of another city for this entry, granted until this time.
pub fn granted_request(seq: u64, code: &ResourceCode, until: Timestamp) -> RequestRecord {
    let number = format!("430100-1-{seq}-AAAAAAAAAAAAA");
    let (resource, at) = (format!("430200:{code}"), Timestamp::UNIX_EPOCH);
    RequestRecord::new(requests::granted(&number, &resource, at, until))
}

/// Stores a request in place of the one of its number.
pub async fn keep_request(ledger: &Ledger, record: RequestRecord) {
    let job = move |tx: &mut Tx<'_>| request_table::put(tx, &record);
    ledger.write(job).await.unwrap();
}

/// The facts in the city's log.
pub fn facts(catalogue: &Catalogue) -> Vec<CityFact> {
    facts_in(&catalogue.own.ledger, catalogue.own.city)
}

fn facts_in(ledger: &Ledger, city: CityCode) -> Vec<CityFact> {
    let entries = log::entries(&**ledger.kv(), 0, 1_000, usize::MAX).unwrap();
    (entries.iter())
        .map(|(_, bytes)| convert::city_entry_from(bytes, city).unwrap().fact)
        .collect()
}

/// Appends the facts about a change that an entry has to follow, unless the log has them.
pub async fn follow_change(ledger: &Ledger, city: CityCode, code: ResourceCode) {
    let is_noted =
        |fact: &CityFact| matches!(fact, CityFact::Review(ReviewFact::ChangeNoted { .. }));
    if facts_in(ledger, city).iter().any(is_noted) {
        return;
    }
    let noted = ReviewFact::ChangeNoted {
        code: code.clone(),
        on: "2026-11-20".parse().unwrap(),
    };
    let extended = ReviewFact::UpdateExtended {
        code,
        working_days: 5,
        consent: Consent::Paper {
            number: "市数函〔2026〕3号".to_owned(),
        },
    };
    let job = move |tx: &mut Tx<'_>| {
        let (by, at) = (
            "city/430200/person/bian.zhi".parse()?,
            "2026-11-25T02:00:00Z",
        );
        for fact in [noted, extended] {
            append(tx, city, &by, at.parse().unwrap(), CityFact::Review(fact))?;
        }
        Ok(())
    };
    ledger.write(job).await.unwrap();
}
