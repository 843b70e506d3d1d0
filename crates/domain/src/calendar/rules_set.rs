//! Facts about rules in the coordinator's log: a jurisdiction's own deadline rules, and the State Council's holiday
//! notice for a year. Texts of tables are parsed here; the rules in force are [`super::RuleBook`].

use std::collections::BTreeMap;

use chengji_messages::msg;
use jiff::civil::Date;

use super::deadlines::RuleTable;
use super::{Calendar, Jurisdiction, Rule};
use crate::error::{Error, ErrorCode, Result};
use crate::tables::sheet::Mistakes;
use crate::tables::span::Span;
use crate::text::TextRule;

/// Maximum number of rows of a table, so that each fits into an entry of a log.
const MAX_ROWS: usize = 100;
/// The version of a table, and the number of a notice.
const NAME: TextRule = TextRule::line(1, 100);
/// The source of a table.
const SOURCE: TextRule = TextRule::line(0, 200);
/// The article of a row.
const ARTICLE: TextRule = TextRule::line(0, 100);

/// A fact about rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesFact {
    /// Deadline rules of a jurisdiction.
    Rules(RulesSet),
    /// The holiday notice for a year.
    Holidays(HolidayNotice),
}

/// Rules that a jurisdiction sets: of each rule that is named here, these rows take the place of all its earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesSet {
    /// The jurisdiction.
    pub jurisdiction: Jurisdiction,
    /// The version of the table, such as `hlj-2025.1`.
    pub version: String,
    /// The regulation.
    pub source: String,
    /// The rows, by rule and in order of time; those of a rule do not overlap.
    pub rows: Vec<RuleRow>,
}

/// A number of a rule for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// The rule.
    pub rule: Rule,
    /// Number of working days, or of months (see [`Rule::is_in_months`]); `None` if the number of the place above
    /// applies.
    pub number: Option<u32>,
    /// The days on which it is in force.
    pub span: Span,
    /// The article of the regulation; may be empty.
    pub article: String,
}

impl RulesSet {
    /// Parses a jurisdiction's own table, of the form documented in the first lines of `data/deadline-rules.csv`.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` with every mistake, named by `place` and its line.
    pub fn parse(place: &str, csv: &str) -> Result<Self> {
        let mut table = RuleTable::read(place, csv).map_err(|error| refused(&error))?;
        let wrong = &mut table.mistakes;
        check_size(table.head.rows, wrong);
        check_head("version", NAME, &table.head.version, wrong);
        check_head("source", SOURCE, &table.head.source, wrong);
        let mut rows = Vec::new();
        for (rule, of_rule) in table.rows {
            for (span, line, number) in of_rule {
                if let Some(fault) = ARTICLE.fault(&number.article) {
                    let column = "source";
                    wrong.at(
                        line,
                        msg::TableCellWrong {
                            column,
                            problem: fault,
                        },
                    );
                }
                rows.push(RuleRow {
                    rule,
                    number: number.number,
                    span,
                    article: number.article,
                });
            }
        }
        if rows.is_empty() && wrong.count() == 0 {
            wrong.lacks(msg::RulesTableEmpty);
        }
        let (head, jurisdiction) = (table.head, table.jurisdiction);
        let set = jurisdiction.map(|jurisdiction| Self {
            jurisdiction,
            version: head.version,
            source: head.source,
            rows,
        });
        let set = table
            .mistakes
            .unless_any(set)
            .map_err(|error| refused(&error))?;
        set.ok_or_else(|| Error::new(ErrorCode::InvalidArgument, msg::RulesTableEmpty))
    }

    /// Returns true if it has a row of this rule.
    pub fn names(&self, rule: Rule) -> bool {
        self.rows.iter().any(|row| row.rule == rule)
    }

    /// Returns the row of this rule that is in force on this day.
    pub fn row(&self, rule: Rule, on: Date) -> Option<&RuleRow> {
        let mut rows = self.rows.iter();
        rows.find(|row| row.rule == rule && row.span.contains(on))
    }
}

/// The State Council's notice on the holidays of a year: exceptions to the ordinary week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidayNotice {
    /// The year that the notice is for.
    pub year: i16,
    /// The number of the notice, such as `国办发明电〔2025〕7号`.
    pub number: String,
    /// The days that it sets, of its year and of the December before: true for a working day, false for a day off.
    pub days: BTreeMap<Date, bool>,
}

impl HolidayNotice {
    /// Parses a table of the form documented in the first lines of `data/working-days.csv`: one notice for each year.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` with every mistake, named by `place` and its line.
    pub fn parse(place: &str, csv: &str) -> Result<Vec<Self>> {
        let calendar = Calendar::parse(place, csv).map_err(|error| refused(&error))?;
        let notices = calendar.notices();
        let mut wrong = Mistakes::new(place);
        check_size(notices.len(), &mut wrong);
        for notice in &notices {
            check_size(notice.days.len(), &mut wrong);
            check_head("notice", NAME, &notice.number, &mut wrong);
        }
        if notices.is_empty() {
            wrong.lacks(msg::RulesTableEmpty);
        }
        wrong.unless_any(notices).map_err(|error| refused(&error))
    }
}

fn check_size(count: usize, wrong: &mut Mistakes) {
    if count > MAX_ROWS {
        let most = MAX_ROWS;
        wrong.lacks(msg::RulesRowsTooMany { count, most });
    }
}

fn check_head(column: &'static str, rule: TextRule, text: &str, wrong: &mut Mistakes) {
    if let Some(fault) = rule.fault(text) {
        wrong.lacks(msg::TableCellWrong {
            column,
            problem: fault,
        });
    }
}

/// A table in a call is its caller's; one in a program's settings would be its operator's.
fn refused(error: &Error) -> Error {
    let violations = error.violations().to_vec();
    let count = violations.len();
    let message = msg::RulesTableWrong { count };
    Error::new(ErrorCode::InvalidArgument, message).with_violations(violations)
}

#[cfg(test)]
#[path = "rules_set_tests.rs"]
mod tests;
