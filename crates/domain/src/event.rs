//! Events (事件): the part of a log's facts of which a city's people are notified.
//!
//! An event is a function of one fact. It names numbers, moves, days and cities, and nothing else: no reason, no scope,
//! no name or code of a resource, no person.

mod entries;
mod matters;
mod usage;

use chengji_messages::{Message, msg};

pub use self::entries::EntriesDue;
use crate::access::Role;
use crate::calendar::{Deadline, RulesFact};
use crate::city::CityCode;
use crate::delegation::DelegationFact;
use crate::fact::{CityFact, ClusterFact, ReviewFact};
use crate::matter::{MatterKind, MatterMoveKind};
use crate::notification::Topic;
use crate::proposal::{ConsentFact, ProposedAct};
use crate::request::{DueAct, Move, MoveKind, Party, RequestId, Step};
use crate::return_flow::{ReturnFlowAct, ReturnFlowNote};
use crate::roster::MembershipStatus;
use crate::stop::StopAct;

macro_rules! kinds {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $topic:ident, $label:ident; )*) => {
        /// The kind of an event. Its name is pinned, because receivers filter events by it.
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
    /// A request waits for the approval of the common superior authority.
    ApprovalAwaited = "request.approval-awaited", Requests, EventApprovalAwaited;
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
    /// The use of granted data is to be recorded soon.
    UsageDue = "usage.due", Deadlines, EventUsageDue;
    /// The record of a use is overdue.
    UsageOverdue = "usage.overdue", Deadlines, EventUsageOverdue;
    /// The deadline of an act about entries of the city is near.
    EntriesNear = "catalogue.deadline-near", Deadlines, EventEntriesNear;
    /// It has passed.
    EntriesOverdue = "catalogue.deadline-passed", Deadlines, EventEntriesOverdue;
    /// A submission or a move waits for a second person.
    ConsentAsked = "consent.asked", Consent, EventConsentAsked;
    /// It waits no longer.
    ConsentEnded = "consent.ended", Consent, EventConsentEnded;
    /// A delegation between two people began.
    DelegationBegun = "delegation.begun", Delegations, EventDelegationBegun;
    /// A delegation was ended before its time.
    DelegationEnded = "delegation.ended", Delegations, EventDelegationEnded;
    /// A resource was sent to another city.
    Delivered = "delivery.sent", Deliveries, EventDelivered;
    /// A resource of another city arrived.
    Received = "delivery.received", Deliveries, EventReceived;
    /// A finding about the city was entered.
    FindingEntered = "finding.entered", Findings, EventFindingEntered;
    /// A correction was filed, or a demand.
    MatterOpened = "matter.opened", Matters, EventMatterOpened;
    /// A move in one took effect.
    MatterMoved = "matter.moved", Matters, EventMatterMoved;
    /// The coordinator refused a move of the city in one.
    MatterMoveRefused = "matter.move-refused", Matters, EventMatterMoveRefused;
    /// Data that the city received was corrected.
    CorrectionTold = "correction.told", Matters, EventCorrectionTold;
    /// Deadline rules of a jurisdiction changed.
    RulesChanged = "rules.changed", Deadlines, EventRulesChanged;
    /// There is a holiday notice for a year.
    HolidaysNoticed = "rules.holidays", Deadlines, EventHolidaysNoticed;
    /// A department of the city was merged into another.
    DepartmentSucceeded = "department.succeeded", Requests, EventDepartmentSucceeded;
    /// A merger of departments of the city was taken back.
    DepartmentSplit = "department.split", Requests, EventDepartmentSplit;
    /// An upper-level member declared that it returns data to the city.
    ReturnFlowDeclared = "return-flow.declared", Requests, EventReturnFlowDeclared;
    /// An upper-level member ended a return flow to the city.
    ReturnFlowEnded = "return-flow.ended", Requests, EventReturnFlowEnded;
    /// A city left the cluster: nothing more is delivered under grants to or by it.
    PartyLeft = "party.left", Requests, EventPartyLeft;
    /// A person tried a subscription.
    Test = "subscription.test", All, EventTest;
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its kind.
    pub kind: EventKind,
    /// The number of what it is about: of a request, a matter, a proposal, a delegation or a subscription.
    pub subject: Option<RequestId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// Its provider; of a correction or a demand the city that answers it, or whose answer is due.
    pub provider: Option<CityCode>,
    /// The correction or demand concerned.
    pub matter: Option<RequestId>,
    /// Which of the two it is; `None` where the fact does not say.
    pub matter_kind: Option<MatterKind>,
    /// The city that left the cluster.
    pub city: Option<CityCode>,
    /// The move that was made, refused or proposed.
    pub mv: Option<MoveKind>,
    /// The move in a correction or a demand.
    pub matter_move: Option<MatterMoveKind>,
    /// The party that made it.
    pub party: Option<Party>,
    /// The act that is due.
    pub act: Option<DueAct>,
    /// Its last day.
    pub deadline: Option<Deadline>,
    /// The entries of the city that have it.
    pub entries: Option<EntriesDue>,
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
            matter: None,
            matter_kind: None,
            city: None,
            mv: None,
            matter_move: None,
            party: None,
            act: None,
            deadline: None,
            entries: None,
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
            CityFact::DepartmentSucceeded(_) => {
                Some(Self::new(EventKind::DepartmentSucceeded, None))
            }
            CityFact::DepartmentSuccessionEnded(_) => {
                Some(Self::new(EventKind::DepartmentSplit, None))
            }
            CityFact::Usage(fact) => usage::of_usage(fact),
            CityFact::Review(ReviewFact::Reminded(due)) => Some(entries::of_entries(due)),
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
            | CityFact::GrantRule(_)
            | CityFact::Notification(_)
            | CityFact::ReturnFlow(_)
            | CityFact::ProbeMade(_)
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
            } => Some(Self {
                mv: Some(step.mv.kind()),
                deadline: deadline_of(&step.mv),
                ..Self::in_request(EventKind::RequestOpened, *request, submission.resource.city)
            }),
            ClusterFact::ApprovalAwaited {
                request,
                provider,
                awaited,
            } => Some(of_wait((*request, *provider), awaited.deadline)),
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
            } => Some(of_stop((*request, *provider), act, *due)),
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
            ClusterFact::StatusChanged {
                city: left,
                status: MembershipStatus::Removed,
                ..
            } => Some(Self {
                city: Some(*left),
                ..Self::new(EventKind::PartyLeft, None)
            }),
            ClusterFact::Matter(fact) => Some(matters::of_matter(fact)),
            ClusterFact::ReturnFlowNoted(note) => of_return_flow(note, city),
            ClusterFact::Rules(fact) => Some(of_rules(fact)),
            ClusterFact::Admitted(_)
            | ClusterFact::StatusChanged { .. }
            | ClusterFact::Access(_)
            | ClusterFact::LogKeyed(_)
            | ClusterFact::RosterSigned(_)
            | ClusterFact::Quarantined { .. }
            | ClusterFact::QuarantineSummarised { .. }
            | ClusterFact::EpochOpened(_)
            | ClusterFact::FormulaAdopted(_)
            | ClusterFact::ProbeOrdered(_)
            | ClusterFact::ProbeNoted(_)
            | ClusterFact::Sealed(_) => None,
        }
    }

    /// Returns true for an event that goes to the subscribers of all departments.
    pub fn is_for_all(&self) -> bool {
        matches!(
            self.kind,
            EventKind::CorrectionTold
                | EventKind::RulesChanged
                | EventKind::HolidaysNoticed
                | EventKind::DepartmentSucceeded
                | EventKind::DepartmentSplit
                | EventKind::ReturnFlowDeclared
                | EventKind::ReturnFlowEnded
                | EventKind::PartyLeft
        )
    }

    /// Returns the command that shows what it is about, if there is one.
    pub fn command(&self) -> Option<String> {
        let command = match (self.kind, self.matter_kind, self.matter) {
            (EventKind::CorrectionTold, ..) => "correction notices".to_owned(),
            (EventKind::RulesChanged | EventKind::HolidaysNoticed, ..) => "rules list".to_owned(),
            (EventKind::DepartmentSucceeded, ..) => "department list".to_owned(),
            (EventKind::DepartmentSplit, ..) => "department list --ended".to_owned(),
            (EventKind::ReturnFlowDeclared | EventKind::ReturnFlowEnded, ..) => {
                "return-flow list".to_owned()
            }
            (EventKind::UsageDue | EventKind::UsageOverdue, ..) => "usage missing".to_owned(),
            (_, Some(MatterKind::Correction), Some(matter)) => format!("correction show {matter}"),
            (_, Some(MatterKind::Demand), Some(matter)) => format!("demand show {matter}"),
            (EventKind::DeadlineNear | EventKind::DeadlinePassed, None, Some(_)) => {
                "todo".to_owned()
            }
            (EventKind::EntriesNear | EventKind::EntriesOverdue, ..) => "todo".to_owned(),
            _ => return self.command_of_topic(),
        };
        Some(format!("chengji-node {command}"))
    }

    fn command_of_topic(&self) -> Option<String> {
        match self.kind.topic() {
            Some(Topic::Consent) => {
                let subject = self.subject?;
                Some(format!("chengji-node consent show {subject}"))
            }
            Some(Topic::Delegations) => Some("chengji-node person delegations".to_owned()),
            Some(
                Topic::Requests
                | Topic::Deadlines
                | Topic::Deliveries
                | Topic::Findings
                | Topic::Matters,
            )
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
                ProposedAct::Submission(_) | ProposedAct::ReturnFlow(_) => None,
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

/// An act on a return flow, for a lower division of its provider. An end does not name the divisions.
fn of_return_flow(note: &ReturnFlowNote, city: CityCode) -> Option<Event> {
    let kind = match &note.fact.act {
        ReturnFlowAct::Declare { .. } => EventKind::ReturnFlowDeclared,
        ReturnFlowAct::End { .. } => EventKind::ReturnFlowEnded,
    };
    note.concerns(city).then(|| Event {
        provider: Some(note.provider),
        ..Event::new(kind, None)
    })
}

fn of_rules(fact: &RulesFact) -> Event {
    match fact {
        RulesFact::Rules(_) => Event::new(EventKind::RulesChanged, None),
        RulesFact::Holidays(_) => Event::new(EventKind::HolidaysNoticed, None),
    }
}

/// The wait of a request for an approval.
fn of_wait((request, provider): (RequestId, CityCode), deadline: Deadline) -> Event {
    Event {
        act: Some(DueAct::Approval),
        party: Some(DueAct::Approval.party()),
        deadline: Some(deadline),
        ..Event::in_request(EventKind::ApprovalAwaited, request, provider)
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

/// A stop of deliveries, or its end.
fn of_stop(
    (request, provider): (RequestId, CityCode),
    act: &StopAct,
    due: Option<Deadline>,
) -> Event {
    let kind = match act {
        StopAct::Stopped { .. } => EventKind::DeliveriesStopped,
        StopAct::Lifted { .. } => EventKind::DeliveriesResumed,
    };
    Event {
        deadline: due,
        ..Event::in_request(kind, request, provider)
    }
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
#[path = "event_tests.rs"]
mod tests;
