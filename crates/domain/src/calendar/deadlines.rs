//! Deadlines of each step: the rules, and the built-in numbers of the whole country, on which the tables of
//! jurisdictions are laid ([`super::RuleBook`]).

use std::collections::BTreeMap;
use std::fmt;

use chengji_messages::{Message, Value, msg};
use jiff::civil::Date;

use super::jurisdiction::Jurisdiction;
use crate::error::Result;
use crate::tables::sheet::{Head, Mistakes, Row, Sheet};
use crate::tables::span::{Span, in_order};

/// The step that a deadline applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Answering a request for an unconditional resource.
    UnconditionalAnswer,
    /// Answering a request for a conditional resource.
    ConditionalAnswer,
    /// Maximum of a single extension of an answer; 0 if none is allowed. A correction is never extended.
    ExtensionAtMost,
    /// Delivering, counted from the grant.
    DeliveryAfterGrant,
    /// Answering a correction (校核).
    Correction,
    /// The coordinator's reminder before a deadline; 0 is the day itself.
    ReminderBefore,
    /// Reviewing a catalogue entry submitted by a department.
    CatalogueReview,
    /// Correcting a returned entry, and updating the catalogue after a change.
    CatalogueChange,
    /// Supplying the missing information of a request (补正).
    Supplement,
    /// Maximum time for mending a misuse (限期整改).
    MendingAtMost,
    /// Answering a consultation about ending or changing a share.
    Consultation,
    /// Following up a stop for a security incident with a suspension, a consultation or its end.
    IncidentFollowUp,
    /// 1 if the deadline of an answer pauses while information is missing, 0 if it goes on.
    PauseWhileIncomplete,
    /// Maximum of an extension of a catalogue update; 0 if none is allowed.
    CatalogueExtensionAtMost,
    /// Answering a demand for data that no catalogue holds (供需对接).
    DemandAnswer,
    /// Disposing of the data after the end of a share.
    DisposalAfterEnd,
    /// Continuing to supply an entry in use after its withdrawal was announced, in calendar months; 0 if not required.
    WithdrawalNotice,
    /// Recording the use of granted data, after the end of each period.
    UsageRecord,
    /// Obtaining the approval of the common superior authority that an entry requires.
    SuperiorApproval,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 19] = [
        Self::UnconditionalAnswer,
        Self::ConditionalAnswer,
        Self::ExtensionAtMost,
        Self::DeliveryAfterGrant,
        Self::Correction,
        Self::ReminderBefore,
        Self::CatalogueReview,
        Self::CatalogueChange,
        Self::Supplement,
        Self::MendingAtMost,
        Self::Consultation,
        Self::IncidentFollowUp,
        Self::PauseWhileIncomplete,
        Self::CatalogueExtensionAtMost,
        Self::DemandAnswer,
        Self::DisposalAfterEnd,
        Self::WithdrawalNotice,
        Self::UsageRecord,
        Self::SuperiorApproval,
    ];

    /// Returns its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnconditionalAnswer => "unconditional_answer",
            Self::ConditionalAnswer => "conditional_answer",
            Self::ExtensionAtMost => "extension_at_most",
            Self::DeliveryAfterGrant => "delivery_after_grant",
            Self::Correction => "correction",
            Self::ReminderBefore => "reminder_before",
            Self::CatalogueReview => "catalogue_review",
            Self::CatalogueChange => "catalogue_change",
            Self::Supplement => "supplement",
            Self::MendingAtMost => "mending_at_most",
            Self::Consultation => "consultation",
            Self::IncidentFollowUp => "incident_follow_up",
            Self::PauseWhileIncomplete => "pause_while_incomplete",
            Self::CatalogueExtensionAtMost => "catalogue_extension_at_most",
            Self::DemandAnswer => "demand_answer",
            Self::DisposalAfterEnd => "disposal_after_end",
            Self::WithdrawalNotice => "withdrawal_notice",
            Self::UsageRecord => "usage_record",
            Self::SuperiorApproval => "superior_approval",
        }
    }

    /// Returns the name for people.
    pub fn label(self) -> Message {
        match self {
            Self::UnconditionalAnswer => msg::RuleUnconditionalAnswer.into(),
            Self::ConditionalAnswer => msg::RuleConditionalAnswer.into(),
            Self::ExtensionAtMost => msg::RuleExtensionAtMost.into(),
            Self::DeliveryAfterGrant => msg::RuleDeliveryAfterGrant.into(),
            Self::Correction => msg::RuleCorrection.into(),
            Self::ReminderBefore => msg::RuleReminderBefore.into(),
            Self::CatalogueReview => msg::RuleCatalogueReview.into(),
            Self::CatalogueChange => msg::RuleCatalogueChange.into(),
            Self::Supplement => msg::RuleSupplement.into(),
            Self::MendingAtMost => msg::RuleMendingAtMost.into(),
            Self::Consultation => msg::RuleConsultation.into(),
            Self::IncidentFollowUp => msg::RuleIncidentFollowUp.into(),
            Self::PauseWhileIncomplete => msg::RulePauseWhileIncomplete.into(),
            Self::CatalogueExtensionAtMost => msg::RuleCatalogueExtensionAtMost.into(),
            Self::DemandAnswer => msg::RuleDemandAnswer.into(),
            Self::DisposalAfterEnd => msg::RuleDisposalAfterEnd.into(),
            Self::WithdrawalNotice => msg::RuleWithdrawalNotice.into(),
            Self::UsageRecord => msg::RuleUsageRecord.into(),
            Self::SuperiorApproval => msg::RuleSuperiorApproval.into(),
        }
    }

    /// Returns true if its number is in calendar months; those of all other rules are in working days.
    pub fn is_in_months(self) -> bool {
        matches!(self, Self::WithdrawalNotice)
    }

    /// Returns the minimum number.
    fn least(self) -> u32 {
        u32::from(!matches!(
            self,
            Self::ExtensionAtMost
                | Self::ReminderBefore
                | Self::PauseWhileIncomplete
                | Self::CatalogueExtensionAtMost
                | Self::WithdrawalNotice
        ))
    }

    /// Returns the maximum number; 1 for a rule that is only yes or no.
    fn most(self) -> u32 {
        match self {
            Self::PauseWhileIncomplete => 1,
            Self::WithdrawalNotice => MAX_MONTHS,
            _ => MAX_DAYS,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The built-in deadlines of the whole country: a number for each rule, on every day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeadlineRules {
    head: Head,
    /// In the order of [`Rule::ALL`].
    numbers: [Numbers; Rule::ALL.len()],
}

/// The numbers of a rule in order of time: exactly one for each day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Numbers {
    first: u32,
    /// Each applies from its day on.
    then: Vec<(Date, u32)>,
}

/// Maximum number of days in a table, about four years: more is taken for a typing mistake.
const MAX_DAYS: u32 = 1_000;
/// Maximum number of months in a table.
const MAX_MONTHS: u32 = 60;

const COLUMNS: [&str; 6] = [
    "jurisdiction",
    "rule",
    "working_days",
    "valid_from",
    "valid_until",
    "source",
];

impl DeadlineRules {
    /// Returns the built-in national rules.
    pub(super) fn built_in() -> Result<Self> {
        Self::parse(
            "deadline-rules.csv",
            include_str!("../../data/deadline-rules.csv"),
        )
    }

    /// Parses a table of the form documented in the first lines of `data/deadline-rules.csv`. The error lists
    /// every mistake with `place` and its line.
    fn parse(place: &str, csv: &str) -> Result<Self> {
        let mut table = RuleTable::read(place, csv)?;
        let wrong = &mut table.mistakes;
        let numbers = Rule::ALL.map(|rule| {
            let rows = table.rows.remove(&rule).unwrap_or_default();
            // A malformed row would be reported as a gap, too.
            if table.rows_are_right {
                check_every_day(rule, &rows, wrong);
            }
            let mut days = rows.iter().map(|(span, _, row)| {
                let from = span.from.unwrap_or(Date::MIN);
                (from, row.number.unwrap_or(0))
            });
            Numbers {
                first: days.next().map_or(0, |(_, days)| days),
                then: days.collect(),
            }
        });
        let head = table.head;
        table.mistakes.unless_any(Self { head, numbers })
    }

    /// Returns version and source of the table.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the number of a rule, as in force on this day.
    pub(super) fn days(&self, rule: Rule, on: Date) -> u32 {
        let Numbers { first, then } = &self.numbers[rule as usize];
        let current = then.iter().rev().find(|(from, _)| *from <= on);
        current.map_or(*first, |(_, days)| *days)
    }
}

/// A number of a table, without its rule and its validity.
pub(super) struct RuleNumber {
    /// `None` if the table says that the number of the place above applies.
    pub(super) number: Option<u32>,
    /// The article.
    pub(super) article: String,
}

/// The rows of a table by rule, with the mistakes found so far.
pub(super) struct RuleTable {
    pub(super) head: Head,
    pub(super) jurisdiction: Option<Jurisdiction>,
    pub(super) rows: BTreeMap<Rule, Vec<(Span, usize, RuleNumber)>>,
    pub(super) mistakes: Mistakes,
    rows_are_right: bool,
}

impl RuleTable {
    /// Reads a table.
    pub(super) fn read(place: &str, csv: &str) -> Result<Self> {
        let mut sheet = Sheet::read(place, csv, COLUMNS)?;
        let wrong = &mut sheet.mistakes;
        let jurisdiction = jurisdiction(&sheet.rows, wrong);
        let before = wrong.count();
        let rows = sheet
            .rows
            .iter()
            .filter_map(|row| number(row, wrong))
            .collect();
        let rows_are_right = wrong.count() == before;
        Ok(Self {
            head: sheet.head,
            jurisdiction,
            rows: in_order(rows, wrong),
            mistakes: sheet.mistakes,
            rows_are_right,
        })
    }
}

/// Returns the jurisdiction, which must be the same in all rows.
fn jurisdiction(rows: &[Row<6>], wrong: &mut Mistakes) -> Option<Jurisdiction> {
    let mut first: Option<(&str, usize)> = None;
    for row in rows {
        let name = row.cells[0].as_str();
        match first {
            _ if name.is_empty() => {
                wrong.at(row.line, msg::TableJurisdictionMissing);
            }
            None => first = Some((name, row.line)),
            Some((known, line)) if known != name => {
                let problem = msg::TableJurisdictionTwice {
                    first: known,
                    line,
                    second: name,
                };
                wrong.at(row.line, problem);
            }
            Some(_) => {}
        }
    }
    let (name, line) = first?;
    let parsed = name.parse::<Jurisdiction>();
    parsed.map_err(|error| wrong.at(line, error.message())).ok()
}

/// The cell of a row whose rule has no number in this table.
const NO_NUMBER: &str = "-";

/// The end of a cell with a number of months.
const MONTHS: char = 'm';

fn number(row: &Row<6>, wrong: &mut Mistakes) -> Option<(Rule, Span, usize, RuleNumber)> {
    let [_, name, days, from, until, article] = &row.cells;
    let span = Span::read(from, until, row.line, wrong);
    let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.name() == name) else {
        let known: Value = Rule::ALL.map(Rule::name).into_iter().collect();
        wrong.at(row.line, msg::TableRuleUnknown { known, rule: name });
        return None;
    };
    let (least, most) = (rule.least(), rule.most());
    let digits = match rule.is_in_months() {
        true => days.strip_suffix(MONTHS).unwrap_or(""),
        false => days.as_str(),
    };
    let number = digits
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number));
    let is_left_out = days == NO_NUMBER;
    if number.is_none() && !is_left_out {
        wrong.at(row.line, out_of_range(rule, days));
        return None;
    }
    let number = RuleNumber {
        number,
        article: article.clone(),
    };
    Some((rule, span?, row.line, number))
}

