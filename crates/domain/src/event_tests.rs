//! Which facts are events, and what they name.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::catalogue::{DueEntries, EntryAct};
use crate::findings::Finding;
use crate::origin::Origin;
use crate::principal::Principal;
use crate::request::Actor;
use crate::return_flow::{ReturnFlow, ReturnFlowFact};
use crate::usage::{Period, UsageFact};

fn number() -> RequestId {
    "430100-1-7-AAAAAAAAAAAAA".parse().unwrap()
}

fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

fn step(party: Party, mv: Move) -> Step {
    Step {
        party,
        actor: Principal::Coordinator.into(),
        at: Timestamp::UNIX_EPOCH,
        mv,
        due: Some(Deadline::certain(date(2026, 12, 7))),
    }
}

fn ordered(step: Step) -> ClusterFact {
    ClusterFact::Ordered {
        request: number(),
        provider: city("430200"),
        step,
        origin: None,
        arrived_at: None,
        newly_permitted: false,
    }
}

#[test]
fn kinds_have_names_of_their_own() {
    let names: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), EventKind::ALL.len());
}

#[test]
fn a_move_is_an_event_with_what_becomes_due_and_without_its_texts() {
    let missing = "缺少使用依据".to_owned();
    let fact = ordered(step(Party::Provider, Move::AskSupplement { missing }));
    let event = Event::of_cluster(&fact, city("430100")).unwrap();
    let expected = Event {
        mv: Some(MoveKind::AskSupplement),
        party: Some(Party::Provider),
        deadline: Some(Deadline::certain(date(2026, 12, 7))),
        ..Event::in_request(EventKind::RequestMoved, number(), city("430200"))
    };
    assert_eq!(event, expected);
    let command = format!("chengji-node request show {}", number());
    assert_eq!(event.command(), Some(command));
    assert!(!format!("{event:?}").contains("依据"));
}

#[test]
fn a_deadline_is_near_or_has_passed() {
    let reminded = |overdue| ClusterFact::Reminded {
        request: number(),
        provider: city("430200"),
        act: DueAct::Mending,
        deadline: Deadline::certain(date(2026, 12, 7)),
        overdue,
    };
    let kind = |overdue| {
        let event = Event::of_cluster(&reminded(overdue), city("430100")).unwrap();
        (event.kind, event.party)
    };
    let consumer = Some(Party::Consumer);
    assert_eq!(kind(false), (EventKind::DeadlineNear, consumer));
    assert_eq!(kind(true), (EventKind::DeadlinePassed, consumer));
}

#[test]
fn a_usage_record_that_is_due_soon_or_overdue_is_an_event_of_its_consumer() {
    let event = |overdue| {
        let fact = UsageFact::Reminded {
            request: number(),
            provider: city("430200"),
            period: Period {
                from: date(2025, 8, 8),
                to: date(2026, 8, 7),
            },
            deadline: Deadline::certain(date(2026, 9, 4)),
            overdue,
        };
        Event::of_city(&CityFact::Usage(Box::new(fact)), number()).unwrap()
    };
    let [due, overdue] = [false, true].map(event);
    assert_eq!(due.kind, EventKind::UsageDue);
    assert_eq!(overdue.kind, EventKind::UsageOverdue);
    assert_eq!(due.request, Some(number()));
    assert_eq!(due.deadline, Some(Deadline::certain(date(2026, 9, 4))));
    let command = Some("chengji-node usage missing".to_owned());
    assert_eq!(due.command(), command);
}

