//! The city's corrections and demands, as the city that files them and as the one that answers.
//!
//! A record holds the moves in the coordinator's order, learnt by following its log, and the city's own pending moves.
//! Demands of all members are among them.

pub(crate) mod access;
pub(crate) mod follow;
pub(crate) mod notices;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod service;

#[cfg(test)]
#[path = "matters_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "matters/department_tests.rs"]
mod department_tests;

#[cfg(test)]
#[path = "matters/reads_tests.rs"]
mod reads_tests;
