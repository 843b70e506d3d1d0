//! Permissions by identity: problems of a certificate are reported, and calls with it are refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chengji_tests::{Authority, Certificate, Cluster, Server, demo, eventually, importing};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// Returns true if a server has logged the address and the reason of a handshake that failed.
fn logs_a_failed_handshake(server: &Server) -> bool {
    let said = server.output();
    let mut lines = said.lines();
    lines.any(|line| line.contains(" addr=") && line.contains(" reason="))
}

#[test]
fn people_call_their_own_city_and_nobody_else() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let coordinator = &cluster.coordinator;

    // 株洲's officer at 长沙's node.
    for command in [
        &["catalogue", "list"][..],
        &["status"],
        &["log", "show"],
        &["receipts"],
    ] {
        // The command expects its own node: another one receives nothing from it. The other node's
        // answers are tested with the rest of the contract.
        let exit = changsha.cli_here(&zhuzhou.profile, command);
        let reported = "the server is city/430100/node, not city/430200/node";
        exit.refused(4, &[reported, "UNAUTHENTICATED"]);
    }
    // An operator of the coordinator has no rights at a city, least of all over its people.
    for command in [
        &["person", "invite", "mallory", "--role", "approver"][..],
        &["certificate", "rotate"],
        &["status"],
    ] {
        let exit = changsha.cli_here(&coordinator.profile, command);
        exit.refused(4, &["call-not-open-to", "DENIED"]);
    }
    let words = ["catalogue", "withdraw", "103001/000001", "--reason", "x"];
    let exit = changsha.cli_here(&coordinator.profile, &words);
    exit.refused(4, &["call-not-open-to", "DENIED"]);

    // 长沙's officer at the coordinator.
    for command in [
        &["rate", "show"][..],
        &["request", "list"],
        &["log", "show"],
        &["member", "list"],
    ] {
        let exit = coordinator.cli_here(&changsha.profile, command);
        exit.refused(4, &["call-not-open-to", "DENIED"]);
    }
    // An auditor reads figures and cannot refer a dispute.
    let auditor = coordinator.enrol("office", &["auditor"]);
    coordinator.cli_as(&auditor, &["rate", "show"]).ok();
    let words = "request refer 430100-1-0 --authority x --reason x";
    let words: Vec<&str> = words.split(' ').collect();
    coordinator
        .cli_as(&auditor, &words)
        .refused(4, &["call-not-open-to", "DENIED"]);
    // It reads every city's log, and no city's catalogue.
    changsha.cli_here(&auditor, &["log", "show"]).ok();
    changsha
        .cli_here(&auditor, &["catalogue", "list"])
        .refused(4, &["DENIED"]);
}

#[test]
fn roles_say_what_a_person_may_do_and_a_denial_says_which_would() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let catalogue = node.path("shared/catalogue.csv");
    let import = importing(&catalogue, &["--skip-invalid"]);
    let publisher = node.enrol("li.ming", &["publisher"]);
    node.cli_as(&publisher, &import).ok();
    let grant = ["request", "grant", "430200-1-1"];
    node.cli_as(&publisher, &grant)
        .refused(4, &["call-needs-role", "approver"]);
    let auditor = node.enrol("wang.wei", &["auditor"]);
    node.cli_as(&auditor, &["log", "show"]).ok();
    node.cli_as(&auditor, &["catalogue", "list"]).ok();
    node.cli_as(&auditor, &import).refused(4, &["publisher"]);
    // A manager of people sees no data, and cannot give itself rights.
    node.cli_as(&node.manager, &["person", "list"]).ok();
    node.cli_as(&node.manager, &["status"]).ok();
    node.cli_as(&node.manager, &["catalogue", "list"])
        .refused(4, &["call-needs-role"]);
    let oneself = ["person", "change", "administrator", "--role", "publisher"];
    node.cli_as(&node.manager, &oneself)
        .refused(4, &["person-changes-own-rights"]);
    let both = [
        "person",
        "invite",
        "x",
        "--role",
        "administrator",
        "--role",
        "publisher",
    ];
    node.cli_as(&node.manager, &both)
        .refused(3, &["role-alone"]);
    node.cli_as(&publisher, &["person", "list"])
        .refused(4, &["administrator"]);

    // Changed roles apply from the next call on.
    let change = ["person", "change", "li.ming", "--role", "approver"];
    node.cli_as(&node.manager, &change).ok();
    node.cli_as(&publisher, &import)
        .refused(4, &["call-needs-role"]);
    node.cli_as(&publisher, &grant)
        .refused(3, &["request-not-found"]);
    check_audit(node, &auditor);
}

