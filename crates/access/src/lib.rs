//! Who may do what (身份与权限): certificates and who issues them, invitations, people and their
//! rights, the signed list of members, and the trail of what was done and denied.
//!
//! The coordinator and every node do the same things here, for different people: the coordinator for
//! nodes and the cluster's people, a node for its city's. What differs stands behind [`Seat`]. What a
//! call may do is decided by the gate in `chengji_transport`, by the contract; what is asked here is
//! only who somebody is and which rights it has.

pub mod authority;
pub mod book;
pub mod command;
pub mod enrolment;
pub mod files;
pub mod keys;
pub mod registrar;
pub mod roster;
pub mod service;
pub mod trail;
pub mod watch;

pub use authority::{Authority, AuthorityFiles};
pub use registrar::{CertifiedNode, Registrar, Seat, Term};
pub use roster::Live;
pub use trail::Trail;
