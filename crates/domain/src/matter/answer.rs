//! The answers of a matter, by which providers are measured.

use jiff::Timestamp;

use super::{MatterMove, MatterRecord};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::uscc::Uscc;

/// The answer of a city: the data is corrected, an entry answers the demand, or the city declines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatterAnswer {
    /// The city.
    pub city: CityCode,
    /// The source department that was named for a demand; `None` where none was, and of a correction.
    pub department: Option<Uscc>,
    /// Time at which the city was asked.
    pub asked_at: Timestamp,
    /// Time of the answer; not before it was asked.
    pub at: Timestamp,
    /// True if it was made after the last day.
    pub late: bool,
}

impl MatterRecord {
    /// Returns the answers by the ordered moves: of a demand, one for each time that a city was asked and answered.
    pub fn answers(&self) -> Vec<MatterAnswer> {
        let mut asked: Option<(CityCode, Option<Uscc>, Timestamp, Deadline)> = None;
        let mut answers = Vec::new();
        for step in &self.steps {
            match &step.mv {
                MatterMove::Assign {
                    city,
                    department,
                    deadline,
                } => asked = Some((*city, *department, step.at, *deadline)),
                MatterMove::MoveDeadline { deadline: later } => {
                    if let Some((.., deadline)) = &mut asked {
                        *deadline = *later;
                    }
                }
                MatterMove::Correct { .. }
                | MatterMove::Supply { .. }
                | MatterMove::Decline { .. } => {
                    if let Some((city, department, asked_at, deadline)) = asked.take() {
                        answers.push(MatterAnswer {
                            city,
                            department,
                            asked_at,
                            at: step.at.max(asked_at),
                            late: deadline.has_passed(step.at),
                        });
                    }
                }
                MatterMove::Open
                | MatterMove::Reject { .. }
                | MatterMove::Accept { .. }
                | MatterMove::Withdraw { .. }
                | MatterMove::Close { .. }
                | MatterMove::Deliver { .. } => {}
            }
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{CorrectionFiling, Filing, MatterStep};
    use super::*;
    use crate::principal::Principal;
    use crate::request::Party;
    use crate::resource::ResourceRef;

    fn at(day: &str) -> Timestamp {
        format!("{day}T02:00:00Z").parse().unwrap()
    }

    #[test]
    fn a_correction_is_answered_when_it_is_made_by_the_day_that_a_notice_has_moved() {
        let id = "430100-1-9-AAAAAAAAAAAAA".parse().unwrap();
        let provider: CityCode = "430200".parse().unwrap();
        let filing = Filing::Correction(CorrectionFiling {
            resource: ResourceRef {
                city: provider,
                code: "103001000001".parse().unwrap(),
            },
            request: id,
            revision: 1,
            content: None,
            fields: vec!["地址".to_owned()],
            problem: "门牌号有误".to_owned(),
            rows: None,
            department: None,
        });
        let by = Principal::Coordinator;
        let mut record = MatterRecord::new(id, filing, by.clone().into(), at("2027-01-04"));
        let assign = MatterMove::Assign {
            city: provider,
            department: None,
            deadline: Deadline {
                date: date(2027, 1, 18),
                provisional: true,
            },
        };
        let later = MatterMove::MoveDeadline {
            deadline: Deadline::certain(date(2027, 1, 19)),
        };
        let accept = MatterMove::Accept {
            note: String::new(),
        };
        let correct = MatterMove::Correct {
            revision: 2,
            content: None,
            note: String::new(),
        };
        for (party, day, mv) in [
            (Party::Coordinator, "2027-01-04", assign),
            (Party::Provider, "2027-01-05", accept),
            (Party::Coordinator, "2027-01-06", later),
            (Party::Provider, "2027-01-19", correct),
        ] {
            assert_eq!(record.answers(), []);
            let step = MatterStep {
                party,
                actor: by.clone().into(),
                at: at(day),
                mv,
            };
            record.order(step).unwrap();
        }
        let expected = MatterAnswer {
            city: provider,
            department: None,
            asked_at: at("2027-01-04"),
            at: at("2027-01-19"),
            late: false,
        };
        assert_eq!(record.answers(), [expected]);
    }
}
