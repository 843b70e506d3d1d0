//! Until when something has to be answered: the calendar and the deadline rules, together.

use chengji_domain::Result;
use chengji_domain::calendar::{Calendar, DeadlineRules};
use chengji_domain::catalogue::ShareClass;
use jiff::civil::Date;

/// The calendar and the rules in force.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which days are working days.
    pub calendar: Calendar,
    /// How many of them there are for what.
    pub rules: DeadlineRules,
}

impl Terms {
    /// The tables shipped with the program.
    pub fn built_in() -> Result<Self> {
        Ok(Self {
            calendar: Calendar::built_in()?,
            rules: DeadlineRules::built_in()?,
        })
    }

    /// The last day to answer a request that is with the provider since `from`.
    pub fn answer_by(&self, class: ShareClass, from: Date) -> Date {
        let working_days = match class {
            ShareClass::Unconditional => self.rules.unconditional_answer,
            // Class 3 is never routed; were it, the longer term would do no harm.
            ShareClass::Conditional | ShareClass::NotShared => self.rules.conditional_answer,
        };
        self.calendar.after(from, working_days).date
    }

    /// The last day to which this deadline can be extended.
    pub fn extended_at_most(&self, deadline: Date) -> Date {
        self.calendar
            .after(deadline, self.rules.extension_at_most)
            .date
    }

    /// Whether a reminder of this deadline is due on this day, before or on the deadline itself.
    pub fn is_near(&self, deadline: Date, today: Date) -> bool {
        self.calendar.working_days_between(today, deadline) <= self.rules.reminder_before
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_term_follows_from_the_class() {
        let terms = Terms::built_in().unwrap();
        // A Monday; no holiday in the two weeks after it.
        let from = date(2026, 11, 23);
        assert_eq!(
            terms.answer_by(ShareClass::Unconditional, from),
            date(2026, 11, 24)
        );
        assert_eq!(
            terms.answer_by(ShareClass::Conditional, from),
            date(2026, 12, 7)
        );
        assert_eq!(
            terms.extended_at_most(date(2026, 12, 7)),
            date(2026, 12, 21)
        );
    }
}
