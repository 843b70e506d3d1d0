//! The three truth values of SQL, and comparisons in terms of them.

use std::cmp::Ordering;

use chengji_domain::request::terms::Comparison;

/// A truth value. `AND` is the smaller of two, `OR` the larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    False,
    Unknown,
    True,
}

impl Truth {
    /// Returns the opposite; unknown stays unknown.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(truth: bool) -> Self {
        match truth {
            true => Self::True,
            false => Self::False,
        }
    }
}

/// A comparison of values with others of the type `P`.
#[derive(Clone, Debug)]
pub(super) enum Compared<P> {
    /// `=` and the like.
    With(Comparison, P),
    /// `IN`.
    In(Vec<P>),
    /// `BETWEEN`.
    Between(P, P),
}

impl<P> Compared<P> {
    /// Returns whether a value compares so, given its order relative to each other one; without an order it is unknown.
    pub(super) fn truth(&self, order: impl Fn(&P) -> Option<Ordering>) -> Truth {
        let truth = |comparison: Comparison, other: &P| {
            order(other).map_or(Truth::Unknown, |order| holds(comparison, order).into())
        };
        match self {
            Self::With(comparison, other) => truth(*comparison, other),
            Self::In(others) => others
                .iter()
                .map(|other| truth(Comparison::Equal, other))
                .fold(Truth::False, Ord::max),
            Self::Between(low, high) => {
                truth(Comparison::GreaterOrEqual, low).min(truth(Comparison::LessOrEqual, high))
            }
        }
    }
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
