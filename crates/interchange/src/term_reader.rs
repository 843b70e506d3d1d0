//! Values of closed vocabularies as sheets write them: the catalogue's own terms, or names in the
//! bureau's table.

use chengji_domain::catalogue::Given;
use chengji_domain::tables::{Names, Vocabulary};

/// Reads the terms of one cell.
pub(super) struct TermReader<'a> {
    names: &'a Names,
    /// True if one of them was a name of the table.
    pub(super) named: bool,
}

impl<'a> TermReader<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self {
            names,
            named: false,
        }
    }

    pub(super) fn read<V: Vocabulary>(&mut self, text: &str) -> Given<V> {
        Given::from_cell(text, |text| {
            V::of_term(text).or_else(|| {
                let value = self.names.find(text);
                self.named |= value.is_some();
                value
            })
        })
    }
}
