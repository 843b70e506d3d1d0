//! Joining and leaving: invitations, and revoking rights while they are in use.

use std::fs;
use std::path::Path;
use std::time::Instant;

use chengji_domain::Digest;
use chengji_domain::invitation::Invitation;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_tests::{Cluster, Exit, Server, call, eventually, identity_of};
use tonic::Streaming;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const XIANGTAN: &str = "430300";

fn invite(coordinator: &Server, city: &str) -> String {
    let invited = coordinator.json(&["member", "invite", city, "--name", "新城市"]);
    invited["invitation"].as_str().unwrap().to_owned()
}

fn join(cluster: &Cluster, folder: &str, invitation: &str) -> Exit {
    let folder = cluster.path(folder).display().to_string();
    // Any node's program will do; nothing listens there yet.
    let node = cluster.node(CHANGSHA);
    node.cli(&[
        "join",
        invitation,
        "--dir",
        &folder,
        "--listen",
        "127.0.0.1:7999",
    ])
}

#[test]
fn an_invitation_lets_one_city_in_once() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let invitation = invite(coordinator, XIANGTAN);

    // One wrong character, one too few, and a text that is not an invitation.
    let (rest, last) = invitation.split_at(invitation.len() - 1);
    let other = if last == "A" { 'B' } else { 'A' };
    for damaged in [
        format!("{rest}{other}"),
        rest.to_owned(),
        "hello".to_owned(),
    ] {
        join(&cluster, "new", &damaged).refused(4, &["INVITATION_INVALID", "remedy:"]);
    }
    let parsed: Invitation = invitation.parse().unwrap();
    let changed = |change: &dyn Fn(&mut Invitation)| {
        let mut changed = parsed.clone();
        change(&mut changed);
        changed.to_string()
    };
    // For another city than it was issued for, or with another secret.
    let forged = changed(&|i| i.subject = "city/430400/node".parse().unwrap());
    join(&cluster, "forged", &forged).refused(4, &["invitation-altered"]);
    join(&cluster, "forged-2", &changed(&|i| i.secret = [7; 16]))
        .refused(4, &["invitation-altered"]);
    // It leads to a server outside of its cluster.
    let elsewhere = changed(&|i| i.authority = Digest([7; 32]));
    join(&cluster, "forged-3", &elsewhere).refused(4, &["server-of-another-cluster"]);
    // A person's invitation does not admit a node, nor a node's a person.
    let person = ["person", "invite", "li.ming", "--role", "auditor"];
    let person = node.json_as(&node.manager, &person);
    let of_person = person["invitation"].as_str().unwrap();
    join(&cluster, "forged-4", of_person).refused(4, &["invitation-not-for-node"]);
    node.cli(&["person", "join", &invitation])
        .refused(4, &["use 'chengji-node join'"]);
    assert_eq!(
        coordinator.json(&["member", "list"])["members"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // None of that used it up.
    join(&cluster, "new", &invitation).ok();
    join(&cluster, "new", &invitation).refused(3, &["settings-exist"]);
    join(&cluster, "newer", &invitation).refused(4, &["invitation-used"]);
    let members = coordinator.json(&["member", "list"]);
    assert_eq!(members["members"][1]["city"], XIANGTAN);
    assert_eq!(members["members"][1]["status"], "MEMBERSHIP_STATUS_ACTIVE");
    node.cli(&["person", "join", of_person]).ok();
    node.cli(&["person", "join", of_person, "--as", "again"])
        .refused(4, &["invitation-used"]);
}

#[test]
fn an_interrupted_join_is_taken_up_and_keys_are_nobody_elses_to_read() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let invitation = invite(&cluster.coordinator, XIANGTAN);
    cluster.coordinator.terminate();
    join(&cluster, "new", &invitation).refused(5, &["PEER_UNAVAILABLE"]);
    cluster.coordinator.start();
    let key = fs::read(cluster.path("new/identity.pem.next-key")).unwrap();
    join(&cluster, "new", &invitation).ok();
    let identity = fs::read(cluster.path("new/identity.pem")).unwrap();
    assert!(
        identity.starts_with(&key),
        "the key that was made first is in use"
    );
    assert!(!cluster.path("new/identity.pem.next-key").exists());
    no_key_is_readable(&cluster.path("."));
}

