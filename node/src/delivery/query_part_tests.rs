//! Grants that permit queries, and grants that permit fetches only.

use std::collections::BTreeSet;

use super::*;
use crate::queries::samples::{number, part};

fn refused(limits: &Limits, part: &TableScope) -> Option<ErrorCode> {
    let checked = check_permits_queries(number(7), limits, part);
    checked.err().map(|error| error.code())
}

#[test]
fn a_grant_that_is_used_by_fetches_permits_no_queries() {
    let whole = part(&["number"]);
    assert_eq!(refused(&Limits::default(), &whole), None);
    let of_users = Limits {
        users: Some(BTreeSet::new()),
        ..Limits::default()
    };
    let for_days = Limits {
        period_days: Some(30),
        ..Limits::default()
    };
    for limits in [of_users, for_days] {
        assert_eq!(refused(&limits, &whole), Some(ErrorCode::NoGrant));
    }
    let growing = TableScope {
        increment: Some("number".to_owned()),
        ..whole
    };
    let found = refused(&Limits::default(), &growing);
    assert_eq!(found, Some(ErrorCode::NoGrant));
}
