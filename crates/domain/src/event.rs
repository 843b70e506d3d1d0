//! Events (事件): the part of a log's facts of which a city's people are notified.
//!
//! An event is a function of one fact. It names numbers, moves, days and cities, and nothing else: no reason, no scope,
//! no name or code of a resource, no person.

use chengji_messages::{Message, msg};

use crate::access::Role;
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::delegation::DelegationFact;
use crate::fact::{CityFact, ClusterFact};
use crate::notification::Topic;
use crate::proposal::{ConsentFact, ProposedAct};
use crate::request::{DueAct, Move, MoveKind, Party, RequestId, Step};
use crate::stop::StopAct;

macro_rules! kinds {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $topic:ident, $label:ident; )*) => {
        /// The kind of an event. The text form is pinned: receivers tell events apart by it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $( $(#[doc = $doc])* $name, )* }

        impl EventKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// Returns the pinned name.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Returns the topic that it belongs to; `None` for a test, which belongs to all.
            pub fn topic(self) -> Option<Topic> {
                match self { $( Self::$name => kinds!(@topic $topic), )* }
            }

            /// Returns its name for people.
            pub fn label(self) -> Message {
                match self { $( Self::$name => msg::$label.into(), )* }
            }
        }
    };
    (@topic All) => { None };
    (@topic $topic:ident) => { Some(Topic::$topic) };
}

kinds! {
    /// The coordinator routed or rejected a request.
    RequestOpened = "request.opened", Requests, EventRequestOpened;
    /// A move in a request took effect.
    RequestMoved = "request.moved", Requests, EventRequestMoved;
    /// The coordinator refused a move of the city.
    MoveRefused = "request.move-refused", Requests, EventMoveRefused;
    /// The provider stopped deliveries under a grant.
    DeliveriesStopped = "request.stopped", Requests, EventDeliveriesStopped;
    /// The provider resumed them.
    DeliveriesResumed = "request.resumed", Requests, EventDeliveriesResumed;
    /// A deadline is near.
    DeadlineNear = "deadline.near", Deadlines, EventDeadlineNear;
    /// A deadline has passed.
    DeadlinePassed = "deadline.passed", Deadlines, EventDeadlinePassed;
    /// A submission or a move waits for a second person.
    ConsentAsked = "consent.asked", Consent, EventConsentAsked;
    /// It waits no longer.
    ConsentEnded = "consent.ended", Consent, EventConsentEnded;
    /// A person stands in for another.
    DelegationBegun = "delegation.begun", Delegations, EventDelegationBegun;
    /// It stands in no longer.
    DelegationEnded = "delegation.ended", Delegations, EventDelegationEnded;
    /// A resource was sent to another city.
    Delivered = "delivery.sent", Deliveries, EventDelivered;
    /// A resource of another city arrived.
    Received = "delivery.received", Deliveries, EventReceived;
    /// A finding about the city was entered.
    FindingEntered = "finding.entered", Findings, EventFindingEntered;
    /// A person tried a subscription.
    Test = "subscription.test", All, EventTest;
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// The number of what it is about: of a request, a proposal, a delegation or a subscription.
    pub subject: Option<RequestId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// Its provider.
    pub provider: Option<CityCode>,
    /// The move that was made, refused or proposed.
    pub mv: Option<MoveKind>,
    /// The party that made it.
    pub party: Option<Party>,
    /// The act that is due.
    pub act: Option<DueAct>,
    /// Its last day.
    pub deadline: Option<Deadline>,
    /// The role of the person whose consent is due.
    pub consent_of: Option<Role>,
}

impl Event {
    fn new(kind: EventKind, subject: Option<RequestId>) -> Self {
        Self {
            kind,
            subject,
            request: None,
            provider: None,
            mv: None,
            party: None,
            act: None,
            deadline: None,
            consent_of: None,
        }
    }

    fn in_request(kind: EventKind, request: RequestId, provider: CityCode) -> Self {
        Self {
            request: Some(request),
            provider: Some(provider),
            ..Self::new(kind, Some(request))
        }
    }

    /// Makes the event that tries a subscription.
    pub fn test(subscription: RequestId) -> Self {
        Self::new(EventKind::Test, Some(subscription))
    }

    /// Returns the event that a fact of the own city's log, at this position, is; `None` if it is none. Moves in
    /// requests are events once the coordinator has ordered them.
    pub fn of_city(fact: &CityFact, at: RequestId) -> Option<Self> {
        match fact {
            CityFact::Consent(fact) => of_consent(fact, at),
            CityFact::Delegation(DelegationFact::Begun(_)) => {
                Some(Self::new(EventKind::DelegationBegun, Some(at)))
            }
            CityFact::Delegation(DelegationFact::Ended { delegation, .. }) => {
                Some(Self::new(EventKind::DelegationEnded, Some(*delegation)))
            }
            CityFact::Delivered { delivery, .. } => {
                let request = delivery.request;
                Some(Self::in_request(EventKind::Delivered, request, at.city))
            }
            CityFact::Received { delivery, provider } => {
                let request = delivery.request;
                Some(Self::in_request(EventKind::Received, request, *provider))
            }
            CityFact::Published { .. }
            | CityFact::Withdrawn { .. }
            | CityFact::Review(_)
            | CityFact::Mounted { .. }
            | CityFact::Unmounted { .. }
            | CityFact::Measured { .. }
            | CityFact::Requested { .. }
            | CityFact::Moved { .. }
            | CityFact::Stop { .. }
            | CityFact::Access(_)
            | CityFact::DepartmentSucceeded(_)
            | CityFact::Usage(_)
            | CityFact::GrantRule(_)
            | CityFact::Notification(_)
            | CityFact::Matter(_)
            | CityFact::EpochOpened(_) => None,
        }
    }

