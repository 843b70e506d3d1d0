use chengji_access::roster;
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::{AccessFact, Member};
use chengji_domain::invitation::Invitation;
use chengji_domain::roster::Roster;
use chengji_pki::enrolment::Asking;
use chengji_pki::keys;

use super::*;
use crate::tests::world::{World, city};

const NEW: &str = "430400";

struct Setup {
    world: World,
    members: Members,
}

async fn setup() -> Setup {
    let world = World::new().await;
    let live = world.roster();
    let registrar = Registrar::new(
        world.seat(),
        world.ledger.clone(),
        world.clock(),
        live.clone(),
    );
    let members = Members {
        registrar,
        seat: world.seat(),
        live,
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
    };
    Setup { world, members }
}

impl Setup {
    async fn invite(&self) -> Invitation {
        let registrar = &self.members.registrar;
        registrar
            .invite_member(city(NEW), "衡阳市".to_owned(), Term::hours(1).unwrap())
            .await
            .unwrap()
    }

    /// What the last signed roster says, if its signature holds.
    fn roster(&self) -> Roster {
        let facts = self.world.facts();
        let last = facts.iter().rev().find_map(|fact| match fact {
            ClusterFact::Roster(signed) => Some(signed),
            _ => None,
        });
        roster::verify(
            last.unwrap(),
            &self.world.seat().cluster_authority(),
            "demo",
        )
        .unwrap()
    }
}

/// A newcomer with keys of its own.
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

    fn wish(&self, invitation: &str) -> v1::JoinRequest {
        let subject = invitation
            .parse::<Invitation>()
            .map(|i| i.subject.to_string());
        v1::JoinRequest {
            subject: subject.unwrap_or_default(),
            invitation: invitation.to_owned(),
            request: self.asking.request().unwrap(),
            authority_request: self.authority.clone(),
            endpoint: "hengyang.example:7430".to_owned(),
        }
    }
}

#[tokio::test]
async fn a_city_joins_by_its_invitation_once() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let invitation = setup.invite().await.to_string();
    let newcomer = Newcomer::new();
    let issued = registrar.join(newcomer.wish(&invitation)).await.unwrap();
    assert!(!issued.city_authority.is_empty());
    let roster = setup.roster();
    let known = roster.member(city(NEW)).unwrap();
    let member = Member {
        city: city(NEW),
        name: "衡阳市".to_owned(),
        endpoint: "hengyang.example:7430".to_owned(),
    };
    assert_eq!((&known.member, known.standing), (&member, Standing::Active));
    assert!(setup.world.facts().contains(&ClusterFact::Admitted(member)));
    assert_eq!(setup.members.live.active().len(), 4);

    // The answer was lost: the same key gets a certificate again.
    registrar.join(newcomer.wish(&invitation)).await.unwrap();
    // Somebody else found the invitation later.
    let error = registrar
        .join(Newcomer::new().wish(&invitation))
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvitationInvalid);
    assert!(error.message().contains("was used at"), "{error}");
}

#[tokio::test]
async fn what_is_no_invitation_any_more_is_refused_with_the_reason() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let refused = async |invitation: String, told: &str| {
        let error = registrar
            .join(Newcomer::new().wish(&invitation))
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvitationInvalid, "{error}");
        assert!(error.message().contains(told), "{error}");
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
        refused(altered.to_string(), "was altered").await;
    }
    refused("chengji-AAAA".to_owned(), "damaged").await;
    refused("hello".to_owned(), "begins with").await;
    refused(
        Invitation {
            id: 1,
            ..first.clone()
        }
        .to_string(),
        "not known here",
    )
    .await;
    // A newer invitation takes the older one back.
    let second = setup.invite().await;
    refused(first.to_string(), "taken back").await;
    setup.world.set_now("2026-11-24T12:00:00Z");
    refused(second.to_string(), "expired at").await;
    assert!(setup.roster().member(city(NEW)).is_none());
}