/// Every file with a key is readable by its owner alone.
fn no_key_is_readable(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for found in fs::read_dir(folder).unwrap() {
        let found = found.unwrap();
        let path = found.path();
        if found.file_type().unwrap().is_dir() {
            no_key_is_readable(&path);
        } else if fs::read(&path)
            .unwrap()
            .windows(11)
            .any(|w| w == b"PRIVATE KEY")
        {
            let mode = found.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        }
    }
}

/// 长沙 has a grant for a large file of 株洲.
fn granted() -> (Cluster, String) {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    fs::write(zhuzhou.path("shared/large.bin"), vec![7; 64 << 20]).unwrap();
    let id = cluster.granted("large.bin");
    (cluster, id)
}

/// A delivery to a city's node of which the first piece was read.
fn delivery(cluster: &Cluster, consumer: &str, id: &str) -> Streaming<v1::FetchResponse> {
    let provider = cluster.node(ZHUZHOU);
    let channel = cluster.channel(&cluster.node(consumer).identity(), provider);
    let request = v1::FetchRequest {
        request: id.to_owned(),
        ..Default::default()
    };
    let fetched = cluster.wait(DeliveryServiceClient::new(channel).fetch(request));
    let mut parts = call(fetched);
    cluster.wait(parts.message()).unwrap().unwrap();
    parts
}

#[test]
fn a_suspended_city_is_cut_off_everywhere_at_once_and_comes_back() {
    let (cluster, id) = granted();
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let coordinator = &cluster.coordinator;
    let mut parts = delivery(&cluster, CHANGSHA, &id);

    let begun = Instant::now();
    let suspend = ["member", "suspend", CHANGSHA, "--reason", "越权使用数据"];
    coordinator.cli(&suspend).ok();
    let whole = cluster.wait(async {
        loop {
            match parts.message().await {
                Ok(Some(part)) => {
                    if matches!(part.part, Some(v1::fetch_response::Part::End(_))) {
                        return true;
                    }
                }
                Ok(None) | Err(_) => return false,
            }
        }
    });
    assert!(!whole, "the delivery came to its end");
    println!(
        "an open delivery ended {:?} after the order to suspend was given",
        begun.elapsed()
    );

    // At the other city, at the coordinator, and with the reason.
    let files = changsha.identity();
    let there = cluster.channel(&files, zhuzhou);
    let request = v1::FetchRequest {
        request: id.clone(),
        ..Default::default()
    };
    let refused = cluster.wait(DeliveryServiceClient::new(there).fetch(request));
    let refused = refused.unwrap_err();
    assert!(refused.message().ends_with("越权使用数据"), "{refused}");
    changsha
        .cli(&["directory", "cities"])
        .refused(4, &["SUSPENDED", "越权使用数据"]);
    eventually("the node says why it hears nothing", || {
        let status = changsha.json(&["status"]);
        let why = status["following"][0]["stale_reason"].to_string();
        why.contains("越权使用数据").then_some(())
    });
    // Its own people and the others continue.
    changsha.cli(&["catalogue", "list"]).ok();
    zhuzhou.cli(&["directory", "cities"]).ok();
    // It receives no more requests.
    let ask = [
        "request",
        "submit",
        "--provider",
        CHANGSHA,
        "--code",
        "103001/000001",
        "--purpose",
        "p",
        "--basis",
        "b",
        "--scenario",
        "d",
        "--scope",
        "s",
    ];
    let asked = zhuzhou.json(&ask)["id"].as_str().unwrap().to_owned();
    let rejected = cluster.until_state(ZHUZHOU, &asked, "REJECTED");
    assert!(rejected.to_string().contains("越权使用数据"), "{rejected}");

    coordinator.cli(&["member", "resume", CHANGSHA]).ok();
    eventually("the city takes part again", || {
        changsha.try_json(&["fetch", &id])
    });
    cluster.until_followed(CHANGSHA);
    let list = coordinator.json(&["member", "list"]);
    assert_eq!(list["members"][0]["status"], "MEMBERSHIP_STATUS_ACTIVE");
}

