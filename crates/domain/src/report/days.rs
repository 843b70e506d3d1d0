//! The working days that acts took, and their percentiles.

use std::collections::BTreeMap;

/// The number of acts by the working days that they took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays(BTreeMap<u32, u64>);

impl WorkingDays {
    /// Counts an act.
    pub fn add(&mut self, days: u32) {
        *self.0.entry(days).or_default() += 1;
    }

    /// Returns the number of acts.
    pub fn count(&self) -> u64 {
        self.0.values().sum()
    }

    /// Returns the least number of days within which at least this per cent of the acts were made (nearest rank), 1 to
    /// 100; `None` without acts.
    pub fn percentile(&self, percent: u8) -> Option<u32> {
        let rank = (u128::from(self.count()) * u128::from(percent)).div_ceil(100);
        let mut counted = 0;
        self.0.iter().find_map(|(days, count)| {
            counted += u128::from(*count);
            (counted >= rank).then_some(*days)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_list(
            mut list in prop::collection::vec(0_u32..40, 0..60), percent in 1_u8..=100,
        ) {
            let mut days = WorkingDays::default();
            list.iter().for_each(|took| days.add(*took));
            list.sort_unstable();
            let rank = (list.len() * usize::from(percent)).div_ceil(100);
            let expected = rank.checked_sub(1).map(|at| list[at]);
            prop_assert_eq!(days.percentile(percent), expected);
            prop_assert_eq!(days.count(), list.len() as u64);
        }
    }
}
