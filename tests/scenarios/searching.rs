//! Searches of the federated catalogue through a node, and the index after the coordinator was killed.

use chengji_tests::{Cluster, eventually};
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// The codes and names of what is found.
fn found(found: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let hits = found["hits"].as_array().unwrap().iter();
    let mut found: Vec<(String, String)> = hits
        .map(|hit| {
            let record = &hit["record"];
            (text(&record["city"]), text(&record["entry"]["code"]))
        })
        .collect();
    found.sort();
    found
}

/// The hits with this value of the only facet.
fn counted(found: &Value, value: &str) -> u64 {
    let counts = found["facets"][0]["counts"].as_array().unwrap();
    let count = counts.iter().find(|count| count["value"] == value);
    count
        .and_then(|count| count["hits"].as_u64())
        .unwrap_or_default()
}

#[test]
fn people_search_with_filters_counts_and_completions() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    changsha.import("catalogue.csv");
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    cluster.until_followed(ZHUZHOU);

    let all = changsha.json(&[
        "directory",
        "search",
        "信息",
        "--facet",
        "city",
        "--limit",
        "1000",
    ]);
    let hits = found(&all);
    let of = |city: &str| hits.iter().filter(|(of, _)| of == city).count() as u64;
    assert!(of(CHANGSHA) > 0 && of(ZHUZHOU) > 0, "{all}");
    assert_eq!(counted(&all, CHANGSHA), of(CHANGSHA));
    assert_eq!(counted(&all, ZHUZHOU), of(ZHUZHOU));
    // Narrowed to a city; its own filter does not apply to the counts of cities.
    let narrowed = [
        "directory",
        "search",
        "信息",
        "--city",
        ZHUZHOU,
        "--facet",
        "city",
    ];
    let narrowed = changsha.json(&[&narrowed[..], &["--limit", "1000"]].concat());
    assert_eq!(narrowed["total"], of(ZHUZHOU));
    assert_eq!(counted(&narrowed, CHANGSHA), of(CHANGSHA));
    let marks = &all["hits"][0]["snippets"][0]["marks"];
    assert!(!marks.as_array().unwrap().is_empty(), "{all}");

    let name = all["hits"][0]["record"]["entry"]["name"].as_str().unwrap();
    let typed: String = name.chars().take(2).collect();
    let completed = changsha.json(&["directory", "complete", &typed]);
    assert!(
        !completed["completions"].as_array().unwrap().is_empty(),
        "{completed}"
    );
    let wrong = ["directory", "search", "--filter", "class=9"];
    changsha.cli(&wrong).refused(3, &["INVALID_ARGUMENT"]);
}

#[test]
fn after_a_kill_the_index_has_what_the_catalogue_has() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    let words = ["directory", "search", "--city", ZHUZHOU, "--limit", "1000"];
    for round in 0..3 {
        match round {
            0 => drop(zhuzhou.import("catalogue-new.csv")),
            1 => zhuzhou.withdraw("103001/000001", "机构改革"),
            _ => drop(zhuzhou.import("catalogue-while-away.csv")),
        }
        // Somewhere between the commit of the catalogue and that of the index.
        cluster.coordinator.kill9();
        cluster.coordinator.start();
        cluster.until_followed(ZHUZHOU);
        let searched = cluster.coordinator.json(&words);
        let published = zhuzhou.catalogue().into_iter();
        let published: Vec<(String, String)> = published
            .map(|(code, _)| (ZHUZHOU.to_owned(), code))
            .collect();
        assert_eq!(found(&searched), published, "round {round}");
    }
    // A lost index is built anew.
    cluster.coordinator.terminate();
    std::fs::remove_dir_all(cluster.coordinator.path("data/search")).unwrap();
    cluster.coordinator.start();
    let before = zhuzhou.catalogue().len() as u64;
    eventually("everything is found again", || {
        let found = cluster.coordinator.try_json(&words)?;
        (found["total"] == before).then_some(())
    });
}
