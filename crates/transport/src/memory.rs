//! The budget of memory held for callers, in bytes: by quota key and in total. Memory held for a call is
//! given back when the call ends, in every case.

use std::collections::HashMap;
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
            bytes: 0,
        }
    }
}

/// Bytes held on a caller's account; given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    account: Account,
    bytes: usize,
}

impl Held {
    /// Number of bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds more bytes. `LIMIT_EXCEEDED` where that exceeds the limit of this caller or of all callers
    /// together; nothing more is held then.
    pub fn grow(&mut self, bytes: usize) -> Result<()> {
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
