//! Ranges of the index of published entries by feature, of which lists are merged.

use std::ops::Bound;

use chengji_domain::ResourceCode;
use chengji_records::StoredRecord;
use chengji_store::{Index, Span};

use super::entries::{LISTS, ListKey, Listed};

/// Number of digits of the parts of a classification that have a fixed length.
const FIXED_DIGITS: usize = 6;

/// Entries with one value of a feature, within a range of codes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    is_withdrawn: bool,
    listed: Listed,
    value: String,
    /// The first code; `None` for no limit.
    from: Option<ResourceCode>,
    /// The first code after the range; `None` for no limit.
    to: Option<ResourceCode>,
}

impl Part {
    /// The entries with this value of a feature.
    pub(super) fn of(is_withdrawn: bool, listed: Listed, value: String) -> Self {
        Self {
            is_withdrawn,
            listed,
            value,
            from: None,
            to: None,
        }
    }

    /// The entries of a classification, or of whole leading parts of one. A code begins with the digits of its
    /// classification: where all of them have their fixed places, the codes are a range.
    pub(super) fn under(is_withdrawn: bool, path: &str) -> Self {
        let digits = path.replace('/', "");
        let width = digits.len();
        if width > FIXED_DIGITS {
            return Self::of(is_withdrawn, Listed::Classification, path.to_owned());
        }
        let number = digits.parse::<u32>().ok();
        let next = number.map(|number| format!("{:0width$}", number + 1));
        let next = next.filter(|next| next.len() == width);
        Self {
            from: first_code(&digits),
            to: next.and_then(|next| first_code(&next)),
            ..Self::of(is_withdrawn, Listed::All, String::new())
        }
    }

    /// The part of the index after this code.
    pub(super) fn after(
        &self,
        after: Option<&ResourceCode>,
    ) -> Span<'static, Index<ListKey, ResourceCode, StoredRecord>> {
        let from = match (after, &self.from) {
            (Some(after), from) if from.as_ref().is_none_or(|from| after >= from) => {
                Bound::Excluded(after.clone())
            }
            (_, Some(from)) => Bound::Included(from.clone()),
            (_, None) => Bound::Unbounded,
        };
        let to = self.to.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let leading = (self.is_withdrawn, self.listed as u8, self.value.clone());
        LISTS.within(&leading, (from, to))
    }
}

/// The first code that begins with these digits.
fn first_code(digits: &str) -> Option<ResourceCode> {
    format!("{digits:0<8}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_under_a_classification_are_a_range() {
        let range = |path: &str| {
            let Part { from, to, .. } = Part::under(false, path);
            (from.unwrap().to_string(), to.map(|to| to.to_string()))
        };
        let to = |code: &str| Some(code.to_owned());
        assert_eq!(range("2"), ("20000000".to_owned(), to("30000000")));
        assert_eq!(range("2/09"), ("20900000".to_owned(), to("21000000")));
        assert_eq!(range("3/07/012"), ("30701200".to_owned(), to("30701300")));
        assert_eq!(range("0/99/999"), ("09999900".to_owned(), to("10000000")));
        assert_eq!(range("9/99"), ("99900000".to_owned(), None));
        let detailed = Part::under(false, "3/07/012/04");
        assert_eq!(detailed.listed, Listed::Classification);
        assert_eq!((detailed.from, detailed.to), (None, None));
    }
}
