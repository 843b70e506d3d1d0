//! A node's trust in the roster, for valid and forged logs of the coordinator.

use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::epoch::{EpochCause, EpochStart};
use chengji_domain::fact::{AccessFact, EpochOpened};
use chengji_domain::roster::MembershipStatus;
use chengji_messages::Message;
use chengji_store::{Limit, RootHasher};

use super::*;

const STRANGER: &str = "430300";
const OPERATOR: &str = "operator/duty";

/// An epoch of the coordinator's log after a restore.
const RESTORED: Epoch = Epoch {
    number: 2,
    id: [8; 8],
};

fn status_changed(code: &str, status: MembershipStatus) -> ClusterFact {
    ClusterFact::StatusChanged {
        city: city(code),
        status,
        reason: "越权使用".to_owned(),
    }
}

fn granted() -> ClusterFact {
    ClusterFact::Access(AccessFact::Granted {
        principal: OPERATOR.parse().unwrap(),
        rights: Rights::new([Role::Operator], None).unwrap(),
    })
}

fn certificate() -> Certificate {
    Certificate {
        serial: Serial([5; 16]),
        not_after: now(),
    }
}

impl Node {
    /// Returns true if a principal with the certificate of [`certificate`] may take part.
    fn admits(&self, who: &str) -> bool {
        let kv = &**self.own.ledger.kv();
        match roster::check(kv, &who.parse().unwrap(), Some(certificate().serial)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Suspended, "{error}");
                false
            }
        }
    }

    /// Returns whether the nodes of the consumer's and of the stranger's city may take part.
    fn admits_cities(&self) -> [bool; 2] {
        [CONSUMER, STRANGER].map(|code| self.admits(&format!("city/{code}/node")))
    }

    /// The alarm about the coordinator's log: its reason, and whether it is over.
    fn alarm(&self) -> Option<(Message, bool)> {
        let alarm = self.intake.followed().state().alarm?;
        assert_eq!(
            alarm.kind,
            chengji_domain::log_alarm::AlarmKind::BadSignature
        );
        Some((alarm.reason, alarm.mended_at.is_some()))
    }
}

#[tokio::test]
async fn what_is_added_waits_for_a_signature_and_what_is_taken_away_does_not() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    node.read(Node::admitted(STRANGER)).await.unwrap();
    node.read(granted()).await.unwrap();
    assert_eq!(node.admits_cities(), [true, false]);
    assert!(!node.admits(OPERATOR));
    node.sign().await;
    assert_eq!(node.admits_cities(), [true, true]);
    assert!(node.admits(OPERATOR));

    node.read(status_changed(STRANGER, MembershipStatus::Suspended))
        .await
        .unwrap();
    assert_eq!(node.admits_cities(), [true, false]);
    let ended = AccessFact::Ended {
        principal: OPERATOR.parse().unwrap(),
        reason: "离职".to_owned(),
    };
    node.read(ClusterFact::Access(ended)).await.unwrap();
    assert!(!node.admits(OPERATOR));
    let revoked = AccessFact::Revoked {
        principal: Principal::Node(city(CONSUMER)),
        certificates: vec![certificate()],
    };
    node.read(ClusterFact::Access(revoked)).await.unwrap();
    assert_eq!(node.admits_cities(), [false, false]);

    // Readmission requires a signature.
    node.read(status_changed(STRANGER, MembershipStatus::Active))
        .await
        .unwrap();
    let stranger = format!("city/{STRANGER}/node");
    let kv = &**node.own.ledger.kv();
    let check = || roster::check(kv, &stranger.parse().unwrap(), None);
    assert!(check().is_err());
    node.sign().await;
    check().unwrap();
}

