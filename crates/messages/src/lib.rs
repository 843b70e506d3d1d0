//! Messages to people as data: a code with typed parameters, rendered where a person reads it, in that
//! person's language.
//!
//! The catalogues are `catalogue/en/*.ftl` and `catalogue/zh-CN/*.ftl` ([Fluent]); the build compares them
//! and generates a type for each message in [`msg`], with a field for each parameter. A message or parameter
//! that is missing in one language fails the build.
//!
//! The display of text of unknown origin is decided here, too ([`quoted`]): text from another party becomes a
//! parameter, and no parameter moves the cursor, reorders or hides anything.
//!
//! This crate contains no business rules and no wire formats.
//!
//! [Fluent]: https://projectfluent.org

mod catalogue;
pub mod character;
pub mod help;
pub mod language;
mod message;
pub mod moment;
pub mod quoted;

pub use self::language::Language;
pub use self::message::{Message, Value};

/// The messages, a type for each.
pub mod msg {
    use crate::message::{Message, Value};

    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}
