//! Storage: an ordered key-value store with atomic batches, and the append-only log on top of it.
//!
//! [`KeyValue`] is the whole interface of an engine; [`RocksStore`] is the embedded one, [`MemoryStore`] its
//! equivalent for tests, and one conformance suite runs on both. [`Ledger`] is the only writer of a store: it
//! groups the writes of many callers into one durable batch, log entries and state together.
//!
//! [`Table`], [`Index`] and [`Tally`] define records: a key type, a codec, secondary keys and numbers by group,
//! declared once and written with their record. [`Single`] is a table of one record.
//!
//! Entries and values are uninterpreted bytes here. The contract, transport and the rules of sharing do not
//! belong in this crate.

pub mod backup;
pub mod building;
pub mod codec;
#[cfg(test)]
mod conformance;
pub mod counting;
mod directory;
pub mod failing;
mod head_file;
pub mod index;
pub mod key_part;
pub mod keys;
pub mod kv;
pub mod ledger;
pub mod log;
pub mod memory;
pub mod merge;
pub mod merkle;
pub mod migrations;
mod recount;
pub mod rocks;
pub mod single;
pub mod span;
pub mod stored_tree;
pub mod table;
#[cfg(test)]
mod table_tests;
pub mod tally;
mod tally_changes;
pub mod verify;
pub mod view;

pub use building::{IndexedTable, build_added};
pub use chengji_domain::Position;
pub use chengji_log::Entry;
pub use codec::{Codec, Encoded, KeyOnly};
pub use counting::{CountingStore, Reads, Writes};
pub use directory::{Loss, RestoredMark};
pub use failing::{CommitOutcome, FailingStore};
pub use head_file::Head;
pub use index::Index;
pub use key_part::KeyPart;
pub use keys::{Key, KeyReader, Prefix};
pub use kv::{Batch, CommitError, KeyValue, MAX_BATCH, MAX_KEY, MAX_VALUE, Pair};
pub use ledger::{Confirmation, Ledger, ReadAhead, Tx};
pub use memory::MemoryStore;
pub use merge::Merged;
pub use merkle::RootHasher;
pub use migrations::VERSION as STORAGE_VERSION;
pub use rocks::RocksStore;
pub use single::Single;
pub use span::{Limit, Page, Span};
pub use stored_tree::{Edge, RANGE, StoredTree};
pub use table::Table;
pub use tally::Tally;
pub use view::{View, after, each};