fn out_of_range(rule: Rule, number: &str) -> Message {
    let (least, most) = (rule.least(), rule.most());
    let name = rule.name();
    match rule.is_in_months() {
        true => msg::TableMonthsOutOfRange {
            least,
            months: number,
            most,
            rule: name,
        }
        .into(),
        false => msg::TableWorkingDaysOutOfRange {
            days: number,
            least,
            most,
            rule: name,
        }
        .into(),
    }
}

/// Checks that a rule has a number on every day: before its first row, after its last, and between two.
fn check_every_day(rule: Rule, rows: &[(Span, usize, RuleNumber)], wrong: &mut Mistakes) {
    let (Some((first, at, _)), Some((last, end, _))) = (rows.first(), rows.last()) else {
        wrong.lacks(msg::TableRuleMissing { rule: rule.name() });
        return;
    };
    if let Some(from) = first.from {
        let rule = rule.name();
        let problem = msg::TableRuleBeginsLate { from, rule };
        wrong.at(*at, problem);
    }
    if let Some(until) = last.until {
        let rule = rule.name();
        let problem = msg::TableRuleEndsEarly { rule, until };
        wrong.at(*end, problem);
    }
    for pair in rows.windows(2) {
        if let [(early, ..), (late, line, _)] = pair
            && let (Some(until), Some(from)) = (early.until, late.from)
            && until < from
            && until.tomorrow().is_ok_and(|next| next < from)
        {
            let rule = rule.name();
            wrong.at(*line, msg::TableRuleInterrupted { from, rule, until });
        }
    }
}

#[cfg(test)]
#[path = "deadlines_tests.rs"]
mod tests;