#[tokio::test]
async fn a_new_invitation_makes_the_certificates_before_it_void() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let (stolen_by, first) = (Newcomer::new(), setup.invite().await.to_string());
    registrar.join(stolen_by.wish(&first)).await.unwrap();
    let join = async || {
        let invitation = setup.invite().await.to_string();
        registrar
            .join(Newcomer::new().wish(&invitation))
            .await
            .unwrap();
        setup
            .roster()
            .member(city(NEW))
            .unwrap()
            .certificate
            .unwrap()
            .serial
    };
    let stolen = join().await;
    let fresh = join().await;
    // Neither does the old invitation help who has the old key and its text.
    let again = registrar.join(stolen_by.wish(&first)).await.unwrap_err();
    assert!(again.message().contains("not known here"), "{again}");
    let (roster, node) = (setup.roster(), Principal::Node(city(NEW)));
    assert_eq!(
        roster.check(&node, Some(stolen)).unwrap_err().code(),
        ErrorCode::Suspended
    );
    assert_eq!(roster.check(&node, Some(fresh)), Ok(()));
}

#[tokio::test]
async fn standing_changes_say_why_and_the_removed_comes_back_by_invitation_only() {
    let setup = setup().await;
    let operator: Principal = "operator/duty".parse().unwrap();
    let change = async |standing, reason: &str| {
        let (by, reason) = (operator.clone(), reason.to_owned());
        setup
            .members
            .change(by, city("430200"), standing, reason)
            .await
    };
    assert!(
        change(Standing::Suspended, " ").await.is_err(),
        "without a reason"
    );
    change(Standing::Suspended, "演练").await.unwrap();
    let roster = setup.roster();
    let error = roster.check_member(city("430200")).unwrap_err();
    assert!(error.message().ends_with("演练"), "{error}");
    assert!(roster.check_member(city("430100")).is_ok());
    assert_eq!(
        change(Standing::Suspended, "again")
            .await
            .unwrap_err()
            .code(),
        ErrorCode::OutOfTurn
    );
    change(Standing::Active, "").await.unwrap();
    assert!(setup.roster().check_member(city("430200")).is_ok());
    change(Standing::Removed, "退出").await.unwrap();
    assert!(change(Standing::Active, "").await.is_err());
    let stranger = setup
        .members
        .change(operator, city(NEW), Standing::Removed, "x".to_owned());
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

    let term = Term::hours(0).unwrap();
    let auditor = rights(Role::Auditor);
    let invited = registrar.invite_person(operator.clone(), "office".to_owned(), auditor, term);
    let invitation = invited.await.unwrap();
    assert_eq!(invitation.subject.to_string(), "auditor/office");
    registrar
        .join(Newcomer::new().wish(&invitation.to_string()))
        .await
        .unwrap();
    assert_eq!(setup.roster().people.len(), 2);
    let publisher = rights(Role::Publisher);
    let wrong = registrar.invite_person(operator.clone(), "x".to_owned(), publisher, term);
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
    let roster = setup.roster();
    assert_eq!(roster.people, [operator]);
    assert_eq!(roster.revoked.len(), 1);
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
    enrol("duty").await;
    enrol("night").await;
    let (by, name) = ("operator/duty".parse().unwrap(), "night".to_owned());
    registrar.remove(by, name, "离职".to_owned()).await.unwrap();
    // It would have ended on 21 February.
    for (now, newcomer, named) in [
        ("2027-03-22T00:00:00Z", "first", 1),
        ("2027-03-25T00:00:00Z", "second", 0),
    ] {
        setup.world.set_now(now);
        enrol(newcomer).await;
        assert_eq!(setup.roster().revoked.len(), named, "{now}");
    }
}

