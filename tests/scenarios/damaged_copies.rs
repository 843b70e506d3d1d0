//! Damage in the coordinator's copy of a city's log: figures are refused, not wrong, until the entry was
//! fetched again from the city. It is never taken for a divergence.

use chengji_store::{Batch, Key, KeyValue as _, Pair, Prefix, RocksStore};
use chengji_tests::{Cluster, Server, eventually, says};

const CITY: &str = "430200";

/// The longest envelope in the copy of the city's log: of an entry that counts.
fn an_entry(coordinator: &Server) -> Pair {
    let store = RocksStore::open_read_only(&coordinator.path("data")).unwrap();
    let (lower, upper) = Key::new(Prefix::MirrorEnvelope).u32(430_200).range();
    let envelopes = store.range(&lower, &upper, usize::MAX).unwrap().into_iter();
    envelopes
        .max_by_key(|(_, envelope)| envelope.len())
        .unwrap()
}

#[test]
fn a_damaged_copy_gives_no_figures_until_its_entry_was_fetched_again() {
    let cluster = Cluster::new(&[CITY]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CITY));
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    let cut_off = chengji_clock::now().to_string();
    let (live, past) = (["rate", "show"], ["rate", "show", "--at", &cut_off]);
    let figures = coordinator.json(&live)["cluster"].clone();
    let past_figures = coordinator.json(&past);
    node.terminate();
    coordinator.terminate();

    let (key, entry) = an_entry(coordinator);
    let mut damaged = entry.clone();
    damaged[entry.len() / 2] ^= 1;
    let store = RocksStore::open(&coordinator.path("data")).unwrap();
    let mut batch = Batch::new();
    batch.put(key, damaged);
    // Figures that are folded on from a snapshot need no entry before it.
    let (lower, upper) = Key::new(Prefix::RateSnapshot).range();
    for (snapshot, _) in store.range(&lower, &upper, usize::MAX).unwrap() {
        batch.delete(snapshot);
    }
    store.commit(&batch).unwrap();
    drop(store);

    // The entry is available nowhere now: all figures that need it are refused, with the reason.
    coordinator.start();
    for words in [&live[..], &past] {
        coordinator
            .cli(words)
            .refused(1, &["STORAGE_DAMAGED", "follow-entry-damaged"]);
    }
    let findings = coordinator.cli(&["status", "--check"]).stdout;
    assert!(says(&findings, "finding-log-damaged"), "{findings}");
    let known = cluster.city(CITY).unwrap();
    assert_eq!(
        (&known["damaged"], known["alarm"].is_null()),
        (&1.into(), true)
    );

    node.start();
    let mended = eventually("the entry was fetched again", || {
        let figures = coordinator.try_json(&live)?["cluster"].clone();
        Some((figures, cluster.city(CITY)?))
    });
    assert_eq!(mended.0, figures);
    assert_eq!(coordinator.json(&past), past_figures);
    let city = mended.1;
    assert_eq!(
        (&city["damaged"], city["alarm"].is_null()),
        (&0.into(), true)
    );
    coordinator.terminate();
    assert_eq!(an_entry(coordinator).1, entry);
}
