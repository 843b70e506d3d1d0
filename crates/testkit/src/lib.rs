//! Fixtures of tests: what several crates need to make of the domain, each once.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not valid fails its test"
)]

pub mod strategies;

/// A valid credit code, of a department.
pub const CREDIT_CODE: &str = "91350100M000100Y43";
