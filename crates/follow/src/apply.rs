//! The effect of a followed log on the follower's state.

use std::time::Duration;

use chengji_domain::Result;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::QuarantinedRun;
use chengji_store::{Entry, KeyValue, Tx};

use crate::copies::LogCopy;
use crate::parsed::ParsedEntry;

/// The effect of a followed log on the follower's own state.
pub trait Apply: Send + Sync + 'static {
    /// The parsed body of an entry.
    type Fact: Send + Sync + 'static;

    /// Sums over the effects of a piece's entries, which [`Self::arrived`] writes once; `()` without any.
    type Sums: Sums;

    /// Parses an entry whose body this program may read, once, off the thread of the ledger; `envelope` is
    /// its own, and the body was sealed with it. An error has the effect of one from [`Self::apply`].
    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact>;

    /// Applies an entry whose body this program may read, in the transaction that stores the entry and
    /// moves the position. A local failure (a full disk) stops following until a retry; any other error
    /// undoes this entry's writes, sets the entry aside and continues with the next. An entry may be
    /// applied more than once, where a transaction has failed. `sums` are those of this entry; they do not count if it is
    /// undone.
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        sums: &mut Self::Sums,
        fact: &Self::Fact,
        entry: &Entry,
    ) -> Result<()>;

    /// Returns stored keys that the effects of the entries of a piece of the log read, which are looked up together before
    /// its transaction. An effect that reads another key looks it up by itself. The piece may be refused later.
    fn keys_to_read(&self, _entries: &[ParsedEntry<Self::Fact>]) -> Vec<Vec<u8>> {
        Vec::new()
    }

    /// Called after a piece of the log was stored, in the same transaction and after the effects of its
    /// entries. Where the transaction fails, nothing is stored, and its entries are part of a later piece.
    fn arrived(
        &self,
        _: &mut Tx<'_>,
        _sums: Self::Sums,
        _: &StoredPiece<'_, Self::Fact>,
    ) -> Result<()> {
        Ok(())
    }

    /// The number of next entries, from the position `first` of the log on, that may be stored now. Those after them
    /// wait at their position; none is ever skipped. Entries are admitted while others are being stored; those that
    /// could not be stored are admitted again, with their position.
    fn admit(
        &self,
        _: &dyn KeyValue,
        _first: u64,
        entries: &[ParsedEntry<Self::Fact>],
    ) -> Result<Admission> {
        Ok(Admission {
            items: entries.len(),
            pause: None,
        })
    }

    /// Checks that the log may be read, in the transaction that stores the next entries. An error stores
    /// none of them and stops following until a retry.
    fn may_read(&self, _: &Tx<'_>) -> Result<()> {
        Ok(())
    }

    /// Called when the log is read anew into the copy of this number, in the transaction that begins the
    /// copy; `accepted` if people accepted the log.
    fn begun(&self, _: &mut Tx<'_>, _copy: u32, _accepted: bool) -> Result<()> {
        Ok(())
    }

    /// Forgets a bounded number of records learnt from this log, which is read anew: its owner opened a
    /// new epoch, or people accepted it. Returns true when none are left.
    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool>;

    /// Called once for all entries that a transaction sets aside, in that transaction.
    fn quarantined(&self, _: &mut Tx<'_>, _: QuarantinedRun) -> Result<()> {
        Ok(())
    }

    /// Called with the envelopes of entries that are durable with their effects; entries set aside are not
    /// included. It may block: it is called off the threads that serve.
    fn committed(&self, _envelopes: &[&Envelope]) {}

    /// Called when every entry in the current copy of this log matches its leaf again, after some did
    /// not. It may block: it is called off the threads that serve.
    fn mended(&self) {}

    /// Called when everything learnt from this log is forgotten.
    fn forgotten(&self) {}
}

/// Sums over the effects of entries.
pub trait Sums: Default {
    /// Adds those of a later entry.
    fn add(&mut self, later: Self);
}

impl Sums for () {
    fn add(&mut self, (): Self) {}
}

/// A piece of a followed log that a transaction stores.
#[derive(Debug)]
pub struct StoredPiece<'a, F> {
    /// The copy, which has grown to its present end.
    pub copy: LogCopy,
    /// The log's last known head.
    pub head: u64,
    /// The entries, up to the end of the copy.
    pub entries: &'a [ParsedEntry<F>],
    /// Number of these entries that are set aside.
    pub set_aside: u64,
}

/// The number of items that may be stored, and the reason to pause after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Number of items, from the first on.
    pub items: usize,
    /// The budget that the next item waits for.
    pub pause: Option<Pause>,
}

/// A budget that is exhausted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Its name, as in the settings.
    pub budget: &'static str,
    /// Suggested delay before asking again.
    pub wait: Duration,
}
