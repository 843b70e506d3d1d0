//! Proposals: submissions, moves and acts on return flows that wait for the consent of a second person (内部同意).

use chengji_messages::{Message, msg};
use jiff::{SignedDuration, Timestamp};

use crate::access::{Rights, Role};
use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::principal::Principal;
use crate::problem::Problem;
use crate::request::{
    Actor, Countersigner, Move, Party, Represented, RequestHistory, RequestId, Submission,
};
use crate::resource::ResourceCode;
use crate::return_flow::ReturnFlowAct;
use crate::text::TextRule;
use crate::uscc::Uscc;

/// The rule of the number of a paper with a consent.
pub const PAPER: TextRule = TextRule::line(1, 200);

/// Longest standing consent, counted from its record: one year.
const LONGEST_STANDING: SignedDuration = SignedDuration::from_hours(24 * 366);

/// An act that waits for consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposedAct {
    /// A request for a resource of another city.
    Submission(Box<Submission>),
    /// A move in a request.
    Move {
        /// The request.
        request: RequestId,
        /// The move.
        mv: Box<Move>,
    },
    /// An act on a return flow.
    ReturnFlow(Box<ReturnFlowAct>),
}

/// The way in which a proposal ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalOutcome {
    /// A second person consented, and the act was made.
    Consented {
        /// The request that was made, or in which the move was made; for an act on a return flow, the number of the
        /// flow.
        request: RequestId,
    },
    /// A second person declined.
    Declined {
        /// The reason.
        reason: String,
    },
    /// The proposing side took it back.
    TakenBack,
    /// The act had become impossible.
    Overtaken {
        /// The reason.
        problem: Problem,
    },
}

/// A fact about internal consent; all of them are for the city's own people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentFact {
    /// An act waits for consent.
    Proposed {
        /// The act.
        act: ProposedAct,
        /// The proposing person.
        actor: Actor,
    },
    /// A proposal ended.
    ProposalEnded {
        /// Its number: the position at which it was recorded.
        proposal: RequestId,
        /// The way in which it ended.
        how: ProposalOutcome,
        /// The person who ended it.
        by: Actor,
    },
    /// Automatic grants of an entry have the consent of a person until a time (常设同意).
    StandingGiven {
        /// The entry.
        code: ResourceCode,
        /// The end.
        until: Timestamp,
        /// The consenting person.
        actor: Actor,
    },
    /// The standing consent of an entry ended before its time.
    StandingEnded {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
        /// The person who ended it.
        actor: Actor,
    },
}

impl ConsentFact {
    /// Returns the actor.
    pub fn actor(&self) -> &Actor {
        match self {
            Self::Proposed { actor, .. }
            | Self::ProposalEnded { by: actor, .. }
            | Self::StandingGiven { actor, .. }
            | Self::StandingEnded { actor, .. } => actor,
        }
    }
}

/// A proposal, as recorded by a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number: the position at which it was recorded.
    pub number: RequestId,
    /// The act.
    pub act: ProposedAct,
    /// The proposing person.
    pub actor: Actor,
    /// Time of the proposal.
    pub at: Timestamp,
    /// The department whose act it is, if it is known.
    pub department: Option<Uscc>,
    /// The key under which the submission was sent; empty for none.
    pub idempotency_key: String,
    /// Its end; `None` while it is open.
    pub end: Option<ProposalEnd>,
}

/// The end of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalEnd {
    /// The way in which it ended.
    pub how: ProposalOutcome,
    /// The person who ended it.
    pub by: Actor,
    /// Time of the end.
    pub at: Timestamp,
}

/// A standing consent to the automatic grants of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingConsent {
    /// The end.
    pub until: Timestamp,
    /// The consenting person.
    pub actor: Actor,
    /// Time of the consent.
    pub at: Timestamp,
}

impl Countersigner {
    /// Returns the role of the person.
    pub fn role(self) -> Role {
        match self {
            Self::Consenter => Role::Consenter,
            Self::Authority => Role::Authority,
        }
    }
}

impl ProposedAct {
    /// Returns whose consent it takes; `None` for a move that takes nobody's.
    pub fn countersigner(&self) -> Option<Countersigner> {
        match self {
            Self::Submission(_) => Some(Countersigner::OF_SUBMISSION),
            Self::Move { mv, .. } => mv.countersigner(),
            Self::ReturnFlow(act) => Some(act.countersigner()),
        }
    }

    /// Returns the request in which the act is a move.
    pub fn request(&self) -> Option<RequestId> {
        match self {
            Self::Submission(_) | Self::ReturnFlow(_) => None,
            Self::Move { request, .. } => Some(*request),
        }
    }

    /// Returns the name of the act for people.
    pub fn label(&self) -> Message {
        match self {
            Self::Submission(_) => msg::ActSubmission.into(),
            Self::Move { mv, .. } => mv.kind().label(),
            Self::ReturnFlow(act) => act.label(),
        }
    }
}

