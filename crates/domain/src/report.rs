//! Figures of a month for the government above (条例第三十八条): requests, answers and offers in time, refusals, use. A pure
//! fold over the histories of requests and over deliveries.
//!
//! - *Dates*: a move counts as of its date; one that is dated before the move ahead of it counts as of that one. So
//!   each counts in exactly one month, and the figures of months add up.
//! - *Requests of a month*: those that were submitted or moved in it, and those that were open at its beginning. Their
//!   state is that at the end of the month, or now if it has not ended. Stops do not change it.
//! - *Working days of an answer*: from the routing to the answer, less those on which the consumer supplied missing
//!   information. *Of an offer*: from the grant to the offer.
//! - *Returned data*: the return flows that ran in the month, and whether each city received it in the month.
//! - *Late* acts were made after their last day; *overdue* ones were still due after it at the end of the month.

mod days;
mod figures;
mod ground;
mod month;
mod of_request;

pub use self::days::WorkingDays;
pub use self::figures::{
    ActFigures, Figures, MatterFigures, MonthFigures, RequestFigures, ReturnFigures, UseFigures,
};
pub use self::ground::Ground;
pub use self::month::Month;
pub use self::of_request::{Act, RequestMonth, is_in_hand};

#[cfg(test)]
#[path = "report/report_tests.rs"]
mod tests;
