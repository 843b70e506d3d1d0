//! What unit tests of several modules share.

mod facts;
pub(crate) mod world;