impl Proposal {
    /// Ends it.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` where it has ended; `INVALID_ARGUMENT` for a reason that may not be recorded.
    pub fn end(&mut self, end: ProposalEnd) -> Result<()> {
        self.check_open()?;
        if let ProposalOutcome::Declined { reason } = &end.how {
            TextRule::REASON.check(Field::Reason, reason)?;
        }
        self.end = Some(end);
        Ok(())
    }

    /// Checks that it is open.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` where it has ended.
    pub fn check_open(&self) -> Result<()> {
        let Some(end) = &self.end else {
            return Ok(());
        };
        let message = msg::ProposalHasEnded {
            at: end.at,
            how: end.how.label(),
            proposal: self.number,
        };
        Err(Error::new(ErrorCode::OutOfTurn, message))
    }

    /// Checks that a person is a second one: neither the proposing person, nor one in whose name it proposed, nor one
    /// who has acted for the city in the request, by the actors of `acts`.
    ///
    /// # Errors
    ///
    /// `DENIED`.
    pub fn check_second_person<'a>(
        &'a self,
        by: &Actor,
        acts: impl IntoIterator<Item = &'a Actor>,
    ) -> Result<()> {
        let acted = [&self.actor].into_iter().chain(acts);
        let mut acted = acted.flat_map(Actor::acting);
        let Some(same) = acted.find(|acted| by.acting().any(|second| second == *acted)) else {
            return Ok(());
        };
        let message = msg::ConsentBySamePerson {
            proposal: self.number,
            who: same,
        };
        Err(Error::new(ErrorCode::Denied, message))
    }
}

impl ProposalOutcome {
    /// Returns its name for people.
    pub fn label(&self) -> Message {
        match self {
            Self::Consented { .. } => msg::ProposalConsented.into(),
            Self::Declined { .. } => msg::ProposalDeclined.into(),
            Self::TakenBack => msg::ProposalTakenBack.into(),
            Self::Overtaken { .. } => msg::ProposalOvertaken.into(),
        }
    }
}

