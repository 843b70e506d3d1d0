//! The session, and what is reported of it to clients.

use chengji_query::language::{
    DATETIME_FUNCTIONS, KEYWORDS, NUMERIC_FUNCTIONS, STRING_FUNCTIONS, SYSTEM_FUNCTIONS,
};
use datafusion::common::DFSchema;
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;

use super::*;

#[test]
fn the_announced_functions_and_words_are_those_of_the_engine() {
    let state = session(64 << 20, &Arc::default()).unwrap().state();
    let announced = [
        NUMERIC_FUNCTIONS,
        STRING_FUNCTIONS,
        DATETIME_FUNCTIONS,
        SYSTEM_FUNCTIONS,
    ];
    // The one that is called by words of its own is none of the others.
    let extracted = "extract(YEAR FROM DATE '2026-11-27')";
    state
        .create_logical_expr(extracted, &DFSchema::empty())
        .unwrap();
    for name in announced.concat() {
        let is_known = state.scalar_functions().contains_key(name);
        assert!(is_known || name == "extract", "{name}");
    }
    for word in KEYWORDS {
        assert!(ALL_KEYWORDS.contains(word), "{word}");
    }
}

#[test]
fn nulls_are_sorted_as_announced() {
    let state = session(64 << 20, &Arc::default()).unwrap().state();
    let order = &state.config().options().sql_parser.default_null_ordering;
    assert_eq!(order, "nulls_max", "higher than all values");
}
