//! The approval of a request by the common superior authority (共同的上级主管部门), which some entries need before a
//! request for them is routed.

use chengji_messages::msg;
use jiff::civil::Date;

use super::super::violations_to_result;
use crate::error::{Error, Violation};
use crate::field::Field;
use crate::text::TextRule;

/// The name of an authority, and the number of a document.
const NAME: TextRule = TextRule::line(1, 200);

/// An approval, as an operator records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// The authority, 1 to 200 characters.
    pub authority: String,
    /// The number of its document, 1 to 200 characters.
    pub document: String,
    /// The date of the document.
    pub on: Date,
}

impl Approval {
    /// Refuses texts that may not be recorded, and a document of a later day than today; the error lists all mistakes.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check(&self, today: Date) -> Result<(), Error> {
        let texts = [
            (Field::Authority, &self.authority),
            (Field::Document, &self.document),
        ];
        let texts = texts.iter();
        let mut violations: Vec<_> = texts
            .filter_map(|(field, text)| NAME.violation(*field, text))
            .collect();
        if self.on > today {
            let problem = msg::ApprovalDatedAhead { on: self.on, today };
            violations.push(Violation::new(Field::DocumentDate, problem));
        }
        violations_to_result(violations, |fields| msg::ApprovalNotValid { fields }.into())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_approval_names_its_authority_and_a_document_of_today_or_before() {
        let today = date(2026, 11, 27);
        let approval = Approval {
            authority: "省数据局".to_owned(),
            document: "省数函〔2026〕9号".to_owned(),
            on: today,
        };
        assert_eq!(approval.check(today), Ok(()));
        let ahead = Approval {
            authority: String::new(),
            document: String::new(),
            on: date(2026, 11, 28),
        };
        let error = ahead.check(today).unwrap_err();
        assert_eq!(error.violations().len(), 3);
    }
}
