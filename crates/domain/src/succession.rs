//! Departments that were merged into others (机构合并): the credit code changes, entries and requests go over to the
//! successor.

use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::principal::Principal;
use crate::text::TextRule;
use crate::uscc::Uscc;

/// Maximum number of departments that are merged into one, directly or through others.
pub const MAX_MERGED: usize = 64;

/// The number of a document.
const DOCUMENT: TextRule = TextRule::line(1, 200);

/// A department was merged into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The department that was merged.
    pub old: Uscc,
    /// The department that it was merged into.
    pub new: Uscc,
    /// The day of the change.
    pub since: Date,
    /// The number of the document on which it is based, 1 to 200 characters.
    pub document: String,
}

/// A succession, as recorded by a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSuccession {
    /// The succession.
    pub succession: Succession,
    /// Time of its record.
    pub at: Timestamp,
    /// The person who recorded it.
    pub by: Principal,
}

impl Succession {
    /// Refuses a department that succeeds itself, a change that is still to come, and a document that may not be
    /// recorded.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check(&self, today: Date) -> Result<()> {
        DOCUMENT.check(Field::Document, &self.document)?;
        if self.old == self.new {
            let message = msg::DepartmentSucceedsItself {
                department: self.old,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        if self.since > today {
            let message = msg::DepartmentSucceededAhead {
                since: self.since,
                today,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_department_succeeds_another_since_a_day_that_has_come() {
        let today = date(2026, 11, 27);
        let succession = Succession {
            old: "91350100M000100Y43".parse().unwrap(),
            new: "114302000069920125".parse().unwrap(),
            since: today,
            document: "市编办〔2026〕12号".to_owned(),
        };
        assert_eq!(succession.check(today), Ok(()));
        let code = |succession: Succession| {
            let refused = succession.check(today).unwrap_err();
            refused.message().code().to_owned()
        };
        let ahead = Succession {
            since: date(2026, 11, 28),
            ..succession.clone()
        };
        assert_eq!(code(ahead), "department-succeeded-ahead");
        let itself = Succession {
            new: succession.old,
            ..succession.clone()
        };
        assert_eq!(code(itself), "department-succeeds-itself");
        let without_document = Succession {
            document: String::new(),
            ..succession
        };
        assert!(without_document.check(today).is_err());
    }
}