#[tokio::test]
async fn a_bad_checkpoint_is_an_alarm_and_the_last_good_roster_stays() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let earlier = node.checkpoint(COORDINATOR);
    let earlier = Checkpoint {
        size: earlier.size - 1,
        root: chengji_follow::root(
            &**node.own.ledger.kv(),
            LogOwner::Coordinator,
            0,
            earlier.size - 1,
        )
        .unwrap(),
        ..earlier
    };
    node.read(Node::admitted(STRANGER)).await.unwrap();
    let right = node.checkpoint(COORDINATOR);
    let ClusterFact::RosterSigned(mut forged) = node.signed(&right) else {
        panic!("no checkpoint");
    };
    forged.signature.reverse();
    let (others, _) = identity();
    let root = RootHasher::new().root();
    let at = node.next();
    for (bad, code) in [
        (ClusterFact::RosterSigned(forged), "checkpoint-unsigned"),
        (
            ClusterFact::RosterSigned(roster::sign(&right, &others).unwrap()),
            "checkpoint-unsigned",
        ),
        (
            node.signed(&Checkpoint {
                root,
                ..right.clone()
            }),
            "checkpoint-root-differs",
        ),
        // One that was valid at its original position.
        (node.signed(&earlier), "checkpoint-elsewhere"),
        (
            node.signed(&node.checkpoint(RESTORED)),
            "checkpoint-elsewhere",
        ),
    ] {
        let error = node.read(bad).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::LogDiverged);
        let (reason, over) = node.alarm().unwrap();
        assert_eq!((reason.code(), over), (code, false));
        assert_eq!(node.admits_cities(), [true, false]);
        assert_eq!(node.next(), at, "it is not read any further");
    }
    // The coordinator sends the correct entry after all. The alarm stays visible for people.
    node.sign().await;
    assert_eq!(node.admits_cities(), [true, true]);
    assert!(node.alarm().unwrap().1);
}

#[tokio::test]
async fn what_is_taken_away_before_a_bad_checkpoint_is_taken_though_they_come_together() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    let misplaced = node.signed(&node.checkpoint(COORDINATOR));
    let said = [
        Node::admitted(STRANGER),
        status_changed(CONSUMER, MembershipStatus::Removed),
        misplaced,
    ];
    let epochs = (COORDINATOR, COORDINATOR);
    let error = node.read_all(epochs, said).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    assert_eq!(node.admits_cities(), [false, false]);
}

#[tokio::test]
async fn a_log_that_is_read_anew_returns_nothing_before_it_is_signed_at_a_later_position() {
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    node.read(Node::admitted(STRANGER)).await.unwrap();
    node.read(status_changed(CONSUMER, MembershipStatus::Suspended))
        .await
        .unwrap();
    node.sign().await;
    assert_eq!(node.admits_cities(), [false, true]);

    // The coordinator was restored from a backup that lacks the stranger and the suspension.
    node.intake.start_over(RESTORED).await.unwrap();
    let old = (RESTORED, COORDINATOR);
    node.read_all(old, [Node::admitted(CONSUMER)])
        .await
        .unwrap();
    let signed = node.signed(&node.checkpoint(COORDINATOR));
    node.read_all(old, [signed]).await.unwrap();
    assert_eq!(
        node.admits_cities(),
        [false, true],
        "the last good roster stays"
    );

    // Revocations in its new epoch take effect at once.
    let new = (RESTORED, RESTORED);
    let start = EpochStart {
        epoch: RESTORED,
        previous: COORDINATOR,
        replaced: Epoch::UNKNOWN,
        seq: 2,
    };
    let cause = EpochCause::Restored;
    let opened = ClusterFact::EpochOpened(EpochOpened { start, cause });
    node.read_all(new, [opened]).await.unwrap();
    let removed = status_changed(STRANGER, MembershipStatus::Removed);
    node.read_all(new, [removed]).await.unwrap();
    assert_eq!(node.admits_cities(), [false, false]);

    // Its next signature puts its own roster in force.
    let signed = node.signed(&node.checkpoint(RESTORED));
    node.read_all(new, [signed]).await.unwrap();
    assert_eq!(node.admits_cities(), [true, false]);
    // The leftovers of the earlier roster are removed the next time a log is read anew.
    let third = Epoch {
        number: 3,
        ..RESTORED
    };
    node.intake.start_over(third).await.unwrap();
    assert_eq!(node.admits_cities(), [true, false]);
    let copies = roster::MEMBERS.all();
    let rows = copies
        .page(&**node.own.ledger.kv(), Limit::rows(9))
        .unwrap()
        .rows;
    assert!(rows.iter().all(|((copy, _), _)| *copy == 1), "{rows:?}");
}

