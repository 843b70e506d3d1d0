//! The facts recorded in logs, from which all other state is folded.

mod review;

use jiff::Timestamp;

pub use self::review::ReviewFact;
use crate::access::{Certificate, Rights};
use crate::calendar::{Deadline, RulesFact};
use crate::catalogue::Entry;
use crate::checkpoint::SignedCheckpoint;
use crate::city::CityCode;
use crate::delegation::DelegationFact;
use crate::digest::Digest;
use crate::epoch::{Epoch, EpochCause, EpochStart};
use crate::findings::Finding;
use crate::grant_rule::GrantRuleFact;
pub use crate::log_entry::{Audience, LogEntry, LogOwner};
use crate::log_key::LogKey;
use crate::matter::{MatterEvent, MatterFact};
pub use crate::measurement::Measurement;
use crate::notification::SubscriptionFact;
pub use crate::origin::Origin;
use crate::principal::Principal;
use crate::probe::{ProbeMade, ProbeNote, ProbeOrder};
use crate::problem::Problem;
use crate::proposal::ConsentFact;
pub use crate::quarantined_run::QuarantinedRun;
use crate::rate::{FormulaAdoption, Seal};
use crate::request::{Actor, AwaitedApproval, DueAct, RequestId, Step, Submission};
use crate::resource::{ResourceCode, ResourceRef};
use crate::return_flow::{ReturnFlowFact, ReturnFlowNote};
pub use crate::roster::Member;
use crate::roster::MembershipStatus;
use crate::stop::{StopAct, StopTarget};
use crate::succession::{Succession, SuccessionEnd};
use crate::usage::UsageFact;

/// A fact of a city's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CityFact {
    /// A revision of an entry is published.
    Published {
        /// The entry.
        entry: Box<Entry>,
        /// Its revision, from 1.
        revision: u32,
    },
    /// An entry is withdrawn.
    Withdrawn {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
    },
    /// A step of an entry's review; its body is for the city's own people only, unless it says that an update was late.
    Review(ReviewFact),
    /// A source is mounted to an entry.
    Mounted {
        /// The entry.
        code: ResourceCode,
        /// The source's file name without any folder, or the table's own name.
        file_name: String,
        /// True if it is a table.
        is_table: bool,
    },
    /// A source is no longer mounted.
    Unmounted {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
    },
    /// A mounted source was measured.
    Measured {
        /// The entry.
        code: ResourceCode,
        /// The result.
        measurement: Measurement,
    },
    /// A request for a resource.
    Requested {
        /// The content of the request.
        submission: Submission,
        /// The actor.
        actor: Actor,
    },
    /// A move in a request.
    Moved {
        /// The request.
        request: RequestId,
        /// The move; its time is the entry's.
        mv: crate::request::Move,
        /// The actor.
        actor: Actor,
    },
    /// As provider: deliveries stop, or go on.
    Stop {
        /// The target.
        target: StopTarget,
        /// The act; its time is the entry's.
        act: StopAct,
        /// The actor.
        actor: Actor,
    },
    /// As provider: a resource was sent completely.
    Delivered {
        /// The delivery.
        delivery: Delivery,
        /// The consumer.
        consumer: CityCode,
        /// Offset at which this transfer began, in bytes.
        resumed_at: u64,
    },
    /// As consumer: a resource arrived completely and was verified.
    Received {
        /// The delivery.
        delivery: Delivery,
        /// The provider.
        provider: CityCode,
    },
    /// Rights and certificates of the city's people.
    Access(AccessFact),
    /// Internal consent; its body is for the city's own people only.
    Consent(Box<ConsentFact>),
    /// People who stand in for others; its body is for the city's own people only.
    Delegation(DelegationFact),
    /// Use of granted data as its consumer; its body is for the city's own people only, unless it says that a record is
    /// overdue.
    Usage(Box<UsageFact>),
    /// Rules for automatic grants, and default scopes of entries; its body is for the city's own people only.
    GrantRule(Box<GrantRuleFact>),
    /// Subscriptions to notifications; its body is for the city's own people only.
    Notification(SubscriptionFact),
    /// As provider: a return flow was declared or ended.
    ReturnFlow(Box<ReturnFlowFact>),
    /// A correction, a demand, or a move in one.
    Matter(Box<MatterFact>),
    /// A department was merged into another.
    DepartmentSucceeded(Succession),
    /// A merger of departments is taken back.
    DepartmentSuccessionEnded(SuccessionEnd),
    /// As prober: a probe that the coordinator ordered was made, or could not be made in time.
    ProbeMade(Box<ProbeMade>),
    /// The log begins a new epoch with this entry.
    EpochOpened(EpochOpened),
}

