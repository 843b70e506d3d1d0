//! What the command lines of both programs share: how answers are printed, how failures are told
//! and which exit code they get, progress of long work, settings, and the profile a command calls
//! a program with. Nothing here knows a single command, opens a connection or decides anything.

pub mod cells;
pub mod csv_writer;
pub mod failure;
pub mod fields;
pub mod findings;
pub mod output;
pub mod profile;
pub mod progress;
pub mod settings;
pub mod statistics;
pub mod tables;
pub mod views;
