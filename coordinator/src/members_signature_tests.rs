//! Signatures over changes of the roster.

use chengji_domain::epoch::EpochCause;
use chengji_follow::{Opening, open_epoch};
use tokio::sync::watch;

use super::*;
use crate::enrolment::sign_new_epoch;

/// The positions of signed checkpoints.
fn signed_at(facts: &[ClusterFact]) -> Vec<usize> {
    let signed = |fact: &ClusterFact| matches!(fact, ClusterFact::RosterSigned(_));
    let places = facts.iter().enumerate();
    places
        .filter(|(_, fact)| signed(fact))
        .map(|(at, _)| at)
        .collect()
}

#[tokio::test]
async fn each_change_is_signed_over_the_log_and_a_renewal_makes_no_signature() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let newcomer = Newcomer::new();
    let invitation = setup.invite().await.to_string();
    let issued = registrar.join(newcomer.options(&invitation)).await.unwrap();
    let facts = setup.world.facts();
    assert_eq!(signed_at(&facts).last(), Some(&(facts.len() - 1)));

    let renewal = newcomer.renewal(&issued, 3);
    let changes = setup.members.roster.changes();
    registrar.renew(renewal.clone()).await.unwrap();
    assert!(!changes.has_changed().unwrap(), "it is not announced");
    let renewed = setup.world.facts();
    let [ClusterFact::Access(AccessFact::Certified { certificate, .. })] = &renewed[facts.len()..]
    else {
        panic!("{:?}", &renewed[facts.len()..]);
    };
    assert_eq!(setup.member(NEW).unwrap().certificate, Some(*certificate));

    // A new key of its log is a change, valid from the end of the log that the node reports.
    let at = |seq| Origin {
        epoch: Epoch::first([5; 8]),
        seq,
    };
    let rotated = v1::RenewRequest {
        log_key: Some(log_key(4, at(7))),
        ..renewal
    };
    registrar.renew(rotated.clone()).await.unwrap();
    assert!(changes.has_changed().unwrap());
    let facts = setup.world.facts();
    assert_eq!(signed_at(&facts).last(), Some(&(facts.len() - 1)));
    let view = &**setup.world.ledger.kv();
    let keys = chengji_access::roster::log_keys(view, LogOwner::City(city(NEW))).unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|key| (key.public[0], key.valid_from))
        .collect();
    assert_eq!(keys, [(3, Origin::UNKNOWN), (4, at(7))]);
    // A key that begins before the last one is refused.
    let early = v1::RenewRequest {
        log_key: Some(log_key(5, at(6))),
        ..rotated
    };
    let error = registrar.renew(early).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.message().code(), "log-key-begins-earlier");
    // The coordinator's log contains its own key once.
    let own = chengji_access::roster::log_keys(view, LogOwner::Coordinator).unwrap();
    assert_eq!(own.len(), 1);
}

#[tokio::test]
async fn a_new_epoch_is_signed_before_anything_changes() {
    let setup = setup().await;
    let ledger = &setup.world.ledger;
    let opening = Opening {
        id: [9; 8],
        highest: 0,
        replaced: None,
        cause: EpochCause::Restored,
        at: setup.world.now(),
    };
    let opened = open_epoch(ledger, LogOwner::Coordinator, opening);
    let opened = opened.await.unwrap();
    // A repetition changes nothing.
    for _ in 0..2 {
        let (_stop, stopped) = watch::channel(false);
        let registrar = setup.members.registrar.clone();
        sign_new_epoch(ledger.clone(), registrar, setup.world.enrolment(), stopped).await;
        let facts = setup.world.facts();
        assert_eq!(signed_at(&facts).last(), Some(&(facts.len() - 1)));
        let signed = chengji_access::roster::head(&**ledger.kv()).unwrap();
        let signed = signed.in_force.unwrap().position;
        assert_eq!((signed.epoch, signed.seq), (opened.epoch, opened.seq + 1));
    }
    let last = crate::journal::last_signed(&**ledger.kv())
        .unwrap()
        .unwrap();
    let origin = Checkpoint::origin_of("demo", LogOwner::Coordinator, opened.epoch);
    assert_eq!((last.origin, last.size), (origin, opened.seq + 1));
}

#[tokio::test]
async fn a_forged_or_foreign_roster_is_not_believed() {
    let setup = setup().await;
    let facts = setup.world.facts();
    let Some(ClusterFact::RosterSigned(signed)) = facts.last() else {
        panic!("{facts:?}");
    };
    let kv = &**setup.world.ledger.kv();
    let mut tree = RootHasher::new();
    let size = facts.len() as u64 - 1;
    let leaves = log::leaves(kv, 0, facts.len() - 1).unwrap();
    leaves.into_iter().for_each(|(_, leaf)| tree.push(leaf));
    let epoch = log::head(kv).unwrap().epoch;
    let expected = |cluster| Checkpoint {
        origin: Checkpoint::origin_of(cluster, LogOwner::Coordinator, epoch),
        size,
        root: tree.root(),
    };
    let authority = setup.world.enrolment().cluster_authority();
    assert_eq!(verify(signed, &expected("demo"), [&*authority]), Ok(()));
    let refused = |signed, expected, authority: &[u8]| {
        let error = verify(signed, &expected, [authority]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LogDiverged);
        error.message().code().to_owned()
    };
    // For another cluster, another position, another log, another authority; and altered.
    let code = refused(signed, expected("other"), &authority);
    assert_eq!(code, "checkpoint-elsewhere");
    let later = Checkpoint {
        size: size + 1,
        ..expected("demo")
    };
    assert_eq!(refused(signed, later, &authority), "checkpoint-elsewhere");
    let another = Checkpoint {
        root: RootHasher::new().root(),
        ..expected("demo")
    };
    let code = refused(signed, another, &authority);
    assert_eq!(code, "checkpoint-root-differs");
    let others = World::new().await.enrolment().cluster_authority();
    let code = refused(signed, expected("demo"), &others);
    assert_eq!(code, "checkpoint-unsigned");
    let mut forged = signed.clone();
    forged.text = expected("demo")
        .to_string()
        .replace("coordinator", "coordinatos");
    let code = refused(&forged, expected("demo"), &authority);
    assert_eq!(code, "checkpoint-unsigned");
}
