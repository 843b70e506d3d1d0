//! Conditions and their values as SQL text.

use chengji_domain::request::terms::{Comparison, Condition, Literal, Parts};

/// The escape in patterns: unlike a backslash, it is one in no database without being declared.
const ESCAPE: char = '!';

/// Words that name no column unless they are quoted.
const RESERVED: [&str; 11] = [
    "AND", "BETWEEN", "ESCAPE", "FALSE", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "TRUE",
];

/// Returns true for words that name no column unless they are quoted.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED
        .iter()
        .any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// Returns the SQL text of a condition, of which [`condition_of`](crate::condition_of) makes the same condition again.
pub fn condition_text(condition: &Condition) -> String {
    match condition {
        Condition::Compare {
            column,
            comparison,
            value,
        } => {
            let (column, sign) = (column_text(column), sign(*comparison));
            format!("{column} {sign} {}", value_text(value))
        }
        Condition::In { column, values } => {
            let values: Vec<String> = values.iter().map(value_text).collect();
            format!("{} IN ({})", column_text(column), values.join(", "))
        }
        Condition::Between { column, low, high } => {
            let (low, high) = (value_text(low), value_text(high));
            format!("{} BETWEEN {low} AND {high}", column_text(column))
        }
        Condition::StartsWith { column, prefix } => {
            format!("{} LIKE {}", column_text(column), pattern(prefix))
        }
        Condition::IsNull { column } => format!("{} IS NULL", column_text(column)),
        Condition::All(parts) => joined(parts, " AND "),
        Condition::Any(parts) => joined(parts, " OR "),
        Condition::Not(inner) => format!("NOT ({})", condition_text(inner)),
    }
}

/// Returns a value as SQL text.
pub(crate) fn value_text(value: &Literal) -> String {
    match value {
        Literal::Boolean(true) => "TRUE".to_owned(),
        Literal::Boolean(false) => "FALSE".to_owned(),
        Literal::Integer(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Text(text) => quoted(text, '\''),
        Literal::Date(date) => format!("DATE '{date}'"),
        Literal::Time(time) => format!("TIMESTAMP '{time}'"),
    }
}

fn joined(parts: &Parts, operator: &str) -> String {
    let parts = parts.iter().map(|part| match part {
        Condition::All(_) | Condition::Any(_) => format!("({})", condition_text(part)),
        part => condition_text(part),
    });
    parts.collect::<Vec<_>>().join(operator)
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Returns the name of a column, in double quotes if it is no word.
fn column_text(name: &str) -> String {
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    let is_word = name.starts_with(is_start)
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !is_reserved(name);
    match is_word {
        true => name.to_owned(),
        false => quoted(name, '"'),
    }
}

fn pattern(prefix: &str) -> String {
    let is_special = |c: char| matches!(c, '%' | '_' | '\\' | ESCAPE);
    if !prefix.contains(is_special) {
        return quoted(&format!("{prefix}%"), '\'');
    }
    let mut escaped = String::new();
    for c in prefix.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            escaped.push(ESCAPE);
        }
        escaped.push(c);
    }
    format!("{} ESCAPE '{ESCAPE}'", quoted(&format!("{escaped}%"), '\''))
}

fn quoted(text: &str, mark: char) -> String {
    let doubled = text.replace(mark, &format!("{mark}{mark}"));
    format!("{mark}{doubled}{mark}")
}
