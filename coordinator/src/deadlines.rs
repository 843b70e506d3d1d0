//! Deadlines of answers: the calendar and the deadline rules, together.

use std::sync::Arc;

use chengji_domain::calendar::{Deadline, Rule};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::tables::Tables;
use jiff::civil::Date;

/// The calendar and the rules in force.
#[derive(Clone, Debug)]
pub struct Deadlines(pub Arc<Tables>);

impl Deadlines {
    /// The last day to answer a request that is with the provider since `from`.
    pub fn answer_by(&self, class: ShareClass, from: Date) -> Deadline {
        let rule = match class {
            ShareClass::Unconditional => Rule::UnconditionalAnswer,
            // Class 3 is never routed; if it were, the longer term would be harmless.
            ShareClass::Conditional | ShareClass::NotShared => Rule::ConditionalAnswer,
        };
        let working_days = self.0.rules.days(rule, from);
        self.0.calendar.after(from, working_days)
    }

    /// The last day to which this deadline can be extended.
    pub fn extended_at_most(&self, deadline: Date) -> Date {
        let most = self.longest_extension(deadline);
        self.0.calendar.after(deadline, most).date
    }

    /// Maximum extension of this deadline, working days.
    pub fn longest_extension(&self, deadline: Date) -> u32 {
        self.0.rules.days(Rule::ExtensionAtMost, deadline)
    }

    /// Returns true if a reminder of this deadline is due on this day, before or on the deadline itself.
    pub fn is_near(&self, deadline: Date, today: Date) -> bool {
        let before = self.0.rules.days(Rule::ReminderBefore, today);
        self.0.calendar.working_days_between(today, deadline) <= before
    }

    /// The first day for which, as a deadline, no reminder is due on this day yet.
    pub fn near_before(&self, today: Date) -> Date {
        let before = self.0.rules.days(Rule::ReminderBefore, today);
        self.0.calendar.after(today, before.saturating_add(1)).date
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_term_follows_from_the_class() {
        let deadlines = Deadlines(Arc::new(Tables::built_in().unwrap()));
        // A Monday, without a holiday in the two weeks after it.
        let from = date(2026, 11, 23);
        assert_eq!(
            deadlines.answer_by(ShareClass::Unconditional, from),
            Deadline::certain(date(2026, 11, 24))
        );
        assert_eq!(
            deadlines.answer_by(ShareClass::Conditional, from),
            Deadline::certain(date(2026, 12, 7))
        );
        assert_eq!(
            deadlines.extended_at_most(date(2026, 12, 7)),
            date(2026, 12, 21)
        );
    }

    #[test]
    fn what_is_near_is_what_comes_before_the_first_day_that_is_not() {
        let deadlines = Deadlines(Arc::new(Tables::built_in().unwrap()));
        // Over weekends, the National Day holiday and working Saturdays.
        for today in date(2026, 9, 20).series(1.day()).take(60) {
            let end = deadlines.near_before(today);
            for deadline in date(2026, 9, 10).series(1.day()).take(90) {
                let is_near = deadlines.is_near(deadline, today);
                assert_eq!(is_near, deadline < end, "{deadline} on {today}");
            }
        }
    }
}
