//! Splits the outcome of imports and moves into messages that callers accept.

use std::mem::take;

use chengji_paging::{is_one_answer, pieces};
use chengji_proto::v1;
use chengji_proto::v1::change_response::Event as ChangeEvent;
use chengji_proto::v1::import_response::Event as ImportEvent;

/// The messages with the outcome of an import: the summary, and before it the findings if it would be too large with
/// them.
pub(super) fn of_import(mut summary: v1::ImportSummary) -> Vec<ImportEvent> {
    let mut outcome = Vec::new();
    if !is_one_answer(&summary) {
        let problems = pieces(take(&mut summary.problems)).into_iter();
        let problems = problems.map(|problems| v1::ImportFindings {
            problems,
            ..v1::ImportFindings::default()
        });
        let warnings = pieces(take(&mut summary.warnings)).into_iter();
        let warnings = warnings.map(|warnings| v1::ImportFindings {
            warnings,
            ..v1::ImportFindings::default()
        });
        outcome.extend(problems.chain(warnings).map(ImportEvent::Findings));
    }
    outcome.push(ImportEvent::Summary(summary));
    outcome
}

/// The messages with the outcome of moves: the summary, and before it the problems if it would be too large with them.
pub(super) fn of_moves(mut summary: v1::ChangeSummary) -> Vec<ChangeEvent> {
    let mut outcome = Vec::new();
    if !is_one_answer(&summary) {
        let problems = pieces(take(&mut summary.problems)).into_iter();
        let problems = problems.map(|problems| v1::ChangeProblems { problems });
        outcome.extend(problems.map(ChangeEvent::Problems));
    }
    outcome.push(ChangeEvent::Summary(summary));
    outcome
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;

    /// The size of a message that every caller accepts.
    const ACCEPTED: usize = 4 << 20;

    fn long() -> v1::Problem {
        v1::Problem {
            code: "长".repeat(200),
            ..v1::Problem::default()
        }
    }

    fn problems(count: u64) -> Vec<v1::ImportProblem> {
        let problem = |line| v1::ImportProblem {
            line,
            problem: Some(long()),
            ..v1::ImportProblem::default()
        };
        (0..count).map(problem).collect()
    }

    #[test]
    fn an_import_with_many_findings_is_reported_whole_in_messages_that_callers_accept() {
        for (problems, warnings) in [
            (problems(2), problems(1)),
            (problems(10_000), problems(9_000)),
        ] {
            let summary = v1::ImportSummary {
                invalid: 7,
                problems: problems.clone(),
                warnings: warnings.clone(),
                ..v1::ImportSummary::default()
            };
            let is_small = summary.encoded_len() < 1_000_000;
            let (mut found, mut whole) = (v1::ImportFindings::default(), None);
            let outcome = of_import(summary);
            assert_eq!(outcome.len() == 1, is_small);
            for event in outcome {
                let event = Some(event);
                let message = v1::ImportResponse { event };
                assert!(message.encoded_len() < ACCEPTED);
                match message.event {
                    Some(ImportEvent::Findings(some)) => {
                        found.problems.extend(some.problems);
                        found.warnings.extend(some.warnings);
                    }
                    Some(ImportEvent::Summary(summary)) => whole = Some(summary),
                    _ => panic!("neither findings nor a summary"),
                }
            }
            let whole = whole.unwrap();
            assert_eq!(whole.invalid, 7);
            assert_eq!([found.problems, whole.problems].concat(), problems);
            assert_eq!([found.warnings, whole.warnings].concat(), warnings);
        }
    }

    #[test]
    fn moves_with_many_problems_are_reported_whole_in_messages_that_callers_accept() {
        let problem = |number: u32| v1::ChangeProblem {
            code: number.to_string(),
            problem: Some(long()),
        };
        let problems: Vec<_> = (0..10_000).map(problem).collect();
        let summary = v1::ChangeSummary {
            problems: problems.clone(),
            ..v1::ChangeSummary::default()
        };
        let mut found = Vec::new();
        for event in of_moves(summary) {
            let event = Some(event);
            let message = v1::ChangeResponse { event };
            assert!(message.encoded_len() < ACCEPTED);
            match message.event {
                Some(ChangeEvent::Problems(some)) => found.extend(some.problems),
                Some(ChangeEvent::Summary(summary)) => found.extend(summary.problems),
                _ => panic!("neither problems nor a summary"),
            }
        }
        assert_eq!(found, problems);
    }
}
