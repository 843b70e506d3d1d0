//! Results of mounting many files.

use chengji_domain::Error;
use chengji_domain::problem::Problem;

use super::problem_to;
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
            problem: Some(problem_to(&Problem::from(error))),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_messages::msg;

    use super::super::problem_from;
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

    #[test]
    fn a_failure_is_carried_with_its_code_and_message() {
        let error = Error::new(ErrorCode::NotFound, msg::Text { text: "x" });
        let result = v1::MountResult::default().failed(&error);
        assert_eq!(result.outcome(), MountOutcome::Problem);
        let problem = problem_from(result.problem.as_ref()).unwrap();
        assert_eq!(problem.into_error(), error);
    }
}
