//! The facts that logs are made of. Whatever anybody knows is a fold over these.

use jiff::Timestamp;

use crate::access::{Certificate, Rights};
use crate::calendar::Deadline;
use crate::catalogue::Entry;
use crate::checkpoint::SignedCheckpoint;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::epoch::{Epoch, EpochCause, EpochStart};
pub use crate::log_entry::{Audience, LogEntry, LogOwner};
use crate::log_key::LogKey;
pub use crate::origin::Origin;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::rate::Seal;
use crate::request::{Actor, RequestId, Step, Submission};
use crate::resource::{ResourceCode, ResourceRef};
pub use crate::roster::Member;
use crate::roster::MembershipStatus;
use crate::stop::{StopAct, StopTarget};

/// What a city says.
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
        /// Which.
        code: ResourceCode,
        /// Why.
        reason: String,
    },
    /// How an entry is on its way: for the city's own people only; others get the leaf hash.
    Review(ReviewFact),
    /// A source is mounted to an entry.
    Mounted {
        /// Which entry.
        code: ResourceCode,
        /// The source's file name, without any folder.
        file_name: String,
    },
    /// A source is no longer mounted.
    Unmounted {
        /// Which entry.
        code: ResourceCode,
        /// Why.
        reason: String,
    },
    /// A mounted source was measured.
    Measured {
        /// Which entry.
        code: ResourceCode,
        /// What was found.
        measurement: Measurement,
    },
    /// The city asks for a resource.
    Requested {
        /// What it asks for.
        submission: Submission,
        /// Who asks.
        actor: Actor,
    },
    /// The city makes a move in a request.
    Moved {
        /// Which request.
        request: RequestId,
        /// The move; its time is the entry's.
        mv: crate::request::Move,
        /// Who makes it.
        actor: Actor,
    },
    /// As provider: deliveries stop, or go on.
    Stop {
        /// The deliveries it is about.
        target: StopTarget,
        /// The act; its time is the entry's.
        act: StopAct,
        /// By whom.
        actor: Actor,
    },
    /// As provider: all of a resource was sent.
    Delivered {
        /// What, under which request.
        delivery: Delivery,
        /// To whom.
        consumer: CityCode,
        /// Where this transfer began, bytes.
        resumed_at: u64,
    },
    /// As consumer: all of a resource arrived and was checked.
    Received {
        /// What, under which request.
        delivery: Delivery,
        /// From whom.
        provider: CityCode,
    },
    /// Who of its people may do what.
    Access(AccessFact),
    /// The log begins a new epoch with this entry.
    EpochOpened(EpochOpened),
}

/// How an entry is on its way to publication or withdrawal, up to what the outside is told:
/// `Published` and `Withdrawn`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewFact {
    /// A revision was submitted.
    Submitted {
        /// Of which entry.
        code: ResourceCode,
        /// Its revision, from 1.
        revision: u32,
        /// SHA-256 of the content, as the contract encodes it.
        digest: Digest,
    },
    /// A revision was returned.
    Returned {
        /// Of which entry.
        code: ResourceCode,
        /// Which.
        revision: u32,
        /// Why.
        reason: String,
    },
    /// A revision, or the asking for withdrawal, was taken back.
    TakenBack {
        /// Of which entry.
        code: ResourceCode,
        /// The newest revision.
        revision: u32,
    },
    /// Withdrawal was asked for.
    WithdrawalAsked {
        /// Of which entry.
        code: ResourceCode,
        /// Why.
        reason: String,
    },
    /// Withdrawal was declined.
    WithdrawalDeclined {
        /// Of which entry.
        code: ResourceCode,
        /// Why.
        reason: String,
    },
}

/// Who may do what, as whoever decides it says: a city of its people, the coordinator of the
/// cluster's people and of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessFact {
    /// A person has these rights from now on; nobody had invited it before, or they changed.
    Granted {
        /// Who.
        principal: Principal,
        /// Its rights.
        rights: Rights,
    },
    /// A certificate was issued.
    Certified {
        /// For whom.
        principal: Principal,
        /// Which.
        certificate: Certificate,
    },
    /// A person's rights and certificates are void from now on.
    Ended {
        /// Whose.
        principal: Principal,
        /// Why.
        reason: String,
    },
    /// Certificates are void from now on, before their end.
    Revoked {
        /// Whose.
        principal: Principal,
        /// Which.
        certificates: Vec<Certificate>,
    },
}

impl AccessFact {
    /// Whom it is about.
    pub fn principal(&self) -> &Principal {
        match self {
            Self::Granted { principal, .. }
            | Self::Certified { principal, .. }
            | Self::Ended { principal, .. }
            | Self::Revoked { principal, .. } => principal,
        }
    }
}

/// An epoch of a log, other than its first, is opened by its first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochOpened {
    /// Which, after which one, and where.
    pub start: EpochStart,
    /// Why.
    pub cause: EpochCause,
}

