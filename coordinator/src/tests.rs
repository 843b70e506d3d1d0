//! What unit tests of several modules share.

#[path = "../../tests/fixtures/directory.rs"]
mod directory;
mod facts;
mod storage_1;
pub(crate) mod world;