/// Rights and certificates: recorded by a city for its people, by the coordinator for the cluster's people
/// and nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFact {
    /// A person has these rights from now on; it is new, or its rights changed.
    Granted {
        /// The person.
        principal: Principal,
        /// Its rights.
        rights: Rights,
    },
    /// A certificate was issued.
    Certified {
        /// The principal that it names.
        principal: Principal,
        /// The certificate.
        certificate: Certificate,
    },
    /// A person's rights end and its certificates are revoked.
    Ended {
        /// The person.
        principal: Principal,
        /// The reason.
        reason: String,
    },
    /// Certificates are revoked before their end.
    Revoked {
        /// The principal that they name.
        principal: Principal,
        /// The certificates.
        certificates: Vec<Certificate>,
    },
}

impl AccessFact {
    /// Returns the principal concerned.
    pub fn principal(&self) -> &Principal {
        match self {
            Self::Granted { principal, .. }
            | Self::Certified { principal, .. }
            | Self::Ended { principal, .. }
            | Self::Revoked { principal, .. } => principal,
        }
    }
}

/// The opening of an epoch other than the log's first; recorded as its first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochOpened {
    /// The epoch, its predecessor and its first position.
    pub start: EpochStart,
    /// The cause.
    pub cause: EpochCause,
}

/// The content of one delivery; the records of both sides agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The request that the grant belongs to.
    pub request: RequestId,
    /// The resource.
    pub code: ResourceCode,
    /// Revision of its entry.
    pub revision: u32,
    /// Size of the content in bytes.
    pub bytes: u64,
    /// Digest of the content.
    pub digest: Digest,
    /// Rows of a table; `None` for a file.
    pub rows: Option<u64>,
}

/// A fact of the coordinator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterFact {
    /// A city is a member, reachable at this endpoint.
    Admitted(Member),
    /// The membership status of a member changes.
    StatusChanged {
        /// The member.
        city: CityCode,
        /// The new status.
        status: MembershipStatus,
        /// The reason.
        reason: String,
    },
    /// Rights and certificates of the cluster's people, and certificates of nodes.
    Access(AccessFact),
    /// The coordinator's own log is signed with this key.
    LogKeyed(LogKey),
    /// A signature of the log up to this entry by the cluster's authority: its facts about the roster take
    /// effect.
    RosterSigned(SignedCheckpoint),
    /// A request arrived and was routed or rejected.
    Opened {
        /// Its number.
        request: RequestId,
        /// The submission.
        submission: Submission,
        /// The actor of the submission.
        submitted_by: Actor,
        /// Time of the submission.
        submitted_at: Timestamp,
        /// The coordinator's first move.
        step: Step,
    },
    /// A request waits for the approval of the common superior authority, or its last day for that was moved.
    ApprovalAwaited {
        /// The request.
        request: RequestId,
        /// Its provider, to which it is routed only with the approval.
        provider: CityCode,
        /// The wait.
        awaited: AwaitedApproval,
    },
    /// The next move of a request, in the order that is authoritative.
    Ordered {
        /// The request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The move.
        step: Step,
        /// Its position in the log of the city that made it; `None` for the coordinator's own.
        origin: Option<Origin>,
        /// Time of arrival at the coordinator, if the move is backdated: dated earlier than its arrival by
        /// more than its city was out of reach.
        arrived_at: Option<Timestamp>,
        /// True if earlier versions of the facts did not permit the move in the state of the request before it
        /// ([`RequestHistory::newly_permits`](crate::request::RequestHistory::newly_permits)).
        newly_permitted: bool,
    },
    /// A move that was invalid on arrival.
    MoveRefused {
        /// The request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The move.
        step: Step,
        /// Its position in the log of the city that made it.
        origin: Origin,
        /// The reason for the refusal.
        problem: Problem,
    },
    /// A provider's act on deliveries under a request, from its log: recorded for the consumer, neither
    /// ordered nor refused.
    StopNoted {
        /// The request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The act's position in the provider's log.
        origin: Origin,
        /// Time of the act, by the provider's clock.
        at: Timestamp,
        /// The actor.
        actor: Actor,
        /// The act.
        act: StopAct,
        /// Last day to follow an incident stop up.
        due: Option<Deadline>,
    },
    /// A deadline is near or has passed.
    Reminded {
        /// The request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The act that is due.
        act: DueAct,
        /// The deadline.
        deadline: Deadline,
        /// True if it has passed.
        overdue: bool,
    },
    /// An entry of a city's log could not be applied and was quarantined.
    Quarantined {
        /// The owner of the log.
        city: CityCode,
        /// Its epoch.
        epoch: Epoch,
        /// The entry's position.
        seq: u64,
        /// The reason.
        problem: Problem,
    },
    /// The log begins a new epoch with this entry.
    EpochOpened(EpochOpened),
    /// A month's figures are final: their basis and their digest.
    Sealed(Box<Seal>),
    /// Several entries of a city's log, read together, could not be applied and were quarantined.
    QuarantineSummarised {
        /// The owner of the log.
        city: CityCode,
        /// The entries.
        run: QuarantinedRun,
    },
    /// A person entered a finding about a city.
    FindingEntered(Finding),
    /// A correction or a demand, and its course.
    Matter(Box<MatterEvent>),
    /// Deadline rules of a jurisdiction, or the holiday notice for a year.
    Rules(Box<RulesFact>),
    /// A provider's act on a return flow, from its log: recorded for those concerned, neither ordered nor refused.
    ReturnFlowNoted(Box<ReturnFlowNote>),
    /// A formula of the sharing rate is adopted.
    FormulaAdopted(FormulaAdoption),
    /// A city shall probe an entry of another.
    ProbeOrdered(Box<ProbeOrder>),
    /// The outcome of a probe, for the provider.
    ProbeNoted(Box<ProbeNote>),
}

