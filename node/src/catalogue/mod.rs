//! The city's catalogue: its entries, what is mounted to them, and the service for the city's own
//! staff.

pub mod book;
pub mod change;
mod due;
pub mod import;
mod listing;
pub mod lives;
pub mod measure;
pub mod mount;
pub mod service;
pub mod source;
pub mod stage;
pub mod statistics;
