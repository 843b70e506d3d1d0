use chengji_domain::request::terms::{DateUnit, Mask};
use proptest::prelude::*;

use super::*;
use crate::strategies::{schema, scope};
use crate::words;

fn granted(columns: &[(&str, Option<Mask>)]) -> TableScope {
    let columns = columns.iter();
    let columns = columns.map(|(name, mask)| ((*name).to_owned(), mask.clone()));
    TableScope {
        schema: schema().fingerprint(),
        columns: columns.collect(),
        condition: None,
        row_limit: None,
        increment: None,
    }
}

fn code(scope: &TableScope, schema: &TableSchema) -> Result<(), (ErrorCode, String)> {
    let checked = check(scope, schema);
    checked.map_err(|error| (error.code(), error.message().code().to_owned()))
}

#[test]
fn a_scope_ends_with_the_schema_that_it_was_made_for() {
    let scope = granted(&[("id", None), ("area", None)]);
    assert_eq!(code(&scope, &schema()), Ok(()));
    let mut added = schema();
    let mut column = added.columns[0].clone();
    column.name = "new".to_owned();
    added.columns.push(column);
    let changed = |code: &str| Err((ErrorCode::SourceChanged, code.to_owned()));
    assert_eq!(code(&scope, &added), changed("scope-schema-changed"));
    let mut dropped = schema();
    dropped.columns.retain(|column| column.name != "area");
    assert_eq!(code(&scope, &dropped), changed("scope-columns-gone"));
}

#[test]
fn a_scope_that_cannot_be_enforced_is_refused() {
    let year = Some(Mask::CutDate(DateUnit::Year));
    let increments = |column: &str, mask| TableScope {
        increment: Some(column.to_owned()),
        ..granted(&[(column, mask)])
    };
    for (scope, expected) in [
        (granted(&[]), "scope-without-columns"),
        (granted(&[("none", None)]), "scope-column-unknown"),
        (granted(&[("area", year.clone())]), "scope-mask-unfit"),
        (granted(&[("area", Some(Mask::Hash))]), "scope-mask-unfit"),
        (increments("date", year), "scope-increment-unfit"),
        (increments("area", None), "scope-increment-unfit"),
    ] {
        let refused = Err((ErrorCode::InvalidArgument, expected.to_owned()));
        assert_eq!(code(&scope, &schema()), refused, "{scope:?}");
    }
    assert_eq!(code(&increments("changed", None), &schema()), Ok(()));
}

#[test]
fn a_scope_is_in_words() {
    let mut scope = granted(&[("id", None), ("area", Some(Mask::Remove))]);
    scope.row_limit = Some(5);
    let codes: Vec<String> = words(&scope)
        .iter()
        .map(|line| line.code().to_owned())
        .collect();
    assert_eq!(
        codes,
        ["scope-columns", "scope-all-rows", "scope-row-limit"]
    );
}

proptest! {
    #[test]
    fn scopes_of_the_table_are_checked_and_have_words(scope in scope()) {
        prop_assume!(scope.condition.as_ref().is_none_or(|one| one.check_size().is_ok()));
        prop_assert_eq!(check(&scope, &schema()), Ok(()));
        prop_assert!(words(&scope).len() >= 2);
    }
}
