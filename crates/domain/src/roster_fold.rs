//! The roster as a fold of the facts of the coordinator's log.
//!
//! Readers of the log trust its author for the withdrawal of rights, but require a signature for granting
//! them: a fact that grants takes effect when a signed checkpoint covers it, one that withdraws when it is
//! read. Facts are ordered by their positions.

use jiff::Timestamp;

use crate::access::Certificate;
use crate::city::CityCode;
use crate::fact::{AccessFact, ClusterFact};
use crate::principal::Principal;
use crate::roster::{Membership, MembershipStatus};

/// The effect of a fact of the coordinator's log on the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Grants rights; takes effect when a signed checkpoint covers it.
    Grants,
    /// Withdraws rights; takes effect when it is read.
    TakesAway,
    /// Neither grants nor withdraws rights; recorded when it is read.
    Informs,
}

impl Effect {
    /// Returns the effect of a fact; `None` if it does not concern the roster.
    pub fn of(fact: &ClusterFact) -> Option<Self> {
        match fact {
            ClusterFact::Admitted(_)
            | ClusterFact::LogKeyed(_)
            | ClusterFact::StatusChanged {
                status: MembershipStatus::Active,
                ..
            }
            | ClusterFact::Access(AccessFact::Granted { .. }) => Some(Self::Grants),
            ClusterFact::StatusChanged {
                status: MembershipStatus::Suspended | MembershipStatus::Removed,
                ..
            }
            | ClusterFact::Access(AccessFact::Ended { .. } | AccessFact::Revoked { .. }) => {
                Some(Self::TakesAway)
            }
            // Certificates are verified by their chain.
            ClusterFact::Access(AccessFact::Certified { .. }) => Some(Self::Informs),
            ClusterFact::RosterSigned(_)
            | ClusterFact::Opened { .. }
            | ClusterFact::ApprovalAwaited { .. }
            | ClusterFact::Ordered { .. }
            | ClusterFact::MoveRefused { .. }
            | ClusterFact::StopNoted { .. }
            | ClusterFact::Reminded { .. }
            | ClusterFact::Quarantined { .. }
            | ClusterFact::QuarantineSummarised { .. }
            | ClusterFact::FindingEntered(_)
            | ClusterFact::Matter(_)
            | ClusterFact::Rules(_)
            | ClusterFact::ReturnFlowNoted(_)
            | ClusterFact::FormulaAdopted(_)
            | ClusterFact::ProbeOrdered(_)
            | ClusterFact::ProbeNoted(_)
            | ClusterFact::EpochOpened(_)
            | ClusterFact::Sealed(_) => None,
        }
    }

    /// Returns true if a signed checkpoint must cover it.
    pub fn requires_signature(self) -> bool {
        self != Self::Informs
    }
}

/// The part of the roster that a fact changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A member.
    Member(CityCode),
    /// A principal among the cluster's people.
    Person(&'a Principal),
}

impl<'a> Subject<'a> {
    /// Returns the subject of a fact; `None` if it has none.
    pub fn of(fact: &'a ClusterFact) -> Option<Self> {
        match fact {
            ClusterFact::Admitted(member) => Some(Self::Member(member.city)),
            ClusterFact::StatusChanged { city, .. } => Some(Self::Member(*city)),
            ClusterFact::Access(fact) => match fact.principal() {
                Principal::Node(city) => Some(Self::Member(*city)),
                other => Some(Self::Person(other)),
            },
            _ => None,
        }
    }
}

/// Returns a member after a fact about it that is dated `at`. A suspended one that is admitted again (another
/// address, another key) stays suspended; a removed one becomes active.
pub fn member_after(
    before: Option<Membership>,
    fact: &ClusterFact,
    at: Timestamp,
) -> Option<Membership> {
    match fact {
        ClusterFact::Admitted(member) => {
            let member = member.clone();
            Some(match before {
                Some(known) if known.status != MembershipStatus::Removed => {
                    Membership { member, ..known }
                }
                before => Membership {
                    member,
                    status: MembershipStatus::Active,
                    since: at,
                    reason: String::new(),
                    certificate: None,
                    earlier: before.map_or_else(Vec::new, Membership::into_earlier),
                },
            })
        }
        ClusterFact::StatusChanged { status, reason, .. } => before.map(|known| Membership {
            member: known.member.clone(),
            status: *status,
            since: at,
            reason: reason.clone(),
            certificate: known.certificate,
            earlier: known.into_earlier(),
        }),
        ClusterFact::Access(AccessFact::Certified { certificate, .. }) => {
            before.map(|known| Membership {
                certificate: Some(*certificate),
                ..known
            })
        }
        ClusterFact::Access(AccessFact::Revoked { certificates, .. }) => {
            before.map(|known| Membership {
                certificate: known.certificate.filter(|own| !certificates.contains(own)),
                ..known
            })
        }
        _ => before,
    }
}

