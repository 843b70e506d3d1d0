//! Deadline rules and holiday notices.

use std::collections::BTreeMap;

use chengji_domain::Error;
use chengji_domain::calendar::{
    HolidayNotice, Jurisdiction, RecordedRules, Rule, RuleInForce, RuleRow, RulesFact, RulesSet,
};
use chengji_domain::tables::Span;
use chengji_log::v1 as log;
use chengji_messages::msg;
use jiff::civil::Date;

use super::{date_from, invalid, newer, time_to};
use crate::service::Parse;
use crate::v1;
use crate::v1::body::Fact as Wire;

/// The place and the day whose rules a caller wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulesQuery {
    /// The place; `None` for the usual one of the program.
    pub jurisdiction: Option<Jurisdiction>,
    /// The day; `None` for today.
    pub at: Option<Date>,
}

/// A table that a caller wants set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesOrder<T> {
    /// The parsed table.
    pub table: T,
    /// True to record nothing.
    pub dry_run: bool,
}

/// Converts a fact about rules to the wire.
pub(super) fn rules_to(fact: &RulesFact) -> Wire {
    match fact {
        RulesFact::Rules(set) => Wire::DeadlineRulesSet(rules_set_to(set)),
        RulesFact::Holidays(notice) => Wire::HolidayNoticeSet(notice_to(notice)),
    }
}

/// Converts a fact with deadline rules from the wire.
pub(super) fn set_from(wire: log::DeadlineRulesSet) -> Result<RulesFact, Error> {
    rules_set_from(wire).map(RulesFact::Rules)
}

/// Converts a fact with a holiday notice from the wire.
pub(super) fn holidays_from(wire: log::HolidayNoticeSet) -> Result<RulesFact, Error> {
    notice_from(wire).map(RulesFact::Holidays)
}

/// Converts deadline rules to the wire.
pub fn rules_set_to(set: &RulesSet) -> log::DeadlineRulesSet {
    let row = |row: &RuleRow| log::DeadlineRule {
        rule: row.rule.name().to_owned(),
        working_days: row.number.filter(|_| !row.rule.is_in_months()),
        months: row.number.filter(|_| row.rule.is_in_months()),
        valid_from: day_to(row.span.from),
        valid_until: day_to(row.span.until),
        article: row.article.clone(),
    };
    log::DeadlineRulesSet {
        jurisdiction: set.jurisdiction.to_string(),
        version: set.version.clone(),
        source: set.source.clone(),
        rules: set.rows.iter().map(row).collect(),
    }
}

/// Converts deadline rules from the wire.
///
/// # Errors
///
/// `UPGRADE_NEEDED` for a rule that is not known here.
pub fn rules_set_from(wire: log::DeadlineRulesSet) -> Result<RulesSet, Error> {
    let row = |row: log::DeadlineRule| {
        let mut rules = Rule::ALL.into_iter();
        let rule = rules.find(|rule| rule.name() == row.rule);
        let rule = rule.ok_or_else(|| newer("rule"))?;
        Ok(RuleRow {
            rule,
            number: match rule.is_in_months() {
                true => row.months.or(row.working_days.map(months_of)),
                false => row.working_days,
            },
            span: Span {
                from: day_from(&row.valid_from, "valid_from")?,
                until: day_from(&row.valid_until, "valid_until")?,
            },
            article: row.article,
        })
    };
    Ok(RulesSet {
        jurisdiction: wire.jurisdiction.parse()?,
        version: wire.version,
        source: wire.source,
        rows: wire
            .rules
            .into_iter()
            .map(row)
            .collect::<Result<_, Error>>()?,
    })
}

/// The months that a table of an earlier version states in working days, by the usual number: 125 in half a year.
fn months_of(working_days: u32) -> u32 {
    let months = (u64::from(working_days) * 12).div_ceil(250);
    u32::try_from(months).unwrap_or(u32::MAX)
}

/// Converts a holiday notice to the wire.
pub fn notice_to(notice: &HolidayNotice) -> log::HolidayNoticeSet {
    let day = |(date, works): (&Date, &bool)| log::NoticeDay {
        date: date.to_string(),
        works: *works,
    };
    log::HolidayNoticeSet {
        year: notice.year.into(),
        number: notice.number.clone(),
        days: notice.days.iter().map(day).collect(),
    }
}

