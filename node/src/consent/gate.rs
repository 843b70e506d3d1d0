//! The gate of internal consent: makes an act at once where it takes no consent or has it on paper; otherwise proposes
//! it, and makes it when a second person consents.

use chengji_domain::problem::Problem;
use chengji_domain::proposal::{Proposal, ProposalOutcome, ProposedAct, acts_of};
use chengji_domain::request::{
    Actor, Consent, Move, Represented, RequestId, RequestRecord, Submission,
};
use chengji_domain::return_flow::ReturnFlowAct;
use chengji_domain::{Error, ErrorCode, Result, Uscc};
use chengji_messages::msg;
use chengji_proto::convert::ReturnFlowAnswer;
use chengji_store::{Tx, View};
use jiff::Timestamp;

use super::{ConsentRules, proposals, proposer};
use crate::caller::Caller;
use crate::own_log::OwnLog;
use crate::requests::{departments, records};
use crate::return_flows::records as return_flows;

/// The result of an act.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Made {
    /// It was made, in this request.
    Request(Box<RequestRecord>),
    /// It waits for consent.
    Proposal(Box<Proposal>),
}

/// The result of a consent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Consented {
    /// The act was made.
    Made(Box<Proposal>),
    /// The act had become impossible, which ended the proposal.
    Overtaken(Error),
}

/// Submits a request, or proposes it. An idempotency key that its principal repeats returns what was made first.
/// Errors: as of [`records::submit`], and `INVALID_ARGUMENT` for a paper that is required, not accepted, or malformed.
pub(crate) fn submit(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    rules: ConsentRules,
    (actor, at, paper): (Actor, Timestamp, &str),
    submission: Submission,
    idempotency_key: &str,
) -> Result<Made> {
    let paper = rules.on_paper(paper)?;
    let key = records::idempotency_key_of(&actor, idempotency_key);
    if let Some(known) = proposed_under(tx, key.as_deref(), &submission)? {
        return Ok(Made::Proposal(Box::new(known)));
    }
    let is_made = match &key {
        Some(key) => records::SUBMITTED.get(tx, key)?.is_some(),
        None => false,
    };
    if paper.is_some() || is_made {
        let actor = Actor {
            consent: paper,
            ..actor
        };
        let record = records::submit(own, tx, actor, at, submission, idempotency_key)?;
        departments::note(own, tx, &record.history)?;
        return Ok(Made::Request(Box::new(record)));
    }
    let at = records::entry_time(tx, at)?;
    let department = submission.department;
    let act = ProposedAct::Submission(Box::new(submission));
    let stored = (department, key.clone().unwrap_or_default());
    let proposal = proposals::propose(own, tx, (actor, at), act, stored)?;
    if let Some(key) = &key {
        records::SUBMITTED.put(tx, key, &proposal.number)?;
    }
    Ok(Made::Proposal(Box::new(proposal)))
}

/// The proposal made under a key, unless it became a request. Errors: `ALREADY_EXISTS` where it is another.
fn proposed_under(
    tx: &Tx<'_>,
    key: Option<&str>,
    submission: &Submission,
) -> Result<Option<Proposal>> {
    let Some(key) = key else {
        return Ok(None);
    };
    let Some(number) = records::SUBMITTED.get(tx, &key.to_owned())? else {
        return Ok(None);
    };
    let known = proposals::find(tx, number)?;
    let is_same = |known: &Proposal| match &known.act {
        ProposedAct::Submission(made) => **made == *submission,
        ProposedAct::Move { .. } | ProposedAct::ReturnFlow(_) => false,
    };
    if known.as_ref().is_some_and(|known| !is_same(known)) {
        let message = msg::IdempotencyKeyTaken { request: number };
        return Err(Error::new(ErrorCode::AlreadyExists, message));
    }
    Ok(known)
}

