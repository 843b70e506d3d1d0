//! Retries of a transfer after its connection broke.

use std::time::Duration;

/// Decides about retries: without limit while each attempt makes progress.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// True if any attempt made progress: a provider that was never reached is reported to the caller at
    /// once.
    useful: bool,
    /// Number of consecutive attempts without progress.
    in_vain: u32,
}

impl Attempts {
    /// Maximum number of consecutive attempts without progress.
    const MAX_IN_VAIN: u32 = 5;

    /// The delay before the next attempt; `None` to give up.
    pub(crate) fn pause(&mut self, brought_something: bool) -> Option<Duration> {
        if brought_something {
            *self = Self {
                useful: true,
                in_vain: 0,
            };
        } else {
            self.in_vain += 1;
        }
        let go_on = self.useful && self.in_vain <= Self::MAX_IN_VAIN;
        go_on.then(|| Duration::from_secs(1 << self.in_vain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_goes_on_as_long_as_bytes_arrive() {
        let mut attempts = Attempts::default();
        assert_eq!(attempts.pause(false), None);
        let mut attempts = Attempts::default();
        let mut pause = |brought| attempts.pause(brought).map(|pause| pause.as_secs());
        for _ in 0..100 {
            assert_eq!(pause(true), Some(1));
        }
        let in_vain: Vec<_> = (0..6).map(|_| pause(false)).collect();
        assert_eq!(
            in_vain,
            [Some(2), Some(4), Some(8), Some(16), Some(32), None]
        );
    }
}