#[tokio::test]
async fn an_accepted_log_takes_away_and_is_in_force_at_a_lower_position() {
    let node = Node::new(0);
    node.read(Node::admitted(CONSUMER)).await.unwrap();
    let signed = node.signed(&node.checkpoint(COORDINATOR));
    node.read(signed.clone()).await.unwrap();
    node.read(Node::admitted(STRANGER)).await.unwrap();
    for _ in 0..4 {
        node.read(granted()).await.unwrap();
    }
    node.sign().await;
    let known = node.next();
    let kv = &**node.own.ledger.kv();

    // The coordinator was set back to its third entry, without a new epoch, and people accept that.
    let other = v1::FollowResponse {
        epoch: COORDINATOR.number,
        epoch_id: COORDINATOR.id.to_vec(),
        first: known,
        head: known,
        leaf_before: vec![9; 32],
        ..Default::default()
    };
    let error = node.intake.begin(&other).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    let (log, by) = (LogOwner::Coordinator, Principal::Node(city(OWN)));
    let accepted = chengji_follow::accept(&node.own.ledger, log, None, &by, "演练", now());
    accepted.await.unwrap();
    node.intake.start_over(COORDINATOR).await.unwrap();
    for replayed in [Node::admitted(CONSUMER), signed, Node::admitted(STRANGER)] {
        node.read(replayed).await.unwrap();
    }
    assert_eq!(node.admits_cities(), [true, true]);
    assert!(node.admits(OPERATOR), "what is replayed changes nothing");

    node.read(status_changed(STRANGER, MembershipStatus::Removed))
        .await
        .unwrap();
    assert_eq!(node.admits_cities(), [true, false]);
    let revoked = AccessFact::Revoked {
        principal: Principal::Node(city(CONSUMER)),
        certificates: vec![certificate()],
    };
    node.read(ClusterFact::Access(revoked)).await.unwrap();
    assert_eq!(node.admits_cities(), [false, false]);

    node.sign().await;
    let in_force = roster::head(kv).unwrap().in_force.unwrap();
    assert_eq!((in_force.copy, in_force.position.seq), (1, 5));
    assert!(in_force.position.seq < known);
    assert_eq!(node.admits_cities(), [false, false]);
    let operator = OPERATOR.parse().unwrap();
    assert!(
        roster::check(kv, &operator, None).is_err(),
        "it is not in the new log"
    );
}

#[tokio::test]
async fn a_large_roster_is_read_change_by_change() {
    const MEMBERS: u32 = 1_000;
    const PEOPLE: u32 = 10_000;
    const REVOCATIONS: u32 = 100_000;
    let node = Node::new(0).with_entry(ShareClass::Conditional).await;
    // Cities of invented divisions, 90 to a province.
    let code = |number: u32| format!("{}{:02}00", 50 + number / 90, 1 + number % 90);
    let person = |number: u32| -> Principal { format!("auditor/{number}").parse().unwrap() };
    let certificate = |number: u32| Certificate {
        serial: Serial(u128::from(number).to_be_bytes()),
        not_after: now(),
    };
    let granted = |number| {
        ClusterFact::Access(AccessFact::Granted {
            principal: person(number),
            rights: Rights::new([Role::Auditor], None).unwrap(),
        })
    };
    let revoked = |piece: &[u32]| {
        ClusterFact::Access(AccessFact::Revoked {
            principal: person(0),
            certificates: piece.iter().map(|number| certificate(*number)).collect(),
        })
    };
    let serials: Vec<u32> = (0..REVOCATIONS).collect();
    let facts = (0..MEMBERS).map(|number| Node::admitted(&code(number)));
    let facts = facts.chain((0..PEOPLE).map(granted));
    let facts: Vec<_> = facts.chain(serials.chunks(250).map(revoked)).collect();
    for piece in facts.chunks(200) {
        let epochs = (COORDINATOR, COORDINATOR);
        node.read_all(epochs, piece.to_vec()).await.unwrap();
    }
    let (last, kv) = (person(PEOPLE - 1), &**node.own.ledger.kv());
    let check = |number| roster::check(kv, &last, Some(certificate(number).serial));
    assert!(check(REVOCATIONS).is_err(), "nothing is signed yet");
    node.sign().await;
    check(REVOCATIONS).unwrap();
    for number in [0, 1, REVOCATIONS / 2, REVOCATIONS - 1] {
        assert!(check(number).is_err(), "{number}");
    }
    // Revoking still works.
    let city = code(MEMBERS - 1);
    assert!(node.admits(&format!("city/{city}/node")));
    node.read(status_changed(&city, MembershipStatus::Removed))
        .await
        .unwrap();
    assert!(!node.admits(&format!("city/{city}/node")));
}
