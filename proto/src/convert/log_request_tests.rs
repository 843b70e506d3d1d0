//! Facts of requests: their actors, stops of deliveries, and what is due.

use chengji_domain::Epoch;
use chengji_domain::calendar::Deadline;
use chengji_domain::fact::Origin;
use chengji_domain::request::{
    Actor, AwaitedApproval, Consent, DueAct, Move, Party, Represented, RequestId, Step, Submission,
};
use chengji_domain::stop::{IncidentReport, StopAct, StopCause, StopTarget};
use prost::Message as _;

use super::tests::{city, entry};
use super::*;

/// An actor with all fields set.
fn actor(person: &str) -> Actor {
    let principal = |name: &str| name.parse().unwrap();
    Actor {
        principal: principal(person),
        department: Some("91350100M000100Y43".parse().unwrap()),
        on_behalf_of: Some(Represented::Principal(principal("city/430100/person/a"))),
        consent: Some(Consent::By {
            principal: principal("city/430100/person/deputy"),
            on_behalf_of: Some(principal("city/430100/person/head")),
            at: jiff::Timestamp::UNIX_EPOCH,
        }),
    }
}

/// A stop of deliveries, and its lifting.
fn acts_on_deliveries(request: RequestId, actor: &Actor) -> [CityFact; 2] {
    let reason = || "x".to_owned();
    let stopped = StopAct::Stopped {
        cause: StopCause::Incident,
        reason: reason(),
        report: Some(IncidentReport {
            to: "市网信办".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        }),
    };
    let lifted = StopAct::Lifted { reason: reason() };
    [stopped, lifted].map(|act| CityFact::Stop {
        target: StopTarget::Request(request),
        act,
        actor: actor.clone(),
    })
}

/// Actors like this one that name somebody of another city.
fn foreign(whole: &Actor) -> [Actor; 5] {
    let foreign: Principal = "city/430200/person/b".parse().unwrap();
    let deputy: Principal = "city/430100/person/deputy".parse().unwrap();
    [
        actor("city/430200/person/b"),
        actor("coordinator"),
        Actor {
            on_behalf_of: Some(Represented::Principal(foreign.clone())),
            ..whole.clone()
        },
        Actor {
            consent: Some(Consent::By {
                principal: foreign.clone(),
                on_behalf_of: None,
                at: jiff::Timestamp::UNIX_EPOCH,
            }),
            ..whole.clone()
        },
        Actor {
            consent: Some(Consent::By {
                principal: deputy,
                on_behalf_of: Some(foreign),
                at: jiff::Timestamp::UNIX_EPOCH,
            }),
            ..whole.clone()
        },
    ]
}

#[test]
fn who_asks_moves_and_stops_reads_as_written_and_is_of_the_city() {
    let submission = Submission {
        resource: chengji_domain::ResourceRef {
            city: "430200".parse().unwrap(),
            code: "201001/000001".parse().unwrap(),
        },
        purpose: "p".to_owned(),
        legal_basis: "l".to_owned(),
        scenario: "u".to_owned(),
        scope: "s".to_owned(),
        manner: chengji_domain::catalogue::ShareManner::File,
        period_days: 1,
        department: Some("91350100M000100Y43".parse().unwrap()),
        part: Some(Box::new(chengji_domain::request::WantedPart {
            columns: vec!["n".to_owned()],
            condition: "n > 1".to_owned(),
            masks: vec![("n".to_owned(), "round:10".to_owned())],
            row_limit: Some(5),
        })),
    };
    let mv = Move::Withdraw {
        reason: "x".to_owned(),
    };
    let request = "430100-1-1-AAAAAAAAAAAAA".parse().unwrap();
    let read = |actor: &Actor| {
        let asked = CityFact::Requested {
            submission: submission.clone(),
            actor: actor.clone(),
        };
        let moved = CityFact::Moved {
            request,
            mv: mv.clone(),
            actor: actor.clone(),
        };
        let [stopped, lifted] = acts_on_deliveries(request, actor);
        let all = [asked, moved, stopped, lifted].map(|fact| {
            let said = entry(LogOwner::City(city()), "city/430100/node", fact);
            let sealed = city_entry_to(&said, [7; 16]);
            // Names of people occur in the body alone.
            let envelope = String::from_utf8_lossy(&sealed.envelope).into_owned();
            assert!(!envelope.contains("person"), "{envelope}");
            city_entry_from(&sealed, city()).map(|read| assert_eq!(read, said))
        });
        all.into_iter().collect::<Result<(), _>>()
    };
    let whole = actor("city/430100/app/registry");
    read(&whole).unwrap();
    let paper = Consent::Paper {
        number: "长数函〔2026〕7号".to_owned(),
    };
    let department = Represented::Department("91350100M000100Y43".parse().unwrap());
    read(&Actor {
        on_behalf_of: Some(department),
        consent: Some(paper),
        department: None,
        ..whole.clone()
    })
    .unwrap();
    for foreign in foreign(&whole) {
        let error = read(&foreign).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        let Some(Value::Message(cause)) = error.message().param("cause") else {
            panic!("{error:?}");
        };
        assert_eq!(cause.code(), "wire-actor-foreign");
    }
}

