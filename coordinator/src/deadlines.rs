//! Deadlines of the acts of requests: the calendar and the deadline rules, together.
//!
//! Every count is made by the rules of the acting city that are in force when it is made; deadlines counted earlier
//! stay as they are.

use std::sync::Arc;

use chengji_domain::CityCode;
use chengji_domain::calendar::{Calendar, CityRules, Deadline, Rule};
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::terms::GrantTerms;
use chengji_runtime::CurrentRules;
use jiff::SignedDuration;
use jiff::civil::Date;

/// The calendar and the rules in force.
#[derive(Clone, Debug)]
pub struct Deadlines(pub CurrentRules);

impl Deadlines {
    /// The last day for an act of this city that is due by this rule, counted from this day.
    pub fn due(&self, city: CityCode, rule: Rule, from: Date) -> Deadline {
        let rules = self.rules(city);
        rules.calendar().after(from, rules.days(rule, from))
    }

    /// The last day for this consumer to dispose of the data after a share under these terms ended on this day: the days
    /// after the end that the terms name, or those of the rule.
    pub fn disposal(
        &self,
        consumer: CityCode,
        terms: Option<&GrantTerms>,
        ended: Date,
    ) -> Deadline {
        let named = terms.and_then(|terms| terms.duties.destroy_within_days);
        let last = named.and_then(|days| {
            let days = SignedDuration::from_hours(24 * i64::from(days));
            ended.checked_add(days).ok()
        });
        match last {
            Some(last) => Deadline::certain(last),
            None => self.due(consumer, Rule::DisposalAfterEnd, ended),
        }
    }

    /// The last day for this provider to answer a request that it has since `from`.
    pub fn answer_by(&self, provider: CityCode, class: ShareClass, from: Date) -> Deadline {
        let rule = match class {
            ShareClass::Unconditional => Rule::UnconditionalAnswer,
            // Class 3 is never routed; if it were, the longer term would be harmless.
            ShareClass::Conditional | ShareClass::NotShared => Rule::ConditionalAnswer,
        };
        self.due(provider, rule, from)
    }

    /// The last day to answer after a pause between these days; `None` where the provider's rules know no pause, and
    /// where it lasted no working day. A holiday notice recorded meanwhile is counted already.
    pub fn after_pause(
        &self,
        provider: CityCode,
        deadline: Deadline,
        (asked, supplied): (Date, Date),
    ) -> Option<Deadline> {
        if self.rules(provider).days(Rule::PauseWhileIncomplete, asked) == 0 {
            return None;
        }
        let calendar = self.calendar();
        let paused = calendar.working_days_between(asked, supplied);
        let last = calendar.recounted(asked, deadline).date;
        let later = calendar.after(last, paused).date;
        (paused > 0).then(|| calendar.counted_to(supplied.min(later), later))
    }

    /// The last day to which this deadline of the provider can be extended.
    pub fn extended_at_most(&self, provider: CityCode, deadline: Date) -> Date {
        let most = self.longest_extension(provider, deadline);
        self.calendar().after(deadline, most).date
    }

    /// Maximum extension of this deadline of the provider, working days.
    pub fn longest_extension(&self, provider: CityCode, deadline: Date) -> u32 {
        self.rules(provider).days(Rule::ExtensionAtMost, deadline)
    }

    /// Returns true if a reminder of this deadline of the city is due on this day, before or on the deadline itself.
    pub fn is_near(&self, city: CityCode, deadline: Date, today: Date) -> bool {
        self.rules(city).is_near(deadline, today)
    }

    /// The first day for which, as a deadline of any city, no reminder is due on this day yet.
    pub fn near_before(&self, today: Date) -> Date {
        let book = self.0.book();
        let before = book.greatest(Rule::ReminderBefore, today);
        let calendar = book.calendar();
        calendar.after(today, before.saturating_add(1)).date
    }

