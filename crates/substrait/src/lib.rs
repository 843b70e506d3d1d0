//! Queries of one table (单表查询) that a node hands to another, written as plans of Substrait.
//!
//! [`TableQuery`] is the allow list: filters, projections, limits and aggregates that it cannot represent cannot be handed
//! over, and are computed at the consumer instead. Each of its expressions has a result for every value, so that no value
//! in a row makes a query fail.
//!
//! A query has one encoding. A plan is accepted only if it is that encoding, byte for byte: fields, relations, functions
//! and options that are not on the list are refused rather than ignored, whatever they mean in a later version of
//! Substrait.
//!
//! This crate runs no queries and knows nothing of grants.

mod check;
mod decode;
mod encode;
mod expression;
mod functions;
mod literals;
mod output;
#[cfg(test)]
mod strategies;
mod table_query;
mod types;
mod wire;

pub use self::check::{MAX_DEPTH, MAX_EXPRESSIONS};
pub use self::decode::decode;
pub use self::encode::{MAX_BYTES, encode};
pub use self::expression::{Comparison, Expression, Literal, Value};
pub use self::output::{Column, Function, MAX_MEASURES, Measure, Output};
pub use self::table_query::TableQuery;
pub use self::types::widens;

/// The version of plans: it is raised with every change of the encoding, or of what an encoded query means, so that two
/// nodes of different versions hand no queries to each other. They fetch the table instead.
pub const PLAN_VERSION: u32 = 1;
