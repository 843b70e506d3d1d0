//! Rights (身份与权限): members and people, their roles, the invitations that make them, and the
//! roster, in force by its last signed checkpoint.
//!
//! The coordinator and every node do the same things here, for different people: the coordinator for
//! nodes and the cluster's people, a node for its city's. What differs stands behind [`EnrolmentPolicy`]. What a
//! call may do is decided by the gate in `chengji_transport`, by the contract; what is asked here is
//! only who somebody is and which rights it has.

pub mod book;
pub mod registrar;
pub mod roster;
pub mod service;

pub use registrar::{AdmittedNode, EnrolmentPolicy, Registrar, Term};
pub use roster::RosterHandle;
