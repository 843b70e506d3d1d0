//! A whole cluster on this machine for a test: the real programs, set up as operators do and called as
//! people and nodes do. They serve within the test's process, or each in one of its own where a scenario
//! needs that.
//!
//! All files of a cluster are in one temporary folder; it listens only on loopback. Tests wait only for
//! conditions, with a bound. Assertions are in the scenarios, not here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a harness that cannot go on has to fail the test where it stands"
)]

mod authority;
mod calls;
pub mod campaign;
mod cluster;
mod entries;
mod eventually;
mod false_provider;
mod hostile;
mod impostor;
mod in_memory;
mod inside;
mod line;
mod many;
mod open;
mod pdf;
mod program;
mod replay;
mod server;

pub use authority::{Authority, Certificate};
pub use calls::{Input, call, importing, submission};
pub use cluster::{Cluster, NAME, demo};
pub use entries::{PAPERS, code_of, entry};
pub use eventually::{BOUND, eventually};
pub use false_provider::{FalseProvider, FalseRows, Lie};
pub use hostile::{Attack, UnderWay};
pub use impostor::{Impostor, Script, city};
pub use inside::Ahead;
pub use line::Line;
pub use many::each_at_once;
pub use pdf::text_of_pdf;
pub use program::{Exit, Program, program, says};
pub use server::{Server, identity_of};
