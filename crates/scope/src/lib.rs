//! The part of a table that a grant permits to read (授权范围): made of what people write, checked against the table's
//! schema, and cut out of batches of rows.
//!
//! [`Cut`] is a barrier by construction. It evaluates the condition of a grant and applies its masks by functions of its
//! own, each of which has a result for every value: no value makes a cut fail, and what comes after it, such as a query
//! engine, sees permitted rows and masked values only. The meaning of a grant depends on no engine and changes with no
//! upgrade of one.
//!
//! The cut needs the feature `cut`; without it this crate has no Arrow, for programs that show scopes only.
//!
//! This crate reads no source, keeps no salt, and knows nothing of requests.

mod check;
mod column;
mod condition;
#[cfg(feature = "cut")]
mod cut;
#[cfg(feature = "cut")]
mod delivered;
mod mask;
mod proposal;
mod sql_text;
#[cfg(test)]
mod strategies;
mod words;

pub use self::check::check;
pub use self::condition::{check_condition_text, condition_of};
#[cfg(feature = "cut")]
pub use self::cut::{Batches, Cut};
#[cfg(feature = "cut")]
pub use self::delivered::check_delivered;
pub use self::mask::mask_of;
pub use self::proposal::Proposal;
pub use self::sql_text::condition_text;
pub use self::words::words;
