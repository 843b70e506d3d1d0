//! One call at a time works on a source.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chengji_domain::Result;

use crate::GoOn;
use crate::reading::check_caller;

/// Interval at which a waiting caller is asked whether it still waits.
const ASK: Duration = Duration::from_millis(100);

/// The right to work on a source, which one call has at a time.
#[derive(Default)]
pub(crate) struct Turn {
    is_taken: Mutex<bool>,
    freed: Condvar,
}

/// The right, until it is dropped.
pub(crate) struct Taken<'a>(&'a Turn);

impl Turn {
    /// Waits for the right.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` if the caller is gone before.
    pub(crate) fn take(&self, go_on: GoOn<'_>) -> Result<Taken<'_>> {
        let mut is_taken = self.lock();
        while *is_taken {
            check_caller(go_on)?;
            let waited = self.freed.wait_timeout(is_taken, ASK);
            is_taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *is_taken = true;
        Ok(Taken(self))
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.0.lock() = false;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_turn_is_of_one_call_at_a_time() {
        let turn = Turn::default();
        let first = turn.take(&|| true).unwrap();
        let second = turn.take(&|| false).map(drop).unwrap_err();
        assert_eq!(second.code(), ErrorCode::Unavailable);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turn.take(&|| true).map(drop));
            drop(first);
            waiting.join().unwrap().unwrap();
        });
    }
}
