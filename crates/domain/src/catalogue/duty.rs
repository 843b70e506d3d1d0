//! Which entries ought to be shared: the one base of every count of what is mounted, measured or
//! shared. Catalogue status, statistics and the sharing rate all ask here.

use super::{AdministrativeLevel, ShareClass};

/// Whether an entry that is published ought to be shared, and whether the sharing rate counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// It ought to be shared, and the sharing rate counts it: class 1 or 2, of the municipal level.
    Counted,
    /// It ought to be shared; the sharing rate, which is one of municipal resources, does not count it.
    OtherLevel,
    /// It is not shared: class 3.
    NotShared,
}

impl Duty {
    /// The duty of an entry of this class and level.
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

    /// Whether something is to be mounted to it.
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
