//! Usage records: those of this city as consumer, of which its people are reminded, and those that the consumers of its
//! data disclose to it.

pub(crate) mod records;
pub(crate) mod reminding;
pub(crate) mod service;
