//! Internal consent (内部同意): a second person consents to submissions, answers, extensions and filings before they
//! are made, in the exchange or on paper.
//!
//! What takes consent becomes a proposal; the consent makes it, with the consenting person on record. Which moves take
//! whose consent is a rule of the domain.

pub(crate) mod gate;
#[cfg(test)]
mod people_tests;
pub(crate) mod proposals;
mod proposer;
pub(crate) mod service;
pub(crate) mod standing;

use chengji_domain::proposal::PAPER;
use chengji_domain::request::Consent;
use chengji_domain::{Error, ErrorCode, Field, Result};
use chengji_messages::{Message, msg};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The manner in which second persons consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// By a call of their own.
    #[default]
    Exchange,
    /// On paper, whose number is recorded.
    Paper,
}

/// The rules of consent at a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConsentRules {
    /// The manner of consent.
    pub manner: Manner,
    /// True if paper is accepted beside the exchange.
    pub paper_accepted: bool,
    /// True if an automatic grant takes a standing consent.
    pub standing_required: bool,
}

impl ConsentRules {
    /// Returns the consent on the paper of this number; `None` where the consent is to be given in the exchange.
    /// Errors:
    /// `INVALID_ARGUMENT` for a number that is required, not accepted, or malformed.
    pub(crate) fn on_paper(self, number: &str) -> Result<Option<Consent>> {
        let refused = |message: Message| Err(Error::new(ErrorCode::InvalidArgument, message));
        match (self.manner, number) {
            (Manner::Exchange, "") => Ok(None),
            (Manner::Paper, "") => refused(msg::ConsentNeedsPaper.into()),
            (Manner::Exchange, _) if !self.paper_accepted => {
                refused(msg::ConsentTakesNoPaper.into())
            }
            (Manner::Exchange | Manner::Paper, number) => {
                PAPER.check(Field::Paper, number)?;
                let number = number.to_owned();
                Ok(Some(Consent::Paper { number }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_is_required_accepted_or_refused_as_the_settings_say() {
        let rules = |manner, paper_accepted| ConsentRules {
            manner,
            paper_accepted,
            standing_required: false,
        };
        let paper = || {
            let number = "长数函〔2026〕7号".to_owned();
            Ok(Some(Consent::Paper { number }))
        };
        let taken = |rules: ConsentRules, number: &str| {
            rules.on_paper(number).map_err(|error| error.code())
        };
        let (number, refused) = ("长数函〔2026〕7号", Err(ErrorCode::InvalidArgument));
        assert_eq!(taken(rules(Manner::Exchange, false), ""), Ok(None));
        assert_eq!(taken(rules(Manner::Exchange, false), number), refused);
        assert_eq!(taken(rules(Manner::Exchange, true), number), paper());
        assert_eq!(taken(rules(Manner::Exchange, true), ""), Ok(None));
        assert_eq!(taken(rules(Manner::Paper, false), number), paper());
        assert_eq!(taken(rules(Manner::Paper, false), ""), refused);
        assert_eq!(
            taken(rules(Manner::Paper, false), &"号".repeat(201)),
            refused
        );
    }
}
