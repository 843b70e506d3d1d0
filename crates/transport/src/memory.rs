//! The budget of memory held for callers, in bytes: by quota key and in total. Memory held for a call is
//! given back when the call ends, in every case.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

use crate::limits::ServerLimits;
use crate::quota_key::QuotaKey;

/// Suggested delay before a retry after the budget was exhausted.
const RETRY: Duration = Duration::from_secs(5);

/// The limits of the budget, and its current use.
#[derive(Debug)]
pub(crate) struct Memory {
    in_all: usize,
    /// Shared by all quota keys other than the program's own people, who can therefore always act.
    of_others: usize,
    of_one: usize,
    held: Mutex<Holdings>,
}

#[derive(Debug, Default)]
struct Holdings {
    in_all: usize,
    of_others: usize,
    /// By quota key, without those that hold nothing.
    of: HashMap<QuotaKey, usize>,
}

impl Memory {
    /// An empty budget of these limits.
    pub(crate) fn new(limits: &ServerLimits) -> Arc<Self> {
        Arc::new(Self {
            in_all: limits.memory,
            of_others: limits.memory / 4 * 3,
            of_one: limits.memory_per_peer,
            held: Mutex::default(),
        })
    }

    fn holdings(&self) -> MutexGuard<'_, Holdings> {
        // Both sums are changed under one lock, so a panic elsewhere cannot corrupt them.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The account of a caller.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    memory: Arc<Memory>,
    quota_key: Arc<QuotaKey>,
}

impl Account {
    pub(crate) fn new(memory: &Arc<Memory>, quota_key: &Arc<QuotaKey>) -> Self {
        Self {
            memory: Arc::clone(memory),
            quota_key: Arc::clone(quota_key),
        }
    }

    /// Starts at zero bytes.
    pub(crate) fn hold(&self) -> Held {
        Held {
            account: self.clone(),
            share: None,
            bytes: 0,
        }
    }
}

/// A part of the budget that one kind of work may hold for all callers together, so that it leaves memory
/// for the others.
#[derive(Debug)]
pub struct MemoryShare {
    /// Name of the work, for messages.
    work: Message,
    most: usize,
    held: AtomicUsize,
}

impl MemoryShare {
    /// At most this number of bytes held for `work`.
    pub fn new(work: impl Into<Message>, most: usize) -> Arc<Self> {
        Arc::new(Self {
            work: work.into(),
            most,
            held: AtomicUsize::new(0),
        })
    }

    fn take(&self, bytes: usize) -> Result<()> {
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= self.most);
        match self
            .held
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(limit(msg::MemoryOfWork {
                mebibytes: self.most >> 20,
                work: &self.work,
            })),
        }
    }

    fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::SeqCst);
    }
}

/// Bytes held on a caller's account; given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    account: Account,
    share: Option<Arc<MemoryShare>>,
    bytes: usize,
}

impl Held {
    /// Also holds its bytes as part of this share.
    ///
    /// # Errors
    ///
    /// `LIMIT_EXCEEDED` where the bytes held so far exceed what the share has left.
    pub fn within(mut self, share: &Arc<MemoryShare>) -> Result<Self> {
        share.take(self.bytes)?;
        if let Some(before) = self.share.replace(Arc::clone(share)) {
            before.give_back(self.bytes);
        }
        Ok(self)
    }

