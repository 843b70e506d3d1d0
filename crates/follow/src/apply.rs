//! What a follower does with what it reads.

use bytes::Bytes;
use chengji_domain::{Epoch, Result};
use chengji_store::Tx;

use crate::copies::LogCopy;

/// The effect of a followed log on the follower's own state.
pub trait Apply: Send + Sync + 'static {
    /// The effect of one entry, in the transaction that stores the entry and moves the position.
    /// An error that is our own fault (a full disk) stops following until it is tried again; any
    /// other undoes this entry's writes, sets the entry aside and goes on with the next.
    fn apply(&self, tx: &mut Tx<'_>, seq: u64, bytes: &[u8]) -> Result<()>;

    /// A piece of the log was taken in: this copy has grown to its end. `head` is that of the log as
    /// last heard. In the same transaction, after the effects of the entries.
    fn arrived(&self, _: &mut Tx<'_>, _copy: &LogCopy, _head: u64) -> Result<()> {
        Ok(())
    }

    /// Forgets a bounded piece of what was learnt from this log, which is read anew: its owner opened a
    /// new epoch, or people accepted it as it is. True when nothing is left.
    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool>;

    /// An entry was set aside, for this reason; in the same transaction.
    fn quarantined(&self, _: &mut Tx<'_>, _epoch: Epoch, _seq: u64, _reason: &str) -> Result<()> {
        Ok(())
    }

    /// These entries and their effects are durable; entries set aside are not among them.
    fn committed(&self, _entries: &[(u64, Bytes)]) {}

    /// Everything learnt from this log is forgotten.
    fn forgotten(&self) {}
}
