//! Departments that were merged into others (机构合并): the credit code changes, entries and requests go over to the
//! successor. A merger can be taken back.

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
/// A document number that may be empty.
const NO_DOCUMENT: TextRule = TextRule::line(0, 200);
/// A reason.
const REASON: TextRule = TextRule::lines(1, 500);

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

/// Why a succession is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessionEndCause {
    /// It was recorded by mistake, and counts as never made.
    Mistake,
    /// The department was split off again.
    Split,
}

/// A succession is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuccessionEnd {
    /// The department that was merged.
    pub old: Uscc,
    /// The department that it was merged into.
    pub new: Uscc,
    /// The cause.
    pub cause: SuccessionEndCause,
    /// The first day on which the department is separate again; for a mistake, the day of the merger.
    pub since: Date,
    /// The number of the document on which it is based, up to 200 characters; may be empty for a mistake.
    pub document: String,
    /// The reason, 1 to 500 characters.
    pub reason: String,
}

/// The end of a succession, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEnd {
    /// The end.
    pub end: SuccessionEnd,
    /// Time of its record.
    pub at: Timestamp,
    /// The person who recorded it.
    pub by: Principal,
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
    /// Its end, if it was taken back.
    pub ended: Option<RecordedEnd>,
}

impl RecordedSuccession {
    /// Returns true if the department belonged to its successor on any of these days.
    pub fn is_in_force_within(&self, first: Date, last: Date) -> bool {
        let is_before_end = self.ended.as_ref().is_none_or(|ended| {
            ended.end.cause == SuccessionEndCause::Split && ended.end.since > first
        });
        self.succession.since <= last && is_before_end
    }
}

impl SuccessionEnd {
    /// Refuses an end in the future or before the succession, and texts that may not be recorded.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`.
    pub fn check(&self, ended: &Succession, today: Date) -> Result<()> {
        REASON.check(Field::Reason, &self.reason)?;
        let document = match self.cause {
            SuccessionEndCause::Mistake => NO_DOCUMENT,
            SuccessionEndCause::Split => DOCUMENT,
        };
        document.check(Field::Document, &self.document)?;
        let (since, merged) = (self.since, ended.since);
        if since > today {
            let message = msg::DepartmentSucceededAhead { since, today };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        if since < merged {
            let message = msg::DepartmentSplitBeforeMerger { merged, since };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(())
    }
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

    #[test]
    fn a_merger_ends_after_it_began_and_one_made_by_mistake_never_counts() {
        let (merged, split, today) = (date(2026, 9, 10), date(2026, 11, 1), date(2026, 11, 27));
        let succession = Succession {
            old: "91350100M000100Y43".parse().unwrap(),
            new: "114302000069920125".parse().unwrap(),
            since: merged,
            document: "市编办〔2026〕12号".to_owned(),
        };
        let end = SuccessionEnd {
            old: succession.old,
            new: succession.new,
            cause: SuccessionEndCause::Split,
            since: split,
            document: "市编办〔2026〕15号".to_owned(),
            reason: "机构单设".to_owned(),
        };
        assert_eq!(end.check(&succession, today), Ok(()));
        for wrong in [
            SuccessionEnd {
                since: date(2026, 11, 28),
                ..end.clone()
            },
            SuccessionEnd {
                since: date(2026, 9, 9),
                ..end.clone()
            },
            SuccessionEnd {
                document: String::new(),
                ..end.clone()
            },
            SuccessionEnd {
                reason: String::new(),
                ..end.clone()
            },
        ] {
            assert!(wrong.check(&succession, today).is_err(), "{wrong:?}");
        }
        let at: Timestamp = "2026-11-27T02:00:00Z".parse().unwrap();
        let by = Principal::Coordinator;
        let recorded = |cause: Option<SuccessionEndCause>| RecordedSuccession {
            succession: succession.clone(),
            at,
            by: by.clone(),
            ended: cause.map(|cause| RecordedEnd {
                end: SuccessionEnd {
                    cause,
                    ..end.clone()
                },
                at,
                by: by.clone(),
            }),
        };
        let in_force = |cause| {
            [8, 9, 10, 11].map(|month| {
                let (first, last) = (date(2026, month, 1), date(2026, month, 28));
                recorded(cause).is_in_force_within(first, last)
            })
        };
        assert_eq!(in_force(None), [false, true, true, true]);
        let split = Some(SuccessionEndCause::Split);
        assert_eq!(in_force(split), [false, true, true, false]);
        assert_eq!(in_force(Some(SuccessionEndCause::Mistake)), [false; 4]);
    }
}