    /// Number of bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds more bytes. `LIMIT_EXCEEDED` where that exceeds the limit of this caller, of all callers
    /// together or of the share; nothing more is held then.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
        let Some(share) = self.share.clone() else {
            return self.grow_account(bytes);
        };
        share.take(bytes)?;
        self.grow_account(bytes)
            .inspect_err(|_| share.give_back(bytes))
    }

    fn grow_account(&mut self, bytes: usize) -> Result<()> {
        let Account { memory, quota_key } = &self.account;
        let mut holdings = memory.holdings();
        let own = holdings.of.get(&**quota_key).copied().unwrap_or_default();
        if own.saturating_add(bytes) > memory.of_one {
            return Err(too_much_of_one(memory.of_one));
        }
        if holdings.in_all.saturating_add(bytes) > memory.in_all {
            return Err(too_much_in_all(memory.in_all));
        }
        if !quota_key.is_own() && holdings.of_others.saturating_add(bytes) > memory.of_others {
            return Err(too_much_of_others(memory.of_others));
        }
        if bytes > 0 {
            holdings.in_all += bytes;
            if !quota_key.is_own() {
                holdings.of_others += bytes;
            }
            holdings.of.insert(QuotaKey::clone(quota_key), own + bytes);
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Gives back bytes, at most those held.
    pub fn shrink(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        if bytes == 0 {
            return;
        }
        let Account { memory, quota_key } = &self.account;
        let mut holdings = memory.holdings();
        holdings.in_all -= bytes;
        if !quota_key.is_own() {
            holdings.of_others -= bytes;
        }
        match holdings.of.get_mut(&**quota_key) {
            Some(own) if *own > bytes => *own -= bytes,
            _ => {
                holdings.of.remove(&**quota_key);
            }
        }
        self.bytes -= bytes;
        if let Some(share) = &self.share {
            share.give_back(bytes);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.shrink(self.bytes);
    }
}

fn too_much_of_one(most: usize) -> Error {
    let mebibytes = most >> 20;
    limit(msg::MemoryOfCaller { mebibytes })
}

fn too_much_of_others(most: usize) -> Error {
    let mebibytes = most >> 20;
    limit(msg::MemoryOfNodes { mebibytes })
}

fn too_much_in_all(most: usize) -> Error {
    let mebibytes = most >> 20;
    limit(msg::MemoryOfAll { mebibytes })
}

fn limit(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Arc<Memory> {
        Memory::new(&ServerLimits {
            memory: 100,
            memory_per_peer: 60,
            ..ServerLimits::default()
        })
    }

    fn hold(memory: &Arc<Memory>, name: &str) -> Held {
        let key = QuotaKey::Principal(name.parse().unwrap());
        Account::new(memory, &Arc::new(key)).hold()
    }

    #[test]
    fn fifty_people_at_once_leave_memory_for_other_work() {
        let memory = Memory::new(&ServerLimits {
            memory: 1_000,
            memory_per_peer: 500,
            ..ServerLimits::default()
        });
        let share = MemoryShare::new(msg::WorkImport, 400);
        let people = |number| hold(&memory, &format!("city/430100/person/p{number}"));
        let mut imports: Vec<_> = (0..50)
            .map(|number| people(number).within(&share).unwrap())
            .collect();
        let mut refused = 0;
        for number in 0..500 {
            if let Err(error) = imports[number % 50].grow(5) {
                assert_eq!(error.code(), ErrorCode::LimitExceeded);
                assert_eq!(error.message().code(), "memory-of-work");
                assert!(error.retry_after().is_some());
                refused += 1;
            }
        }
        assert_eq!((refused, memory.holdings().in_all), (500 - 80, 400));
        people(51).grow(500).unwrap();
        // An import that ends makes room for the next one.
        imports.truncate(25);
        let held: usize = imports.iter().map(Held::bytes).sum();
        let mut next = people(52).within(&share).unwrap();
        next.grow(401 - held).unwrap_err();
        next.grow(400 - held).unwrap();
        drop((imports, next));
        assert_eq!(share.held.load(Ordering::SeqCst), 0);
        assert_eq!(memory.holdings().in_all, 0);
    }

    #[test]
    fn nobody_holds_more_than_its_share_nor_all_more_than_there_is() {
        let memory = memory();
        let mut first = hold(&memory, "city/430100/node");
        let mut second = hold(&memory, "city/430100/node");
        let mut other = hold(&memory, "city/430200/node");
        first.grow(40).unwrap();
        let error = second.grow(21).unwrap_err();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.message().code(), "memory-of-caller");
        assert!(error.retry_after().is_some());
        second.grow(20).unwrap();
        let error = other.grow(16).unwrap_err();
        assert_eq!(error.message().code(), "memory-of-nodes");
        other.grow(15).unwrap();
        // A quarter is reserved for the people who run the program.
        let mut operator = hold(&memory, "operator/li");
        let error = operator.grow(26).unwrap_err();
        assert_eq!(error.message().code(), "memory-of-all");
        operator.grow(25).unwrap();
        assert_eq!(memory.holdings().in_all, 100);
        drop((first, second, other));
        assert_eq!(memory.holdings().of_others, 0);
        operator.grow(35).unwrap();
    }

    #[test]
    fn what_is_held_ends_with_its_holder() {
        let memory = memory();
        let mut held = hold(&memory, "city/430100/node");
        held.grow(50).unwrap();
        held.shrink(20);
        assert_eq!((held.bytes(), memory.holdings().in_all), (30, 30));
        drop(held);
        assert_eq!(memory.holdings().in_all, 0);
        assert!(memory.holdings().of.is_empty());
    }
}
