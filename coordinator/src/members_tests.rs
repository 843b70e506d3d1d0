use chengji_access::roster::{PEOPLE, REVOKED, verify};
use chengji_domain::access::{Rights, Role, Serial};
use chengji_domain::checkpoint::Checkpoint;
use chengji_domain::fact::{AccessFact, LogOwner, Member, Origin};
use chengji_domain::invitation::Invitation;
use chengji_domain::{Epoch, LogKey};
use chengji_messages::Message;
use chengji_pki::enrolment::Asking;
use chengji_pki::keys;
use chengji_proto::convert::{Credentials, log_key_to};
use chengji_store::{RootHasher, log};

use super::*;
use crate::tests::world::{World, city};

const NEW: &str = "430400";

struct Setup {
    world: World,
    members: Members,
}

async fn setup() -> Setup {
    let world = World::new().await;
    let roster = world.roster();
    let registrar = Registrar::new(
        world.enrolment(),
        world.ledger.clone(),
        world.clock(),
        roster.clone(),
    );
    let members = Members {
        registrar,
        enrolment: world.enrolment(),
        roster,
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
    };
    Setup { world, members }
}

impl Setup {
    async fn invite(&self) -> Invitation {
        let registrar = &self.members.registrar;
        registrar
            .invite_member(
                city(NEW),
                "衡阳市".to_owned(),
                InvitationValidity::hours(1).unwrap(),
            )
            .await
            .unwrap()
    }

    /// The roster in force.
    fn roster(&self) -> &RosterHandle {
        &self.members.roster
    }

    fn member(&self, code: &str) -> Option<Membership> {
        self.roster().member(city(code)).unwrap()
    }

    /// The reason why a principal with this certificate is refused, if it is.
    fn refused(&self, who: &str, serial: Option<Serial>) -> Option<Message> {
        let refused = self.roster().check(&who.parse().unwrap(), serial).err();
        refused.map(|error| {
            assert_eq!(error.code(), ErrorCode::Suspended);
            error.message().clone()
        })
    }

    /// The cluster's people, and the revoked certificates.
    fn people_and_revoked(&self) -> (Vec<Principal>, Vec<Serial>) {
        let view = &**self.world.ledger.kv();
        let limit = chengji_store::Limit::rows(100);
        let people = PEOPLE.all().page(view, limit).unwrap().rows.into_iter();
        let people = people.filter(|(_, known)| known.read);
        let revoked = REVOKED.all().page(view, limit).unwrap().rows.into_iter();
        (
            people.map(|((_, who), _)| who).collect(),
            revoked.map(|((_, serial), _)| serial).collect(),
        )
    }
}

/// A joining program with keys of its own.
struct Newcomer {
    _folder: tempfile::TempDir,
    asking: Asking,
    authority: Vec<u8>,
}

impl Newcomer {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asking = Asking::beside(&folder.path().join("identity.pem")).unwrap();
        let authority = keys::request(&keys::generate().unwrap()).unwrap();
        Self {
            _folder: folder,
            asking,
            authority,
        }
    }

    fn options(&self, invitation: &str) -> v1::JoinRequest {
        let subject = invitation
            .parse::<Invitation>()
            .map(|i| i.subject.to_string());
        v1::JoinRequest {
            subject: subject.unwrap_or_default(),
            invitation: invitation.to_owned(),
            request: self.asking.request().unwrap(),
            authority_request: self.authority.clone(),
            endpoint: "hengyang.example:7430".to_owned(),
            log_key: Some(log_key(3, Origin::UNKNOWN)),
        }
    }

    /// Requests a new certificate for a new key, with this key of the node's log.
    fn renewal(&self, issued: &Credentials, key: u8) -> v1::RenewRequest {
        let request = keys::request(&keys::generate().unwrap()).unwrap();
        v1::RenewRequest {
            subject: format!("city/{NEW}/node"),
            certificate: issued.chain[0].clone(),
            proof: self.asking.prove(&request).unwrap(),
            request,
            endpoint: "hengyang.example:7430".to_owned(),
            authority_request: self.authority.clone(),
            log_key: Some(log_key(key, Origin::UNKNOWN)),
        }
    }
}

/// A key of the joining program's log.
fn log_key(byte: u8, valid_from: Origin) -> v1::LogKey {
    log_key_to(&LogKey {
        public: [byte; 32],
        valid_from,
    })
}