impl CityFact {
    /// Returns the audience of this fact's entry.
    pub fn audience(&self) -> Audience {
        match self {
            // Reviews are internal to the city until publication, and consent as a whole: what others have to know
            // of it is in the actors of moves. The coordinator counts late updates.
            Self::Review(ReviewFact::UpdatedLate { .. }) => Audience::Coordinator,
            Self::Review(_)
            | Self::Consent(_)
            | Self::Delegation(_)
            | Self::GrantRule(_)
            | Self::Notification(_) => Audience::Own,
            Self::Usage(fact) => fact.audience(),
            Self::Matter(fact) => fact.audience(),
            Self::Published { .. }
            | Self::Withdrawn { .. }
            | Self::Mounted { .. }
            | Self::Unmounted { .. }
            | Self::Measured { .. }
            | Self::Requested { .. }
            | Self::Moved { .. }
            | Self::Stop { .. }
            | Self::Delivered { .. }
            | Self::Received { .. }
            | Self::Access(_)
            | Self::DepartmentSucceeded(_)
            | Self::DepartmentSuccessionEnded(_)
            | Self::ReturnFlow(_)
            | Self::ProbeMade(_)
            | Self::EpochOpened(_) => Audience::Coordinator,
        }
    }
}

impl ClusterFact {
    /// Returns the audience of this fact's entry.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Admitted(_)
            | Self::StatusChanged { .. }
            | Self::Access(_)
            | Self::LogKeyed(_)
            | Self::RosterSigned(_)
            | Self::EpochOpened(_)
            | Self::Rules(_)
            | Self::FormulaAdopted(_)
            | Self::Sealed(_) => Audience::Members,
            Self::ReturnFlowNoted(note) => note.audience(),
            Self::Opened {
                request,
                submission,
                ..
            } => Audience::of_cities([request.city, submission.resource.city]),
            // The provider does not know of the request yet.
            Self::ApprovalAwaited { request, .. }
            | Self::Reminded {
                request,
                act: DueAct::Approval,
                ..
            } => Audience::of_cities([request.city]),
            Self::Ordered {
                request, provider, ..
            }
            | Self::MoveRefused {
                request, provider, ..
            }
            | Self::StopNoted {
                request, provider, ..
            }
            | Self::Reminded {
                request, provider, ..
            } => Audience::of_cities([request.city, *provider]),
            Self::Quarantined { city, .. } | Self::QuarantineSummarised { city, .. } => {
                Audience::of_cities([*city])
            }
            Self::FindingEntered(finding) => Audience::of_cities([finding.city]),
            Self::ProbeOrdered(order) => Audience::of_cities([order.provider, order.prober]),
            Self::ProbeNoted(note) => Audience::of_cities([note.made.provider]),
            Self::Matter(event) => event.audience(),
        }
    }
}

impl Delivery {
    /// Returns the resource delivered by this provider.
    pub fn resource(&self, provider: CityCode) -> ResourceRef {
        ResourceRef {
            city: provider,
            code: self.code.clone(),
        }
    }
}
