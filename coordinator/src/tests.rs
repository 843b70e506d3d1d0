//! Helpers shared by the unit tests of several modules.

#[path = "../../tests/fixtures/directory.rs"]
mod directory;
mod facts;
#[path = "../../tests/fixtures/reads.rs"]
mod read_counts;
mod reads;
mod searches;
mod storage;
pub(crate) mod world;