/// Returns true if a principal is one of the cluster's people after a fact about it.
pub fn person_after(before: bool, fact: &ClusterFact) -> bool {
    match fact {
        ClusterFact::Access(AccessFact::Granted { .. }) => true,
        ClusterFact::Access(AccessFact::Ended { .. }) => false,
        _ => before,
    }
}

/// Returns the certificates that a fact revokes before their end.
pub fn revoked(fact: &ClusterFact) -> &[Certificate] {
    match fact {
        ClusterFact::Access(AccessFact::Revoked { certificates, .. }) => certificates,
        _ => &[],
    }
}

/// A part of the roster: its state by the facts in effect so far, and by all facts read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked<S> {
    /// The state by the facts covered when the last fact was read, and by withdrawals since.
    pub effective: S,
    /// The state by all facts.
    pub read: S,
    /// The position of the last fact that requires a signature.
    pub seq: u64,
}

impl<S: Clone> Tracked<S> {
    /// Returns the state in effect if the facts before `covered` are covered by a signed checkpoint.
    pub fn in_force(&self, covered: u64) -> &S {
        if self.seq < covered {
            &self.read
        } else {
            &self.effective
        }
    }

    /// Applies the next fact, at position `seq`; those before `covered` are covered so far.
    pub fn take(&mut self, effect: Effect, seq: u64, covered: u64, change: impl Fn(S) -> S) {
        if self.seq < covered {
            self.effective = self.read.clone();
        }
        self.read = change(self.read.clone());
        if effect != Effect::Grants {
            self.effective = change(self.effective.clone());
        }
        if effect.requires_signature() {
            self.seq = self.seq.max(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::access::{Rights, Role, Serial};
    use crate::roster::Member;

    const CITY: &str = "430100";

    fn at(seq: u64) -> Timestamp {
        Timestamp::from_second(i64::try_from(seq).unwrap()).unwrap()
    }

    fn admitted(port: u16) -> ClusterFact {
        ClusterFact::Admitted(Member {
            city: CITY.parse().unwrap(),
            name: "长沙".to_owned(),
            endpoint: format!("node.example:{port}"),
            log_key: None,
        })
    }

    fn status_changed(status: MembershipStatus) -> ClusterFact {
        ClusterFact::StatusChanged {
            city: CITY.parse().unwrap(),
            status,
            reason: "演练".to_owned(),
        }
    }

    fn certificate(byte: u8) -> Certificate {
        Certificate {
            serial: Serial([byte; 16]),
            not_after: at(1_000_000),
        }
    }

    fn node() -> Principal {
        Principal::Node(CITY.parse().unwrap())
    }

    fn certified(byte: u8) -> ClusterFact {
        ClusterFact::Access(AccessFact::Certified {
            principal: node(),
            certificate: certificate(byte),
        })
    }

    fn taken_back(byte: u8) -> ClusterFact {
        ClusterFact::Access(AccessFact::Revoked {
            principal: node(),
            certificates: vec![certificate(byte)],
        })
    }

    /// A fact about a member, or a signature over everything before it.
    fn step() -> impl Strategy<Value = Option<ClusterFact>> {
        prop_oneof![
            3 => Just(None),
            2 => (1_u16..4).prop_map(|port| Some(admitted(port))),
            1 => Just(Some(status_changed(MembershipStatus::Active))),
            1 => Just(Some(status_changed(MembershipStatus::Suspended))),
            1 => Just(Some(status_changed(MembershipStatus::Removed))),
            1 => (1_u8..4).prop_map(|byte| Some(certified(byte))),
            1 => (1_u8..4).prop_map(|byte| Some(taken_back(byte))),
        ]
    }

    fn fold<'a>(facts: impl IntoIterator<Item = &'a (u64, ClusterFact)>) -> Option<Membership> {
        let facts = facts.into_iter();
        facts.fold(None, |before, (seq, fact)| {
            member_after(before, fact, at(*seq))
        })
    }

    /// The rule by its definition: the covered facts, and of the others those that withdraw or inform.
    fn by_rule(facts: &[(u64, ClusterFact)], covered: u64) -> Option<Membership> {
        fold(
            facts.iter().filter(|(seq, fact)| {
                *seq < covered || Effect::of(fact).unwrap() != Effect::Grants
            }),
        )
    }

    proptest! {
        #[test]
        fn a_member_is_the_fold_of_what_is_covered_and_of_what_takes_away(
            steps in prop::collection::vec(step(), 0..40),
        ) {
            let (mut tracked, mut covered, mut facts) = (Tracked::default(), 0, Vec::new());
            for (seq, step) in (0..).zip(steps) {
                match step {
                    None => covered = seq,
                    Some(fact) => {
                        let effect = Effect::of(&fact).unwrap();
                        tracked.take(effect, seq, covered, |known| {
                            member_after(known, &fact, at(seq))
                        });
                        facts.push((seq, fact));
                    }
                }
                prop_assert_eq!(tracked.in_force(covered).clone(), by_rule(&facts, covered));
                prop_assert_eq!(&tracked.read, &fold(&facts));
            }
        }
    }

    #[test]
    fn what_grants_waits_for_a_signature_and_what_takes_away_does_not() {
        let mut tracked = Tracked::default();
        let mut take = |seq, covered, fact: ClusterFact| {
            let effect = Effect::of(&fact).unwrap();
            tracked.take(effect, seq, covered, |known| {
                member_after(known, &fact, at(seq))
            });
            tracked.clone()
        };
        let status = |tracked: &Tracked<Option<Membership>>, covered| {
            let known = tracked.in_force(covered).as_ref();
            known.map(|known| (known.status, known.member.endpoint.clone()))
        };
        let here = |port| format!("node.example:{port}");
        let tracked = take(0, 0, admitted(1));
        assert_eq!(status(&tracked, 0), None);
        assert_eq!(
            status(&tracked, 1),
            Some((MembershipStatus::Active, here(1)))
        );
        // The changed address waits for a signature; the suspension after it does not.
        let tracked = take(2, 1, admitted(2));
        assert_eq!(
            status(&tracked, 1),
            Some((MembershipStatus::Active, here(1)))
        );
        let tracked = take(3, 1, status_changed(MembershipStatus::Suspended));
        assert_eq!(
            status(&tracked, 1),
            Some((MembershipStatus::Suspended, here(1)))
        );
        // The end of the suspension waits, too.
        let tracked = take(4, 1, status_changed(MembershipStatus::Active));
        assert_eq!(
            status(&tracked, 1),
            Some((MembershipStatus::Suspended, here(1)))
        );
        assert_eq!(
            status(&tracked, 5),
            Some((MembershipStatus::Active, here(2)))
        );
    }

    #[test]
    fn a_member_has_its_status_of_an_earlier_time() {
        let facts = [
            (1, admitted(1)),
            (3, status_changed(MembershipStatus::Suspended)),
            (5, status_changed(MembershipStatus::Active)),
            (7, status_changed(MembershipStatus::Removed)),
            (9, admitted(2)),
        ];
        let known = fold(&facts).unwrap();
        let statuses = (0..=10).step_by(2).map(|seq| known.status_at(at(seq)));
        let statuses: Vec<_> = statuses.collect();
        let expected = [
            None,
            Some(MembershipStatus::Active),
            Some(MembershipStatus::Suspended),
            Some(MembershipStatus::Active),
            Some(MembershipStatus::Removed),
            Some(MembershipStatus::Active),
        ];
        assert_eq!(statuses, expected);
        // The record of an earlier version: only the last change is known.
        let suspended = Membership {
            earlier: Vec::new(),
            ..fold(&facts[..2]).unwrap()
        };
        assert_eq!(suspended.status_at(at(2)), Some(MembershipStatus::Active));
        assert_eq!(known.earlier.len(), 4);
    }

    #[test]
    fn people_come_by_a_grant_and_go_by_its_end() {
        let principal: Principal = "operator/duty".parse().unwrap();
        let rights = Rights::new([Role::Operator], None).unwrap();
        let granted = ClusterFact::Access(AccessFact::Granted {
            principal: principal.clone(),
            rights,
        });
        let ended = ClusterFact::Access(AccessFact::Ended {
            principal: principal.clone(),
            reason: "离职".to_owned(),
        });
        assert_eq!(Subject::of(&granted), Some(Subject::Person(&principal)));
        assert!(person_after(false, &granted) && !person_after(true, &ended));
        assert_eq!(Effect::of(&granted), Some(Effect::Grants));
        assert_eq!(Effect::of(&ended), Some(Effect::TakesAway));
    }
}
