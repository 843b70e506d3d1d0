//! Runs jobs of one computation, two at the same time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

/// Number of jobs that run at the same time.
const AT_ONCE: usize = 2;

/// Jobs for these items, and their progress.
struct Jobs<'a, T, F> {
    items: &'a [T],
    job: F,
    /// The next item to begin with.
    next: AtomicUsize,
    /// True once a job failed: the others end.
    has_failed: AtomicBool,
}

/// Runs a job for each item, two at the same time; returns their results, in any order. `go_on` is called before each
/// job of the calling thread, and jobs call the one that they are given now and then: once it returns false, all end
/// with `UNAVAILABLE`.
///
/// # Errors
///
/// The error of a job that failed; the others end early then.
pub fn each<T: Sync, U: Send>(
    items: &[T],
    go_on: &dyn Fn() -> bool,
    job: impl Fn(&T, &dyn Fn() -> bool) -> Result<U> + Sync,
) -> Result<Vec<U>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    // At least once, whichever thread takes the items.
    check_awaited(go_on)?;
    let jobs = Jobs {
        items,
        job,
        next: AtomicUsize::new(0),
        has_failed: AtomicBool::new(false),
    };
    let span = tracing::Span::current();
    thread::scope(|scope| {
        let others: Vec<_> = (1..AT_ONCE.min(items.len()))
            .map(|_| scope.spawn(|| span.in_scope(|| jobs.run(&|| true))))
            .collect();
        let mut all = jobs.run(go_on);
        for other in others {
            let done = match other.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            all = all.and_then(|mut all| {
                all.extend(done?);
                Ok(all)
            });
        }
        all
    })
}

impl<T, U, F: Fn(&T, &dyn Fn() -> bool) -> Result<U>> Jobs<'_, T, F> {
    /// Runs one job after the other until none is left; returns the results of those that it ran.
    fn run(&self, go_on: &dyn Fn() -> bool) -> Result<Vec<U>> {
        let mut done = Vec::new();
        let goes_on = || !self.has_failed() && go_on();
        while let Some(item) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let result = check_awaited(&goes_on).and_then(|()| (self.job)(item, &goes_on));
            match result {
                Ok(one) => done.push(one),
                // The other thread returns the cause.
                Err(_) if self.has_failed() => break,
                Err(error) => {
                    self.has_failed.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(done)
    }

    fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }
}

/// Fails with `UNAVAILABLE` if nobody waits any more.
pub fn check_awaited(go_on: &dyn Fn() -> bool) -> Result<()> {
    if go_on() {
        return Ok(());
    }
    let message = msg::FiguresForAbsentCaller;
    Err(Error::new(ErrorCode::Unavailable, message))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_item_has_its_job_once() {
        let items: Vec<u32> = (0..100).collect();
        let mut found = each(&items, &|| true, |item, _| Ok(*item)).unwrap();
        found.sort_unstable();
        assert_eq!(found, items);
        let none: [u32; 0] = [];
        assert_eq!(each(&none, &|| false, |item, _| Ok(*item)).unwrap(), none);
    }

    #[test]
    fn the_error_of_a_job_ends_the_others_and_is_returned() {
        let items: Vec<u32> = (0..100).collect();
        let failed = each(&items, &|| true, |item, go_on| match item {
            1 => Err(Error::new(ErrorCode::StorageDamaged, msg::CallerGone)),
            // The item before it lasts until it has failed.
            0 => {
                while go_on() {
                    thread::yield_now();
                }
                check_awaited(go_on)
            }
            _ => Ok(()),
        });
        assert_eq!(failed.unwrap_err().code(), ErrorCode::StorageDamaged);
    }

    #[test]
    fn jobs_end_when_the_caller_has_gone() {
        let items: Vec<u32> = (0..100).collect();
        let error = each(&items, &|| false, |_, _| Ok(())).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
        let asked = Cell::new(0);
        let at_first = || asked.replace(asked.get() + 1) == 0;
        let gone = each(&items, &at_first, |_, go_on| {
            while go_on() {
                thread::yield_now();
            }
            check_awaited(go_on)
        });
        assert_eq!(gone.unwrap_err().code(), ErrorCode::Unavailable);
    }
}
