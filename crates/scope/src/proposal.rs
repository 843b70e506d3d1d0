//! A scope as people propose it, in texts.

use std::collections::BTreeMap;

use chengji_domain::Result;
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Mask, TableScope};
use chengji_domain::table::TableSchema;
use chengji_messages::msg;

use crate::check::check;
use crate::column::{invalid, named};
use crate::condition::condition_of;
use crate::mask::mask_of;

/// A scope as people propose it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The columns; all of the table if empty.
    pub columns: Vec<String>,
    /// The condition of rows, as SQL text; `None` for all rows.
    pub condition: Option<String>,
    /// Columns with the texts of their masks.
    pub masks: Vec<(String, String)>,
    /// Maximum number of rows of one read.
    pub row_limit: Option<u64>,
}

impl Proposal {
    /// Makes the scope of a table with this schema.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` with the column or the place in the condition; `LIMIT_EXCEEDED`.
    pub fn scope(&self, schema: &TableSchema) -> Result<TableScope> {
        let condition = self.condition.as_deref();
        let condition = condition.map(|sql| condition_of(sql, schema)).transpose()?;
        let scope = TableScope {
            schema: schema.fingerprint(),
            columns: self.masked_columns(schema)?,
            condition,
            row_limit: self.row_limit,
            increment: None,
        };
        check(&scope, schema)?;
        Ok(scope)
    }

    fn masked_columns(&self, schema: &TableSchema) -> Result<BTreeMap<String, Option<Mask>>> {
        let mut columns: BTreeMap<String, Option<Mask>> = match self.columns.is_empty() {
            true => {
                let all = schema.columns.iter();
                all.map(|column| (column.name.clone(), None)).collect()
            }
            false => {
                let chosen = self.columns.iter();
                chosen.map(|name| (name.clone(), None)).collect()
            }
        };
        for (name, text) in &self.masks {
            named(schema, name)?;
            let mask = mask_of(text)?;
            let column = Quoted(name);
            match columns.get_mut(name) {
                None => return Err(invalid(msg::ScopeMaskWithoutColumn { column })),
                Some(Some(_)) => return Err(invalid(msg::ScopeMaskTwice { column })),
                Some(unmasked) => *unmasked = Some(mask),
            }
        }
        Ok(columns)
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;
    use crate::strategies::schema;

    fn proposal(columns: &[&str], masks: &[(&str, &str)]) -> Proposal {
        let masks = masks.iter();
        let masks = masks.map(|(column, mask)| ((*column).to_owned(), (*mask).to_owned()));
        Proposal {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            condition: Some("floors > 10".to_owned()),
            masks: masks.collect(),
            row_limit: Some(5),
        }
    }

    #[test]
    fn a_scope_is_made_of_texts() {
        let scope = proposal(&["id", "名称"], &[("名称", "first:1")]);
        let scope = scope.scope(&schema()).unwrap();
        assert_eq!(scope.schema, schema().fingerprint());
        let columns: Vec<_> = scope.columns.into_iter().collect();
        let masked = ("名称".to_owned(), Some(Mask::KeepFirst(1)));
        assert_eq!(columns, [("id".to_owned(), None), masked]);
        assert!(scope.condition.is_some() && scope.row_limit == Some(5));
        let all = proposal(&[], &[]).scope(&schema()).unwrap();
        assert_eq!(all.columns.len(), schema().columns.len());
    }

    #[test]
    fn columns_and_masks_are_those_of_the_table() {
        for (proposal, expected) in [
            (proposal(&["none"], &[]), "scope-column-unknown"),
            (
                proposal(&["id"], &[("none", "hash")]),
                "scope-column-unknown",
            ),
            (
                proposal(&["id"], &[("area", "remove")]),
                "scope-mask-without-column",
            ),
            (
                proposal(&[], &[("id", "hash"), ("id", "remove")]),
                "scope-mask-twice",
            ),
            (proposal(&[], &[("id", "year")]), "scope-mask-unfit"),
            (proposal(&[], &[("id", "decade")]), "mask-unknown"),
        ] {
            let error = proposal.scope(&schema()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert_eq!(error.message().code(), expected);
        }
    }
}