    /// Returns the event that a fact of the coordinator's log is for this city; `None` if it is none.
    pub fn of_cluster(fact: &ClusterFact, city: CityCode) -> Option<Self> {
        match fact {
            ClusterFact::Opened {
                request,
                submission,
                step,
                ..
            } => {
                let provider = submission.resource.city;
                Some(Self {
                    mv: Some(step.mv.kind()),
                    deadline: deadline_of(&step.mv),
                    ..Self::in_request(EventKind::RequestOpened, *request, provider)
                })
            }
            ClusterFact::Ordered {
                request,
                provider,
                step,
                ..
            } => Some(Self {
                mv: Some(step.mv.kind()),
                party: Some(step.party),
                deadline: deadline_of(&step.mv).or(step.due),
                ..Self::in_request(EventKind::RequestMoved, *request, *provider)
            }),
            ClusterFact::MoveRefused {
                request,
                provider,
                step,
                ..
            } => of_refusal((*request, *provider), step, city),
            ClusterFact::StopNoted {
                request,
                provider,
                act,
                due,
                ..
            } => {
                let kind = match act {
                    StopAct::Stopped { .. } => EventKind::DeliveriesStopped,
                    StopAct::Lifted { .. } => EventKind::DeliveriesResumed,
                };
                Some(Self {
                    deadline: *due,
                    ..Self::in_request(kind, *request, *provider)
                })
            }
            ClusterFact::Reminded {
                request,
                provider,
                act,
                deadline,
                overdue,
            } => Some(of_reminder(
                (*request, *provider),
                (*act, *deadline),
                *overdue,
            )),
            ClusterFact::FindingEntered(finding) => {
                (finding.city == city).then(|| Self::new(EventKind::FindingEntered, None))
            }
            ClusterFact::Admitted(_)
            | ClusterFact::StatusChanged { .. }
            | ClusterFact::Access(_)
            | ClusterFact::LogKeyed(_)
            | ClusterFact::RosterSigned(_)
            | ClusterFact::Matter(_)
            | ClusterFact::Rules(_)
            | ClusterFact::Quarantined { .. }
            | ClusterFact::QuarantineSummarised { .. }
            | ClusterFact::EpochOpened(_)
            | ClusterFact::Sealed(_) => None,
        }
    }

    /// Returns the command that shows what it is about, if there is one.
    pub fn command(&self) -> Option<String> {
        match self.kind.topic() {
            Some(Topic::Consent) => {
                let subject = self.subject?;
                Some(format!("chengji-node consent show {subject}"))
            }
            Some(Topic::Delegations) => Some("chengji-node person delegations".to_owned()),
            Some(Topic::Requests | Topic::Deadlines | Topic::Deliveries | Topic::Findings)
            | None => {
                let request = self.request?;
                Some(format!("chengji-node request show {request}"))
            }
        }
    }
}

fn of_consent(fact: &ConsentFact, at: RequestId) -> Option<Event> {
    match fact {
        ConsentFact::Proposed { act, .. } => Some(Event {
            request: act.request(),
            mv: match act {
                ProposedAct::Submission(_) => None,
                ProposedAct::Move { mv, .. } => Some(mv.kind()),
            },
            consent_of: act.countersigner().map(|one| one.role()),
            ..Event::new(EventKind::ConsentAsked, Some(at))
        }),
        ConsentFact::ProposalEnded { proposal, .. } => {
            Some(Event::new(EventKind::ConsentEnded, Some(*proposal)))
        }
        ConsentFact::StandingGiven { .. } | ConsentFact::StandingEnded { .. } => None,
    }
}

/// The refusal of a move, for the city that made it.
fn of_refusal(
    (request, provider): (RequestId, CityCode),
    step: &Step,
    city: CityCode,
) -> Option<Event> {
    let mover = match step.party {
        Party::Consumer => request.city,
        Party::Provider | Party::Coordinator => provider,
    };
    (mover == city).then(|| Event {
        mv: Some(step.mv.kind()),
        party: Some(step.party),
        ..Event::in_request(EventKind::MoveRefused, request, provider)
    })
}

/// The reminder before a deadline, or the notice after it.
fn of_reminder(
    (request, provider): (RequestId, CityCode),
    (act, deadline): (DueAct, Deadline),
    overdue: bool,
) -> Event {
    let kind = match overdue {
        true => EventKind::DeadlinePassed,
        false => EventKind::DeadlineNear,
    };
    Event {
        act: Some(act),
        party: Some(act.party()),
        deadline: Some(deadline),
        ..Event::in_request(kind, request, provider)
    }
}

/// The last day that a move states.
fn deadline_of(mv: &Move) -> Option<Deadline> {
    match mv {
        Move::Route { deadline, .. }
        | Move::Extend { deadline, .. }
        | Move::Remand { deadline, .. }
        | Move::MoveDeadline { deadline, .. }
        | Move::Lapse { disposal: deadline } => Some(*deadline),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::findings::Finding;
    use crate::principal::Principal;

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
}
