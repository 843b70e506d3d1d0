//! The duty to share an entry: the common basis of every count of mounted, measured or shared entries. Used
//! by catalogue status, statistics and the sharing rate.

use super::{AdministrativeLevel, ShareClass};

/// The duty to share a published entry, and its relevance for the sharing rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// To be shared, and counted by the sharing rate: class 1 or 2, of the municipal level.
    Counted,
    /// To be shared, but not counted by the sharing rate, which covers municipal resources only.
    OtherLevel,
    /// Not to be shared: class 3.
    NotShared,
}

impl Duty {
    /// Returns the duty of an entry of this class and level.
    pub fn of(class: ShareClass, level: AdministrativeLevel) -> Self {
        match class {
            ShareClass::NotShared => Self::NotShared,
            ShareClass::Unconditional | ShareClass::Conditional => match level {
                AdministrativeLevel::Municipal => Self::Counted,
                AdministrativeLevel::Provincial
                | AdministrativeLevel::County
                | AdministrativeLevel::Township => Self::OtherLevel,
            },
        }
    }

    /// Returns true if a source is to be mounted to it.
    pub fn is_to_be_shared(self) -> bool {
        match self {
            Self::Counted | Self::OtherLevel => true,
            Self::NotShared => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_one_and_two_are_shared_and_the_municipal_ones_are_counted() {
        for class in ShareClass::ALL {
            for level in AdministrativeLevel::ALL {
                let duty = Duty::of(*class, *level);
                assert_eq!(duty.is_to_be_shared(), *class != ShareClass::NotShared);
                let counted = duty.is_to_be_shared() && *level == AdministrativeLevel::Municipal;
                assert_eq!(duty == Duty::Counted, counted, "{class:?} {level:?}");
            }
        }
    }
}
