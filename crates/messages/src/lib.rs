//! Messages to people as data: a code with typed parameters, rendered where a person reads it, in that
//! person's language.
//!
//! The catalogues are `catalogue/en/*.ftl` and `catalogue/zh-CN/*.ftl` ([Fluent]); the build compares them and
//! generates a type for each message in [`msg`], with a field for each parameter. A message that is missing in
//! a language, or one without a parameter, does not compile.
//!
//! How text of unknown origin is shown is decided here, too ([`quoted`]): whatever another party wrote becomes
//! a parameter, and no parameter moves the cursor, reorders or hides anything.
//!
//! Never enters: rules, wire formats, anything that decides.
//!
//! [Fluent]: https://projectfluent.org

mod catalogue;
pub mod character;
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
