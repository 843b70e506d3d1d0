//! The city's catalogue: its entries, what is mounted to them, and the service for the city's own
//! staff.

pub mod book;
pub mod change;
pub mod doubts;
mod due;
pub mod folders;
mod history;
pub mod import;
mod listing;
pub mod lives;
pub mod matching;
pub mod measure;
pub mod mount;
pub mod mounting;
pub mod mover;
pub mod pairs;
pub mod pattern;
mod references;
pub mod rounds;
#[cfg(test)]
mod samples;
pub mod service;
pub mod source;
pub mod stage;
pub mod statistics;
pub mod status;
mod stop;
pub mod who;
