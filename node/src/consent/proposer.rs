//! The proposing person's rights, checked again when a second person consents: the act is made in its name.

use chengji_access::records::person;
use chengji_domain::access::Role;
use chengji_domain::proposal::{Proposal, ProposedAct};
use chengji_domain::request::{Party, Represented};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_store::Tx;
use jiff::Timestamp;

use crate::caller::Caller;
use crate::delegation::records::stand_ins;
use crate::own_log::OwnLog;
use crate::requests::records;
use crate::succession::records::with_merged;

/// Checks that the proposing person may still make the act, in the name in which it proposed. Errors: `DENIED` where it
/// has been removed, has lost the role or the department, or no longer stands in, in that role, for the person in whose
/// name it proposed.
pub(super) fn check(own: &OwnLog, tx: &Tx<'_>, proposal: &Proposal, at: Timestamp) -> Result<()> {
    let who = &proposal.actor.principal;
    let denied = |message: Message| Err(Error::new(ErrorCode::Denied, message));
    let found = person(tx, who)?;
    let rights = found.as_ref().and_then(|person| person.current_rights());
    let Some(rights) = rights.cloned() else {
        return denied(msg::PersonRemoved { who }.into());
    };
    let rights = with_merged(tx, rights.standing_in(stand_ins(tx, who, at)?))?;
    let represented = match &proposal.actor.on_behalf_of {
        Some(Represented::Principal(represented)) => Some(represented),
        Some(Represented::Department(_)) | None => None,
    };
    let (role, department) = (role(own, tx, proposal)?, proposal.department);
    if let Some(of) = represented {
        return match rights.represents(of, role, department, at) {
            true => Ok(()),
            false => denied(msg::StandInIsOver { of, who }.into()),
        };
    }
    let caller = Caller::new(who.clone(), rights);
    match caller.actor(role, department, at)?.on_behalf_of {
        Some(_) => {
            let role = role.label();
            denied(msg::ActNeedsRole { role, who }.into())
        }
        None => Ok(()),
    }
}

/// The role in which the act is made.
fn role(own: &OwnLog, tx: &Tx<'_>, proposal: &Proposal) -> Result<Role> {
    let request = match &proposal.act {
        ProposedAct::Submission(_) => return Ok(Role::Consumer),
        ProposedAct::ReturnFlow(_) => return Ok(Role::Approver),
        ProposedAct::Move { request, .. } => *request,
    };
    let history = records::existing(tx, request)?.history;
    Ok(match history.party_of(own.city) {
        Some(Party::Consumer) => Role::Consumer,
        Some(Party::Provider | Party::Coordinator) | None => Role::Approver,
    })
}
