//! Alarms about followed logs.

use chengji_messages::Message;
use jiff::Timestamp;

use crate::digest::Digest;
use crate::position::Position;
use crate::principal::Principal;

/// An alarm: a followed log differs from the one followed before. Reading stops and the copy is kept
/// unchanged until the former log returns or a person accepts the present one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The kind of the difference.
    pub kind: AlarmKind,
    /// The position up to which the log was read.
    pub known: Position,
    /// The leaf of the entry before `found`, as it was read.
    pub known_leaf: Option<Digest>,
    /// The owner's position: its head, or for [`AlarmKind::Diverged`] the position after the entry that
    /// differs.
    pub found: Position,
    /// The leaf of the entry before `found`, as the owner serves it.
    pub found_leaf: Option<Digest>,
    /// Time at which the difference was found.
    pub since: Timestamp,
    /// The difference.
    pub reason: Message,
    /// Time at which the former log was seen again. An alarm about entries that differ remains nevertheless
    /// until it is accepted.
    pub mended_at: Option<Timestamp>,
    /// The acceptance of the log in its present form.
    pub accepted: Option<Acceptance>,
}

/// The kind of difference between a followed log and the one followed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// A different entry at a position that was read before.
    Diverged,
    /// An epoch that does not descend from the known one.
    Forked,
    /// An end before the last entry read, in the same epoch.
    Shorter,
    /// A lower epoch.
    LowerEpoch,
    /// More epochs than copies are kept for without acceptance.
    ManyEpochs,
    /// A checkpoint whose signature does not verify.
    BadSignature,
}

/// A person's acceptance of a log in spite of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The principal who accepted it.
    pub by: Principal,
    /// The reason given.
    pub reason: String,
    /// Time of the acceptance.
    pub at: Timestamp,
}
