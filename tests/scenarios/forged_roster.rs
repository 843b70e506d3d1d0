//! A coordinator whose log adds to the roster and does not have the cluster's authority: nodes accept its
//! revocations, and none of its additions.

use chengji_domain::Digest;
use chengji_domain::checkpoint::{Checkpoint, SignedCheckpoint};
use chengji_domain::fact::{ClusterFact, LogOwner, Member};
use chengji_domain::roster::MembershipStatus;
use chengji_tests::{Cluster, Impostor, Script, city, eventually};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

#[test]
fn a_forged_signature_under_the_roster_is_shown_and_adds_nobody() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let changsha = cluster.node(CHANGSHA);
    let id = cluster.granted("files/charging-piles.csv");
    changsha.cli(&["fetch", &id]).ok();
    cluster.coordinator.terminate();
    let mut script = Script::copy_of(&cluster.coordinator, LogOwner::Coordinator);
    let (now, epoch) = (chengji_clock::now(), script.epoch);
    let member = Member {
        city: city("430900"),
        name: "x".to_owned(),
        endpoint: "127.0.0.1:1".to_owned(),
        log_key: None,
    };
    script.say_as_coordinator(now, ClusterFact::Admitted(member));
    let checkpoint = Checkpoint {
        origin: Checkpoint::origin_of("test-cluster", LogOwner::Coordinator, epoch),
        size: script.entries.len() as u64,
        root: Digest([7; 32]),
    };
    let forged = SignedCheckpoint {
        text: checkpoint.to_string(),
        signature: vec![7; 70],
    };
    let at = script.say_as_coordinator(now, ClusterFact::RosterSigned(forged));
    let hostile = Impostor::coordinator(&cluster, script);

    let followed = eventually("the node raises the alarm", || {
        let status = changsha.try_json(&["status"])?;
        let followed = status["following"][0].clone();
        let kind = &followed["alarm"]["kind"];
        (kind == "LOG_ALARM_KIND_BAD_SIGNATURE").then_some(followed)
    });
    assert_eq!(followed["position"], at, "the log is not read any further");
    assert_eq!(
        hostile.sent_to("city/430100/node"),
        at + 1,
        "the attack arrived"
    );
    let alarm = &followed["alarm"];
    assert_eq!(
        alarm["problem"]["message"], "checkpoint-unsigned",
        "{alarm}"
    );
    // The last valid roster stays in force.
    changsha.cli(&["fetch", &id]).ok();

    // Revocations take effect, signed or not.
    hostile.change(|script| {
        script.entries.truncate(usize::try_from(at).unwrap());
        let suspended = ClusterFact::StatusChanged {
            city: city(ZHUZHOU),
            status: MembershipStatus::Suspended,
            reason: "越权使用".to_owned(),
        };
        script.say_as_coordinator(now, suspended);
    });
    let refused = eventually("the suspension counts", || {
        let fetched = changsha.cli(&["fetch", &id]);
        fetched.stderr.contains("越权使用").then_some(fetched)
    });
    refused.refused(4, &["SUSPENDED"]);
    hostile.leave(&cluster);
}