#[tokio::test]
async fn a_forged_or_foreign_roster_is_not_believed() {
    let setup = setup().await;
    let facts = setup.world.facts();
    let Some(ClusterFact::Roster(signed)) = facts.last() else {
        panic!("{facts:?}");
    };
    let authority = setup.world.seat().cluster_authority();
    assert!(roster::verify(signed, &authority, "other").is_err());
    let mut forged = signed.clone();
    let last = forged.roster.len() - 1;
    forged.roster[last] ^= 1;
    assert!(roster::verify(&forged, &authority, "demo").is_err());
    let others = World::new().await.seat().cluster_authority();
    assert!(roster::verify(signed, &others, "demo").is_err());
}

#[tokio::test]
async fn taking_away_always_fits_whatever_was_added() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let operator: Principal = "operator/duty".parse().unwrap();
    let invite = async |number: u32| {
        let (by, name) = (operator.clone(), format!("{number:0>60}"));
        let rights = Rights::new([Role::Auditor], None).unwrap();
        registrar
            .invite_person(by, name, rights, Term::hours(0).unwrap())
            .await
    };
    let mut people = 0;
    let error = loop {
        match invite(people).await {
            Ok(_) => people += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    println!("{people} people fit");
    // The reason is cut in the list, and stands in the log.
    let reason = "越".repeat(1_000);
    for city_code in ["430100", "430200", "430300"] {
        let (by, reason) = (operator.clone(), reason.clone());
        setup
            .members
            .change(by, city(city_code), Standing::Suspended, reason)
            .await
            .unwrap();
    }
    for number in 0..people {
        let (by, name) = (operator.clone(), format!("{number:0>60}"));
        registrar.remove(by, name, "离职".to_owned()).await.unwrap();
    }
    let stands = setup
        .world
        .facts()
        .into_iter()
        .any(|fact| matches!(fact, ClusterFact::Stands { reason: said, .. } if said == reason));
    assert!(stands);
    // No address takes the room either.
    let mut wish = Newcomer::new().wish(&setup.invite().await.to_string());
    wish.endpoint = format!("{}:7430", "a".repeat(60_000));
    assert_eq!(
        registrar.join(wish).await.unwrap_err().code(),
        ErrorCode::InvalidArgument
    );
}

#[tokio::test]
async fn an_old_invitation_is_worth_nothing_after_a_renewal() {
    let setup = setup().await;
    let registrar = &setup.members.registrar;
    let invitation = setup.invite().await.to_string();
    let newcomer = Newcomer::new();
    let issued = registrar.join(newcomer.wish(&invitation)).await.unwrap();
    let next = keys::generate().unwrap();
    let request = keys::request(&next).unwrap();
    let renewal = v1::RenewRequest {
        subject: format!("city/{NEW}/node"),
        certificate: issued.chain[0].clone(),
        proof: newcomer.asking.prove(&request).unwrap(),
        request,
        endpoint: "hengyang.example:7430".to_owned(),
        authority_request: newcomer.authority.clone(),
    };
    registrar.renew(renewal.clone()).await.unwrap();
    // The answer was lost: the same new key again. Another one is somebody else's.
    registrar.renew(renewal.clone()).await.unwrap();
    let other = keys::request(&keys::generate().unwrap()).unwrap();
    let copied = v1::RenewRequest {
        proof: newcomer.asking.prove(&other).unwrap(),
        request: other,
        ..renewal.clone()
    };
    let error = registrar.renew(copied).await.unwrap_err();
    assert!(error.message().contains("renewed already"), "{error}");
    let forged = v1::RenewRequest {
        proof: vec![1, 2, 3],
        ..renewal
    };
    assert_eq!(
        registrar.renew(forged).await.unwrap_err().code(),
        ErrorCode::Unauthenticated
    );
    // Who has the first key and the text of the invitation gets nothing by them any more.
    let error = registrar
        .join(newcomer.wish(&invitation))
        .await
        .unwrap_err();
    assert!(error.message().contains("was used at"), "{error}");
}