impl StandingConsent {
    /// Checks the end of one that is given.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a time that is over or more than a year away.
    pub fn check(&self) -> Result<()> {
        let until = self.until;
        if until <= self.at || until.duration_since(self.at) > LONGEST_STANDING {
            let message = msg::StandingConsentTimeOutOfRange { until };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(())
    }

    /// Returns true if it is in force for an entry of this department, while the person in whose name it was given has
    /// these rights: as a consenter of the department, until its end, and for a year at most.
    pub fn is_in_force(&self, giver: Option<&Rights>, department: Uscc, at: Timestamp) -> bool {
        let is_consenter =
            |rights: &Rights| rights.roles().contains(&Role::Consenter) && rights.cover(department);
        at < self.until
            && at.duration_since(self.at) <= LONGEST_STANDING
            && giver.is_some_and(is_consenter)
    }

    /// Returns the person in whose name it was given: the represented one, if there is one.
    pub fn giver(&self) -> &Principal {
        match &self.actor.on_behalf_of {
            Some(Represented::Principal(represented)) => represented,
            Some(Represented::Department(_)) | None => &self.actor.principal,
        }
    }
}

/// Returns the actors of what a party has done in a request.
pub fn acts_of(history: &RequestHistory, party: Party) -> impl Iterator<Item = &Actor> {
    let submitted = (party == Party::Consumer).then_some(&history.submitted_by);
    let moves = history.steps.iter().filter(move |step| step.party == party);
    submitted.into_iter().chain(moves.map(|step| &step.actor))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(number: u8) -> Principal {
        format!("city/430100/person/p{number}").parse().unwrap()
    }

    fn actor((principal, represented): (u8, Option<u8>)) -> Actor {
        let represented = represented.map(|number| Represented::Principal(person(number)));
        Actor {
            on_behalf_of: represented,
            ..Actor::new(person(principal), None)
        }
    }

    fn proposal(by: Actor) -> Proposal {
        let act = ProposedAct::Move {
            request: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
            mv: Box::new(Move::Refuse {
                reason: "用途不符".to_owned(),
                legal_basis: "条例".to_owned(),
            }),
        };
        Proposal {
            number: "430100-1-9-AAAAAAAAAAAAA".parse().unwrap(),
            act,
            actor: by,
            at: Timestamp::UNIX_EPOCH,
            department: None,
            idempotency_key: String::new(),
            end: None,
        }
    }

    fn outcome() -> impl Strategy<Value = ProposalOutcome> {
        let request = "430100-1-7-AAAAAAAAAAAAA".parse().unwrap();
        prop_oneof![
            Just(ProposalOutcome::Consented { request }),
            Just(ProposalOutcome::Declined {
                reason: "依据不足".to_owned()
            }),
            Just(ProposalOutcome::TakenBack),
            Just(ProposalOutcome::Overtaken {
                problem: Problem::new(ErrorCode::OutOfTurn, msg::Text { text: "withdrawn" }),
            }),
        ]
    }

    proptest! {
        #[test]
        fn nobody_consents_to_what_it_has_a_part_in(
            proposer in (0..4_u8, proptest::option::of(0..4_u8)),
            earlier in proptest::collection::vec((0..4_u8, proptest::option::of(0..4_u8)), 0..3),
            second in (0..4_u8, proptest::option::of(0..4_u8)),
        ) {
            let proposal = proposal(actor(proposer));
            let acts: Vec<Actor> = earlier.iter().copied().map(actor).collect();
            let checked = proposal.check_second_person(&actor(second), &acts);
            let people = |(one, other): (u8, Option<u8>)| [Some(one), other].into_iter().flatten();
            let takes_part = |number: u8| {
                let mut all = [proposer].into_iter().chain(earlier.iter().copied());
                all.any(|one| people(one).any(|known| known == number))
            };
            prop_assert_eq!(checked.is_err(), people(second).any(takes_part));
        }

        #[test]
        fn a_proposal_ends_exactly_once(ends in proptest::collection::vec(outcome(), 1..5)) {
            let mut proposal = proposal(actor((0, None)));
            let mut taken = 0;
            for how in &ends {
                let (by, at) = (actor((1, None)), Timestamp::UNIX_EPOCH);
                let before = proposal.end.clone();
                match proposal.end(ProposalEnd { how: how.clone(), by, at }) {
                    Ok(()) => taken += 1,
                    Err(error) => {
                        prop_assert_eq!(error.code(), ErrorCode::OutOfTurn);
                        prop_assert_eq!(&proposal.end, &before);
                    }
                }
            }
            prop_assert_eq!(taken, 1);
            let end = proposal.end.unwrap();
            prop_assert_eq!(&end.how, &ends[0]);
        }
    }

    #[test]
    fn a_decline_has_a_reason() {
        let mut proposal = proposal(actor((0, None)));
        let end = ProposalEnd {
            how: ProposalOutcome::Declined {
                reason: String::new(),
            },
            by: actor((1, None)),
            at: Timestamp::UNIX_EPOCH,
        };
        let error = proposal.end(end).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(proposal.end, None);
    }

    #[test]
    fn a_standing_consent_lasts_a_year_at_most_and_as_long_as_its_giver_is_a_consenter() {
        let [own, other] =
            ["91350100M000100Y43", "114302000069920125"].map(|code| code.parse().unwrap());
        let at: Timestamp = "2026-11-27T00:00:00Z".parse().unwrap();
        let of = |until: &str| StandingConsent {
            until: until.parse().unwrap(),
            actor: actor((0, Some(1))),
            at,
        };
        for (until, accepted) in [
            ("2026-11-27T00:00:00Z", false),
            ("2027-11-27T00:00:00Z", true),
            ("2027-11-29T00:00:00Z", false),
        ] {
            assert_eq!(of(until).check().is_ok(), accepted, "{until}");
        }
        let unlimited = of("2036-11-27T00:00:00Z");
        assert_eq!(*unlimited.giver(), person(1));
        let rights = |role, department| Rights::new([role], department).unwrap();
        let consenter = rights(Role::Consenter, Some(own));
        let later: Timestamp = "2027-11-29T00:00:00Z".parse().unwrap();
        assert!(unlimited.is_in_force(Some(&consenter), own, at));
        assert!(!unlimited.is_in_force(Some(&consenter), own, later));
        assert!(!unlimited.is_in_force(Some(&consenter), other, at));
        let approver = rights(Role::Approver, Some(own));
        assert!(!unlimited.is_in_force(Some(&approver), own, at));
        assert!(!unlimited.is_in_force(None, own, at));
    }

    #[test]
    fn the_countersigner_follows_the_act() {
        let proposed = proposal(actor((0, None)));
        assert_eq!(proposed.act.countersigner(), Some(Countersigner::Consenter));
        let (reason, deadline) = ("需会商".to_owned(), jiff::civil::date(2026, 12, 7));
        let mv = Move::Extend {
            reason,
            deadline: crate::calendar::Deadline::certain(deadline),
        };
        let request = proposed.number;
        let extended = ProposedAct::Move {
            request,
            mv: Box::new(mv),
        };
        assert_eq!(extended.countersigner(), Some(Countersigner::Authority));
        let settled = |grant: Option<crate::request::Grant>| ProposedAct::Move {
            request,
            mv: Box::new(Move::ProposeSettlement {
                text: "部分提供".to_owned(),
                grant: grant.map(Box::new),
            }),
        };
        let grant = crate::request::Grant {
            scope: "部分信息项".to_owned(),
            conditions: String::new(),
            disposal: String::new(),
            terms: crate::request::terms::GrantTerms::file(Timestamp::MAX),
            automatic: false,
            return_flow: None,
        };
        let with_grant = settled(Some(grant)).countersigner();
        assert_eq!(with_grant, Some(Countersigner::Consenter));
        assert_eq!(settled(None).countersigner(), None);
    }
}
