//! JSON objects whose members keep their order of insertion, so that the same catalogue always gives the
//! same bytes.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

/// A value.
pub(super) enum Json<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Truth(bool),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// An object.
#[derive(Default)]
pub(super) struct Object<'a>(Vec<(&'static str, Json<'a>)>);

impl<'a> Object<'a> {
    /// A node of this name and class.
    pub(super) fn node(id: impl Into<Json<'a>>, class: &'static str) -> Self {
        Self::default().with("@id", id).with("@type", class)
    }

    /// A node without an id.
    pub(super) fn blank(class: &'static str) -> Self {
        Self::default().with("@type", class)
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Json<'a>>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a member, if there is a value.
    pub(super) fn with_some(self, name: &'static str, value: Option<impl Into<Json<'a>>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a text, if it is not empty.
    pub(super) fn with_text(self, name: &'static str, text: &'a str) -> Self {
        self.with_some(name, Some(text).filter(|text| !text.is_empty()))
    }

    /// Adds a list, if it is not empty.
    pub(super) fn with_list(self, name: &'static str, list: Vec<Json<'a>>) -> Self {
        self.with_some(name, Some(list).filter(|list| !list.is_empty()))
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Json<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Json<'_> {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl<'a> From<Vec<Json<'a>>> for Json<'a> {
    fn from(list: Vec<Json<'a>>) -> Self {
        Self::List(list)
    }
}

impl<'a> From<Object<'a>> for Json<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => to.serialize_str(text),
            Self::Number(number) => to.serialize_u64(*number),
            Self::Truth(truth) => to.serialize_bool(*truth),
            Self::List(list) => to.collect_seq(list),
            Self::Object(object) => {
                to.collect_map(object.0.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}