/// What one delivery was about; both sides' records agree on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The request whose grant it was under.
    pub request: RequestId,
    /// The resource.
    pub code: ResourceCode,
    /// Revision of its entry.
    pub revision: u32,
    /// Size of the content.
    pub bytes: u64,
    /// Digest of the content.
    pub digest: Digest,
}

/// What a node found when it measured a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Size.
    pub bytes: u64,
    /// Rows without the header, where the source is tabular.
    pub rows: Option<u64>,
    /// Digest of the content.
    pub digest: Digest,
    /// When.
    pub at: Timestamp,
}

/// What the coordinator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterFact {
    /// A city is a member, reachable there.
    Admitted(Member),
    /// A member's standing is another from now on.
    Stands {
        /// Whose.
        city: CityCode,
        /// How it stands.
        standing: MembershipStatus,
        /// Why.
        reason: String,
    },
    /// Who of the cluster's people may do what, and who got a certificate.
    Access(AccessFact),
    /// The coordinator's own log is signed with this key.
    LogKeyed(LogKey),
    /// The log up to this entry, signed by the cluster's authority: what it says of the roster takes
    /// effect.
    RosterSigned(SignedCheckpoint),
    /// A request arrived and was routed or rejected.
    Opened {
        /// Its number.
        request: RequestId,
        /// What was asked.
        submission: Submission,
        /// By whom.
        submitted_by: Actor,
        /// When.
        submitted_at: Timestamp,
        /// The coordinator's first move.
        step: Step,
    },
    /// The next move of a request, in the order that counts.
    Ordered {
        /// Which request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The move.
        step: Step,
        /// Its position in the log of the city that made it; nothing for the coordinator's own.
        origin: Option<Origin>,
        /// When it arrived at the coordinator, where it is backdated: dated earlier than that by
        /// more than its city was out of reach.
        arrived_at: Option<Timestamp>,
    },
    /// A move that was not valid when it arrived.
    MoveRefused {
        /// Which request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The move.
        step: Step,
        /// Its position in the log of the city that made it.
        origin: Origin,
        /// Why.
        problem: Problem,
    },
    /// A provider's act on deliveries under a request, as its log says: noted for the consumer,
    /// neither ordered nor refused.
    StopNoted {
        /// Which request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The act's position in the provider's log.
        origin: Origin,
        /// When, by the provider's clock.
        at: Timestamp,
        /// By whom.
        actor: Actor,
        /// The act.
        act: StopAct,
    },
    /// A deadline is near or past.
    Reminded {
        /// Which request.
        request: RequestId,
        /// Its provider.
        provider: CityCode,
        /// The deadline.
        deadline: Deadline,
        /// Whether it has passed.
        overdue: bool,
    },
    /// An entry of a city's log could not be applied and was set aside.
    Quarantined {
        /// Whose log.
        city: CityCode,
        /// Its epoch.
        epoch: Epoch,
        /// The entry's position.
        seq: u64,
        /// Why.
        problem: Problem,
    },
    /// The log begins a new epoch with this entry.
    EpochOpened(EpochOpened),
    /// A month's figures are final: what they were computed from, and their digest.
    Sealed(Box<Seal>),
    /// Several entries of a city's log, read together, could not be applied and were set aside.
    QuarantineSummarised {
        /// Whose log.
        city: CityCode,
        /// Which entries.
        run: QuarantinedRun,
    },
}

/// Entries of a log, read together, that were set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedRun {
    /// The log's epoch.
    pub epoch: Epoch,
    /// The position of the first.
    pub from_seq: u64,
    /// The position of the last; those between need not all be among them.
    pub to_seq: u64,
    /// How many there are.
    pub count: u64,
    /// Why the first was set aside.
    pub problem: Problem,
}

impl CityFact {
    /// Who may read the entry of this fact.
    pub fn audience(&self) -> Audience {
        match self {
            // What is on its way into the catalogue is the city's own business until it is published.
            Self::Review(_) => Audience::Own,
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
            | Self::EpochOpened(_) => Audience::Coordinator,
        }
    }
}

impl ClusterFact {
    /// Who may read the entry of this fact.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Admitted(_)
            | Self::Stands { .. }
            | Self::Access(_)
            | Self::LogKeyed(_)
            | Self::RosterSigned(_)
            | Self::EpochOpened(_)
            | Self::Sealed(_) => Audience::Members,
            Self::Opened {
                request,
                submission,
                ..
            } => Audience::of_cities([request.city, submission.resource.city]),
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
        }
    }
}

impl Delivery {
    /// The resource delivered by this provider.
    pub fn resource(&self, provider: CityCode) -> ResourceRef {
        ResourceRef {
            city: provider,
            code: self.code.clone(),
        }
    }
}
