//! Settings and environments in which a program must not start: it reports why, with a remedy.

use std::fs;

use chengji_tests::{Cluster, Exit};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// The exit of 长沙's node after these replacements in its settings.
fn with(cluster: &Cluster, changes: &[(&str, &str)]) -> Exit {
    let node = cluster.node(CHANGSHA);
    let mut text = fs::read_to_string(&node.config).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} in {text}");
        text = text.replace(from, to);
    }
    let config = node.path("changed.toml");
    fs::write(&config, text).unwrap();
    node.does_not_start(&config)
}

#[test]
fn a_data_directory_is_of_one_city_and_one_process() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let elsewhere = changsha.address.replace(":7431", ":7499");
    let port = (changsha.address.as_str(), elsewhere.as_str());

    with(&cluster, &[port]).refused(1, &["430100/data", "remedy:"]);
    with(&cluster, &[("\"data\"", "\"other\"")])
        .refused(1, &["data-directory-missing", "430100/other", "remedy:"]);
    zhuzhou.terminate();
    with(&cluster, &[port, ("\"data\"", "\"../430200/data\"")])
        .refused(1, &["belongs to city/430200", "city/430100", "remedy:"]);

    // The other programs are unaffected.
    zhuzhou.start();
    changsha.cli(&["status"]).ok();
    zhuzhou.cli(&["status"]).ok();
}

#[test]
fn every_mistake_in_the_settings_is_told_at_once() {
    let cluster = Cluster::prepared(&[CHANGSHA]);
    let unknown = "colour = 'red'\nlisen = 'x'\ncity =";
    with(&cluster, &[("city =", unknown), ("data = \"data\"\n", "")]).refused(
        1,
        &["changed.toml", "colour", "lisen", "data", "3 mistakes"],
    );
    with(
        &cluster,
        &[
            ("\"430100\"", "\"430101\""),
            ("[\"shared\"]", "[\"nowhere\"]"),
            (":7400\"", "\""),
        ],
    )
    .refused(1, &["430101", "nowhere", "coordinator"]);
    with(&cluster, &[("city =", "city ?")])
        .refused(1, &["changed.toml:2", "settings-file-not-toml"]);
    with(&cluster, &[("identity.pem", "none.pem")]).refused(1, &["none.pem", "remedy:"]);

    let coordinator = &cluster.coordinator;
    let text = fs::read_to_string(&coordinator.config).unwrap();
    let config = coordinator.path("changed.toml");
    fs::write(
        &config,
        text.replace("data =", "dta =")
            .replace("address =", "addres ="),
    )
    .unwrap();
    coordinator
        .does_not_start(&config)
        .refused(1, &["dta", "addres", "data"]);
}
