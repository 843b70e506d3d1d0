//! Queries: folded words, and what narrows and orders their hits.

use std::collections::BTreeMap;

use chengji_domain::catalogue::Facet;

use crate::fold::fold;
use crate::schema::whole;
use crate::wanted_items::WantedItems;

/// Maximum number of words of a query.
pub const MAX_WORDS: usize = 16;

/// The place of a hit in the order of one generation of the index, from which the list continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The generation.
    pub generation: u64,
    /// The segment in it.
    pub segment: u32,
    /// The document in the segment.
    pub doc: u32,
}

/// Words to be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pub(crate) words: Vec<Word>,
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The folded word.
    pub(crate) text: String,
    /// Its characters.
    pub(crate) chars: Vec<char>,
    /// A resource code without its slashes, if it had some.
    pub(crate) code: Option<Vec<char>>,
}

impl Word {
    pub(crate) fn new(folded: &str) -> Self {
        let is_code = folded.bytes().all(|b| b.is_ascii_digit() || b == b'/')
            && folded.bytes().any(|b| b.is_ascii_digit())
            && folded.contains('/');
        Self {
            text: folded.to_owned(),
            chars: folded.chars().collect(),
            code: is_code.then(|| folded.chars().filter(|c| *c != '/').collect()),
        }
    }
}

impl Query {
    /// Parses a query: words separated by white space, each once.
    pub fn new(text: &str) -> Self {
        let mut query = Self::default();
        for word in fold(text).split_whitespace() {
            if query.words.iter().all(|known| known.text != word) {
                query.words.push(Word::new(word));
            }
        }
        query
    }

    /// Returns true if it has no words, so that everything is found.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the number of words.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// Returns the folded words.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// The folded query as a name that it may be.
    pub(crate) fn as_name(&self) -> String {
        whole(&self.texts().collect::<String>())
    }
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Best first: entries with more of the words in the name, then those with more of them as whole words there, then
    /// in abstract, provider or code; the entry of exactly this name before all; of equal ones, the shorter name. If
    /// items are wanted: before that, entries with every word, and of them and of the others those with more of the
    /// items.
    #[default]
    Relevance,
    /// By the pinyin of the name.
    Name,
    /// Latest publication first.
    Published,
    /// By resource code.
    Code,
}

/// Values of facets that hits must have: of each facet any one of its values.
pub type Filters = BTreeMap<Facet, Vec<u32>>;

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The words.
    pub query: Query,
    /// Wanted items. If there are any, entries with one of them are found as well as those with every word; an empty
    /// query finds no others.
    pub items: WantedItems,
    /// The filters.
    pub filters: Filters,
    /// Cities whose entries are left out.
    pub hidden: Vec<u32>,
    /// The order.
    pub sort: Sort,
    /// The hit after which to begin.
    pub after: Option<Position>,
    /// Maximum number of hits.
    pub limit: usize,
    /// The facets to be counted.
    pub facets: Vec<Facet>,
    /// The time as of which freshness is judged, seconds since 1970.
    pub now: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_each_is_there_once() {
        let query = Query::new(" ＰＯＩ 停車場\u{3000}poi ");
        assert_eq!(query.texts().collect::<Vec<_>>(), ["poi", "停车场"]);
        assert!(Query::new("  \u{301} ").is_empty());
    }

    #[test]
    fn codes_are_also_looked_for_without_their_slashes() {
        let code = |text: &str| {
            let code = Word::new(text).code;
            code.map(|chars| chars.into_iter().collect::<String>())
        };
        assert_eq!(code("103001/000003").as_deref(), Some("103001000003"));
        assert_eq!(code("3/07/012").as_deref(), Some("307012"));
        assert_eq!(code("103001"), None);
        assert_eq!(code("a/1"), None);
        assert_eq!(code("/"), None);
    }
}
