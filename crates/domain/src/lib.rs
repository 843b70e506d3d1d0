//! The rules of cross-city government data sharing, and nothing else.
//!
//! Everything here is a value or a pure function: codes that are validated when they are parsed,
//! the catalogue entry, the lifecycle of a request, the working-day calendar, the sharing rate, and
//! the facts recorded in logs. This crate uses no clock, file, socket, database or async runtime;
//! time is always an argument.

pub mod access;
pub mod calendar;
pub mod catalogue;
pub mod checkpoint;
pub mod city;
pub mod cut_text;
pub mod default_scope;
pub mod delegation;
pub mod delivery;
pub mod digest;
pub mod endpoint;
pub mod envelope;
pub mod epoch;
pub mod error;
pub mod event;
pub mod fact;
pub mod feed;
pub mod field;
pub mod findings;
pub mod grant_rule;
pub mod invitation;
pub mod log_alarm;
pub mod log_entry;
mod log_key;
pub mod matter;
mod measurement;
pub mod membership;
pub mod notification;
mod origin;
pub mod people;
mod position;
pub mod principal;
pub mod probe;
pub mod problem;
pub mod proposal;
mod quarantined_run;
pub mod rate;
pub mod report;
pub mod request;
pub mod resource;
pub mod return_flow;
pub mod roster;
pub mod roster_fold;
pub mod stop;
pub mod succession;
pub mod table;
pub mod tables;
pub mod text;
pub mod time;
pub mod usage;
pub mod uscc;
mod value;

pub use chengji_messages::quoted;
pub use city::{CityCode, DivisionCode};
pub use digest::Digest;
pub use endpoint::Endpoint;
pub use epoch::Epoch;
pub use error::{Error, ErrorCode, Fault, Result, Violation};
pub use field::{Field, Location};
pub use log_key::LogKey;
pub use position::Position;
pub use principal::Principal;
pub use quoted::Quoted;
pub use resource::{ResourceCode, ResourceRef};
pub use text::TextRule;
pub use uscc::Uscc;
