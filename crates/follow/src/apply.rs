//! What a follower does with what it reads.

use std::time::Duration;

use chengji_domain::Result;
use chengji_domain::fact::QuarantinedRun;
use chengji_proto::v1;
use chengji_store::{Entry, KeyValue, Tx};

use crate::copies::LogCopy;

/// The effect of a followed log on the follower's own state.
pub trait Apply: Send + Sync + 'static {
    /// The effect of one entry whose body may be read here, in the transaction that stores the entry and moves the position.
    /// An error that is our own fault (a full disk) stops following until it is tried again; any
    /// other undoes this entry's writes, sets the entry aside and goes on with the next.
    fn apply(&self, tx: &mut Tx<'_>, seq: u64, entry: &Entry) -> Result<()>;

    /// A piece of the log was taken in: this copy has grown to its end. `head` is that of the log as
    /// last heard. In the same transaction, after the effects of the entries.
    fn arrived(&self, _: &mut Tx<'_>, _copy: &LogCopy, _head: u64) -> Result<()> {
        Ok(())
    }

    /// How many of the next items may be taken in now. Those after them wait at their position and
    /// are asked for again; none is ever skipped.
    fn admit(&self, _: &dyn KeyValue, items: &[v1::LogItem]) -> Result<Admission> {
        Ok(Admission {
            items: items.len(),
            pause: None,
        })
    }

    /// Whether the log may be read, in the transaction that stores the next entries. An error keeps
    /// all of them out and stops following until it is tried again.
    fn may_read(&self, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    /// The log is read anew into the copy of this number; `accepted` where people accepted it as it is. In
    /// the transaction that begins the copy.
    fn begun(&self, _: &mut Tx<'_>, _copy: u32, _accepted: bool) -> Result<()> {
        Ok(())
    }

    /// Forgets a bounded piece of what was learnt from this log, which is read anew: its owner opened a
    /// new epoch, or people accepted it as it is. True when nothing is left.
    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool>;

    /// Entries were set aside; in the same transaction, once for all that it stores.
    fn quarantined(&self, _: &mut Tx<'_>, _: QuarantinedRun) -> Result<()> {
        Ok(())
    }

    /// These entries and their effects are durable; entries set aside are not among them. May take
    /// a while: it is called off the threads that serve.
    fn committed(&self, _entries: &[(u64, Entry)]) {}

    /// Every entry in the copy of this log that is continued matches its leaf again, after some did not.
    /// May take a while: it is called off the threads that serve.
    fn mended(&self) {}

    /// Everything learnt from this log is forgotten.
    fn forgotten(&self) {}
}

/// How many items may be taken in, and why no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// So many, from the first on.
    pub items: usize,
    /// What the next one waits for.
    pub pause: Option<Pause>,
}

/// A budget that is exhausted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Its name, as in the settings.
    pub budget: &'static str,
    /// When it is worth while to ask again.
    pub wait: Duration,
}