#[tokio::test]
async fn a_city_joins_by_its_invitation_once() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let invitation = setup.invite().await.to_string();
    let newcomer = Newcomer::new();
    let issued = registrar.join(newcomer.options(&invitation)).await.unwrap();
    assert!(!issued.city_authority.is_empty());
    let known = setup.member(NEW).unwrap();
    let member = Member {
        city: city(NEW),
        name: "衡阳市".to_owned(),
        endpoint: "hengyang.example:7430".to_owned(),
        log_key: Some(LogKey {
            public: [3; 32],
            valid_from: Origin {
                epoch: Epoch::UNKNOWN,
                seq: 0,
            },
        }),
    };
    assert_eq!(
        (&known.member, known.status),
        (&member, MembershipStatus::Active)
    );
    assert!(known.certificate.is_some());
    assert!(setup.world.facts().contains(&ClusterFact::Admitted(member)));
    let active = setup
        .roster()
        .with_status(MembershipStatus::Active)
        .unwrap();
    assert_eq!(active.len(), 4);

    // The answer was lost: the same key gets a certificate again.
    registrar.join(newcomer.options(&invitation)).await.unwrap();
    // Another party found the invitation later.
    let error = registrar
        .join(Newcomer::new().options(&invitation))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvitationInvalid);
    assert_eq!(error.message().code(), "invitation-used");
}

#[tokio::test]
async fn what_is_no_invitation_any_more_is_refused_with_the_reason() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let refused = async |invitation: String, why: &str| {
        let error = registrar
            .join(Newcomer::new().options(&invitation))
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvitationInvalid, "{error}");
        assert_eq!(error.message().code(), why);
    };
    let first = setup.invite().await;
    let altered = [
        Invitation {
            subject: "city/430500/node".parse().unwrap(),
            ..first.clone()
        },
        Invitation {
            subject: "operator/mallory".parse().unwrap(),
            ..first.clone()
        },
        Invitation {
            secret: [0; 16],
            ..first.clone()
        },
        Invitation {
            expires: jiff::Timestamp::MAX,
            ..first.clone()
        },
    ];
    for altered in altered {
        refused(altered.to_string(), "invitation-altered").await;
    }
    refused("chengji-AAAA".to_owned(), "invitation-damaged").await;
    refused("hello".to_owned(), "invitation-malformed").await;
    refused(
        Invitation {
            id: 1,
            ..first.clone()
        }
        .to_string(),
        "invitation-unknown",
    )
    .await;
    // A newer invitation withdraws the older one.
    let second = setup.invite().await;
    refused(first.to_string(), "invitation-unknown").await;
    setup.world.set_now("2026-11-24T12:00:00Z");
    refused(second.to_string(), "invitation-expired").await;
    assert_eq!(setup.member(NEW), None);
}

#[tokio::test]
async fn a_new_invitation_makes_the_certificates_before_it_void() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let (stolen_by, first) = (Newcomer::new(), setup.invite().await.to_string());
    registrar.join(stolen_by.options(&first)).await.unwrap();
    let join = async || {
        let invitation = setup.invite().await.to_string();
        registrar
            .join(Newcomer::new().options(&invitation))
            .await
            .unwrap();
        setup.member(NEW).unwrap().certificate.unwrap().serial
    };
    let stolen = join().await;
    let fresh = join().await;
    // The old invitation does not help a holder of the old key and its text either.
    let again = registrar.join(stolen_by.options(&first)).await.unwrap_err();
    assert_eq!(again.message().code(), "invitation-unknown");
    let node = Principal::Node(city(NEW)).to_string();
    let refused = setup.refused(&node, Some(stolen)).unwrap();
    assert_eq!(refused.code(), "certificate-revoked");
    assert_eq!(setup.refused(&node, Some(fresh)), None);
}