/// Checks that the audit log has the denied calls and the change of rights, with caller, subject and reason.
fn check_audit(node: &Server, auditor: &Path) {
    let audit = node.json_as(auditor, &["audit", "--denied"]);
    let denied = audit["entries"].as_array().unwrap();
    let of_grant = denied
        .iter()
        .find(|e| e["rpc"] == "/chengji.v1.RequestService/Grant")
        .unwrap();
    assert_eq!(of_grant["subject"], "430200-1-1", "{of_grant}");
    let reported = |outcome: &str, principal: &str| {
        denied
            .iter()
            .any(|e| e["outcome"] == outcome && e["principal"] == principal)
    };
    assert!(reported("DENIED", "city/430100/person/li.ming"), "{audit}");
    assert!(
        reported("NOT_FOUND", "city/430100/person/li.ming"),
        "{audit}"
    );
    let all = node.json_as(auditor, &["audit"]);
    let changed = all["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["rpc"] == "/chengji.v1.PersonService/Change" && e["outcome"] == "OK");
    let changed = changed.expect("the change of rights");
    assert_eq!(changed["subject"], "li.ming");
    assert_eq!(changed["principal"], "city/430100/person/administrator");
}

#[test]
fn a_departments_publisher_has_its_hands_on_its_own_entries_only() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    node.import("catalogue.csv");
    let records = node.json(&["catalogue", "list"]);
    let entries = records["records"].as_array().unwrap();
    let of =
        |entry: &serde_json::Value, field: &str| entry["entry"][field].as_str().unwrap().to_owned();
    let own = &entries[0];
    let department = of(own, "provider_code");
    let other = entries
        .iter()
        .find(|e| of(e, "provider_code") != department)
        .unwrap();
    let profile = node.enrol_in(&department, "zhang.min", &["publisher"]);
    let withdraw = |code: &str| {
        node.cli_as(
            &profile,
            &["catalogue", "withdraw", code, "--reason", "调整"],
        )
    };
    withdraw(&of(other, "code"))
        .refused(4, &["entry-of-another-department", &department, "DENIED"]);
    withdraw(&of(own, "code")).ok();
    // Nor does it take over another department's entry by naming its own in it.
    let theirs = (of(other, "code"), of(other, "provider_code"));
    let all = fs::read_to_string(node.path("shared/catalogue.csv")).unwrap();
    let with_slash = format!("{}/{}", &theirs.0[..6], &theirs.0[6..]);
    let row = all
        .lines()
        .find(|row| row.contains(&with_slash) || row.contains(&theirs.0));
    let taken = row
        .expect("the row of the entry")
        .replace(&theirs.1, &department);
    let header = all.lines().next().unwrap();
    let file = cluster.path("taken.csv");
    fs::write(&file, format!("{header}\n{taken}\n")).unwrap();
    let exit = node.cli_as(&profile, &importing(&file, &[]));
    exit.refused(3, &["provider code", "import-of-another-department"]);
    let file = demo().join("430200/catalogue-new.csv");
    let exit = node.cli_as(&profile, &importing(&file, &[]));
    exit.refused(3, &["provider code", "import-of-another-department"]);
}

