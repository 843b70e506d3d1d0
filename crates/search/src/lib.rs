//! The search index of the federated catalogue.
//!
//! A document is a published entry of a city. Every substring of its name, abstract, provider, item names and codes is
//! found: see `grams`. Hits are ordered by where the words are, filtered and counted by facets. If items are wanted,
//! the entries that have some of them are found as well, ordered by their number. The index is derived from records
//! that are kept elsewhere: it applies numbered changes, and the number of the last one is part of each commit. A lost
//! or damaged index is built anew beside the served one.
//!
//! Which entries there are, who may search, and any figures do not belong here.

mod common;
mod counts;
mod deleted;
mod distinct;
mod docs;
mod document;
mod facets;
mod failure;
mod fold;
mod folder;
mod generation;
mod grams;
mod hits;
mod index;
mod kin;
mod lengths;
mod matching;
mod page;
mod phrases;
mod postings;
mod query;
mod ranking;
mod related;
mod schema;
mod scores;
mod searching;
mod segment;
mod segment_hits;
mod snippet;
mod store;
mod suggesting;
#[cfg(test)]
mod tests;
mod vocabulary;
mod wanted;
mod wanted_items;
mod words;

pub use chengji_domain::catalogue::Facet;
pub use document::{Document, EntryId, Freshness, Source};
pub use fold::{Folded, fold};
pub use generation::HELD;
pub use index::{Build, IndexState, SearchIndex};
pub use page::Hit;
pub use query::{Filters, MAX_WORDS, Position, Query, Search, Sort};
pub use related::{MAX_RELATED, Related, Relation};
pub use searching::{FacetCounts, Found};
pub use snippet::{Snippet, has_word, marks, snippet};
pub use store::Change;
pub use suggesting::{FEW, MAX_COMPLETIONS, Suggestion};
pub use wanted_items::WantedItems;
