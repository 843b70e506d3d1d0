//! The sources of tables (数据源) that the settings declare: the calls of those who mount, on sources and tables.
//!
//! What is shared of a table, and with whom, does not belong here.

pub(crate) mod service;

#[cfg(test)]
mod reads_tests;
