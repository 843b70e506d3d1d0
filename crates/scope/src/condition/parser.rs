//! The grammar of conditions. A parser never goes back, and nests as deep as conditions may.

use std::iter::Peekable;
use std::vec;

use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Comparison, Condition, Literal};
use chengji_domain::table::{TableColumn, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

use super::literal::{Written, literal};
use super::tokens::{Place, Sign, Token};
use crate::column::{check_ordered, check_text, find, unfit, unknown};
use crate::sql_text::is_reserved;

/// Maximum depth of parentheses and NOT. Parentheses that change nothing are no level of a condition.
const MAX_NESTING: usize = 4 * Condition::MAX_DEPTH;

/// A parser of a condition on a table with this schema.
pub(super) struct Parser<'a> {
    tokens: Peekable<vec::IntoIter<(Place, Token)>>,
    schema: &'a TableSchema,
    nesting: usize,
}

impl<'a> Parser<'a> {
    /// Makes a parser of these tokens.
    pub(super) fn new(tokens: Vec<(Place, Token)>, schema: &'a TableSchema) -> Self {
        Self {
            tokens: tokens.into_iter().peekable(),
            schema,
            nesting: 0,
        }
    }

    /// Takes a condition and the end of the text.
    pub(super) fn whole(mut self) -> Result<Condition> {
        let condition = self.any()?;
        match self.tokens.next() {
            None => Ok(condition),
            Some((place, token)) => Err(expected(place, msg::ConditionAndOr, &token)),
        }
    }

    fn any(&mut self) -> Result<Condition> {
        let mut parts = vec![self.all()?];
        while self.takes_word("OR") {
            parts.push(self.all()?);
        }
        joined(parts, Condition::any)
    }

    fn all(&mut self) -> Result<Condition> {
        let mut parts = vec![self.one()?];
        while self.takes_word("AND") {
            parts.push(self.one()?);
        }
        joined(parts, Condition::all)
    }

