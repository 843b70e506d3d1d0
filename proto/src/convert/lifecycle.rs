//! Lifecycles of entries: states, moves, and the facts of the city's log about them.

use chengji_domain::catalogue::lifecycle::{Move, State};
use chengji_domain::catalogue::{DueEntries, EntryAct, Tightening};
use chengji_domain::fact::ReviewFact;
use chengji_domain::{Digest, Error};
use chengji_messages::msg;

use super::actor::{consent_from, consent_to};
use super::catalogue::terms;
use super::deadline::{deadline_from, deadline_to};
use super::{date_from, invalid, missing};
use crate::v1;
use crate::v1::body::Fact as Wire;

terms!(
    entry_state_to,
    entry_state_from,
    State,
    EntryState {
        Draft = Draft,
        Submitted = Submitted,
        Returned = Returned,
        TakenBack = TakenBack,
        Published = Published,
        WithdrawalAsked = WithdrawalAsked,
        Withdrawn = Withdrawn,
    }
);
terms!(
    entry_move_to,
    entry_move_from,
    Move,
    EntryMove {
        Save = Save,
        Submit = Submit,
        TakeBack = TakeBack,
        AskWithdrawal = AskWithdrawal,
        Approve = Approve,
        Return = Return,
    }
);
terms!(
    tightening_to,
    tightening_from,
    Tightening,
    EntryTightening {
        StricterClass = StricterClass,
        NewConditions = NewConditions,
    }
);

terms!(
    entry_act_to,
    entry_act_from,
    EntryAct,
    EntryAct {
        Review = Review,
        Correction = Correction,
        Update = Update,
    }
);

pub(super) fn review_to(fact: &ReviewFact) -> Wire {
    match fact.clone() {
        ReviewFact::Submitted {
            code,
            revision,
            digest,
            consent,
        } => Wire::EntrySubmitted(v1::EntrySubmitted {
            code: code.to_string(),
            revision,
            digest: digest.0.to_vec(),
            consent: consent.as_ref().map(consent_to),
        }),
        ReviewFact::Returned {
            code,
            revision,
            reason,
        } => Wire::EntryReturned(v1::EntryReturned {
            code: code.to_string(),
            revision,
            reason,
        }),
        ReviewFact::TakenBack { code, revision } => Wire::EntryTakenBack(v1::EntryTakenBack {
            code: code.to_string(),
            revision,
        }),
        ReviewFact::WithdrawalAsked { code, reason } => {
            Wire::WithdrawalAsked(v1::WithdrawalAsked {
                code: code.to_string(),
                reason,
            })
        }
        ReviewFact::WithdrawalDeclined { code, reason } => {
            Wire::WithdrawalDeclined(v1::WithdrawalDeclined {
                code: code.to_string(),
                reason,
            })
        }
        ReviewFact::ChangeNoted { code, on } => {
            Wire::CatalogueChangeNoted(v1::CatalogueChangeNoted {
                code: code.to_string(),
                on: on.to_string(),
            })
        }
        ReviewFact::UpdateExtended {
            code,
            working_days,
            consent,
        } => Wire::CatalogueUpdateExtended(v1::CatalogueUpdateExtended {
            code: code.to_string(),
            working_days,
            consent: Some(consent_to(&consent)),
        }),
        ReviewFact::UpdatedLate {
            code,
            revision,
            on,
            due,
        } => {
            let (deadline, provisional) = deadline_to(due);
            Wire::CatalogueUpdatedLate(v1::CatalogueUpdatedLate {
                code: code.to_string(),
                revision,
                on: on.to_string(),
                deadline,
                provisional,
            })
        }
        ReviewFact::Reminded(due) => Wire::CatalogueReminded(reminded_to(&due)),
    }
}

fn reminded_to(due: &DueEntries) -> v1::CatalogueReminded {
    v1::CatalogueReminded {
        department: due.department.to_string(),
        act: entry_act_to(due.act).into(),
        deadline: due.deadline.date.to_string(),
        provisional: due.deadline.provisional,
        overdue: due.overdue,
        codes: due.codes.iter().map(ToString::to_string).collect(),
    }
}

fn reminded_from(wire: &v1::CatalogueReminded) -> Result<DueEntries, Error> {
    Ok(DueEntries {
        department: wire.department.parse()?,
        act: entry_act_from(wire.act()).ok_or_else(|| missing("act"))?,
        deadline: deadline_from(&wire.deadline, wire.provisional)?,
        overdue: wire.overdue,
        codes: (wire.codes.iter())
            .map(|code| code.parse())
            .collect::<Result<_, Error>>()?,
    })
}

pub(super) fn review_from(wire: Wire) -> Result<ReviewFact, Error> {
    Ok(match wire {
        Wire::EntrySubmitted(v1::EntrySubmitted {
            code,
            revision,
            digest,
            consent,
        }) => ReviewFact::Submitted {
            code: code.parse()?,
            revision,
            digest: Digest::from_slice(&digest)?,
            consent: consent.as_ref().map(consent_from).transpose()?,
        },
        Wire::EntryReturned(v1::EntryReturned {
            code,
            revision,
            reason,
        }) => ReviewFact::Returned {
            code: code.parse()?,
            revision,
            reason,
        },
        Wire::EntryTakenBack(v1::EntryTakenBack { code, revision }) => ReviewFact::TakenBack {
            code: code.parse()?,
            revision,
        },
        Wire::WithdrawalAsked(v1::WithdrawalAsked { code, reason }) => {
            ReviewFact::WithdrawalAsked {
                code: code.parse()?,
                reason,
            }
        }
        Wire::WithdrawalDeclined(v1::WithdrawalDeclined { code, reason }) => {
            ReviewFact::WithdrawalDeclined {
                code: code.parse()?,
                reason,
            }
        }
        Wire::CatalogueChangeNoted(v1::CatalogueChangeNoted { code, on }) => {
            ReviewFact::ChangeNoted {
                code: code.parse()?,
                on: date_from(&on, "on")?,
            }
        }
        Wire::CatalogueUpdateExtended(v1::CatalogueUpdateExtended {
            code,
            working_days,
            consent,
        }) => ReviewFact::UpdateExtended {
            code: code.parse()?,
            working_days,
            consent: consent_from(consent.as_ref().ok_or_else(|| missing("consent"))?)?,
        },
        Wire::CatalogueUpdatedLate(v1::CatalogueUpdatedLate {
            code,
            revision,
            on,
            deadline,
            provisional,
        }) => ReviewFact::UpdatedLate {
            code: code.parse()?,
            revision,
            on: date_from(&on, "on")?,
            due: deadline_from(&deadline, provisional)?,
        },
        Wire::CatalogueReminded(wire) => ReviewFact::Reminded(reminded_from(&wire)?),
        _ => return Err(invalid("fact", msg::WireNotOfEntryLifecycle)),
    })
}
