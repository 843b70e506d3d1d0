//! The city's requests, as consumer and as provider.
//!
//! A request's record holds the moves in the coordinator's order, learnt by following its log, and
//! the city's own moves that are on their way there. What counts is both together.

pub mod book;
pub mod follow;
mod provenance;
pub mod service;
pub(crate) mod terms;
