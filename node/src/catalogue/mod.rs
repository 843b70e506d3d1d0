//! The city's catalogue: its entries, what is mounted to them, and the service for the city's own
//! staff.

pub mod book;
pub mod doubts;
pub mod import;
pub mod measure;
pub mod mount;
pub mod service;
pub mod source;
