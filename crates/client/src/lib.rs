//! What the command lines of both programs share: profiles and sessions, how answers and failures are
//! printed and which exit code they get, progress of long work, and the commands that both programs
//! have. What a command of one program does stands in that program.

pub mod cells;
pub mod command;
pub mod failure;
pub mod fields;
pub mod findings;
pub mod output;
pub mod pages;
pub mod profile;
pub mod progress;
pub mod statistics;
pub mod views;
