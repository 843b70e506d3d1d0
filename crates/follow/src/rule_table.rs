//! The facts about deadline rules and holiday notices: at the coordinator those of its own log, at a node those of its
//! copy. The rules in force are made of them.

use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::calendar::{
    Jurisdiction, RecordedRules, Rule, RuleBook, end_of_day, local_date,
};
use chengji_paging::Pager;
use chengji_proto::convert::{rule_in_force_to, rules_fact_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::StoredRules;
use chengji_runtime::CurrentRules;
use chengji_store::{KeyValue, Limit, Prefix, Table, Tx};
use jiff::Timestamp;
use jiff::civil::Date;

/// The facts, by position in the coordinator's log.
pub static RULES: Table<u64, StoredRules> = Table::new(Prefix::Rules, &[]);

/// Stores a fact.
///
/// # Errors
///
/// Storage errors.
pub fn put(tx: &mut Tx<'_>, recorded: &RecordedRules) -> Result<()> {
    RULES.put(tx, &recorded.seq, recorded)
}

/// Makes the book of the stored facts.
///
/// # Errors
///
/// Storage errors.
pub fn book(kv: &dyn KeyValue) -> Result<RuleBook> {
    let mut book = RuleBook::built_in()?;
    RULES.all().each(kv, |_, recorded| {
        book.take(recorded);
        Ok(())
    })?;
    Ok(book)
}

/// Puts the stored facts in force.
///
/// # Errors
///
/// Storage errors.
pub fn current(kv: &dyn KeyValue) -> Result<CurrentRules> {
    book(kv).map(CurrentRules::new)
}

/// Returns a page of the facts, in the order of the log.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a cursor of another list; storage errors.
pub fn page(kv: &dyn KeyValue, asked: &v1::ListRulesRequest) -> Result<Page<v1::RulesFact>> {
    let pager = Pager::<u64>::of(asked)?;
    let rows = RULES.range(pager.bounds()).rows(kv, pager.at_once());
    pager.fill(rows, |_, recorded| Ok(Some(rules_fact_to(&recorded))))
}

/// Returns the rules of a place on a day, today unless one is given: of a past day by the facts up to its end.
pub fn shown(
    rules: &CurrentRules,
    (place, at): (Jurisdiction, Option<Date>),
    now: Timestamp,
) -> v1::RulesInForce {
    let today = local_date(now);
    let day = at.unwrap_or(today);
    let current = rules.book();
    let book = match day < today {
        true => Arc::new(current.as_of(end_of_day(day))),
        false => current,
    };
    let number = |rule: Rule| rule_in_force_to(rule, book.in_force(place, rule, day));
    let notice = book.calendar().notice(day.year()).unwrap_or_default();
    v1::RulesInForce {
        jurisdiction: place.to_string(),
        at: day.to_string(),
        rules: Rule::ALL.map(number).to_vec(),
        notice: notice.to_owned(),
    }
}

/// Deletes the facts of a log that is read anew; returns false while there are more.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>) -> Result<bool> {
    const PAGE: Limit = Limit {
        rows: 100,
        bytes: 256 * 1024,
    };
    let page = RULES.all().page(tx, PAGE)?;
    for (seq, _) in page.rows {
        RULES.delete(tx, &seq)?;
    }
    Ok(page.rest.is_none())
}
