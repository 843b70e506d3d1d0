//! The city's requests, as consumer and as provider.
//!
//! A request's record holds the moves in the coordinator's order, learnt by following its log, and the
//! city's own pending moves. Both together determine its state.

pub(crate) mod attention;
pub(crate) mod departments;
pub mod follow;
pub(crate) mod idempotency;
pub(crate) mod jurisdiction;
mod orders;
pub(crate) mod provenance;
pub mod records;
pub mod service;
pub(crate) mod terms;