#[test]
fn a_removed_person_is_out_at_once_at_every_node() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, changsha) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let of_city = changsha.enrol("li.ming", &["auditor"]);
    let of_cluster = coordinator.enrol("office", &["auditor"]);
    let follow = |profile: &Path, server: &Server| {
        let channel = cluster.channel(&identity_of(profile), server);
        let followed =
            cluster.wait(LogServiceClient::new(channel).follow(v1::FollowRequest::default()));
        let mut stream = call(followed);
        cluster.wait(stream.message()).unwrap().unwrap();
        stream
    };
    let ends = |mut stream: Streaming<v1::FollowResponse>| {
        let begun = Instant::now();
        let ended = async { while let Ok(Some(_)) = stream.message().await {} };
        cluster
            .wait(async { tokio::time::timeout(chengji_tests::BOUND, ended).await })
            .expect("the stream goes on");
        println!(
            "an open stream ended {:?} after the removal was acknowledged",
            begun.elapsed()
        );
    };
    eventually("the auditor is known in every city", || {
        let listed = cluster
            .node(ZHUZHOU)
            .cli_here(&of_cluster, &["log", "show"]);
        (listed.code == Some(0)).then_some(())
    });

    let stream = follow(&of_city, changsha);
    let remove = ["person", "remove", "li.ming", "--reason", "调离"];
    changsha.cli_as(&changsha.manager, &remove).ok();
    ends(stream);
    changsha
        .cli_as(&of_city, &["log", "show"])
        .refused(4, &["person-removed-from-city", "调离", "SUSPENDED"]);

    // The cluster's auditor, at a city that did not enrol it.
    let stream = follow(&of_cluster, cluster.node(ZHUZHOU));
    coordinator
        .cli(&["person", "remove", "office", "--reason", "任期结束"])
        .ok();
    ends(stream);
    for server in [coordinator, changsha, cluster.node(ZHUZHOU)] {
        let exit = server.cli_here(&of_cluster, &["status"]);
        exit.refused(4, &["SUSPENDED", "auditor/office"]);
    }
    // Invited again it is back, with its new certificate and not with the old one.
    let old = cluster.path("old");
    fs::create_dir_all(&old).unwrap();
    for name in ["identity.pem", "ca.pem", "profile.toml"] {
        fs::copy(of_city.with_file_name(name), old.join(name)).unwrap();
    }
    let again = changsha.enrol("li.ming", &["auditor"]);
    changsha.cli_as(&again, &["log", "show"]).ok();
    changsha
        .cli_as(&old.join("profile.toml"), &["log", "show"])
        .refused(4, &["SUSPENDED"]);
}

#[test]
fn a_node_that_moves_tells_so_and_is_found_where_it_is() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.terminate();
    let settings = fs::read_to_string(&zhuzhou.config).unwrap();
    let moved = zhuzhou.address.replace(":7432", ":7532");
    let config = zhuzhou.path("moved.toml");
    fs::write(&config, settings.replace(&zhuzhou.address, &moved)).unwrap();
    let process = zhuzhou.start_with(&config);
    eventually("the coordinator follows the node where it is now", || {
        let known = cluster.city(ZHUZHOU)?;
        (known["endpoint"] == moved.as_str() && known["stale_since"].is_null()).then_some(())
    });
    drop(process);
}
