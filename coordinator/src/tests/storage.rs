//! A data directory of the newest storage version, which every later build opens and reads in the same way: a
//! fact of every kind of the coordinator's log, those of the cities' logs that the coordinator reads, and a
//! record in every table.
//!
//! It is `tests/fixtures/storage-3/coordinator`; `coordinator.txt` beside it describes the contents read
//! when it was made. Additions: CONTRIBUTING, "Adding to the data directories of earlier versions".

mod added;
mod description;
mod matters;
mod prefixes;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use chengji_domain::access::{Certificate, Rights, Role, Serial};
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::{Conditional, NotShared, Unconditional};
use chengji_domain::epoch::EpochCause;
use chengji_domain::fact::{AccessFact, CityFact, ClusterFact, LogOwner, QuarantinedRun};
use chengji_domain::findings::Finding;
use chengji_domain::problem::Problem;
use chengji_domain::request::{DueAct, Move, RequestId};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::stop::{StopAct, StopCause, StopTarget};
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode, Principal};
use chengji_follow::{CopiedEntry, Opening, copies, open_epoch, request_table};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_from;
use chengji_store::{Ledger, Loss, Tx, build_added};
use jiff::civil::date;

use self::added::{
    adopt_a_formula, await_a_member, await_an_approval, count_a_delivery, probe_an_entry,
    return_data, set_rules, split_a_department, succeed_a_department,
};
use self::description::{contents_of, described};
use super::directory::{
    NEWEST, add_a_departed_member, contents, copied, facts_of_version_2, fixture, indexes_agree,
    keep_records, kinds, tidy,
};
use super::facts::{acting, delivery, entry, grant, measured, mounted, refuse};
use super::world::{CITIES, CONSUMER, EPOCH, PROVIDER, STRANGER, World, at, city, code};
use crate::changes;
use crate::rate::Sealing;
use crate::reminders::remind;
use crate::serve::indexed;

/// The time at which the directory is read: after the end of its last month.
const NOW: &str = "2027-02-10T00:00:00Z";

kinds!(CLUSTER_KINDS, cluster_kind, ClusterFact, {
    ClusterFact::Admitted(_) => "admitted",
    ClusterFact::StatusChanged { .. } => "status changed",
    ClusterFact::Access(AccessFact::Granted { .. }) => "access granted",
    ClusterFact::Access(AccessFact::Certified { .. }) => "access certified",
    ClusterFact::Access(AccessFact::Revoked { .. }) => "access revoked",
    ClusterFact::Access(AccessFact::Ended { .. }) => "access ended",
    ClusterFact::LogKeyed(_) => "log keyed",
    ClusterFact::RosterSigned(_) => "roster signed",
    ClusterFact::Opened { .. } => "opened",
    ClusterFact::ApprovalAwaited { .. } => "approval awaited",
    ClusterFact::Ordered { .. } => "ordered",
    ClusterFact::MoveRefused { .. } => "move refused",
    ClusterFact::StopNoted {
        act: StopAct::Stopped { cause: StopCause::Incident, .. }, ..
    } => "incident noted",
    ClusterFact::StopNoted { .. } => "stop noted",
    ClusterFact::Reminded { act: DueAct::Offer, .. } => "reminded of an offer",
    ClusterFact::Reminded { .. } => "reminded",
    ClusterFact::Quarantined { .. } => "quarantined",
    ClusterFact::EpochOpened(_) => "epoch opened",
    ClusterFact::Sealed(_) => "sealed",
    ClusterFact::QuarantineSummarised { .. } => "quarantine summarised",
    ClusterFact::FindingEntered(_) => "finding entered",
    ClusterFact::Matter(_) => "matter",
    ClusterFact::Rules(_) => "rules",
    ClusterFact::ReturnFlowNoted(_) => "return flow noted",
    ClusterFact::FormulaAdopted(_) => "formula adopted",
    ClusterFact::ProbeOrdered(_) => "probe ordered",
    ClusterFact::ProbeNoted(_) => "probe noted",
});

/// The kinds of city facts whose body the coordinator may not read, as one.
const OWN: &str = "review";

