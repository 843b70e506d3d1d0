//! Times between two changes.

use jiff::Timestamp;

/// A span of time in which something does not change. It may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// Its first instant.
    from: Timestamp,
    /// The first instant after it; `None` if it does not end.
    until: Option<Timestamp>,
}

impl Default for Span {
    fn default() -> Self {
        Self::ALWAYS
    }
}

impl Span {
    pub(super) const ALWAYS: Self = Self {
        from: Timestamp::MIN,
        until: None,
    };

    /// The span of what changes at all times.
    pub(super) const NEVER: Self = Self {
        from: Timestamp::MAX,
        until: Some(Timestamp::MIN),
    };

    /// Returns true if it begins later, or is empty like [`Self::NEVER`].
    pub(super) fn begins_after(self, at: Timestamp) -> bool {
        self.from > at || self.from == Timestamp::MAX
    }

    pub(super) fn contains(self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Returns the part that contains `at`, of two divided by the instant of a change.
    pub(super) fn divided_by(self, change: Timestamp, at: Timestamp) -> Self {
        if change <= at {
            let from = self.from.max(change);
            Self { from, ..self }
        } else {
            let until = Some(self.until.map_or(change, |until| until.min(change)));
            Self { until, ..self }
        }
    }

    /// Returns the common part.
    pub(super) fn and(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        let from = self.from.max(other.from);
        Self { from, until }
    }
}
