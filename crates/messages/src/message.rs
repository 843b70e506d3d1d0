//! A message: its code and its parameters.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::catalogue;
use crate::language::Language;
use crate::msg;
use crate::quoted::Quoted;

/// A message to a person, not yet rendered in a language. Made from a type of [`msg`], or received from
/// another party: its code may then be unknown to this build.
///
/// `Display` renders it in English, for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    code: Cow<'static, str>,
    params: Vec<(Cow<'static, str>, Value)>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, rendered on one line without unsafe characters.
    Text(String),
    /// A number.
    Integer(i64),
    /// A time, shown in the cluster's zone.
    Time(Timestamp),
    /// A date.
    Date(Date),
    /// Another message, such as a cause or a name that differs by language.
    Message(Box<Message>),
    /// Several values.
    List(Vec<Value>),
}

impl Message {
    /// The name of the parameter that holds a whole message in prose, in one language.
    pub const TEXT: &'static str = "text";

    /// Makes a message of the catalogue.
    pub(crate) fn known(code: &'static str, params: Vec<(&'static str, Value)>) -> Self {
        let params = params
            .into_iter()
            .map(|(name, value)| (Cow::Borrowed(name), value));
        Self {
            code: Cow::Borrowed(code),
            params: params.collect(),
        }
    }

    /// Makes a message from one that another party sent or that was stored.
    pub fn received(code: String, params: Vec<(String, Value)>) -> Self {
        let params = params
            .into_iter()
            .map(|(name, value)| (Cow::Owned(name), value));
        Self {
            code: Cow::Owned(code),
            params: params.collect(),
        }
    }

    /// Returns the code in the catalogue.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the parameters with their names.
    pub fn params(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.params.iter().map(|(name, value)| (&**name, value))
    }

    /// Returns the parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Value> {
        self.params()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Truncates each text of the message to `most` characters.
    pub fn with_texts_cut(mut self, most: usize) -> Self {
        for (_, value) in &mut self.params {
            value.cut_texts(most);
        }
        self
    }

    /// Renders the message in a language. A message missing in the catalogue, because a newer program sent
    /// it, is shown as its code and parameters.
    pub fn render(&self, language: Language) -> String {
        catalogue::render(language, self, None).unwrap_or_else(|| self.unknown(language))
    }

    /// Renders the advice that comes with the message, if any.
    pub fn remedy(&self, language: Language) -> Option<String> {
        catalogue::render(language, self, Some("remedy")).or_else(|| {
            let mut within = self.params().filter_map(|(_, value)| match value {
                Value::Message(message) => message.remedy(language),
                _ => None,
            });
            within.next()
        })
    }

    /// Renders the message in the language of this process.
    pub fn shown(&self) -> String {
        self.render(Language::of_process())
    }

    fn unknown(&self, language: Language) -> String {
        if let Some(text) = self.param(Self::TEXT) {
            return text.render(language);
        }
        let mut shown = self.code.to_string();
        for (n, (name, value)) in self.params().enumerate() {
            let separator = if n == 0 { ": " } else { ", " };
            shown.push_str(separator);
            shown.push_str(name);
            shown.push_str(" = ");
            shown.push_str(&value.render(language));
        }
        shown
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Language::English))
    }
}

impl Value {
    /// Makes a text of the displayed form of a value.
    pub fn text(value: impl Display) -> Self {
        Self::Text(value.to_string())
    }

    fn cut_texts(&mut self, most: usize) {
        match self {
            Self::Text(text) => {
                if let Some((end, _)) = text.char_indices().nth(most) {
                    text.truncate(end);
                }
            }
            Self::Message(message) => {
                for (_, value) in &mut message.params {
                    value.cut_texts(most);
                }
            }
            Self::List(values) => values.iter_mut().for_each(|value| value.cut_texts(most)),
            Self::Integer(_) | Self::Time(_) | Self::Date(_) => {}
        }
    }

    /// Renders the value in a language.
    pub(crate) fn render(&self, language: Language) -> String {
        catalogue::value(language, self)
    }
}

impl<V: Into<Value>> FromIterator<V> for Value {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(text: $type) -> Self {
                Self::Text(text.to_string())
            }
        }
    )*};
}
texts!(
    &str,
    &String,
    char,
    std::io::Error,
    &std::io::Error,
    std::path::Display<'_>
);

