//! The coordinator stays away for days, and clocks move meanwhile.

use std::path::Path;

use chengji_tests::{Ahead, Cluster, Server, eventually};
use jiff::{SignedDuration, Timestamp};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// Confirms the log of a server that was started without its peers.
fn confirm(server: &Server, by: &Path) {
    let confirm = ["log", "confirm", "--reason", "演练"];
    server.cli_as(by, &confirm).ok();
}

#[test]
fn the_list_of_members_holds_for_the_grace_and_everything_heals_by_itself() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    let fetch = || changsha.cli(&["fetch", &id]);
    fetch().ok();

    // The coordinator is down, and both nodes are stopped for this number of hours in total.
    cluster.coordinator.terminate();
    let after = |hours| {
        for node in [changsha, zhuzhou] {
            node.terminate();
            node.move_clock(SignedDuration::from_hours(hours));
            node.start();
            confirm(node, &node.manager);
        }
    };
    // For a day nothing is reported, for three days it works, with warnings.
    for hours in [23, 26, 71] {
        after(hours);
        fetch().ok();
    }
    let said = changsha.output();
    let is_warning = |line: &str| line.contains("WARN") && line.contains(" until=");
    assert!(said.lines().any(is_warning), "{said}");
    // Then the members on the roster are refused, with the reason; the city's own people are not.
    after(73);
    fetch().refused(4, &["ROSTER_EXPIRED", "roster-too-old"]);
    changsha.cli(&["catalogue", "list"]).ok();
    zhuzhou.cli(&["status"]).ok();
    // Neither a restart nor a clock that is set back makes the roster newer.
    after(0);
    fetch().refused(4, &["ROSTER_EXPIRED"]);

    // Two weeks later it comes back, without any manual action.
    for server in [&cluster.coordinator, changsha, zhuzhou] {
        server.move_clock(SignedDuration::from_hours(14 * 24));
    }
    cluster.coordinator.start();
    eventually("the cities deliver to each other again", || {
        (fetch().code == Some(0)).then_some(())
    });
    zhuzhou.import("catalogue-while-away.csv");
    cluster.until_followed(ZHUZHOU);
}

#[test]
fn a_node_whose_certificate_has_ended_gets_a_new_one_and_goes_on() {
    let cluster = Cluster::prepared(&[CHANGSHA]);
    let (coordinator, clock) = (&cluster.coordinator, Ahead::default());
    // Certificates issued now ended ten days ago.
    clock.by(-40 * 24);
    coordinator.start_at(clock.clock());
    confirm(coordinator, &coordinator.profile);
    let invited = cluster
        .coordinator
        .json(&["member", "invite", "430300", "--name", "湘潭市"]);
    let folder = cluster.path("late").display().to_string();
    let address = coordinator.address.replace(":7400", ":7433");
    let invitation = invited["invitation"].as_str().unwrap();
    let join = ["join", invitation, "--dir", &folder, "--listen", &address];
    cluster
        .node(CHANGSHA)
        .cli(&join)
        .refused(1, &["identity-expired"]);
    coordinator.terminate();

    // The coordinator is back in the present. The certificate is the node's only credential.
    coordinator.start();
    confirm(coordinator, &coordinator.profile);
    let exit = cluster.node(CHANGSHA).cli(&join).ok();
    assert!(exit.says("city-joined"), "{exit}");
    let members = coordinator.json(&["member", "list"]);
    let until = members["members"][1]["certificate_expires"]
        .as_str()
        .unwrap();
    let until: Timestamp = until.parse().unwrap();
    assert!(
        until.duration_since(chengji_clock::now()).as_hours() > 29 * 24,
        "{until}"
    );
}
