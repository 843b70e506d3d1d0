//! Views of deadline rules and holiday notices.

use chengji_domain::calendar::Rule;
use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;

use super::moves::due_act;
use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// The name of a rule for people; its own for one of a later version.
fn rule(name: &str) -> Cell {
    match rule_label(name) {
        Some(label) => Cell::label(name, label),
        None => name.into(),
    }
}

fn rule_label(name: &str) -> Option<Message> {
    let mut rules = Rule::ALL.into_iter();
    let rule = rules.find(|rule| rule.name() == name);
    rule.map(Rule::label)
}

/// A fact about rules, for the view of a log.
pub(super) fn fact(fact: &v1::body::Fact) -> Message {
    use v1::body::Fact;
    match fact {
        Fact::DeadlineRulesSet(f) => {
            let rules = f.rules.iter().map(|row| {
                let label = rule_label(&row.rule);
                label.map_or_else(|| Value::from(&row.rule), Value::from)
            });
            let rules: Value = rules.collect();
            msg::FactRulesSet {
                jurisdiction: &f.jurisdiction,
                rules,
                version: &f.version,
            }
            .into()
        }
        Fact::HolidayNoticeSet(f) => msg::FactHolidaysSet {
            number: &f.number,
            year: f.year.to_string(),
        }
        .into(),
        _ => msg::Text { text: "" }.into(),
    }
}

/// The facts about rules, one a line.
pub fn rules_list(list: &v1::ListRulesResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("seq", msg::ColumnSeq),
        Column::left("at", msg::ColumnAt),
        Column::left("jurisdiction", msg::ColumnJurisdiction),
        Column::left("version", msg::ColumnVersion),
        Column::right("rows", msg::ColumnRowsRows),
        Column::left("source", msg::ColumnSource),
        Column::left("by", msg::ColumnByPrincipal),
    ]);
    for fact in &list.facts {
        let of = match fact.year {
            0 => Cell::from(&fact.jurisdiction),
            year => {
                let year = year.to_string();
                Cell::label(year.clone(), msg::RulesKindHolidays { year })
            }
        };
        table.row(row![
            fact.seq,
            fact.at.as_ref().map(cells::time),
            of,
            &fact.version,
            fact.rows,
            &fact.source,
            &fact.by,
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The rules in force in a place, one a line.
pub fn rules_in_force(shown: &v1::RulesInForce) -> Table {
    let mut table = Table::new(&[
        Column::left("rule", msg::ColumnRule),
        Column::right("working_days", msg::ColumnWorkingDays),
        Column::right("months", msg::ColumnMonths),
        Column::left("jurisdiction", msg::ColumnJurisdiction),
        Column::left("version", msg::ColumnVersion),
        Column::right("seq", msg::ColumnSeq),
        Column::left("article", msg::ColumnArticle),
        Column::left("valid_from", msg::ColumnValidFrom),
        Column::left("valid_until", msg::ColumnValidUntil),
    ]);
    for number in &shown.rules {
        let seq = match number.seq {
            Some(seq) => Cell::from(seq),
            None => Cell::label("", msg::RulesBuiltIn),
        };
        let days = number.months.is_none().then_some(number.working_days);
        table.row(row![
            rule(&number.rule),
            days,
            number.months,
            &number.jurisdiction,
            &number.version,
            seq,
            &number.article,
            &number.valid_from,
            &number.valid_until,
        ]);
    }
    let notice = match shown.notice.as_str() {
        "" => Value::from(Message::from(msg::RulesNoticeMissing)),
        number => Value::from(number),
    };
    table.note(msg::RulesShown {
        jurisdiction: &shown.jurisdiction,
        notice,
        on: &shown.at,
    });
    table
}

/// The changes that a table of rules makes, a line for each of its rows.
pub fn rules_set(set: &v1::SetRulesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("rule", msg::ColumnRule),
        Column::right("before", msg::ColumnBefore),
        Column::right("after", msg::ColumnAfter),
        Column::left("article", msg::ColumnArticle),
        Column::left("valid_from", msg::ColumnValidFrom),
        Column::left("valid_until", msg::ColumnValidUntil),
    ]);
    for change in &set.changes {
        table.row(row![
            rule(&change.rule),
            change.before,
            change.after,
            &change.article,
            &change.valid_from,
            &change.valid_until,
        ]);
    }
    if set.seq.is_none() {
        table.note(msg::RulesDryRun);
    }
    table.note(msg::RulesCountedStay);
    table
}

/// The deadlines that notices move, one a line.
pub fn holidays_set(set: &v1::SetHolidaysResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("request", msg::ColumnRequest),
        Column::left("act", msg::ColumnAct),
        Column::left("before", msg::ColumnBefore),
        Column::left("after", msg::ColumnAfter),
    ]);
    for moved in &set.moved {
        table.row(row![
            &moved.request,
            Cell::label(moved.act().as_str_name(), due_act(moved.act)),
            &moved.before,
            &moved.after,
        ]);
    }
    let years: Value = set.years.iter().map(ToString::to_string).collect();
    table.note(msg::RulesOfYears { years });
    table.note(msg::RulesMoved {
        count: set.moved_count,
        shown: set.moved.len(),
    });
    if !set.recorded {
        table.note(msg::RulesDryRun);
    }
    table
}