#[test]
fn certificates_of_a_foreign_authority_open_nothing() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    // The same cluster and person by name, certified by a foreign authority.
    let (foreign, ours) = (Authority::foreign(), Authority::of_cluster(&cluster).pem);
    let folder = cluster.path("intruder");
    let said = Certificate {
        uri: "spiffe://test-cluster/auditor/office",
        from: 2020,
        until: 2099,
    };
    let listed = |believes: &str| {
        let files = foreign.forge(&folder, said, believes);
        node.cli_as(&node.profile_of(&files), &["log", "show"])
    };
    // The caller trusts only the foreign authority: it does not trust the node.
    listed(&foreign.pem).refused(5, &["connection-untrusted"]);
    // It trusts both: now the node refuses, and logs it.
    let exit = listed(&format!("{}{ours}", foreign.pem));
    assert_ne!(exit.code, Some(0), "{exit}");
    eventually("the node says so", || {
        logs_a_failed_handshake(node).then_some(())
    });
    // It trusts only its own cluster: its own certificate is rejected before it calls.
    listed(&ours).refused(1, &["identity-of-another-cluster", "MISCONFIGURED"]);
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
    let of_zhuzhou = wrong("\"identity.pem\"", "\"../430200/identity.pem\"");
    of_zhuzhou.refused(
        1,
        &[
            "city/430200/node",
            "certificate-of-another-party",
            "remedy:",
        ],
    );
    let officer = changsha
        .profile
        .with_file_name("identity.pem")
        .display()
        .to_string();
    let of_a_person = wrong("identity.pem", &officer);
    of_a_person.refused(1, &["city/430100/person/officer", "MISCONFIGURED"]);
    let other_people = wrong("\"people\"", "\"../430200/nowhere\"");
    other_people.refused(1, &["people-ca-key.pem", "MISCONFIGURED"]);

    // A coordinator with the data of another cluster than in its settings.
    let coordinator = &cluster.coordinator;
    let settings = fs::read_to_string(&coordinator.config).unwrap();
    let config = cluster.path("coordinator/wrong.toml");
    fs::write(&config, settings.replace("\"test-cluster\"", "\"other\"")).unwrap();
    coordinator
        .does_not_start(&config)
        .refused(1, &["data-of-another-cluster"]);

    for (server, key) in [
        (changsha, "identity.pem"),
        (changsha, "people/people-ca-key.pem"),
        (coordinator, "ca/ca-key.pem"),
    ] {
        loose(server, key);
    }
    coordinator.start();
    changsha.start();
}

/// A key that others can read is refused, with the command that repairs it.
fn loose(server: &Server, key: &str) {
    let key = server.path(key);
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let chmod = format!("chmod 600 {}", key.display());
    server
        .does_not_start(&server.config)
        .refused(1, &[&chmod, "identity-key-exposed"]);
    mode(0o600);
}

#[test]
fn expired_certificates_and_those_of_another_cluster_are_told() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let coordinator = &cluster.coordinator;
    let authority = Authority::of_cluster(&cluster);
    let forge = |uri: &str, from, until| {
        let said = Certificate { uri, from, until };
        let files = authority.forge(&cluster.path("wrong"), said, &authority.pem);
        coordinator.cli_as(&coordinator.profile_of(&files), &["city", "list"])
    };
    let own = "spiffe://test-cluster/operator/duty";
    // Equivalent to an issued certificate, but not on record: a holder of the authority's key without the
    // coordinator is stopped here.
    forge(own, 2020, 2099).refused(4, &["certificate-not-issued-here", "SUSPENDED"]);
    forge(own, 2020, 2022).refused(1, &["identity-expired"]);
    forge(own, 2098, 2099).refused(1, &["identity-not-yet-valid"]);
    forge("spiffe://test-cluster/mayor", 2020, 2099).refused(1, &["principal-malformed"]);

    // Signed by the cluster's authority, for another cluster: refused on both sides.
    let exit = forge("spiffe://other-cluster/operator/duty", 2020, 2099);
    assert_ne!(exit.code, Some(0), "{exit}");
    assert!(exit.stderr.contains("cluster"), "{exit}");
}

#[test]
fn who_holds_the_clusters_authority_cannot_be_a_citys_person() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let node = cluster.node(CHANGSHA);
    let officer = Certificate {
        uri: "spiffe://test-cluster/city/430100/person/officer",
        from: 2020,
        until: 2099,
    };
    let cluster_authority = Authority::of_cluster(&cluster);
    // The coordinator itself, and another city's authority.
    for authority in [&cluster_authority, &Authority::of_city(&cluster, ZHUZHOU)] {
        let files = authority.forge(&cluster.path("forged"), officer, &cluster_authority.pem);
        let exit = node.cli_as(&node.profile_of(&files), &["catalogue", "list"]);
        assert_ne!(exit.code, Some(0), "{exit}");
    }
    eventually("the node says so", || {
        logs_a_failed_handshake(node).then_some(())
    });
    // With the city's own key it is not among those that were issued.
    let own = Authority::of_city(&cluster, CHANGSHA);
    let files = own.forge(&cluster.path("forged"), officer, &cluster_authority.pem);
    node.cli_as(&node.profile_of(&files), &["catalogue", "list"])
        .refused(4, &["certificate-not-issued-here", "SUSPENDED"]);
}