kinds!(CITY_KINDS, city_kind, CityFact, {
    CityFact::Published { .. } => "published",
    CityFact::Withdrawn { .. } => "withdrawn",
    CityFact::Review(_)
    | CityFact::Consent(_)
    | CityFact::Delegation(_)
    | CityFact::Usage(_)
    | CityFact::GrantRule(_)
    | CityFact::Notification(_) => "review",
    CityFact::Mounted { .. } => "mounted",
    CityFact::Unmounted { .. } => "unmounted",
    CityFact::Measured { .. } => "measured",
    CityFact::Requested { .. } => "requested",
    CityFact::Moved { mv: Move::Offer { .. }, .. } => "offered",
    CityFact::Moved { .. } => "moved",
    CityFact::Stop { act: StopAct::Stopped { cause: StopCause::Incident, .. }, .. } => "incident",
    CityFact::Stop { act: StopAct::Stopped { .. }, .. } => "stopped",
    CityFact::Stop { act: StopAct::Lifted { .. }, .. } => "stop lifted",
    CityFact::Delivered { .. } => "delivered",
    CityFact::Received { .. } => "received",
    CityFact::Access(AccessFact::Granted { .. }) => "access granted",
    CityFact::Access(AccessFact::Certified { .. }) => "access certified",
    CityFact::Access(AccessFact::Revoked { .. }) => "access revoked",
    CityFact::Access(AccessFact::Ended { .. }) => "access ended",
    CityFact::EpochOpened(_) => "epoch opened",
    CityFact::Matter(_) => "matter",
    CityFact::DepartmentSucceeded(_) => "department succeeded",
    CityFact::DepartmentSuccessionEnded(_) => "department split",
    CityFact::ReturnFlow(_) => "return flow",
    CityFact::ProbeMade(_) => "probe made",
});

fn access(principal: &str, role: Role) -> [AccessFact; 4] {
    let who = || principal.parse::<Principal>().unwrap();
    let certificate = Certificate {
        serial: Serial([7; 16]),
        not_after: at(NOW),
    };
    [
        AccessFact::Granted {
            principal: who(),
            rights: Rights::new([role], None).unwrap(),
        },
        AccessFact::Certified {
            principal: who(),
            certificate,
        },
        AccessFact::Revoked {
            principal: who(),
            certificates: vec![certificate],
        },
        AccessFact::Ended {
            principal: who(),
            reason: "调离".to_owned(),
        },
    ]
}

/// The cities publish: a resource that is shared and read, one that is stopped, one that is withdrawn.
async fn cities_speak(world: &mut World) {
    for (serial, class) in [(1, Unconditional), (2, Conditional), (3, NotShared)] {
        world
            .publish(PROVIDER, entry(serial, class), 1)
            .await
            .unwrap();
    }
    for serial in [1, 2] {
        world
            .append(PROVIDER, mounted(serial, "a.csv"))
            .await
            .unwrap();
        let measured = measured(serial, 30, world.now());
        world.append(PROVIDER, measured).await.unwrap();
    }
    let request = granted(world, 1).await;
    let (consumer, provider) = (city(CONSUMER), city(PROVIDER));
    let sent = CityFact::Delivered {
        delivery: delivery(1, 30, request),
        consumer,
        resumed_at: 0,
    };
    world.append(PROVIDER, sent).await.unwrap();
    let received = CityFact::Received {
        delivery: delivery(1, 30, request),
        provider,
    };
    world.append(CONSUMER, received).await.unwrap();
    stop_and_refuse(world).await;
    extend_late(world).await;
    withdraw(world).await;
    let person = format!("city/{STRANGER}/person/li.si");
    for fact in access(&person, Role::Publisher) {
        world
            .append(STRANGER, CityFact::Access(fact))
            .await
            .unwrap();
    }
    let kept = world.length(STRANGER);
    world.restore(STRANGER, kept).await;
    say_early(world).await;
}

/// The consumer requests a resource.
async fn asked(world: &mut World, serial: u32) -> RequestId {
    world.ask(&format!("{PROVIDER}:{}", code(serial))).await
}

/// The consumer requests a resource and is granted it.
async fn granted(world: &mut World, serial: u32) -> RequestId {
    let id = asked(world, serial).await;
    let until = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, id, until).await.unwrap();
    id
}

/// Deliveries stop and resume, and a move is refused: the request is granted.
async fn stop_and_refuse(world: &mut World) {
    let request = granted(world, 2).await;
    for act in [
        StopAct::Stopped {
            cause: StopCause::Suspended,
            reason: "核查".to_owned(),
            report: None,
        },
        StopAct::Lifted {
            reason: "核查完毕".to_owned(),
        },
    ] {
        let target = StopTarget::Request(request);
        let actor = acting(PROVIDER);
        let fact = CityFact::Stop { target, act, actor };
        world.append(PROVIDER, fact).await.unwrap();
    }
    world.make_move(PROVIDER, request, refuse()).await.unwrap();
}

