//! The names of tables within a database, `schema.table`.

use std::fmt;

/// A table, view or other relation. `Display` writes its name for people, of which `parse` is the inverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    /// The schema, exactly as in the database; not empty.
    pub(super) schema: String,
    /// The name within it, exactly as in the database; not empty.
    pub(super) table: String,
}

impl Relation {
    /// Reads a name as `Display` writes it, so that each table has one name: other spellings are none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (schema, rest) = part(text)?;
        let (table, rest) = part(rest.strip_prefix('.')?)?;
        let found = Self { schema, table };
        let is_name = rest.is_empty() && !text.contains('\0') && found.to_string() == text;
        is_name.then_some(found)
    }

    /// Returns the name in SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.table))
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |name: &str| match name.contains(['.', '"']) {
            true => quoted(name),
            false => name.to_owned(),
        };
        write!(f, "{}.{}", part(&self.schema), part(&self.table))
    }
}

/// Returns an SQL expression for the name of the table `c` in the schema `n`, as `Display` writes it.
pub(super) fn name_in_sql() -> String {
    let part = |name: &str| {
        format!(
            "CASE WHEN {name}::text ~ '[.\"]' \
             THEN '\"' || pg_catalog.replace({name}::text, '\"', '\"\"') || '\"' ELSE {name}::text END"
        )
    };
    format!("({} || '.' || {})", part("n.nspname"), part("c.relname"))
}

/// Quotes an identifier for SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Takes a part of a name, quoted or not, and returns what follows it.
fn part(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (name, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relation(schema: &str, table: &str) -> Relation {
        Relation {
            schema: schema.to_owned(),
            table: table.to_owned(),
        }
    }

    #[test]
    fn parts_with_dots_and_quotation_marks_are_quoted() {
        let named = [
            (relation("public", "permits"), "public.permits"),
            (relation("公共", "不动产 Permits"), "公共.不动产 Permits"),
            (relation("a.b", "c"), "\"a.b\".c"),
            (relation("a", "b\"c"), "a.\"b\"\"c\""),
        ];
        for (relation, name) in named {
            assert_eq!(relation.to_string(), name);
            assert_eq!(Relation::parse(name), Some(relation));
        }
    }

    #[test]
    fn other_spellings_name_nothing() {
        for text in [
            "",
            "permits",
            ".permits",
            "public.",
            "a.b.c",
            "\"public\".permits",
            "a\"b.c",
            "\"a.b",
            "\"a.b\"c.d",
            "\"\".a",
            "a.b\0",
        ] {
            assert_eq!(Relation::parse(text), None, "{text}");
        }
    }

    #[test]
    fn identifiers_are_quoted_by_doubling() {
        assert_eq!(quoted("a\"; DROP"), "\"a\"\"; DROP\"");
        assert_eq!(relation("A", "b.\"c").sql(), "\"A\".\"b.\"\"c\"");
    }

    proptest! {
        #[test]
        fn a_table_has_one_name_of_which_it_is_found(
            schema in "[a-zA-Z.\"' 城\\\\]{1,8}",
            table in "[a-zA-Z.\"' 城\\\\]{1,8}",
        ) {
            let relation = relation(&schema, &table);
            prop_assert_eq!(Relation::parse(&relation.to_string()), Some(relation));
        }

        #[test]
        fn what_names_a_table_is_its_name(text in "[a.\"]{0,12}") {
            if let Some(relation) = Relation::parse(&text) {
                prop_assert_eq!(relation.to_string(), text);
            }
        }
    }
}