/// Converts a holiday notice from the wire.
pub fn notice_from(wire: log::HolidayNoticeSet) -> Result<HolidayNotice, Error> {
    let day = |day: log::NoticeDay| Ok((date_from(&day.date, "date")?, day.works));
    let year = i16::try_from(wire.year).ok().filter(|year| *year > 0);
    Ok(HolidayNotice {
        year: year.ok_or_else(|| invalid("year", msg::WireNumberOutOfRange))?,
        number: wire.number,
        days: wire
            .days
            .into_iter()
            .map(day)
            .collect::<Result<BTreeMap<_, _>, Error>>()?,
    })
}

/// Converts a fact to an item of a list.
pub fn rules_fact_to(recorded: &RecordedRules) -> v1::RulesFact {
    let listed = v1::RulesFact {
        seq: recorded.seq,
        at: Some(time_to(recorded.at)),
        by: recorded.by.to_string(),
        ..v1::RulesFact::default()
    };
    match &recorded.fact {
        RulesFact::Rules(set) => v1::RulesFact {
            jurisdiction: set.jurisdiction.to_string(),
            version: set.version.clone(),
            source: set.source.clone(),
            rows: rows_to(set.rows.len()),
            ..listed
        },
        RulesFact::Holidays(notice) => v1::RulesFact {
            year: notice.year.into(),
            version: notice.number.clone(),
            rows: rows_to(notice.days.len()),
            ..listed
        },
    }
}

fn rows_to(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Converts the number of a rule in force to the wire.
pub fn rule_in_force_to(rule: Rule, number: RuleInForce) -> v1::RuleInForce {
    v1::RuleInForce {
        rule: rule.name().to_owned(),
        working_days: match rule.is_in_months() {
            true => 0,
            false => number.number,
        },
        months: rule.is_in_months().then_some(number.number),
        jurisdiction: number.jurisdiction.to_string(),
        version: number.version,
        source: number.source,
        article: number.article,
        valid_from: day_to(number.span.from),
        valid_until: day_to(number.span.until),
        seq: number.seq,
    }
}

/// Converts a day that may be open to the wire; empty if it is.
pub fn day_to(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Converts a day that may be open from the wire.
pub(super) fn day_from(text: &str, field: &str) -> Result<Option<Date>, Error> {
    match text {
        "" => Ok(None),
        day => date_from(day, field).map(Some),
    }
}

impl Parse for v1::ShowRulesRequest {
    type Parsed = RulesQuery;

    fn parse(self) -> Result<RulesQuery, Error> {
        let jurisdiction = match self.jurisdiction.as_str() {
            "" => None,
            place => Some(place.parse()?),
        };
        let at = day_from(&self.at, "at")?;
        Ok(RulesQuery { jurisdiction, at })
    }
}

impl Parse for v1::SetRulesRequest {
    type Parsed = RulesOrder<RulesSet>;

    fn parse(self) -> Result<RulesOrder<RulesSet>, Error> {
        let table = RulesSet::parse(&self.file, &self.table)?;
        let dry_run = self.dry_run;
        Ok(RulesOrder { table, dry_run })
    }
}

impl Parse for v1::SetHolidaysRequest {
    type Parsed = RulesOrder<Vec<HolidayNotice>>;

    fn parse(self) -> Result<RulesOrder<Vec<HolidayNotice>>, Error> {
        let table = HolidayNotice::parse(&self.file, &self.table)?;
        let dry_run = self.dry_run;
        Ok(RulesOrder { table, dry_run })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_rule_of_a_later_version_waits_for_an_upgrade() {
        let wire = log::DeadlineRulesSet {
            jurisdiction: "230000".to_owned(),
            rules: vec![log::DeadlineRule {
                rule: "appeal".to_owned(),
                ..log::DeadlineRule::default()
            }],
            ..log::DeadlineRulesSet::default()
        };
        let error = rules_set_from(wire).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }

    #[test]
    fn a_year_out_of_range_is_no_notice() {
        for year in [0, -1, 40_000] {
            let wire = log::HolidayNoticeSet {
                year,
                ..log::HolidayNoticeSet::default()
            };
            assert!(notice_from(wire).is_err(), "{year}");
        }
    }
}
