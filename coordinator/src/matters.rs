//! Corrections and demands between cities: opens them, puts the moves of all cities into one authoritative order,
//! assigns demands, and notifies cities of corrections to data that they received. The domain defines the moves and
//! whose turn it is.

mod arriving;
mod broker;
mod departures;
mod opening;
mod ordering;
mod receiving;
mod reminding;

pub use arriving::{ArrivedMove, arrive};
pub use broker::MatterBroker;
pub use departures::end_matters;
pub use opening::open;
pub use receiving::{deliver, note_received, received_key};
pub use reminding::{move_deadlines, remind};

#[cfg(test)]
#[path = "matters_tests.rs"]
mod tests;

#[cfg(test)]
mod abuse_tests;

#[cfg(test)]
mod departures_tests;

#[cfg(test)]
mod late_tests;
