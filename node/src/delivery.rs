//! Delivery of files under a grant, straight from node to node: the provider's end, the consumer's
//! end, and the receipts of both.
//!
//! Every byte sent is covered by a grant that stands at that moment. A file stands under its name
//! only when all of it has arrived and its digest is right. What had arrived is not sent again.

mod attempts;
mod budget;
mod download;
mod grant;
mod partial;
mod provide;
mod receipts;
mod receive;
mod reception;
mod refusal;
pub mod service;
mod transfers;
mod under_way;
mod unfinished;

pub(crate) use self::attempts::Attempts;
pub use self::budget::{Budget, DiskLimits};
