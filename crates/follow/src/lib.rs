//! Following: the one way in which one party learns what another has said.
//!
//! [`LogServer`] streams a program's own log; [`Follower`] takes another's, entry by entry without a
//! gap, and applies each in the same transaction that stores it and moves the position. What an
//! entry means is the business of whoever implements [`Apply`].

mod apply;
mod clock;
mod follower;
mod read;
mod server;
mod state;

pub use self::apply::Apply;
pub use self::clock::{Clock, system_clock};
pub use self::follower::Follower;
pub use self::read::read;
pub use self::server::{LogServer, MayRead};
pub use self::state::{FollowState, Followed, followed_log, mirrored, position, quarantine};
