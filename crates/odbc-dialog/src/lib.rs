//! The dialog of a node with the program that speaks ODBC, over a Unix socket that is the program's standard input.
//!
//! The node sends one [`Ask`]. The program connects to the database and answers as the question requires:
//!
//! | question | answers |
//! |---|---|
//! | [`Question::Check`] | [`Checked`] |
//! | [`Question::Tables`] | [`Listed`] |
//! | [`Question::Columns`] | [`Described`] |
//! | [`Question::Rows`] | [`Described`], then [`Rows`] until one is empty |
//!
//! Each answer may be a [`Failure`] instead. The program ends after its last answer, and when the socket is closed.

mod cells;
mod frame;
mod messages;
mod names;
mod plan;

pub use self::cells::{Cell, Cells};
pub use self::frame::{receive, send, send_failure};
pub use self::messages::{
    Ask, Checked, Column, Described, Failure, Kind, Listed, Question, Rows, Stage, Table,
};
pub use self::names::{address, quoted};
pub use self::plan::Plan;