/// An open request, with a move dated before it was possible.
async fn extend_late(world: &mut World) {
    let request = asked(world, 2).await;
    world.set_now("2026-11-25T02:00:00Z");
    world.set_out_of_reach(Some(60));
    let mv = Move::Extend {
        reason: "需征求意见".to_owned(),
        deadline: Deadline {
            date: date(2026, 12, 10),
            provisional: false,
        },
    };
    let actor = acting(PROVIDER);
    let late = CityFact::Moved { request, mv, actor };
    let dated = at("2026-11-24T02:00:00Z");
    world.append_dated(PROVIDER, dated, late).await.unwrap();
    world.set_out_of_reach(None);
}

/// One resource is unmounted, one is withdrawn, and one is unknown, which is set aside.
async fn withdraw(world: &mut World) {
    let (reason, code_of) = ("停用", |serial| code(serial).parse().unwrap());
    let withdrawn = |serial| CityFact::Withdrawn {
        code: code_of(serial),
        reason: reason.to_owned(),
    };
    let unmounted = CityFact::Unmounted {
        code: code_of(2),
        reason: reason.to_owned(),
    };
    world.append(PROVIDER, unmounted).await.unwrap();
    world.append(PROVIDER, withdrawn(3)).await.unwrap();
    world.append(PROVIDER, withdrawn(9)).await.unwrap_err();
}

/// A request that waits for its resource, and a move of a request that is not read yet.
async fn say_early(world: &mut World) {
    world.set_current(false);
    let waits = asked(world, 8).await;
    let unread = RequestId {
        seq: waits.seq + 5,
        ..waits
    };
    let until = grant("2027-06-30T00:00:00Z");
    world.make_move(PROVIDER, unread, until).await.unwrap();
}

/// Appends the facts that the coordinator writes by itself.
async fn coordinator_speaks(world: &World) {
    world
        .set_status(STRANGER, MembershipStatus::Suspended)
        .await;
    world.set_status(STRANGER, MembershipStatus::Active).await;
    let (request, _) = (request_table::REQUESTS.all().first(&**world.ledger.kv()))
        .unwrap()
        .unwrap();
    let reminded = ClusterFact::Reminded {
        request,
        provider: city(PROVIDER),
        act: DueAct::Answer,
        deadline: Deadline {
            date: date(2026, 12, 7),
            provisional: false,
        },
        overdue: false,
    };
    let summarised = ClusterFact::QuarantineSummarised {
        city: city(PROVIDER),
        run: QuarantinedRun {
            epoch: EPOCH,
            from_seq: 1,
            to_seq: 2,
            count: 2,
            problem: Problem::from(&Error::new(
                ErrorCode::PeerInvalid,
                msg::Text { text: "演练" },
            )),
        },
    };
    let [stays, ..] = access("operator/chief", Role::Operator);
    let duty = access("operator/duty", Role::Operator).map(ClusterFact::Access);
    let facts = [reminded, summarised, ClusterFact::Access(stays)];
    for fact in facts.into_iter().chain(duty) {
        world.announce(fact).await;
    }
    let opening = Opening {
        id: [2; 8],
        highest: 0,
        replaced: None,
        cause: EpochCause::Restored,
        at: world.now(),
    };
    open_epoch(&world.ledger, LogOwner::Coordinator, opening)
        .await
        .unwrap();
    seal(world).await;
}

/// Appends facts of version 2 about the first granted request.
async fn share_further(world: &mut World) {
    let granted = world.facts().into_iter().find_map(|fact| match fact {
        ClusterFact::Ordered { request, step, .. } if step.mv.grant().is_some() => Some(request),
        _ => None,
    });
    let request = granted.unwrap();
    for fact in facts_of_version_2(request, &acting(PROVIDER)) {
        world.append(PROVIDER, fact).await.unwrap();
    }
    let reminded = ClusterFact::Reminded {
        request,
        provider: city(PROVIDER),
        act: DueAct::Offer,
        deadline: Deadline::certain(date(2026, 12, 21)),
        overdue: false,
    };
    world.announce(reminded).await;
}

/// Seals the months up to the present.
async fn seal(world: &World) {
    world.set_now(NOW);
    let sealing = Sealing {
        copies: world.live.copies().clone(),
        ledger: world.ledger.clone(),
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
        is_confirmed: Arc::new(|_| true),
    };
    sealing.seal_due(|| true).await.unwrap();
}

