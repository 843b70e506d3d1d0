//! Changes that an entry has to follow: a law, a decision or the duties of its department changed on some day, and
//! the department updates the entry within a number of working days, which the authority may extend once
//! (政务数据共享条例 article 17).

use chengji_messages::msg;
use jiff::civil::Date;

use crate::calendar::{CityRules, Deadline, Rule};
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;

/// A change that an entry has to follow, until a later revision is published or the entry is withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedChange {
    /// The day of the change.
    pub on: Date,
    /// The principal that noted it.
    pub noted_by: Principal,
    /// The last day for the update, with the extension if there is one.
    pub due: Deadline,
    /// The working days of the extension; 0 if there is none.
    pub extended_by: u32,
    /// The first revision whose publication is the update.
    pub settled_by: u32,
}

impl NotedChange {
    /// Notes a change of this day; `settled_by` is the first revision that can take it in.
    pub(super) fn new(rules: &CityRules, on: Date, noted_by: Principal, settled_by: u32) -> Self {
        let working_days = rules.days(Rule::CatalogueChange, on);
        Self {
            on,
            noted_by,
            due: rules.calendar().after(on, working_days),
            extended_by: 0,
            settled_by,
        }
    }

    /// Extends the deadline by working days, once; `today` is the local date.
    ///
    /// # Errors
    /// `OUT_OF_TURN` if it was extended before or is over, `INVALID_ARGUMENT` for more days than the rule in force
    /// allows, or none.
    pub fn extend(&self, rules: &CityRules, days: u32, today: Date) -> Result<Self> {
        if self.extended_by > 0 || self.due.date < today {
            let due = self.due.date;
            let message = msg::ChangeNotExtensible { due };
            return Err(Error::new(ErrorCode::OutOfTurn, message));
        }
        let most = rules.days(Rule::CatalogueExtensionAtMost, self.on);
        if !(1..=most).contains(&days) {
            let message = msg::ChangeExtensionOutOfRange { days, most };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let calendar = rules.calendar();
        let extended = calendar.after(self.due.date, days).date;
        Ok(Self {
            // Holiday notices recorded before today are counted already.
            due: calendar.counted_to(today, extended),
            extended_by: days,
            ..self.clone()
        })
    }
}
