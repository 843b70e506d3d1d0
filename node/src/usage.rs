//! Usage records: those of this city as consumer, and those that the consumers of its data disclose to it.

pub(crate) mod records;
pub(crate) mod service;
