//! The facts about deadline rules and holiday notices: at the coordinator those of its own log, at a node those of its
//! copy. The rules in force are made of them.

use chengji_domain::Result;
use chengji_domain::calendar::{RecordedRules, RuleBook};
use chengji_records::StoredRules;
use chengji_runtime::CurrentRules;
use chengji_store::{KeyValue, Limit, Prefix, Table, Tx};

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
