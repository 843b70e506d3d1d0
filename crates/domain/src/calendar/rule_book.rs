//! The rules and the calendar in force: the facts of the coordinator's log, laid on the built-in tables.
//!
//! A book is a pure function of the facts that it was given: [`RuleBook::as_of`] returns the one of an earlier time.
//! Most specific first, the tables of the city, of its province and of the whole country are asked for a rule: of each,
//! the newest fact that names the rule, if it has a number for the day. The built-in table has one for every day.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::deadlines::DeadlineRules;
use super::{Calendar, Jurisdiction, Rule, RulesFact, RulesSet, local_date};
use crate::city::CityCode;
use crate::error::Result;
use crate::principal::Principal;
use crate::tables::span::Span;

/// Maximum number of months in a calculation: numbers from a log are not checked again when they are read.
const MAX_MONTHS: u32 = 1_200;

/// A fact about rules as it is recorded in the coordinator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRules {
    /// Its position in the coordinator's log.
    pub seq: u64,
    /// Its time.
    pub at: Timestamp,
    /// The principal that recorded it.
    pub by: Principal,
    /// The fact.
    pub fact: RulesFact,
}

/// All rules, with their history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleBook {
    national: DeadlineRules,
    built_in: Calendar,
    calendar: Arc<Calendar>,
    facts: BTreeMap<u64, RecordedRules>,
}

/// A number in force on a day, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInForce {
    /// Number of working days, or of months (see [`Rule::is_in_months`]).
    pub number: u32,
    /// The place whose table has it.
    pub jurisdiction: Jurisdiction,
    /// The version of that table.
    pub version: String,
    /// The regulation.
    pub source: String,
    /// The article; may be empty.
    pub article: String,
    /// The days on which the row applies.
    pub span: Span,
    /// Position of the fact in the coordinator's log; `None` for the built-in table.
    pub seq: Option<u64>,
}

impl RuleBook {
    /// Returns the book of the built-in tables alone.
    ///
    /// # Errors
    ///
    /// If a built-in table is wrong.
    pub fn built_in() -> Result<Self> {
        let built_in = Calendar::built_in()?;
        Ok(Self {
            national: DeadlineRules::built_in()?,
            calendar: Arc::new(built_in.clone()),
            built_in,
            facts: BTreeMap::new(),
        })
    }

    /// Adds a fact; one of the same position is replaced.
    pub fn take(&mut self, recorded: RecordedRules) {
        self.facts.insert(recorded.seq, recorded);
        self.lay_calendar();
    }

    /// Returns the book of the facts up to this time.
    #[must_use]
    pub fn as_of(&self, at: Timestamp) -> Self {
        let mut earlier = self.clone();
        earlier.facts.retain(|_, recorded| recorded.at <= at);
        earlier.lay_calendar();
        earlier
    }

    /// Makes the calendar of the built-in one and the newest notice for each year.
    fn lay_calendar(&mut self) {
        let mut newest = BTreeMap::new();
        let mut calendar = self.built_in.clone();
        for recorded in self.facts.values() {
            if let RulesFact::Holidays(notice) = &recorded.fact {
                newest.insert(notice.year, notice);
                if !self.built_in.has_notice(notice.year) {
                    let day = local_date(recorded.at);
                    calendar.recorded.entry(notice.year).or_insert(day);
                }
            }
        }
        newest.values().for_each(|notice| calendar.take(notice));
        self.calendar = Arc::new(calendar);
    }

    /// Returns the calendar.
    pub fn calendar(&self) -> &Arc<Calendar> {
        &self.calendar
    }

    /// Returns the versions of what is in force: of the built-in calendar, the numbers of the log's holiday notices by
    /// year, and the versions of the log's tables of rules that no later table of their place has replaced as a whole.
    pub fn versions(&self) -> Vec<&str> {
        let mut notices = BTreeMap::new();
        for recorded in self.facts.values() {
            if let RulesFact::Holidays(notice) = &recorded.fact {
                notices.insert(notice.year, notice.number.as_str());
            }
        }
        let sets: Vec<_> = self.sets().collect();
        let is_replaced = |seq: u64, set: &RulesSet, rule: Rule| {
            sets.iter().any(|(later, other)| {
                *later > seq && other.jurisdiction == set.jurisdiction && other.names(rule)
            })
        };
        let in_force = sets.iter().filter(|(seq, set)| {
            let mut rows = set.rows.iter();
            rows.any(|row| !is_replaced(*seq, set, row.rule))
        });
        let built_in = self.built_in.head().version.as_str();
        let tables = in_force.map(|(_, set)| set.version.as_str());
        std::iter::once(built_in)
            .chain(notices.into_values())
            .chain(tables)
            .collect()
    }

