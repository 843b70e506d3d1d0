//! Results of mounting many files.

use chengji_domain::Error;

use crate::v1;
use crate::v1::MountOutcome;

impl v1::MountCounts {
    /// Counts a result.
    pub fn add(&mut self, outcome: MountOutcome) {
        *match outcome {
            MountOutcome::Mounted => &mut self.mounted,
            MountOutcome::Remounted => &mut self.remounted,
            MountOutcome::Measured => &mut self.measured,
            MountOutcome::Unchanged => &mut self.unchanged,
            MountOutcome::Unmatched => &mut self.unmatched,
            MountOutcome::Unmounted => &mut self.unmounted,
            MountOutcome::Problem | MountOutcome::Unspecified => &mut self.problems,
        } += 1;
    }
}

impl v1::MountResult {
    /// Returns this result with an error as its outcome.
    pub fn failed(self, error: &Error) -> Self {
        Self {
            outcome: MountOutcome::Problem.into(),
            problem: error.to_string(),
            problem_zh: error
                .code()
                .title()
                .render(chengji_messages::Language::Chinese),
            remedy: error.remedy(),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_counted_once() {
        let mut counts = v1::MountCounts::default();
        for outcome in 1..=7 {
            counts.add(MountOutcome::try_from(outcome).unwrap());
        }
        let one = v1::MountCounts {
            mounted: 1,
            remounted: 1,
            measured: 1,
            unchanged: 1,
            unmatched: 1,
            problems: 1,
            unmounted: 1,
        };
        assert_eq!(counts, one);
    }
}