/// A request with a provisional deadline, the notices about overdue ones, and a finding, if there are none.
async fn chase(world: &mut World) {
    let is_finding = |fact: &ClusterFact| matches!(fact, ClusterFact::FindingEntered(_));
    if world.facts().iter().any(is_finding) {
        return;
    }
    asked(world, 2).await;
    remind(&world.ledger, &world.deadlines, world.now())
        .await
        .unwrap();
    let finding = Finding {
        city: city(PROVIDER),
        article: "39(1)".to_owned(),
        text: "未更新目录".to_owned(),
        document: "〔2026〕5号".to_owned(),
    };
    world.announce(ClusterFact::FindingEntered(finding)).await;
}

/// The kinds of facts in the copies of the cities' logs.
fn read_of_cities(world: &World) -> BTreeSet<&'static str> {
    let (kv, copied) = (&**world.ledger.kv(), world.live.copies());
    let mut kinds = BTreeSet::new();
    for of in CITIES.map(city) {
        for copy in copies(kv, LogOwner::City(of)).unwrap() {
            for (_, entry) in copied.entries(&copy, 0, 1_000).unwrap() {
                let CopiedEntry::Entry(entry) = entry else {
                    panic!("an entry of {of} is damaged");
                };
                kinds.insert(city_kind(&city_entry_from(&entry, of).unwrap().fact));
            }
        }
    }
    kinds
}

fn opened(folder: &Path) -> World {
    let world =
        World::within(Ledger::open_directory(folder, "coordinator", Loss::Refused).unwrap());
    world.set_now(NOW);
    world
}

#[tokio::test]
#[ignore = "adds to the directory"]
async fn add_to_the_directory_of_the_newest_storage_version() {
    let folder = fixture(NEWEST).join("coordinator");
    if !folder.exists() {
        fs::create_dir_all(fixture(NEWEST)).unwrap();
        let ledger = Ledger::create_directory(&folder, "coordinator", [1; 8]).unwrap();
        let mut world = World::within(ledger);
        world.admit().await;
        cities_speak(&mut world).await;
        coordinator_speaks(&world).await;
        let log = LogOwner::City(city(STRANGER));
        let who = "operator/chief".parse().unwrap();
        keep_records(&world.ledger, world.clock(), who, log).await;
        world.ledger.close();
    }
    // A new kind of fact is appended here, where the directory has none of its kind.
    let mut world = opened(&folder);
    if !read_of_cities(&world).contains("offered") {
        share_further(&mut world).await;
    }
    succeed_a_department(&mut world).await;
    split_a_department(&mut world).await;
    build_added(&world.ledger, indexed()).await.unwrap();
    chase(&mut world).await;
    matters::add_missing(&mut world).await;
    set_rules(&world).await;
    return_data(&mut world).await;
    await_an_approval(&mut world).await;
    await_a_member(&world).await;
    adopt_a_formula(&world).await;
    probe_an_entry(&mut world).await;
    add_a_departed_member(&world.ledger).await;
    if changes::last(&**world.ledger.kv()).unwrap() == 0 {
        let noted = |tx: &mut Tx<'_>| {
            let changed = vec![code(1).parse().unwrap()];
            changes::note(tx, city(PROVIDER), changed)
        };
        world.ledger.write(noted).await.unwrap();
    }
    count_a_delivery(&world).await;
    // Of logs that have none.
    world.snapshots().await;
    build_added(&world.ledger, indexed()).await.unwrap();
    fs::write(fixture(NEWEST).join("coordinator.txt"), described(&world)).unwrap();
    world.ledger.close();
    drop(world);
    tidy(&folder);
}

#[tokio::test]
async fn directories_of_earlier_storage_versions_are_migrated() {
    for version in 1..NEWEST {
        let copy = copied(version, "coordinator");
        let world = opened(copy.path());
        build_added(&world.ledger, indexed()).await.unwrap();
        assert_eq!(contents_of(&world), contents(version, "coordinator.txt"));
        indexes_agree(&world.ledger, indexed()).await;
    }
}

#[tokio::test]
async fn a_directory_says_what_it_said() {
    let copy = copied(NEWEST, "coordinator");
    let world = opened(copy.path());
    build_added(&world.ledger, indexed()).await.unwrap();
    let expected = fs::read_to_string(fixture(NEWEST).join("coordinator.txt")).unwrap();
    assert_eq!(described(&world), expected);
    indexes_agree(&world.ledger, indexed()).await;
    let kinds: BTreeSet<&str> = world.facts().iter().map(cluster_kind).collect();
    assert_eq!(kinds, CLUSTER_KINDS.iter().copied().collect());
    let of_cities = CITY_KINDS.iter().copied().filter(|kind| *kind != OWN);
    assert_eq!(read_of_cities(&world), of_cities.collect());
}
