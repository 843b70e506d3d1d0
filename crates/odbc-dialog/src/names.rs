//! Names of tables: in the source, and in statements.

/// Returns the name of a table within the source. The name of its schema is part of it unless the source is one schema,
/// or the database has none.
pub fn address(of_source: &str, schema: &str, table: &str) -> String {
    match of_source.is_empty() && !schema.is_empty() {
        true => format!("{schema}.{table}"),
        false => table.to_owned(),
    }
}

/// Quotes an identifier for SQL; `None` if the database has no quotation marks and the name needs them.
pub fn quoted(name: &str, mark: Option<char>) -> Option<String> {
    match mark {
        Some(mark) => {
            let doubled = name.replace(mark, &format!("{mark}{mark}"));
            Some(format!("{mark}{doubled}{mark}"))
        }
        None => is_plain(name).then(|| name.to_owned()),
    }
}

/// Returns true for a name of ASCII letters, digits and `_` that begins with a letter.
fn is_plain(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_schema_where_there_are_several() {
        assert_eq!(address("", "public", "permits"), "public.permits");
        assert_eq!(address("public", "public", "permits"), "permits");
        assert_eq!(address("", "", "permits"), "permits");
    }

    #[test]
    fn identifiers_are_quoted_by_doubling() {
        let quoted = |name, mark| super::quoted(name, mark);
        assert_eq!(
            quoted("a\"; --", Some('"')).as_deref(),
            Some("\"a\"\"; --\"")
        );
        assert_eq!(quoted("a`b", Some('`')).as_deref(), Some("`a``b`"));
        assert_eq!(quoted("a_1", None).as_deref(), Some("a_1"));
        for name in ["", "1a", "a b", "a;b", "区"] {
            assert_eq!(quoted(name, None), None, "{name}");
        }
    }
}
