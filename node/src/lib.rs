//! A city's node: its catalogue, its requests, its deliveries and its log, and the command line of
//! the city's people.
//!
//! Each call takes the same steps in every service: permit, wire type parsed into a domain type, the
//! domain's rule, one write of state and log entry together, answer.

pub mod access;
mod after_restore;
mod caller;
pub mod catalogue;
pub mod certificate;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod consent;
mod delegation;
pub mod delivery;
pub mod directory;
pub mod enrolment;
mod file_digest;
mod grant_rules;
pub mod lease;
mod matters;
pub mod notifications;
pub mod own_log;
mod parts;
mod probes;
pub mod queries;
pub mod queue;
#[cfg(test)]
#[path = "../../tests/fixtures/reads.rs"]
mod read_counts;
mod reports;
pub mod requests;
mod restored;
mod return_flows;
mod rules;
pub mod serve;
pub mod setup;
mod sources;
pub mod status;
mod stops;
mod succession;
mod todo;
mod usage;
