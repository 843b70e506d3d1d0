//! Requests between cities (共享申请): routes requests, and puts the moves of all cities into one
//! authoritative order. The domain defines the moves and whose turn it is.

mod approvals;
mod arriving;
mod awaiting;
mod checks;
mod departures;
mod disputes;
mod dues;
mod lapsed;
mod moved;
mod opening;
mod own_moves;
mod stops;

pub use approvals::{approve, awaits, decline};
pub use arriving::{Arrived, OutOfReach, arrive, never_made};
pub use departures::{end_requests, is_chased};
pub use disputes::{Conclusion, Disputes, conclude};
pub use lapsed::note_lapses;
pub use moved::{LaterDeadline, deadlines_to_move, move_deadlines};
pub use opening::{IsCurrent, is_admission_over, open, settle, still_waits};
pub use stops::note_stop;

#[cfg(test)]
mod law_tests;

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "requests_approvals_tests.rs"]
mod approvals_tests;

#[cfg(test)]
#[path = "requests_departures_tests.rs"]
mod departures_tests;

#[cfg(test)]
#[path = "requests_disputes_tests.rs"]
mod disputes_tests;

#[cfg(test)]
#[path = "requests_stops_tests.rs"]
mod stops_tests;

#[cfg(test)]
#[path = "requests_text_tests.rs"]
mod text_tests;

#[cfg(test)]
#[path = "requests_room_tests.rs"]
mod room_tests;
