//! Access control (身份与权限): members and people, their roles and invitations, and the roster as of its last
//! signed checkpoint.
//!
//! The coordinator and every node share this code for different people: the coordinator for nodes and the
//! cluster's people, a node for its city's. [`EnrolmentPolicy`] holds the differences. The gate in
//! `chengji_transport` decides by the contract whether a call is allowed; this crate identifies its
//! caller and looks up the caller's rights.

pub mod records;
pub mod registrar;
pub mod roster;
pub mod service;

use chengji_store::IndexedTable;

pub use registrar::{AdmittedNode, EnrolmentPolicy, InvitationValidity, Registrar};
pub use roster::RosterHandle;

/// The tables with indexes.
pub static INDEXED: [&dyn IndexedTable; 3] = [
    &records::INVITATIONS,
    &roster::tables::MEMBERS,
    &roster::tables::REVOKED,
];
