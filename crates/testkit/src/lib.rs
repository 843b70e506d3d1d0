//! Test fixtures of domain values that several crates share.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not valid fails its test"
)]

pub mod entries;
pub mod matters;
pub mod overdue;
pub mod requests;
pub mod strategies;

/// A valid credit code, of a department.
pub const CREDIT_CODE: &str = "91350100M000100Y43";

/// A valid credit code of another department.
pub const OTHER_CREDIT_CODE: &str = "114302000069920125";
