//! The shared part of both command lines: profiles and sessions, the printing of answers and failures,
//! exit codes, progress of long work, and common commands. Commands of one program only do not belong
//! in this crate.

pub mod arguments;
mod cell;
pub mod cells;
pub mod command;
pub mod failure;
pub mod fields;
pub mod findings;
pub mod help;
pub mod line;
pub mod matters;
pub mod output;
pub mod pages;
pub mod profile;
pub mod progress;
pub mod search;
pub mod statistics;
pub mod suggestions;
mod usage;
pub mod views;