#[tokio::test]
async fn a_status_changes_with_a_reason_and_the_removed_comes_back_by_invitation_only() {
    let setup = setup().await;
    let operator: Principal = "operator/duty".parse().unwrap();
    let change = async |status, reason: &str| {
        let (by, reason) = (operator.clone(), reason.to_owned());
        setup
            .members
            .change(by, city("430200"), status, reason)
            .await
    };
    assert!(
        change(MembershipStatus::Suspended, " ").await.is_err(),
        "without a reason"
    );
    change(MembershipStatus::Suspended, "演练").await.unwrap();
    let refused = setup.refused("city/430200/node", None).unwrap();
    assert_eq!(refused.param("reason"), Some(&"演练".into()));
    assert_eq!(setup.refused("city/430100/node", None), None);
    assert_eq!(
        change(MembershipStatus::Suspended, "again")
            .await
            .unwrap_err()
            .code(),
        ErrorCode::OutOfTurn
    );
    change(MembershipStatus::Active, "").await.unwrap();
    assert_eq!(setup.refused("city/430200/node", None), None);
    change(MembershipStatus::Removed, "退出").await.unwrap();
    assert!(change(MembershipStatus::Active, "").await.is_err());
    let stranger = setup.members.change(
        operator,
        city(NEW),
        MembershipStatus::Removed,
        "x".to_owned(),
    );
    assert_eq!(stranger.await.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn the_clusters_people_are_enrolled_and_removed_and_nobody_does_it_to_oneself() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let operator: Principal = "operator/duty".parse().unwrap();
    let rights = |role| Rights::new([role], None).unwrap();
    let asking = Newcomer::new().asking.request().unwrap();
    let (by, name) = (Principal::Coordinator, "duty".to_owned());
    registrar
        .enrol(by, name.clone(), rights(Role::Operator), asking)
        .await
        .unwrap();

    let validity = InvitationValidity::hours(0).unwrap();
    let auditor = rights(Role::Auditor);
    let invited = registrar.invite_person(operator.clone(), "office".to_owned(), auditor, validity);
    let invitation = invited.await.unwrap();
    assert_eq!(invitation.subject.to_string(), "auditor/office");
    registrar
        .join(Newcomer::new().options(&invitation.to_string()))
        .await
        .unwrap();
    assert_eq!(setup.people_and_revoked().0.len(), 2);
    assert_eq!(setup.refused("auditor/office", None), None);
    let publisher = rights(Role::Publisher);
    let wrong = registrar.invite_person(operator.clone(), "x".to_owned(), publisher, validity);
    assert_eq!(wrong.await.unwrap_err().code(), ErrorCode::InvalidArgument);

    let oneself = registrar
        .remove(operator.clone(), name.clone(), "x".to_owned())
        .await;
    assert_eq!(oneself.unwrap_err().code(), ErrorCode::Denied);
    let remove = async || {
        let (by, name) = (operator.clone(), "office".to_owned());
        registrar.remove(by, name, "离职".to_owned()).await
    };
    remove().await.unwrap();
    assert_eq!(remove().await.unwrap_err().code(), ErrorCode::NotFound);
    let (people, revoked) = setup.people_and_revoked();
    assert_eq!(people, [operator]);
    assert_eq!(revoked.len(), 1);
    let refused = setup.refused("auditor/office", None).unwrap();
    assert_eq!(refused.code(), "person-not-in-cluster");
    let ended = AccessFact::Ended {
        principal: "auditor/office".parse().unwrap(),
        reason: "离职".to_owned(),
    };
    assert!(setup.world.facts().contains(&ClusterFact::Access(ended)));
}

#[tokio::test]
async fn a_void_certificate_is_named_until_long_after_its_end() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let enrol = async |name: &str| {
        let request = Newcomer::new().asking.request().unwrap();
        let rights = Rights::new([Role::Operator], None).unwrap();
        let enrolled = registrar.enrol(Principal::Coordinator, name.to_owned(), rights, request);
        enrolled.await.unwrap();
    };
    let remove = async |name: &str| {
        let by = "operator/duty".parse().unwrap();
        let removed = registrar.remove(by, name.to_owned(), "离职".to_owned());
        removed.await.unwrap();
    };
    enrol("duty").await;
    enrol("night").await;
    remove("night").await;
    let first = setup.people_and_revoked().1;
    assert_eq!(first.len(), 1);
    // It would have ended on 21 February.
    for (now, newcomer, named) in [
        ("2027-03-22T00:00:00Z", "first", true),
        ("2027-03-25T00:00:00Z", "second", false),
    ] {
        setup.world.set_now(now);
        enrol(newcomer).await;
        remove(newcomer).await;
        let revoked = setup.people_and_revoked().1;
        assert_eq!(revoked.contains(&first[0]), named, "{now}");
    }
}

#[tokio::test]
async fn an_old_invitation_is_worth_nothing_after_a_renewal() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let invitation = setup.invite().await.to_string();
    let newcomer = Newcomer::new();
    let issued = registrar.join(newcomer.options(&invitation)).await.unwrap();
    let renewal = newcomer.renewal(&issued, 3);
    registrar.renew(renewal.clone()).await.unwrap();
    // The answer was lost: the same new key is accepted again. A different one is another party's.
    registrar.renew(renewal.clone()).await.unwrap();
    let other = keys::request(&keys::generate().unwrap()).unwrap();
    let copied = v1::RenewRequest {
        proof: newcomer.asking.prove(&other).unwrap(),
        request: other,
        ..renewal.clone()
    };
    let error = registrar.renew(copied).await.unwrap_err();
    assert_eq!(error.message().code(), "certificate-renewed-already");
    let forged = v1::RenewRequest {
        proof: vec![1, 2, 3],
        ..renewal
    };
    assert_eq!(
        registrar.renew(forged).await.unwrap_err().code(),
        ErrorCode::Unauthenticated
    );
    // A holder of the first key and the text of the invitation gains nothing by them any more.
    let error = registrar
        .join(newcomer.options(&invitation))
        .await
        .unwrap_err();
    assert_eq!(error.message().code(), "invitation-used");
}

#[path = "members_signature_tests.rs"]
mod signatures;
