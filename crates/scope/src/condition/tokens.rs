//! The tokens of a condition, each with its place.

use chengji_domain::quoted::Quoted;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use sqlparser::dialect::Dialect;
use sqlparser::tokenizer::{Location, Token as SqlToken, TokenWithSpan, Tokenizer};

/// A place in the text of a condition, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: u64,
    character: u64,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word without quotation marks: a keyword, or the name of a column.
    Word(String),
    /// A name in double quotes.
    Name(String),
    /// Digits, perhaps with a point.
    Number(String),
    /// A text in single quotes.
    Text(String),
    /// An operator or a punctuation mark.
    Sign(Sign),
}

/// The operators and punctuation marks of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Comma,
    Open,
    Close,
    Plus,
    Minus,
}

/// The words and quotation marks of conditions: those of the standard, with letters of any script.
#[derive(Debug)]
struct Conditions;

impl Dialect for Conditions {
    fn is_delimited_identifier_start(&self, c: char) -> bool {
        c == '"'
    }

    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_'
    }
}

impl Place {
    fn of(location: Location) -> Self {
        Self {
            line: location.line,
            character: location.column,
        }
    }

    /// Makes the error for what is written here.
    pub(super) fn refuse(self, reason: impl Into<Message>) -> Error {
        let reason: Message = reason.into();
        let message = msg::ConditionRefused {
            character: self.character,
            line: self.line,
            reason,
        };
        Error::new(ErrorCode::InvalidArgument, message)
    }

    /// Makes the error for something that conditions cannot have.
    pub(super) fn unsupported(self, what: &str) -> Error {
        let what = Quoted(what);
        self.refuse(msg::ConditionUnsupported { what })
    }
}

impl Token {
    /// Returns true for this keyword, in upper case.
    pub(super) fn is_word(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Returns the text for people.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) | Self::Number(word) => word.clone(),
            Self::Name(name) => format!("\"{name}\""),
            Self::Text(text) => format!("'{text}'"),
            Self::Sign(sign) => sign.as_str().to_owned(),
        }
    }
}

impl Sign {
    /// Returns the sign as it is written.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Comma => ",",
            Self::Open => "(",
            Self::Close => ")",
            Self::Plus => "+",
            Self::Minus => "-",
        }
    }
}

/// Cuts the text of a condition into its tokens. Blanks, line breaks and comments are left out.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the first token that conditions do not have.
pub(super) fn tokens(sql: &str) -> Result<Vec<(Place, Token)>> {
    let found = Tokenizer::new(&Conditions, sql).tokenize_with_location();
    let found = found.map_err(|error| {
        let cause = error.message;
        let place = Place::of(error.location);
        place.refuse(msg::ConditionUnreadable { cause })
    })?;
    let tokens = found
        .into_iter()
        .filter_map(|found| token(found).transpose());
    tokens.collect()
}

fn token(found: TokenWithSpan) -> Result<Option<(Place, Token)>> {
    let place = Place::of(found.span.start);
    let token = match found.token {
        SqlToken::EOF | SqlToken::Whitespace(_) => return Ok(None),
        SqlToken::Word(word) if word.quote_style.is_some() => Token::Name(word.value),
        SqlToken::Word(word) => Token::Word(word.value),
        SqlToken::Number(digits, false) => Token::Number(digits),
        SqlToken::SingleQuotedString(text) => Token::Text(text),
        other => match sign(&other) {
            Some(sign) => Token::Sign(sign),
            None => return Err(place.unsupported(&other.to_string())),
        },
    };
    Ok(Some((place, token)))
}

fn sign(token: &SqlToken) -> Option<Sign> {
    Some(match token {
        SqlToken::Eq => Sign::Equal,
        SqlToken::Neq => Sign::NotEqual,
        SqlToken::Lt => Sign::Less,
        SqlToken::LtEq => Sign::LessOrEqual,
        SqlToken::Gt => Sign::Greater,
        SqlToken::GtEq => Sign::GreaterOrEqual,
        SqlToken::Comma => Sign::Comma,
        SqlToken::LParen => Sign::Open,
        SqlToken::RParen => Sign::Close,
        SqlToken::Plus => Sign::Plus,
        SqlToken::Minus => Sign::Minus,
        _ => return None,
    })
}