/// Makes a move, whose texts were checked, or proposes it, if it could be made now. Returns the request. Errors: as of
/// [`records::make_move`]; `INVALID_ARGUMENT` for a paper that is required, not accepted, or malformed;
/// `ALREADY_EXISTS` where such a move is proposed.
pub(crate) fn make_move(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    rules: ConsentRules,
    (actor, at, paper): (Actor, Timestamp, &str),
    id: RequestId,
    mv: Move,
) -> Result<RequestRecord> {
    if mv.countersigner().is_none() {
        return moved(own, tx, (actor, at), id, mv);
    }
    if let Some(consent) = rules.on_paper(paper)? {
        let consent = Some(consent);
        return moved(own, tx, (Actor { consent, ..actor }, at), id, mv);
    }
    records::check_move(own, tx, (actor.clone(), at), id, mv.clone())?;
    let record = records::existing(tx, id)?;
    let department = departments::of(own, tx, &record.history)?;
    let mv = Box::new(mv);
    let act = ProposedAct::Move { request: id, mv };
    proposals::propose(own, tx, (actor, at), act, (department, String::new()))?;
    Ok(record)
}

/// Makes a move, and ends the proposals in the request that it made impossible.
fn moved(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    id: RequestId,
    mv: Move,
) -> Result<RequestRecord> {
    let record = records::make_move(own, tx, actor, at, id, mv)?;
    departments::note(own, tx, &record.history)?;
    end_overtaken(own, tx, id, at)?;
    Ok(record)
}

/// Makes an act on a return flow of an entry of this department, or proposes it, if it could be made now. Errors: as of
/// [`return_flows::check`], and `INVALID_ARGUMENT` for a paper that is required, not accepted, or malformed.
pub(crate) fn act_on_return_flow(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    rules: ConsentRules,
    (actor, at, paper): (Actor, Timestamp, &str),
    (act, department): (ReturnFlowAct, Option<Uscc>),
) -> Result<ReturnFlowAnswer> {
    if let Some(consent) = rules.on_paper(paper)? {
        let consent = Some(consent);
        let made = return_flows::make(own, tx, (Actor { consent, ..actor }, at), act)?;
        return Ok(ReturnFlowAnswer::Flow(Box::new(made)));
    }
    return_flows::check(own, tx, &act)?;
    let act = ProposedAct::ReturnFlow(Box::new(act));
    let stored = (department, String::new());
    let proposal = proposals::propose(own, tx, (actor, at), act, stored)?;
    Ok(ReturnFlowAnswer::Proposal(Box::new(proposal)))
}

/// Consents to an open proposal, which makes the act, if the proposing person may still make it. Errors: `OUT_OF_TURN`
/// where it has ended; `DENIED` unless the caller is a second person with the role whose consent is due.
pub(crate) fn consent(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    proposal: Proposal,
) -> Result<Consented> {
    let at = records::entry_time(tx, at)?;
    let by = second_person(own, tx, (caller, at), &proposal)?;
    match proposer::check(own, tx, &proposal, at) {
        Err(error) if error.code() == ErrorCode::Denied => {
            return overtaken(own, tx, (by, at), proposal, error);
        }
        checked => checked?,
    }
    let act = proposal.act.clone();
    let actor = Actor {
        consent: Some(Consent::given_by(&by, at)),
        ..proposal.actor.clone()
    };
    let made = tx.attempt(|tx| match act {
        ProposedAct::Submission(submission) => {
            let record = records::submit(own, tx, actor, at, *submission, "")?;
            if !proposal.idempotency_key.is_empty() {
                let key = &proposal.idempotency_key;
                records::SUBMITTED.put(tx, key, &record.history.id)?;
            }
            departments::note(own, tx, &record.history)?;
            Ok(record.history.id)
        }
        ProposedAct::Move { request, mv } => {
            records::make_move(own, tx, actor, at, request, *mv).map(|_| request)
        }
        ProposedAct::ReturnFlow(act) => {
            let made = return_flows::make(own, tx, (actor, at), *act)?;
            Ok(made.number)
        }
    });
    match made {
        Ok(request) => {
            let how = ProposalOutcome::Consented { request };
            let proposal = proposals::end(own, tx, (by, at), proposal, how)?;
            end_overtaken(own, tx, request, at)?;
            Ok(Consented::Made(Box::new(proposal)))
        }
        Err(error) if is_final(&error) => overtaken(own, tx, (by, at), proposal, error),
        Err(error) => Err(error),
    }
}

