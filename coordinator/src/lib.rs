//! The cluster's coordinator: it follows every member city's log, keeps the federated catalogue,
//! orders the moves of requests between cities, reminds of deadlines and computes the sharing rate.
//!
//! It has no authority inside a city, and data never passes through it. It publishes facts only in its
//! own log, which the cities follow.

pub mod access;
pub mod approvals;
pub mod arrivals;
pub mod broker;
pub mod catalogue;
pub mod certificate;
mod changes;
pub mod cli;
pub mod config;
pub mod deadlines;
mod departures;
pub mod directory;
mod due_reminders;
pub mod early_moves;
pub mod enrolment;
mod facets;
pub mod federation;
pub mod followed;
pub mod following;
pub mod forgetting;
pub mod indexing;
pub mod journal;
mod keys_ahead;
pub mod matters;
pub mod members;
pub mod month_use;
mod one_by_one;
pub mod probes;
mod quota;
pub mod rate;
pub mod read_entry;
pub mod records;
pub mod reminders;
pub mod reports;
pub mod requests;
mod retry;
mod return_flows;
pub mod rules;
pub mod serve;
pub mod setup;
pub mod shown_acts;
pub mod status;
mod taking_up;
pub mod waiting;

#[cfg(test)]
mod large_roster_tests;
#[cfg(test)]
mod tests;
