//! Log following: the only way in which one party learns another's facts.
//!
//! [`LogServer`] streams a program's own log; [`Follower`] reads another's, entry by entry without a gap,
//! and [`Intake`] applies each in the same transaction that stores it and moves the position. The meaning
//! of an entry is left to implementations of [`Apply`]. Both programs fold requests, corrections, demands,
//! return flows, probes and rules from logs; [`request_table`], [`matter_table`], [`return_flow_table`],
//! [`probe_table`] and [`rule_table`] store them.

mod accepting;
mod alarm;
mod apply;
pub mod archive;
mod backups;
mod blocks;
mod checked_copies;
mod clock_skew;
mod confirm;
mod copies;
mod epochs;
mod follower;
mod index_checks;
mod intake;
pub mod matter_table;
mod own_time;
mod parsed;
mod peer_calls;
pub mod probe_table;
mod read;
pub mod request_table;
pub mod return_flow_table;
pub mod rule_table;
mod server;
mod state;
pub mod succession_table;
mod table_sizes;
mod turns;

use chengji_store::IndexedTable;

pub use chengji_clock::{Clock, system_clock};

pub use self::accepting::{accept, checked_reason};
pub use self::alarm::alarm;
pub use self::apply::{Admission, Apply, Pause, StoredPiece, Sums};
pub use self::backups::{back_up, backup_to, stamp};
pub use self::checked_copies::{CopiedEntry, Copies, damaged_entry};
pub use self::confirm::{ByHand, Confirming, LogPeer, LogPeers};
pub use self::copies::{
    LogCopy, copies, copy_in, current_copies, current_copy, last_entry_time, leaf, leaf_in, root,
};
pub use self::epochs::{Opening, new_epoch, open_epoch};
pub use self::follower::Follower;
pub use self::index_checks::{IndexChecks, table_check};
pub use self::intake::Intake;
pub use self::own_time::{epoch_began_at, next_time};
pub use self::parsed::ParsedEntry;
pub use self::peer_calls::PeerCalls;
pub use self::read::read;
pub use self::server::{LogServer, MESSAGE_BYTES, MESSAGE_ENTRIES, PacedReader};
pub use self::state::{
    CaughtUp, FollowState, Followed, Paced, followed_log, last_set_aside, position, quarantine,
    quarantined, set_aside, set_aside_of, skew_to, unconfirmed_log,
};
pub use self::table_sizes::{table_sizes, watch_table_sizes};
pub use self::turns::FollowTurns;

/// The tables with indexes or tallies.
pub static INDEXED: [&dyn IndexedTable; 4] = [
    &request_table::REQUESTS,
    &matter_table::MATTERS,
    &return_flow_table::FLOWS,
    &state::QUARANTINE,
];