/// Ends a proposal whose act has become impossible.
fn overtaken(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    by: (Actor, Timestamp),
    proposal: Proposal,
    error: Error,
) -> Result<Consented> {
    let problem = Problem::from(&error);
    let how = ProposalOutcome::Overtaken { problem };
    proposals::end(own, tx, by, proposal, how)?;
    Ok(Consented::Overtaken(error))
}

/// Declines an open proposal. Errors: as of [`consent`], and `INVALID_ARGUMENT` for the reason.
pub(crate) fn decline(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    proposal: Proposal,
    reason: String,
) -> Result<Proposal> {
    let at = records::entry_time(tx, at)?;
    let by = second_person(own, tx, (caller, at), &proposal)?;
    let how = ProposalOutcome::Declined { reason };
    proposals::end(own, tx, (by, at), proposal, how)
}

/// Takes an open proposal back. Errors: `OUT_OF_TURN` where it has ended; `DENIED` unless the caller is the proposing
/// person, the one in whose name it proposed, or one who stands in for it.
pub(crate) fn take_back(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    proposal: Proposal,
) -> Result<Proposal> {
    proposal.check_open()?;
    let at = records::entry_time(tx, at)?;
    let is_own = proposal
        .actor
        .acting()
        .any(|principal| *principal == caller.principal);
    let represented = proposal
        .actor
        .acting()
        .find(|principal| !is_own && caller.rights.stands_in_for(principal, at))
        .cloned()
        .map(Represented::Principal);
    if !is_own && represented.is_none() {
        let message = msg::ProposalOfAnother {
            proposal: proposal.number,
            who: &proposal.actor.principal,
        };
        return Err(Error::new(ErrorCode::Denied, message));
    }
    let by = Actor {
        on_behalf_of: represented,
        ..Actor::new(caller.principal.clone(), proposal.actor.department)
    };
    proposals::end(own, tx, (by, at), proposal, ProposalOutcome::TakenBack)
}

/// The caller as the second person of an open proposal. Errors: `OUT_OF_TURN` where it has ended; `DENIED` where the
/// caller may not consent to it.
pub(crate) fn second_person(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (caller, at): (&Caller, Timestamp),
    proposal: &Proposal,
) -> Result<Actor> {
    proposal.check_open()?;
    let Some(countersigner) = proposal.act.countersigner() else {
        return Err(Error::new(
            ErrorCode::StorageDamaged,
            msg::ProposalWithoutConsent,
        ));
    };
    let by = caller.actor(countersigner.role(), proposal.department, at)?;
    let history = match proposal.act.request() {
        None => None,
        Some(request) => Some(records::existing(view, request)?.effective()),
    };
    let acts = history.as_ref().and_then(|history| {
        let party = history.party_of(own.city)?;
        Some(acts_of(history, party))
    });
    proposal.check_second_person(&by, acts.into_iter().flatten())?;
    Ok(by)
}

/// Ends the open proposals in a request whose moves have become impossible.
pub(crate) fn end_overtaken(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    request: RequestId,
    at: Timestamp,
) -> Result<()> {
    for proposal in proposals::open_of(tx, request)? {
        let ProposedAct::Move { mv, .. } = &proposal.act else {
            continue;
        };
        let by = (proposal.actor.clone(), at);
        let possible = records::check_move(own, tx, by, request, (**mv).clone());
        if let Err(error) = possible
            && is_final(&error)
        {
            overtaken(own, tx, (Actor::from(own.node()), at), proposal, error)?;
        }
    }
    Ok(())
}

/// Returns true for a refusal of an act that no later attempt makes good.
fn is_final(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::OutOfTurn
            | ErrorCode::InvalidArgument
            | ErrorCode::NotFound
            | ErrorCode::Withdrawn
            | ErrorCode::LimitExceeded
    )
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