#[test]
fn a_reminder_of_entries_is_an_event_with_their_number_alone() {
    let department = "91350100M000100Y43".parse().unwrap();
    let reminded = |overdue| {
        let due = DueEntries {
            department,
            act: EntryAct::Review,
            deadline: Deadline::certain(date(2026, 12, 7)),
            overdue,
            codes: vec![
                "206001000001".parse().unwrap(),
                "206001000002".parse().unwrap(),
            ],
        };
        let fact = CityFact::Review(ReviewFact::Reminded(due));
        Event::of_city(&fact, number()).unwrap()
    };
    let event = reminded(false);
    let entries = EntriesDue {
        act: EntryAct::Review,
        department,
        count: 2,
    };
    assert_eq!(event.entries, Some(entries));
    assert_eq!(event.deadline, Some(Deadline::certain(date(2026, 12, 7))));
    assert_eq!(event.command(), Some("chengji-node todo".to_owned()));
    assert!(!event.is_for_all());
    let kinds = [event.kind, reminded(true).kind];
    assert_eq!(kinds, [EventKind::EntriesNear, EventKind::EntriesOverdue]);
}

#[test]
fn a_city_that_left_is_an_event_for_all_and_one_that_is_suspended_none() {
    let event = |status| {
        let fact = ClusterFact::StatusChanged {
            city: city("430200"),
            status,
            reason: "区划调整".to_owned(),
        };
        Event::of_cluster(&fact, city("430100"))
    };
    let left = event(MembershipStatus::Removed).unwrap();
    assert_eq!(
        (left.kind, left.city),
        (EventKind::PartyLeft, Some(city("430200")))
    );
    assert!(left.is_for_all());
    assert_eq!(event(MembershipStatus::Suspended), None);
}

#[test]
fn a_finding_is_an_event_for_the_city_concerned() {
    let finding = ClusterFact::FindingEntered(Finding {
        city: city("430100"),
        article: "40(3)".to_owned(),
        text: "未按时答复".to_owned(),
        document: String::new(),
    });
    let event = |of| Event::of_cluster(&finding, city(of));
    let own = event("430100").unwrap();
    assert_eq!((own.kind, own.command()), (EventKind::FindingEntered, None));
    assert_eq!(event("430200"), None);
}

#[test]
fn a_return_flow_is_an_event_for_the_divisions_that_it_reaches() {
    let noted = |act: ReturnFlowAct, readers: Option<&[&str]>, of: &str| {
        let note = ReturnFlowNote {
            provider: city("430000"),
            origin: Origin {
                epoch: number().epoch,
                seq: 7,
            },
            at: Timestamp::UNIX_EPOCH,
            fact: ReturnFlowFact {
                act,
                actor: Actor::new("city/430000/person/shen.pi".parse().unwrap(), None),
            },
            readers: readers.map(|cities| cities.iter().map(|of| city(of)).collect()),
        };
        let fact = ClusterFact::ReturnFlowNoted(Box::new(note));
        Event::of_cluster(&fact, city(of))
    };
    let event = |act: ReturnFlowAct, of: &str| noted(act, None, of);
    let declared = || ReturnFlowAct::Declare {
        code: "201001/000001".parse().unwrap(),
        flow: ReturnFlow {
            to: Some(city("430100")),
            rows: "长沙市的登记信息".to_owned(),
        },
    };
    let told = event(declared(), "430100").unwrap();
    assert_eq!(told.kind, EventKind::ReturnFlowDeclared);
    assert!(told.is_for_all());
    let command = told.command();
    assert_eq!(command.as_deref(), Some("chengji-node return-flow list"));
    assert!(!format!("{told:?}").contains("长沙"));
    assert_eq!(event(declared(), "430200"), None);
    assert_eq!(event(declared(), "430000"), None);
    let ended = || ReturnFlowAct::End {
        code: "201001/000001".parse().unwrap(),
        reason: "系统下线".to_owned(),
        consultation: "书面征求长沙市意见".to_owned(),
    };
    let readers = &["430000", "430100"][..];
    let kind = noted(ended(), Some(readers), "430100").map(|event| event.kind);
    assert_eq!(kind, Some(EventKind::ReturnFlowEnded));
    assert_eq!(noted(ended(), Some(readers), "430000"), None);
    // The divisions concerned have read the note with the texts.
    assert_eq!(event(ended(), "430100"), None);
}