#[test]
fn what_the_coordinator_counts_as_due_reads_as_written_and_needs_a_reader_that_knows_it() {
    let (request, provider) = (
        "430100-1-1-AAAAAAAAAAAAA".parse().unwrap(),
        "430200".parse().unwrap(),
    );
    let origin = Origin {
        epoch: Epoch::first([1; 8]),
        seq: 4,
    };
    let due = Deadline {
        date: jiff::civil::date(2026, 12, 7),
        provisional: true,
    };
    let [stop, _] = acts_on_deliveries(request, &actor("city/430200/person/li.si"));
    let CityFact::Stop { act, actor, .. } = stop else {
        panic!("no stop");
    };
    let at = jiff::Timestamp::UNIX_EPOCH;
    let noted = |due| ClusterFact::StopNoted {
        request,
        provider,
        origin,
        at,
        actor: actor.clone(),
        act: act.clone(),
        due,
    };
    let asked = ClusterFact::Ordered {
        request,
        provider,
        step: Step {
            party: Party::Provider,
            actor: actor.clone(),
            at,
            mv: Move::AskSupplement {
                missing: "清单".to_owned(),
            },
            due: Some(due),
        },
        origin: Some(origin),
        arrived_at: None,
        newly_permitted: false,
    };
    let reminded = ClusterFact::Reminded {
        request,
        provider,
        act: DueAct::Offer,
        deadline: due,
        overdue: true,
    };
    for fact in [noted(None), noted(Some(due)), asked, reminded] {
        let said = entry(LogOwner::Coordinator, "coordinator", fact);
        let sealed = cluster_entry_to(&said, [7; 16]);
        let envelope = chengji_log::v1::Envelope::decode(sealed.envelope.clone()).unwrap();
        // They came with the facts after Order 809.
        assert_eq!(envelope.min_reader, 2);
        assert_eq!(cluster_entry_from(&sealed), Ok(said));
    }
}

#[test]
fn a_wait_for_an_approval_reads_as_written_and_needs_a_reader_that_knows_it() {
    let deadline = Deadline {
        date: jiff::civil::date(2026, 12, 7),
        provisional: true,
    };
    let waits = ClusterFact::ApprovalAwaited {
        request: "430100-1-1-AAAAAAAAAAAAA".parse().unwrap(),
        provider: "430200".parse().unwrap(),
        awaited: AwaitedApproval {
            since: jiff::Timestamp::UNIX_EPOCH,
            revision: 2,
            deadline,
        },
    };
    let said = entry(LogOwner::Coordinator, "coordinator", waits);
    let sealed = cluster_entry_to(&said, [7; 16]);
    let envelope = chengji_log::v1::Envelope::decode(sealed.envelope.clone()).unwrap();
    assert_eq!(envelope.min_reader, 4);
    assert_eq!(cluster_entry_from(&sealed), Ok(said));
}
