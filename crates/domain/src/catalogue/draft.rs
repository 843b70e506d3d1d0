//! A catalogue entry as submitted, before it is checked.

use std::str::FromStr;

use super::{
    AdministrativeLevel, AssessmentOutcome, FormatKind, ItemType, Region, ShareClass, ShareManner,
    UpdateCycle,
};

/// The given value of a field with a closed vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// No value.
    #[default]
    Missing,
    /// A value of the vocabulary.
    Known(T),
    /// A text outside the vocabulary.
    Unknown(String),
}

impl<T> Given<T> {
    /// Replaces the known value.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> Given<U> {
        match self {
            Self::Missing => Given::Missing,
            Self::Known(known) => Given::Known(value(known)),
            Self::Unknown(text) => Given::Unknown(text),
        }
    }

    /// Reads a cell by the vocabulary's own terms.
    pub fn from_cell(cell: &str, read: impl FnOnce(&str) -> Option<T>) -> Self {
        match cell {
            "" => Self::Missing,
            text => read(text).map_or_else(|| Self::Unknown(text.to_owned()), Self::Known),
        }
    }

    /// Parses a cell in the value's usual notation, such as a number in digits.
    pub fn parsed(cell: &str) -> Self
    where
        T: FromStr,
    {
        Self::from_cell(cell, |text| text.parse().ok())
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Self::Known)
    }
}

/// A catalogue entry as submitted. Texts are expected without surrounding blanks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are those of `Entry`, not checked yet"
)]
pub struct Draft {
    pub code: String,
    pub name: String,
    pub classification: String,
    pub provider: String,
    pub provider_code: String,
    pub summary: String,
    pub formats: Vec<(Given<FormatKind>, String)>,
    pub items: Vec<DraftItem>,
    pub share_class: Given<ShareClass>,
    pub share_condition: String,
    pub share_manner: Given<ShareManner>,
    pub open: Given<bool>,
    pub open_condition: String,
    pub update_cycle: Given<UpdateCycle>,
    pub published_on: String,
    pub related: Vec<String>,
    pub level: Given<AdministrativeLevel>,
    pub secret: Given<bool>,
    pub security_level: Given<u32>,
    pub declared_rows: Given<u64>,
    pub declared_bytes: Given<u64>,
    pub share_uses: String,
    pub share_reason: String,
    pub secrecy_assessment: Given<AssessmentOutcome>,
    pub secrecy_document: String,
    pub personal_information_assessment: Given<AssessmentOutcome>,
    pub personal_information_document: String,
    pub consent_document: String,
    pub region: Given<Region>,
    pub superior_approval: Given<bool>,
}

/// An item as submitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are those of `Item`, not checked yet"
)]
pub struct DraftItem {
    pub name: String,
    pub kind: Given<ItemType>,
    pub length: u32,
    pub share_class: Given<ShareClass>,
    pub share_condition: String,
    pub share_manner: Given<ShareManner>,
}
