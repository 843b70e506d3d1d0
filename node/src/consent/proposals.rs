//! The records of proposals.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_domain::access::Role;
use chengji_domain::fact::CityFact;
use chengji_domain::proposal::{ConsentFact, Proposal, ProposalEnd, ProposalOutcome, ProposedAct};
use chengji_domain::request::{Actor, Countersigner, RequestId};
use chengji_domain::{Error, ErrorCode, Result, Uscc};
use chengji_follow::next_time;
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{countersigning_role_from, proposal_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::StoredProposal;
use chengji_store::{Index, Merged, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::own_log::OwnLog;

/// Maximum number of open proposals of one request: one of each kind of move that takes consent, with room to spare.
const MAX_OF_REQUEST: usize = 32;

/// The order of lists: newest first.
type NewestFirst = (Reverse<Timestamp>, Reverse<RequestId>);

/// Proposals, by number.
pub(crate) static PROPOSALS: Table<RequestId, StoredProposal> =
    Table::new(Prefix::Proposal, &[&LISTS, &OF_REQUEST]);

/// Proposals by what they wait for and by department, each optional; newest first.
static LISTS: Index<(u8, Option<String>, NewestFirst), RequestId, StoredProposal> = Index::new(
    &PROPOSALS,
    Prefix::ProposalList,
    "proposals by consent and department",
    |number, proposal| {
        let order = (Reverse(proposal.at), Reverse(*number));
        let department = proposal.department.map(|code| code.to_string());
        let mut keys = Vec::new();
        for listed in Listed::of(proposal) {
            keys.push((listed as u8, None, order));
            keys.extend(
                department
                    .clone()
                    .map(|code| (listed as u8, Some(code), order)),
            );
        }
        keys
    },
);

/// Open proposals of moves, by request.
static OF_REQUEST: Index<(RequestId,), RequestId, StoredProposal> = Index::new(
    &PROPOSALS,
    Prefix::ProposalOf,
    "open proposals by request",
    |_, proposal| {
        let open = proposal.act.request().filter(|_| proposal.end.is_none());
        open.map(|request| (request,)).into_iter().collect()
    },
);

/// What the proposals of a list have in common. The numbers are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Listed {
    /// Nothing.
    All = 0,
    /// They are open.
    Open = 1,
    /// They wait for a consenter.
    Consenter = 2,
    /// They wait for the authority.
    Authority = 3,
}

impl Listed {
    fn of(proposal: &Proposal) -> Vec<Self> {
        let mut listed = vec![Self::All];
        if proposal.end.is_none() {
            listed.push(Self::Open);
            listed.extend(proposal.act.countersigner().map(|one| match one {
                Countersigner::Consenter => Self::Consenter,
                Countersigner::Authority => Self::Authority,
            }));
        }
        listed
    }

    /// Those that a call asks for. Errors: `INVALID_ARGUMENT` for a role that consents to nothing.
    fn asked(asked: &v1::ListProposalsRequest) -> Result<Self> {
        Ok(match countersigning_role_from(asked.consent_of())? {
            Some(Role::Authority) => Self::Authority,
            Some(_) => Self::Consenter,
            None if asked.ended => Self::All,
            None => Self::Open,
        })
    }
}

/// Looks up a proposal.
pub(crate) fn find(view: &(impl View + ?Sized), number: RequestId) -> Result<Option<Proposal>> {
    PROPOSALS.get(view, &number)
}

/// Looks up a proposal by its number in full or short. Errors: `NOT_FOUND`.
pub(crate) fn named(own: &OwnLog, view: &(impl View + ?Sized), number: &str) -> Result<Proposal> {
    let found = own.resolve(number)?.map(|number| find(view, number));
    found.transpose()?.flatten().ok_or_else(|| {
        let number = chengji_domain::Quoted(number);
        Error::new(ErrorCode::NotFound, msg::ProposalNotFound { number })
    })
}

/// The open proposals of a request.
pub(crate) fn open_of(view: &(impl View + ?Sized), request: RequestId) -> Result<Vec<Proposal>> {
    let numbers = OF_REQUEST.under(&(request,)).keys(view, MAX_OF_REQUEST)?;
    let found = numbers
        .rows
        .into_iter()
        .map(|(_, number)| find(view, number));
    found.filter_map(Result::transpose).collect()
}

/// Records a proposal. Errors: `ALREADY_EXISTS` where a move of the same kind in the same request is open.
pub(super) fn propose(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    act: ProposedAct,
    (department, idempotency_key): (Option<Uscc>, String),
) -> Result<Proposal> {
    if let ProposedAct::Move { request, mv } = &act {
        let is_same = |known: &Proposal| match &known.act {
            ProposedAct::Move { mv: other, .. } => other.kind() == mv.kind(),
            ProposedAct::Submission(_) | ProposedAct::ReturnFlow(_) => false,
        };
        if let Some(known) = open_of(tx, *request)?.into_iter().find(is_same) {
            let message = msg::ProposalIsOpen {
                act: known.act.label(),
                proposal: known.number,
                request: *request,
            };
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
    }
    let at = next_time(tx, at)?;
    let fact = ConsentFact::Proposed {
        act: act.clone(),
        actor: actor.clone(),
    };
    let fact = CityFact::Consent(Box::new(fact));
    let position = own.append(tx, &actor.principal, at, fact)?;
    let proposal = Proposal {
        number: RequestId {
            city: own.city,
            epoch: position.epoch,
            seq: position.seq,
        },
        act,
        actor,
        at,
        department,
        idempotency_key,
        end: None,
    };
    PROPOSALS.put(tx, &proposal.number, &proposal)?;
    Ok(proposal)
}

/// Ends a proposal. Errors: `OUT_OF_TURN` where it has ended.
pub(super) fn end(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, at): (Actor, Timestamp),
    mut proposal: Proposal,
    how: ProposalOutcome,
) -> Result<Proposal> {
    let at = next_time(tx, at)?;
    let end = ProposalEnd {
        how: how.clone(),
        by: by.clone(),
        at,
    };
    proposal.end(end)?;
    let principal = by.principal.clone();
    let fact = ConsentFact::ProposalEnded {
        proposal: proposal.number,
        how,
        by,
    };
    own.append(tx, &principal, at, CityFact::Consent(Box::new(fact)))?;
    PROPOSALS.put(tx, &proposal.number, &proposal)?;
    Ok(proposal)
}

/// The open proposals that wait for one of these, newest first, after a place: those of these departments, or all.
pub(crate) fn waiting<'v, V: View + ?Sized>(
    view: &'v V,
    countersigners: &[Countersigner],
    departments: Option<&BTreeSet<Uscc>>,
    (after, at_once): (Bound<NewestFirst>, usize),
) -> impl Iterator<Item = Result<(NewestFirst, RequestId)>> + use<'v, V> {
    let departments = by_department(departments);
    let mut spans = Vec::new();
    for countersigner in countersigners {
        let listed = match countersigner {
            Countersigner::Consenter => Listed::Consenter,
            Countersigner::Authority => Listed::Authority,
        };
        for department in &departments {
            let leading = (listed as u8, department.clone());
            spans.push(LISTS.within(&leading, (after, Bound::Unbounded)));
        }
    }
    let merged = Merged::new(view, spans, at_once, |(.., order), _| *order);
    merged.map(|row| row.map(|((.., order), number)| (order, number)))
}

/// The departments whose proposals are read; `None` for those of all.
fn by_department(departments: Option<&BTreeSet<Uscc>>) -> Vec<Option<String>> {
    match departments {
        None => vec![None],
        Some(some) => some.iter().map(|code| Some(code.to_string())).collect(),
    }
}

/// A page of proposals, newest first: those of these departments, or all.
pub(super) fn page(
    view: &(impl View + ?Sized),
    asked: &v1::ListProposalsRequest,
    departments: Option<BTreeSet<Uscc>>,
) -> Result<Page<v1::Proposal>> {
    let (pager, listed) = (Pager::<NewestFirst>::of(asked)?, Listed::asked(asked)?);
    let spans = by_department(departments.as_ref())
        .into_iter()
        .map(|department| {
            let leading = (listed as u8, department);
            LISTS.within(&leading, pager.bounds())
        });
    let merged = Merged::new(view, spans, pager.at_once(), |(.., order), _| *order);
    let rows = merged.map(|row| row.map(|((.., order), number)| (order, number)));
    pager.fill(rows, |_, number| {
        let found = find(view, number)?;
        Ok(found.as_ref().map(proposal_to))
    })
}