    /// Returns the number of a rule in a place on this day.
    pub fn in_force(&self, place: Jurisdiction, rule: Rule, on: Date) -> RuleInForce {
        let levels = Jurisdiction::LEVELS.into_iter();
        let mut own = levels.filter_map(|level| self.own(level, place, rule, on));
        own.next().unwrap_or_else(|| RuleInForce {
            number: self.national.days(rule, on),
            jurisdiction: Jurisdiction::National,
            version: self.national.head().version.clone(),
            source: self.national.head().source.clone(),
            article: String::new(),
            span: Span {
                from: None,
                until: None,
            },
            seq: None,
        })
    }

    /// The number by the newest fact of a level that names the rule.
    fn own(&self, level: u8, place: Jurisdiction, rule: Rule, on: Date) -> Option<RuleInForce> {
        let mut newest = self.sets().rev();
        let (seq, set) = newest.find(|(_, set)| {
            let of = set.jurisdiction;
            of.level() == level && of.covers(place) && set.names(rule)
        })?;
        let row = set.row(rule, on)?;
        Some(RuleInForce {
            number: row.number?,
            jurisdiction: set.jurisdiction,
            version: set.version.clone(),
            source: set.source.clone(),
            article: row.article.clone(),
            span: row.span,
            seq: Some(seq),
        })
    }

    fn sets(&self) -> impl DoubleEndedIterator<Item = (u64, &RulesSet)> {
        let facts = self.facts.values();
        facts.filter_map(|recorded| match &recorded.fact {
            RulesFact::Rules(set) => Some((recorded.seq, set)),
            RulesFact::Holidays(_) => None,
        })
    }

    /// Returns the number of a rule in a place on this day.
    pub fn days(&self, place: Jurisdiction, rule: Rule, on: Date) -> u32 {
        self.in_force(place, rule, on).number
    }

    /// Returns the greatest number of a rule on this day, of all places.
    pub fn greatest(&self, rule: Rule, on: Date) -> u32 {
        self.of_all_places(rule, on).max().unwrap_or_default()
    }

    /// Returns the least number of a rule on this day, of all places.
    pub fn least(&self, rule: Rule, on: Date) -> u32 {
        self.of_all_places(rule, on).min().unwrap_or_default()
    }

    fn of_all_places(&self, rule: Rule, on: Date) -> impl Iterator<Item = u32> {
        let mut places: BTreeSet<_> = self.sets().map(|(_, set)| set.jurisdiction).collect();
        places.insert(Jurisdiction::National);
        let numbers = places.into_iter();
        numbers.map(move |place| self.days(place, rule, on))
    }

    /// Returns true if the newest facts of its jurisdiction say of each rule what this table says.
    pub fn says(&self, set: &RulesSet) -> bool {
        let of = |set: &RulesSet, rule: Rule| {
            let rows = set.rows.iter().filter(|row| row.rule == rule);
            rows.cloned().collect::<Vec<_>>()
        };
        set.rows.iter().map(|row| row.rule).all(|rule| {
            let mut newest = self.sets().rev();
            let known = newest
                .find(|(_, known)| known.jurisdiction == set.jurisdiction && known.names(rule));
            known.is_some_and(|(_, known)| of(known, rule) == of(set, rule))
        })
    }

    /// Returns the rules of a city.
    pub fn of(self: &Arc<Self>, city: CityCode) -> CityRules {
        CityRules {
            book: Arc::clone(self),
            city,
        }
    }
}

/// The rules by which the acts of a city are counted, and the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityRules {
    book: Arc<RuleBook>,
    city: CityCode,
}

impl CityRules {
    /// Returns the number of working days of a rule, as in force on this day.
    pub fn days(&self, rule: Rule, on: Date) -> u32 {
        self.book.days(self.city.into(), rule, on)
    }

    /// Returns the first day on which the supply of an entry in use may end, if the end is announced on this day. The
    /// notice, in calendar months, begins on the day after the announcement, and ends on the corresponding day of its
    /// last month, or on the last day of that month (民法典, art. 201, 202). `None` if no notice is required.
    pub fn supply_ends_from(&self, announced: Date) -> Option<Date> {
        let months = self.days(Rule::WithdrawalNotice, announced);
        let last = announced.saturating_add(i64::from(months.min(MAX_MONTHS)).months());
        let first = last.tomorrow().unwrap_or(Date::MAX);
        (months > 0).then_some(first)
    }

    /// Returns true if a reminder of this deadline is due on this day, before or on the deadline itself.
    pub fn is_near(&self, deadline: Date, today: Date) -> bool {
        let before = self.days(Rule::ReminderBefore, today);
        self.calendar().working_days_between(today, deadline) <= before
    }

    /// Returns the calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.book.calendar
    }
}

#[cfg(test)]
#[path = "rule_book_tests.rs"]
mod tests;
