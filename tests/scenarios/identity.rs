//! Who may call whom: what is wrong with a certificate is told, and nobody passes with it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use chengji_tests::{Authority, Certificate, Cluster};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

#[test]
fn people_call_their_own_city_and_nobody_else() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, coordinator) = (cluster.node(CHANGSHA), &cluster.coordinator);

    // 株洲's officer at 长沙's node.
    let stranger = format!("city/{ZHUZHOU}/person/officer");
    let profile = cluster.profile("stranger", &stranger, &changsha.address);
    for command in [
        &["catalogue", "list"][..],
        &["status"],
        &["log", "show"],
        &["receipts"],
    ] {
        let exit = changsha.cli_as(&profile, command);
        let own = "a person of the node's own city";
        exit.refused(
            4,
            &[
                &format!("{stranger} may not call"),
                own,
                "DENIED",
                "无权操作",
            ],
        );
    }
    // Neither does an operator of the coordinator change anything at a city.
    let profile = cluster.profile("operator-there", "operator/duty", &changsha.address);
    let words = ["catalogue", "withdraw", "103001/000001", "--reason", "x"];
    changsha
        .cli_as(&profile, &words)
        .refused(4, &["operator/duty may not call", "DENIED"]);

    // 长沙's officer at the coordinator.
    let officer = format!("city/{CHANGSHA}/person/officer");
    let profile = cluster.profile("there", &officer, &coordinator.address);
    for command in [
        &["rate", "show"][..],
        &["request", "list"],
        &["log", "show"],
    ] {
        let exit = coordinator.cli_as(&profile, command);
        exit.refused(4, &[&format!("{officer} may not call"), "DENIED"]);
    }
    // An auditor reads figures and rules on nothing.
    let profile = cluster.profile("auditor", "auditor/office", &coordinator.address);
    coordinator.cli_as(&profile, &["rate", "show"]).ok();
    let words = ["request", "rule", "430100-1-0", "--uphold", "--reason", "x"];
    coordinator
        .cli_as(&profile, &words)
        .refused(4, &["auditor/office may not call", "DENIED"]);
}

#[test]
fn certificates_of_a_foreign_authority_open_nothing() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let officer = format!("city/{CHANGSHA}/person/officer");
    // The same cluster and person by name, made by somebody else.
    let foreign = Authority::new(cluster.path("foreign-ca"), "test-cluster");
    let profile = cluster.profile("intruder", &officer, &node.address);
    let folder = cluster.path("intruder");
    let ours = fs::read_to_string(folder.join("ca.pem")).unwrap();
    foreign.issue(&folder, &officer);
    let theirs = fs::read_to_string(folder.join("ca.pem")).unwrap();

    // The caller believes the foreign authority only: it does not believe the node.
    node.cli_as(&profile, &["catalogue", "list"])
        .refused(5, &["no trusted connection"]);
    // It believes both: now it is the node that refuses, and says so in its log.
    fs::write(folder.join("ca.pem"), format!("{theirs}{ours}")).unwrap();
    let exit = node.cli_as(&profile, &["catalogue", "list"]);
    assert_ne!(exit.code, Some(0), "{exit}");
    assert!(node.said().contains("handshake failed"), "{}", node.said());
    // It believes its own cluster only: its own certificate is found out before it calls.
    fs::write(folder.join("ca.pem"), ours).unwrap();
    node.cli_as(&profile, &["catalogue", "list"])
        .refused(1, &["vouches for", "MISCONFIGURED"]);
    node.cli(&["catalogue", "list"]).ok();
}

#[test]
fn a_node_does_not_start_as_somebody_it_is_not() {
    let cluster = Cluster::prepared(&[CHANGSHA, ZHUZHOU]);
    let (changsha, config) = (cluster.node(CHANGSHA), cluster.path("430100/wrong.toml"));
    let settings = fs::read_to_string(&changsha.config).unwrap();
    let wrong = |from: &str, to: &str| {
        assert!(settings.contains(from));
        fs::write(&config, settings.replace(from, to)).unwrap();
        changsha.does_not_start(&config)
    };
    let of_zhuzhou = wrong("'tls/", "'../430200/tls/");
    of_zhuzhou.refused(
        1,
        &[
            "city/430200/node",
            "the settings are of city 430100",
            "remedy:",
        ],
    );
    let of_a_person = wrong("'tls/", "'officer/");
    of_a_person.refused(1, &["city/430100/person/officer", "MISCONFIGURED"]);
    let other_key = wrong("key = 'tls/", "key = 'officer/");
    other_key.refused(1, &["does not fit the certificate"]);

    // A coordinator of another cluster than its certificate's.
    let coordinator = &cluster.coordinator;
    let settings = fs::read_to_string(&coordinator.config).unwrap();
    let config = cluster.path("coordinator/wrong.toml");
    fs::write(&config, settings.replace("'test-cluster'", "'other'")).unwrap();
    coordinator
        .does_not_start(&config)
        .refused(1, &["the cluster 'test-cluster'", "of 'other'"]);

    let key = changsha.path("tls/key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let chmod = format!("chmod 600 {}", key.display());
    changsha
        .does_not_start(&changsha.config)
        .refused(1, &[&chmod, "mode 0644"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    changsha.start();
}

#[test]
fn expired_certificates_and_those_of_another_cluster_are_told() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let authority = Authority::at(cluster.path("ca"));
    let officer = format!("city/{CHANGSHA}/person/officer");
    let profile = cluster.profile("wrong", &officer, &node.address);
    let forge = |uri: &str, from, until| {
        let said = Certificate { uri, from, until };
        authority.forge(&cluster.path("wrong"), "test-cluster", said);
        node.cli_as(&profile, &["catalogue", "list"])
    };
    let own = format!("spiffe://test-cluster/{officer}");
    // What is forged is as good as what is issued, but for what each case changes.
    forge(&own, 2020, 2099).ok();
    forge(&own, 2020, 2022).refused(1, &["it expired on", "issue a new certificate"]);
    forge(&own, 2098, 2099).refused(1, &["it is not valid before"]);
    forge("spiffe://test-cluster/mayor", 2020, 2099).refused(1, &["'mayor' names no party"]);

    // Signed by the cluster's authority, for another cluster: refused on both sides.
    let exit = forge(&format!("spiffe://other-cluster/{officer}"), 2020, 2099);
    assert_ne!(exit.code, Some(0), "{exit}");
    assert!(exit.stderr.contains("cluster"), "{exit}");
}
