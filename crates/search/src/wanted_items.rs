//! The items that entries are wanted to have.

use std::collections::BTreeSet;

use crate::fold::fold;

/// Names of items that entries are wanted to have. Folded, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WantedItems(BTreeSet<String>);

impl WantedItems {
    /// Takes names of items; empty ones are left out.
    pub fn new<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Self {
        let folded = names.into_iter().map(|name| fold(name.as_ref()));
        Self(folded.filter(|name| !name.is_empty()).collect())
    }

    /// Returns true if no items are wanted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of items.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns the length of the names in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(String::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_and_each_is_wanted_once() {
        let wanted = WantedItems::new(["ＰＯＩ", "poi", "停車場", ""]);
        assert_eq!(wanted, WantedItems::new(["停车场", "poi"]));
        assert_eq!((wanted.len(), wanted.bytes()), (2, 12));
        assert!(WantedItems::new([""]).is_empty());
    }
}