    /// Takes a negation, a condition in parentheses, or a comparison.
    fn one(&mut self) -> Result<Condition> {
        if self.takes_word("NOT") {
            return Ok(self.nested(Self::one)?.negated());
        }
        if self.takes_sign(Sign::Open) {
            let inner = self.nested(Self::any)?;
            self.close()?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn nested(&mut self, inner: fn(&mut Self) -> Result<Condition>) -> Result<Condition> {
        if self.nesting == MAX_NESTING {
            let most = MAX_NESTING;
            let message = msg::ConditionTooDeep { most };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        self.nesting += 1;
        let condition = inner(self)?;
        self.nesting -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition> {
        let (place, column) = self.column()?;
        if self.takes_word("IS") {
            let is_negated = self.takes_word("NOT");
            self.word("NULL")?;
            let column = column.name.clone();
            return Ok(negated_if(is_negated, Condition::IsNull { column }));
        }
        let is_negated = self.takes_word("NOT");
        let found = self.next(msg::ConditionComparison)?;
        let condition = match &found.1 {
            token if token.is_word("IN") => self.in_list(column)?,
            token if token.is_word("BETWEEN") => self.between(place, column)?,
            token if token.is_word("LIKE") => self.like(place, column)?,
            Token::Sign(sign) if !is_negated => self.compared(place, column, *sign, found.0)?,
            token => return Err(expected(found.0, msg::ConditionComparison, token)),
        };
        Ok(negated_if(is_negated, condition))
    }

    fn compared(
        &mut self,
        place: Place,
        column: &TableColumn,
        sign: Sign,
        of_sign: Place,
    ) -> Result<Condition> {
        let comparison = match sign {
            Sign::Equal => Comparison::Equal,
            Sign::NotEqual => Comparison::NotEqual,
            Sign::Less => Comparison::Less,
            Sign::LessOrEqual => Comparison::LessOrEqual,
            Sign::Greater => Comparison::Greater,
            Sign::GreaterOrEqual => Comparison::GreaterOrEqual,
            Sign::Plus | Sign::Minus => return Err(of_sign.unsupported(sign.as_str())),
            Sign::Comma | Sign::Open | Sign::Close => {
                let found = Token::Sign(sign);
                return Err(expected(of_sign, msg::ConditionComparison, &found));
            }
        };
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            at(place, check_ordered(column))?;
        }
        let value = self.value(column)?;
        let column = column.name.clone();
        Ok(Condition::Compare {
            column,
            comparison,
            value,
        })
    }

    fn in_list(&mut self, column: &TableColumn) -> Result<Condition> {
        self.sign(Sign::Open)?;
        let mut values = vec![self.value(column)?];
        while self.takes_sign(Sign::Comma) {
            values.push(self.value(column)?);
        }
        self.close()?;
        Ok(Condition::In {
            column: column.name.clone(),
            values: values.into_iter().collect(),
        })
    }

    fn between(&mut self, place: Place, column: &TableColumn) -> Result<Condition> {
        at(place, check_ordered(column))?;
        let low = self.value(column)?;
        self.word("AND")?;
        let high = self.value(column)?;
        let column = column.name.clone();
        Ok(Condition::Between { column, low, high })
    }

    fn like(&mut self, place: Place, column: &TableColumn) -> Result<Condition> {
        at(place, check_text(column))?;
        let (of_pattern, pattern) = self.text()?;
        let escape = match self.takes_word("ESCAPE") {
            true => Some(self.escape()?),
            false => None,
        };
        let column = column.name.clone();
        match prefix(&pattern, escape) {
            Some((prefix, true)) => Ok(Condition::StartsWith { column, prefix }),
            Some((text, false)) => Ok(Condition::Compare {
                column,
                comparison: Comparison::Equal,
                value: Literal::Text(text),
            }),
            None => {
                let pattern = Quoted(&pattern);
                Err(of_pattern.refuse(msg::ConditionPattern { pattern }))
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let (place, text) = self.text()?;
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) if one != '%' && one != '_' => Ok(one),
            _ => Err(place.refuse(msg::ConditionEscape {
                text: Quoted(&text),
            })),
        }
    }

    /// Takes the name of a column of the table.
    fn column(&mut self) -> Result<(Place, &'a TableColumn)> {
        let wanted = msg::ConditionColumn;
        let (place, token) = self.next(wanted)?;
        let name = match &token {
            Token::Name(name) => name,
            Token::Word(word) if !is_reserved(word) => word,
            _ => return Err(expected(place, wanted, &token)),
        };
        if self.is_sign(Sign::Open) {
            return Err(place.unsupported(&format!("{name}(…)")));
        }
        match find(self.schema, name) {
            Some(column) => Ok((place, column)),
            None => Err(place.refuse(unknown(name))),
        }
    }

    /// Takes a value that the column is compared with.
    fn value(&mut self, column: &TableColumn) -> Result<Literal> {
        let wanted = msg::ConditionValue;
        let (place, token) = self.next(wanted)?;
        let written = match token {
            Token::Sign(sign @ (Sign::Minus | Sign::Plus)) => match self.next(wanted)? {
                (_, Token::Number(digits)) if sign == Sign::Minus => {
                    Written::Number(format!("-{digits}"))
                }
                (_, Token::Number(digits)) => Written::Number(digits),
                (place, token) => return Err(expected(place, wanted, &token)),
            },
            Token::Number(digits) => Written::Number(digits),
            Token::Text(text) => Written::Text(text),
            token if token.is_word("TRUE") => Written::Boolean(true),
            token if token.is_word("FALSE") => Written::Boolean(false),
            token if token.is_word("NULL") => return Err(place.refuse(msg::ConditionNull)),
            token if token.is_word("DATE") && self.is_text() => Written::Date(self.text()?.1),
            token if token.is_word("TIMESTAMP") && self.is_text() => {
                Written::Timestamp(self.text()?.1)
            }
            Token::Word(word) | Token::Name(word) if self.is_sign(Sign::Open) => {
                return Err(place.unsupported(&format!("{word}(…)")));
            }
            Token::Word(word) | Token::Name(word) => {
                let text = Quoted(&word);
                return Err(place.refuse(msg::ConditionNoValue { text }));
            }
            token @ Token::Sign(_) => return Err(expected(place, wanted, &token)),
        };
        literal(&written, column).ok_or_else(|| place.refuse(unfit(written.as_str(), column)))
    }

    fn text(&mut self) -> Result<(Place, String)> {
        let wanted = msg::ConditionText;
        match self.next(wanted)? {
            (place, Token::Text(text)) => Ok((place, text)),
            (place, token) => Err(expected(place, wanted, &token)),
        }
    }

    fn close(&mut self) -> Result<()> {
        self.sign(Sign::Close)
    }

    fn sign(&mut self, sign: Sign) -> Result<()> {
        let text = sign.as_str();
        let wanted = msg::Text { text };
        match self.next(wanted)? {
            (_, Token::Sign(found)) if found == sign => Ok(()),
            (place, token) => Err(expected(place, wanted, &token)),
        }
    }

    fn word(&mut self, keyword: &str) -> Result<()> {
        let wanted = msg::Text { text: keyword };
        match self.next(wanted)? {
            (_, token) if token.is_word(keyword) => Ok(()),
            (place, token) => Err(expected(place, wanted, &token)),
        }
    }

    fn next(&mut self, wanted: impl Into<Message>) -> Result<(Place, Token)> {
        self.tokens.next().ok_or_else(|| ends_early(wanted))
    }

    fn is_sign(&mut self, sign: Sign) -> bool {
        let next = self.tokens.peek();
        next.is_some_and(|(_, token)| *token == Token::Sign(sign))
    }

    fn is_text(&mut self) -> bool {
        let next = self.tokens.peek();
        next.is_some_and(|(_, token)| matches!(token, Token::Text(_)))
    }

    fn takes_sign(&mut self, sign: Sign) -> bool {
        let found = self
            .tokens
            .next_if(|(_, token)| *token == Token::Sign(sign));
        found.is_some()
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let found = self.tokens.next_if(|(_, token)| token.is_word(keyword));
        found.is_some()
    }
}

/// Returns the text that a pattern begins with, and whether more may follow; `None` for other patterns.
fn prefix(pattern: &str, escape: Option<char>) -> Option<(String, bool)> {
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        match c {
            c if Some(c) == escape => {
                let escaped = characters.next()?;
                let is_known = matches!(escaped, '%' | '_') || Some(escaped) == escape;
                text.push(is_known.then_some(escaped)?);
            }
            '%' => return characters.next().is_none().then_some((text, true)),
            '_' => return None,
            // Some databases take it for an escape, others for itself.
            '\\' if escape.is_none() => return None,
            c => text.push(c),
        }
    }
    Some((text, false))
}

fn joined(
    parts: Vec<Condition>,
    join: fn(Vec<Condition>) -> Option<Condition>,
) -> Result<Condition> {
    join(parts).ok_or_else(|| ends_early(msg::ConditionColumn))
}

fn negated_if(is_negated: bool, condition: Condition) -> Condition {
    match is_negated {
        true => condition.negated(),
        false => condition,
    }
}

fn expected(place: Place, wanted: impl Into<Message>, found: &Token) -> Error {
    let found = found.shown();
    let wanted: Message = wanted.into();
    place.refuse(msg::ConditionExpected {
        found: Quoted(&found),
        wanted,
    })
}

fn ends_early(wanted: impl Into<Message>) -> Error {
    let wanted: Message = wanted.into();
    let message = msg::ConditionEndsEarly { wanted };
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Adds the place to an error about a column.
fn at<T>(place: Place, checked: Result<T>) -> Result<T> {
    checked.map_err(|error| place.refuse(error.message()))
}
