//! A message: its code and its parameters.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

/// A message to a person, not yet rendered in a language. Made from a type of [`msg`](crate::msg), or received from
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
    /// A principal, as certificates write it: `city/430100/person/li.ming`.
    Principal(String),
    /// A number.
    Integer(i64),
    /// A time, shown in the zone of the process that renders it.
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
}

impl Value {
    /// Makes a text of the displayed form of a value.
    pub fn text(value: impl Display) -> Self {
        Self::Text(value.to_string())
    }

    /// Makes a principal of its written form.
    pub fn principal(value: impl Display) -> Self {
        Self::Principal(value.to_string())
    }

    fn cut_texts(&mut self, most: usize) {
        match self {
            Self::Text(text) | Self::Principal(text) => {
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

impl From<&Message> for Message {
    fn from(message: &Message) -> Self {
        message.clone()
    }
}
