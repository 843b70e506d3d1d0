//! Messages of moves, parsed into the moves that their callers want made.

use chengji_domain::calendar::Deadline;
use chengji_domain::request::Move;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;

use super::date_from;
use super::parsed::{MoveOrder, PaperedOrder};
use super::source::{ScopeTexts, scope_texts_from};
use crate::service::Parse;
use crate::v1;

/// A grant in place of another one; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantChange {
    /// The part of the data and its use; not checked yet.
    pub scope: Option<String>,
    /// Conditions of use; not checked yet.
    pub conditions: Option<String>,
    /// Days from now; not checked yet.
    pub period_days: Option<u32>,
    /// The disposal of the data at the end; not checked yet.
    pub disposal: Option<String>,
    /// The part of the mounted table; not checked yet.
    pub part: Option<ScopeTexts>,
}

/// An amendment that a caller wants granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The grant, in place of the one that is asked for.
    pub grant: GrantChange,
    /// The number of the paper with a second person's consent; empty without one; not checked yet.
    pub paper: String,
}

/// A consultation that a caller wants begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsultOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The reason; not checked yet.
    pub reason: String,
    /// The legal basis; not checked yet.
    pub legal_basis: String,
    /// The grant as it is to be; `None` if the share is to end.
    pub change: Option<GrantChange>,
    /// True if the reason is a withdrawal, an unmounting or stricter terms of the entry.
    pub of_entry: bool,
}

/// A settlement that a caller wants proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The proposal; not checked yet.
    pub text: String,
    /// The grant that it offers.
    pub grant: Option<GrantChange>,
    /// The number of the paper with a second person's consent; empty without one; not checked yet.
    pub paper: String,
}

/// A move that needs nothing beside what its message says.
fn order(request: String, mv: Move) -> MoveOrder {
    MoveOrder { request, mv }
}

fn change_from(wire: v1::NewGrant) -> GrantChange {
    let given = |text: String| (!text.is_empty()).then_some(text);
    GrantChange {
        scope: given(wire.scope),
        conditions: given(wire.conditions),
        period_days: (wire.period_days != 0).then_some(wire.period_days),
        disposal: given(wire.disposal),
        part: wire.table.as_ref().map(scope_texts_from),
    }
}

/// Implements [`Parse`] for messages of moves.
macro_rules! moves {
    ($($message:ident, $wire:ident => $mv:expr;)*) => {
        $(impl Parse for v1::$message {
            type Parsed = MoveOrder;

            fn parse(self) -> Result<MoveOrder, Error> {
                let $wire = self;
                Ok(order($wire.id, $mv))
            }
        })*
    };
}

moves! {
    OfferRequest, wire => Move::Offer { note: wire.note };
    AskAmendmentRequest, wire => Move::AskAmendment {
        reason: wire.reason,
        scope: wire.scope,
        purpose: wire.purpose,
        period_days: wire.period_days,
        third_party: wire.third_party,
    };
    SuspendRequest, wire => Move::Suspend {
        mend_by: Deadline::certain(date_from(&wire.mend_by, "mend_by")?),
        reason: wire.reason,
        legal_basis: wire.legal_basis,
    };
    ReportMendedRequest, wire => Move::ReportMended { statement: wire.statement };
    ResumeRequest, wire => Move::Resume { reason: wire.reason };
    AnswerConsultationRequest, wire => Move::AnswerConsultation {
        agrees: wire.agrees,
        text: wire.text,
    };
    AcceptSettlementRequest, wire => Move::AcceptSettlement { text: wire.text };
    WithdrawDisputeRequest, wire => Move::WithdrawDispute { reason: wire.reason };
}

impl Parse for v1::DeclineAmendmentRequest {
    type Parsed = PaperedOrder;

    fn parse(self) -> Result<PaperedOrder, Error> {
        let (reason, legal_basis) = (self.reason, self.legal_basis);
        let mv = Move::DeclineAmendment {
            reason,
            legal_basis,
            asked_at: None,
        };
        let (order, paper) = (order(self.id, mv), self.paper);
        Ok(PaperedOrder { order, paper })
    }
}

impl Parse for v1::TerminateRequest {
    type Parsed = PaperedOrder;

    fn parse(self) -> Result<PaperedOrder, Error> {
        let (reason, legal_basis) = (self.reason, self.legal_basis);
        let mv = Move::Terminate {
            reason,
            legal_basis,
        };
        let (order, paper) = (order(self.id, mv), self.paper);
        Ok(PaperedOrder { order, paper })
    }
}

impl Parse for v1::AmendRequest {
    type Parsed = AmendOrder;

    fn parse(self) -> Result<AmendOrder, Error> {
        Ok(AmendOrder {
            request: self.id,
            grant: self.grant.map(change_from).unwrap_or_default(),
            paper: self.paper,
        })
    }
}

impl Parse for v1::ConsultRequest {
    type Parsed = ConsultOrder;

    fn parse(self) -> Result<ConsultOrder, Error> {
        let change = self.change.map(change_from);
        if change
            .as_ref()
            .is_some_and(|change| *change == GrantChange::default())
        {
            let message = msg::ConsultedChangeEmpty;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(ConsultOrder {
            request: self.id,
            reason: self.reason,
            legal_basis: self.legal_basis,
            change,
            of_entry: self.of_entry,
        })
    }
}

impl Parse for v1::ProposeSettlementRequest {
    type Parsed = SettlementOrder;

    fn parse(self) -> Result<SettlementOrder, Error> {
        Ok(SettlementOrder {
            request: self.id,
            text: self.text,
            grant: self.grant.map(change_from),
            paper: self.paper,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_to_mend_is_a_date() {
        let mend_by = |date: &str| {
            let wire = v1::SuspendRequest {
                id: "430100-1-2".to_owned(),
                reason: "超出授权用途".to_owned(),
                legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
                mend_by: date.to_owned(),
            };
            match wire.parse() {
                Ok(MoveOrder {
                    mv: Move::Suspend { mend_by, .. },
                    ..
                }) => Ok(mend_by),
                Ok(other) => panic!("{other:?}"),
                Err(error) => Err(error.code()),
            }
        };
        let day = Deadline::certain(jiff::civil::date(2026, 12, 31));
        assert_eq!(mend_by("2026-12-31"), Ok(day));
        for wrong in ["", "2026-12-32", "31.12.2026"] {
            assert_eq!(mend_by(wrong), Err(ErrorCode::InvalidArgument), "{wrong}");
        }
    }

    #[test]
    fn a_consultation_is_about_the_end_or_about_a_change_that_changes_something() {
        let consult = |change| {
            let wire = v1::ConsultRequest {
                id: "430100-1-2".to_owned(),
                reason: "系统迁移".to_owned(),
                legal_basis: "《政务数据共享条例》第二十七条".to_owned(),
                change,
                of_entry: false,
            };
            wire.parse()
                .map(|order| order.change)
                .map_err(|error| error.code())
        };
        assert_eq!(consult(None), Ok(None));
        let wire = v1::NewGrant {
            period_days: 30,
            ..v1::NewGrant::default()
        };
        let change = GrantChange {
            period_days: Some(30),
            ..GrantChange::default()
        };
        assert_eq!(consult(Some(wire)), Ok(Some(change)));
        let nothing = consult(Some(v1::NewGrant::default()));
        assert_eq!(nothing, Err(ErrorCode::InvalidArgument));
    }
}
