//! Going on with a transfer after its connection broke.

use std::time::Duration;

/// How a fetch goes on after breaks: for ever while each attempt brings something.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    /// Whether any attempt has brought something: where the provider was away from the beginning, the
    /// caller learns of it at once.
    useful: bool,
    /// Attempts in a row that brought nothing.
    in_vain: u32,
}

impl Attempts {
    /// Attempts in vain, one after the other, at most.
    const MAX_IN_VAIN: u32 = 5;

    /// How long to wait after a break; nothing where it is given up.
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