    /// The first day before which, as a deadline of every city, a reminder is due on this day.
    pub fn near_for_all_before(&self, today: Date) -> Date {
        let book = self.0.book();
        let before = book.least(Rule::ReminderBefore, today);
        let calendar = book.calendar();
        calendar.after(today, before.saturating_add(1)).date
    }

    /// The calendar in force.
    pub fn calendar(&self) -> Arc<Calendar> {
        Arc::clone(self.0.book().calendar())
    }

    /// The rules of this city in force.
    pub fn rules(&self, city: CityCode) -> CityRules {
        self.0.of(city)
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::local_date;
    use jiff::civil::date;
    use jiff::{Timestamp, ToSpan};

    use super::*;

    const CITY: &str = "430200";

    fn deadlines() -> (Deadlines, CityCode) {
        let rules = CurrentRules::built_in().unwrap();
        (Deadlines(rules), CITY.parse().unwrap())
    }

    #[test]
    fn the_term_follows_from_the_class() {
        let (deadlines, city) = deadlines();
        // A Monday, without a holiday in the two weeks after it.
        let from = date(2026, 11, 23);
        assert_eq!(
            deadlines.answer_by(city, ShareClass::Unconditional, from),
            Deadline::certain(date(2026, 11, 24))
        );
        assert_eq!(
            deadlines.answer_by(city, ShareClass::Conditional, from),
            Deadline::certain(date(2026, 12, 7))
        );
        assert_eq!(
            deadlines.extended_at_most(city, date(2026, 12, 7)),
            date(2026, 12, 21)
        );
        assert_eq!(
            deadlines.due(city, Rule::DeliveryAfterGrant, from),
            Deadline::certain(date(2026, 12, 21))
        );
    }

    #[test]
    fn a_pause_moves_the_deadline_by_its_working_days() {
        let (deadlines, city) = deadlines();
        let old = Deadline::certain(date(2026, 12, 7));
        // Over a weekend: Thursday to Tuesday are three working days.
        let pause = (date(2026, 11, 26), date(2026, 12, 1));
        let moved = Deadline::certain(date(2026, 12, 10));
        assert_eq!(deadlines.after_pause(city, old, pause), Some(moved));
        let none = (date(2026, 11, 28), date(2026, 11, 29));
        assert_eq!(deadlines.after_pause(city, old, none), None);
    }

    /// 14 February 2026 is a working Saturday; nine days off follow.
    #[test]
    fn the_last_minute_before_spring_festival_counts_from_its_day() {
        let (deadlines, city) = deadlines();
        let answer_by = |moment: &str| {
            let moment: Timestamp = moment.parse().unwrap();
            deadlines.answer_by(city, ShareClass::Conditional, local_date(moment))
        };
        // 24 to 28 February, the last a working Saturday, and 2 to 6 March.
        let due = Deadline::certain(date(2026, 3, 6));
        assert_eq!(answer_by("2026-02-14T23:59:59+08:00"), due);
        assert_eq!(answer_by("2026-02-15T00:00:00+08:00"), due);
        assert!(deadlines.is_near(city, due.date, date(2026, 3, 4)));
        assert!(!deadlines.is_near(city, due.date, date(2026, 3, 3)));
    }

    #[test]
    fn a_year_without_a_notice_makes_a_deadline_provisional() {
        let (deadlines, city) = deadlines();
        let due = deadlines.due(city, Rule::Consultation, date(2026, 12, 31));
        let expected = Deadline {
            date: date(2027, 1, 15),
            provisional: true,
        };
        assert_eq!(due, expected);
    }

    #[test]
    fn what_is_near_is_what_comes_before_the_first_day_that_is_not() {
        let (deadlines, city) = deadlines();
        // Over weekends, the National Day holiday and working Saturdays.
        for today in date(2026, 9, 20).series(1.day()).take(60) {
            let end = deadlines.near_before(today);
            for deadline in date(2026, 9, 10).series(1.day()).take(90) {
                let is_near = deadlines.is_near(city, deadline, today);
                assert_eq!(is_near, deadline < end, "{deadline} on {today}");
            }
        }
    }
}
