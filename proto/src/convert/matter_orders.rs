//! Messages of corrections and demands, parsed into what their callers want recorded.

use chengji_domain::Error;
use chengji_domain::matter::{DemandFiling, MatterMove};

use super::actor::department_code_from;
use super::{missing, update_cycle_from};
use crate::service::Parse;
use crate::v1;

/// A move of a correction or demand that a caller wants made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterOrder {
    /// The number of the matter, in full or short.
    pub matter: String,
    /// The move; not checked yet.
    pub mv: MatterMove,
}

/// Implements [`Parse`] for messages of moves.
macro_rules! moves {
    ($($message:ident, $wire:ident => $mv:expr;)*) => {
        $(impl Parse for v1::$message {
            type Parsed = MatterOrder;

            fn parse(self) -> Result<MatterOrder, Error> {
                let $wire = self;
                Ok(MatterOrder { mv: $mv, matter: $wire.id })
            }
        })*
    };
}

moves! {
    AcceptCorrectionRequest, wire => MatterMove::Accept { note: wire.note };
    DeclineMatterRequest, wire => MatterMove::Decline {
        reason: wire.reason,
        legal_basis: wire.legal_basis,
    };
    WithdrawMatterRequest, wire => MatterMove::Withdraw { reason: wire.reason };
    CloseDemandRequest, wire => MatterMove::Close { statement: wire.statement };
}

impl Parse for v1::FileDemandRequest {
    type Parsed = DemandFiling;

    fn parse(self) -> Result<DemandFiling, Error> {
        Ok(DemandFiling {
            cycle: update_cycle_from(self.cycle()).ok_or_else(|| missing("cycle"))?,
            department: department_code_from(&self.department)?,
            name: self.name,
            fields: self.fields,
            purpose: self.purpose,
            legal_basis: self.legal_basis,
        })
    }
}
