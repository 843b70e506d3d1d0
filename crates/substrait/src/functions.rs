//! The functions of the allow list, by the numbers and names that plans declare them with.

use crate::expression::Comparison;
use crate::output::Function;

/// A function. Its number in plans is that of its position in [`ALL`](Self::ALL), from 1, which never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedFunction {
    /// A comparison.
    Compare(Comparison),
    /// Conjunction.
    And,
    /// Disjunction.
    Or,
    /// Negation.
    Not,
    /// A test for NULL.
    IsNull,
    /// The contrary test.
    IsNotNull,
    /// A test for a pattern.
    Like,
    /// A function of the rows of a group.
    Aggregate(Function),
}

impl NamedFunction {
    /// All functions; further ones are added at the end.
    const ALL: [Self; 17] = [
        Self::Compare(Comparison::Equal),
        Self::Compare(Comparison::NotEqual),
        Self::Compare(Comparison::Less),
        Self::Compare(Comparison::LessOrEqual),
        Self::Compare(Comparison::Greater),
        Self::Compare(Comparison::GreaterOrEqual),
        Self::And,
        Self::Or,
        Self::Not,
        Self::IsNull,
        Self::IsNotNull,
        Self::Like,
        Self::Aggregate(Function::Count),
        Self::Aggregate(Function::Sum),
        Self::Aggregate(Function::Min),
        Self::Aggregate(Function::Max),
        Self::Aggregate(Function::Average),
    ];

    /// Its number in plans.
    pub(crate) fn anchor(self) -> u32 {
        let before = Self::ALL.into_iter().take_while(|other| *other != self);
        1 + before.map(|_| 1).sum::<u32>()
    }

    /// The function with this number.
    pub(crate) fn find(anchor: u32) -> Option<Self> {
        let position = usize::try_from(anchor).ok()?.checked_sub(1)?;
        Self::ALL.get(position).copied()
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Compare(Comparison::Equal) => "equal",
            Self::Compare(Comparison::NotEqual) => "not_equal",
            Self::Compare(Comparison::Less) => "lt",
            Self::Compare(Comparison::LessOrEqual) => "lte",
            Self::Compare(Comparison::Greater) => "gt",
            Self::Compare(Comparison::GreaterOrEqual) => "gte",
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::IsNull => "is_null",
            Self::IsNotNull => "is_not_null",
            Self::Like => "like",
            Self::Aggregate(Function::Count) => "count",
            Self::Aggregate(Function::Sum) => "sum",
            Self::Aggregate(Function::Min) => "min",
            Self::Aggregate(Function::Max) => "max",
            Self::Aggregate(Function::Average) => "avg",
        }
    }

    /// The extension that it is of: its number in plans, and its name.
    pub(crate) fn extension(self) -> (u32, &'static str) {
        match self {
            Self::Compare(_) | Self::IsNull | Self::IsNotNull => {
                (1, "extension:io.substrait:functions_comparison")
            }
            Self::And | Self::Or | Self::Not => (2, "extension:io.substrait:functions_boolean"),
            Self::Like => (3, "extension:io.substrait:functions_string"),
            Self::Aggregate(Function::Count) => {
                (4, "extension:io.substrait:functions_aggregate_generic")
            }
            Self::Aggregate(Function::Sum | Function::Min | Function::Max | Function::Average) => {
                (5, "extension:io.substrait:functions_arithmetic")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_functions_never_change() {
        let of = |function: NamedFunction| (function.anchor(), function.name());
        assert_eq!(of(NamedFunction::Compare(Comparison::Equal)), (1, "equal"));
        assert_eq!(of(NamedFunction::Like), (12, "like"));
        assert_eq!(of(NamedFunction::Aggregate(Function::Average)), (17, "avg"));
        for function in NamedFunction::ALL {
            assert_eq!(NamedFunction::find(function.anchor()), Some(function));
        }
        assert_eq!(NamedFunction::find(0), None);
        assert_eq!(NamedFunction::find(18), None);
    }
}
