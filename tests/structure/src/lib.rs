//! Checks of the source tree itself: no cycles between modules, dependencies as drawn in
//! `ARCHITECTURE.md` and all of them used, no oversized files and functions, no lenient reading of stored
//! records, reading only by their declared tables, each with indexes listed as such, no text for people outside the
//! catalogues of messages, no assertions on wording, and no service without the adapter that asks for a permit.
//! `tests/run` runs them with the other tests.
//!
//! The checks read only the sources, so the crate depends on no other of the workspace and its tests
//! build within seconds.

mod adapters;
mod circles;
mod dependencies;
mod finding;
mod indexed;
mod lenient;
mod packages;
mod picture;
mod prefixes;
mod prose;
mod resolution;
mod sizes;
mod source;
#[cfg(test)]
mod tree_tests;
mod wording;

pub use adapters::server_traits;
pub use circles::circles;
pub use dependencies::{undeclared_order, unused};
pub use finding::Finding;
pub use indexed::Indexed;
pub use lenient::{Lenient, lenient};
pub use packages::{Package, packages};
pub use picture::Picture;
pub use prefixes::{Prefixes, all_prefixes};
pub use prose::{Prose, prose, unused_messages};
pub use sizes::{MAX_FILE_LINES, MAX_FUNCTION_LINES, long_files, long_functions};
pub use source::{Crate, Module, SourceError};
pub use wording::wording;
