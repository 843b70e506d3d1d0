//! Pages of lists, for servers and for clients.
//!
//! A [`Pager`] parses the requested page and fills it from ordered rows. It filters before it cuts, and ends the page by
//! number of items, by bytes, or after many filtered-out rows. An opaque cursor says where the next page begins.
//!
//! Which rows a list has, and what its items mean, does not belong here.

mod budget;
#[cfg(test)]
mod contract_tests;
mod cursor;
mod kept;
mod list;
mod pager;

pub use budget::{AnswerBudget, is_one_answer, pieces};
pub use kept::Kept;
pub use list::{ListAnswer, ListRequest};
pub use pager::{MAX_PASSED_OVER, MAX_SIZE, Pager};