impl From<Quoted<'_>> for Value {
    fn from(text: Quoted<'_>) -> Self {
        Self::text(text)
    }
}

impl From<&Path> for Value {
    fn from(path: &Path) -> Self {
        path.display().into()
    }
}

impl From<&PathBuf> for Value {
    fn from(path: &PathBuf) -> Self {
        path.display().into()
    }
}

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            /// A number beyond the range of `i64` becomes a text.
            fn from(number: $type) -> Self {
                i64::try_from(number).map_or_else(|_| Self::text(number), Self::Integer)
            }
        }
    )*};
}
numbers!(u64, usize);

macro_rules! small_numbers {
    ($($type:ty),*) => {$(
        impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Integer(number.into())
            }
        }
    )*};
}
small_numbers!(i8, i16, i32, i64, u8, u16, u32);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<Message> for Value {
    fn from(message: Message) -> Self {
        Self::Message(Box::new(message))
    }
}

impl From<&Message> for Value {
    fn from(message: &Message) -> Self {
        message.clone().into()
    }
}

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(values: Vec<V>) -> Self {
        values.into_iter().collect()
    }
}

// Temporary, until each place has a message of its own.
impl Message {
    /// Returns true if the English text contains this text.
    pub fn contains(&self, text: &str) -> bool {
        self.to_string().contains(text)
    }

    /// Returns true if the English text begins with this text.
    pub fn starts_with(&self, text: &str) -> bool {
        self.to_string().starts_with(text)
    }

    /// Returns true if the English text ends with this text.
    pub fn ends_with(&self, text: &str) -> bool {
        self.to_string().ends_with(text)
    }
}

impl PartialEq<str> for Message {
    fn eq(&self, text: &str) -> bool {
        self.to_string().as_str() == text
    }
}

impl PartialEq<&str> for Message {
    fn eq(&self, text: &&str) -> bool {
        self.to_string().as_str() == &**text
    }
}

impl PartialEq<String> for Message {
    fn eq(&self, text: &String) -> bool {
        self.to_string().as_str() == &**text
    }
}

impl From<&Message> for Message {
    fn from(message: &Message) -> Self {
        message.clone()
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        msg::Text { text }.into()
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        msg::Text { text }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_message_is_shown_by_its_code_and_parameters() {
        let params = vec![
            ("days".to_owned(), Value::Integer(3)),
            (
                "from".to_owned(),
                Value::Date(jiff::civil::date(2026, 11, 24)),
            ),
            ("by".to_owned(), Value::Text("a\nb".to_owned())),
        ];
        let message = Message::received("too-early".to_owned(), params);
        assert_eq!(
            message.to_string(),
            "too-early: days = 3, from = 2026-11-24, by = a⏎b"
        );
        let text = vec![("text".to_owned(), Value::Text("x".to_owned()))];
        let message = Message::received("OUT_OF_TURN".to_owned(), text);
        assert_eq!(message.to_string(), "x");
    }

    #[test]
    fn every_message_renders_in_every_language() {
        for language in Language::ALL {
            for (code, params) in msg::ALL {
                let params = params
                    .iter()
                    .map(|name| ((*name).to_owned(), Value::Integer(7)));
                let message = Message::received((*code).to_owned(), params.collect());
                let (rendered, wrong) = catalogue::rendered(language, &message, None);
                assert_eq!(wrong, Vec::<String>::new(), "{code} in {language}");
                assert!(
                    rendered.is_some_and(|text| !text.is_empty()),
                    "{code} in {language}"
                );
            }
        }
    }

    #[test]
    fn no_parameter_moves_the_cursor_or_hides() {
        let message = Message::from("a\n\u{1b}[2J\u{202e}b");
        for language in Language::ALL {
            assert_eq!(message.render(language), r"a⏎\u{1b}[2J\u{202e}b");
        }
    }

    #[test]
    fn a_list_is_joined_as_its_language_joins() {
        let list = Value::from(vec!["a", "b", "c"]);
        assert_eq!(list.render(Language::English), "a, b, c");
        assert_eq!(list.render(Language::Chinese), "a、b、c");
    }
}
