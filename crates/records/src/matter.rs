//! Corrections and demands.

use std::collections::BTreeSet;

use chengji_domain::matter::{
    CorrectionNotice, MatterRecord, MatterReminder, MatterState, RefusedMatterMove,
};
use chengji_domain::{Result, Uscc};
use chengji_proto::convert::{
    actor_from, actor_to, correction_told_from, correction_told_to, deadline_from, filing_from,
    filing_to, matter_step_from, matter_step_to, origin_from, origin_to, problem_from, problem_to,
    time_from, time_to,
};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`MatterRecord`].
#[derive(Debug)]
pub struct StoredMatter;

impl Codec for StoredMatter {
    type Record = MatterRecord;

    fn encode(record: &MatterRecord) -> Result<Vec<u8>> {
        let wire = v1::MatterRecord {
            id: record.id.to_string(),
            filing: Some(filing_to(&record.filing)),
            filed_by: Some(actor_to(&record.filed_by)),
            filed_at: Some(time_to(record.filed_at)),
            steps: record.steps.iter().map(matter_step_to).collect(),
            pending: record
                .pending
                .iter()
                .map(|(origin, step)| v1::PendingMatterStep {
                    step: Some(matter_step_to(step)),
                    origin: Some(origin_to(*origin)),
                })
                .collect(),
            refused: record
                .refused
                .iter()
                .map(|refused| v1::RefusedMatterStep {
                    step: Some(matter_step_to(&refused.step)),
                    problem: Some(problem_to(&refused.problem)),
                })
                .collect(),
            reminders: record
                .reminders
                .iter()
                .map(|reminder| v1::MatterReminder {
                    at: Some(time_to(reminder.at)),
                    deadline: reminder.deadline.date.to_string(),
                    provisional: reminder.deadline.provisional,
                    overdue: reminder.overdue,
                })
                .collect(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<MatterRecord> {
        let wire: v1::MatterRecord = decode(bytes)?;
        let steps = wire.steps.iter().map(|step| matter_step_from(Some(step)));
        let pending = wire.pending.iter().map(|pending| {
            let origin = origin_from(pending.origin.as_ref())?;
            Ok((origin, matter_step_from(pending.step.as_ref())?))
        });
        let refused = wire.refused.iter().map(|refused| {
            Ok(RefusedMatterMove {
                step: matter_step_from(refused.step.as_ref())?,
                problem: problem_from(refused.problem.as_ref())?,
            })
        });
        let reminders = wire.reminders.iter().map(|reminder| {
            Ok(MatterReminder {
                at: time_from(reminder.at.as_ref(), "at")?,
                deadline: deadline_from(&reminder.deadline, reminder.provisional)?,
                overdue: reminder.overdue,
            })
        });
        Ok(MatterRecord {
            id: wire.id.parse()?,
            filing: filing_from(wire.filing.as_ref())?,
            filed_by: actor_from(wire.filed_by.as_ref())?,
            filed_at: time_from(wire.filed_at.as_ref(), "filed_at")?,
            steps: steps.collect::<Result<_>>()?,
            pending: pending.collect::<Result<_>>()?,
            refused: refused.collect::<Result<_>>()?,
            reminders: reminders.collect::<Result<_>>()?,
        })
    }
}

/// Returns the number of a matter's state in keys; pinned.
pub fn matter_state_number(state: MatterState) -> u32 {
    match state {
        MatterState::Filed => 1,
        MatterState::Open => 2,
        MatterState::Assigned => 3,
        MatterState::Accepted => 4,
        MatterState::Corrected => 5,
        MatterState::Answered => 6,
        MatterState::Declined => 7,
        MatterState::Delivered => 8,
        MatterState::Closed => 9,
        MatterState::Withdrawn => 10,
        MatterState::Rejected => 11,
    }
}

/// A correction to data that this city received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedCorrection {
    /// The notice.
    pub notice: CorrectionNotice,
    /// Its time.
    pub at: Timestamp,
    /// True if it was acknowledged for the city, or for each of the departments.
    pub acknowledged: bool,
    /// The city's departments that received the data or filed the correction.
    pub departments: BTreeSet<Uscc>,
    /// Those of them for which it was acknowledged.
    pub acknowledged_by: BTreeSet<Uscc>,
}

/// The codec of [`NotedCorrection`].
#[derive(Debug)]
pub struct StoredNotedCorrection;

impl Codec for StoredNotedCorrection {
    type Record = NotedCorrection;

    fn encode(noted: &NotedCorrection) -> Result<Vec<u8>> {
        let wire = v1::NotedCorrection {
            told: Some(correction_told_to(&noted.notice)),
            at: Some(time_to(noted.at)),
            acknowledged: noted.acknowledged,
            departments: codes_to(&noted.departments),
            acknowledged_departments: codes_to(&noted.acknowledged_by),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<NotedCorrection> {
        let wire: v1::NotedCorrection = decode(bytes)?;
        Ok(NotedCorrection {
            notice: correction_told_from(&required(wire.told, "told")?)?,
            at: time_from(wire.at.as_ref(), "at")?,
            acknowledged: wire.acknowledged,
            departments: codes_from(&wire.departments)?,
            acknowledged_by: codes_from(&wire.acknowledged_departments)?,
        })
    }
}

fn codes_to(departments: &BTreeSet<Uscc>) -> Vec<String> {
    departments.iter().map(Uscc::to_string).collect()
}

fn codes_from(codes: &[String]) -> Result<BTreeSet<Uscc>> {
    codes.iter().map(|code| code.parse()).collect()
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::Deadline;
    use chengji_domain::catalogue::UpdateCycle;
    use chengji_domain::matter::{
        AttachedRows, CorrectionFiling, DemandFiling, Filing, MatterMove, MatterStep,
    };
    use chengji_domain::problem::Problem;
    use chengji_domain::request::{Actor, Party};
    use chengji_domain::{ErrorCode, ResourceRef};
    use chengji_messages::msg;
    use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        codes, digests, origins, reads_as_written, refuses_incomplete, requests, texts, times,
    };

    fn actor() -> Actor {
        Actor::new("city/430100/person/wang.fang".parse().unwrap(), None)
    }

    fn filings() -> impl Strategy<Value = Filing> {
        let rows = prop::option::of((any::<u64>(), any::<u32>(), digests()));
        let fields = prop::collection::vec("[甲乙丙]{1,4}", 1..4);
        let parts = (codes(), requests(), any::<u32>(), rows, fields, texts());
        let correction = parts.prop_map(|(code, request, revision, rows, fields, problem)| {
            let city = "430200".parse().unwrap();
            Filing::Correction(CorrectionFiling {
                resource: ResourceRef { city, code },
                request,
                revision,
                content: rows.map(|(_, _, digest)| digest),
                fields,
                problem,
                rows: rows.map(|(seq, bytes, digest)| AttachedRows { seq, bytes, digest }),
                department: Some(CREDIT_CODE.parse().unwrap()),
            })
        });
        let demand = (texts(), texts()).prop_map(|(name, purpose)| {
            Filing::Demand(DemandFiling {
                name,
                fields: vec!["编号".to_owned()],
                purpose,
                legal_basis: "《条例》".to_owned(),
                cycle: UpdateCycle::Weekly,
                department: None,
            })
        });
        prop_oneof![correction, demand]
    }

    fn steps() -> impl Strategy<Value = MatterStep> {
        (times(), texts()).prop_map(|(at, note)| MatterStep {
            party: Party::Provider,
            actor: actor(),
            at,
            mv: MatterMove::Accept { note },
        })
    }

    fn deadline() -> Deadline {
        Deadline {
            date: jiff::civil::date(2027, 1, 8),
            provisional: true,
        }
    }

    proptest! {
        #[test]
        fn a_matter_reads_as_it_was_written(
            id in requests(), filing in filings(), at in times(), origin in origins(),
            steps in prop::collection::vec(steps(), 1..4), overdue in any::<bool>(),
        ) {
            let problem = Problem::new(ErrorCode::OutOfTurn, msg::Text { text: "late" });
            let step = steps[0].clone();
            let record = MatterRecord {
                steps,
                pending: vec![(origin, step.clone())],
                refused: vec![RefusedMatterMove { step, problem }],
                reminders: vec![MatterReminder { at, deadline: deadline(), overdue }],
                ..MatterRecord::new(id, filing, actor(), at)
            };
            reads_as_written::<StoredMatter>(&record);
            refuses_incomplete::<StoredMatter>(&record);
        }

        #[test]
        fn a_noted_correction_reads_as_it_was_written(
            correction in requests(), code in codes(), at in times(), note in texts(),
        ) {
            let city = "430200".parse().unwrap();
            let noted = NotedCorrection {
                notice: CorrectionNotice {
                    correction,
                    resource: ResourceRef { city, code },
                    revision: 1,
                    corrected: 2,
                    fields: vec!["地址".to_owned()],
                    note,
                    cities: ["430100".parse().unwrap()].into(),
                },
                at,
                acknowledged: true,
                departments: [CREDIT_CODE, OTHER_CREDIT_CODE].map(|code| code.parse().unwrap()).into(),
                acknowledged_by: [CREDIT_CODE.parse().unwrap()].into(),
            };
            reads_as_written::<StoredNotedCorrection>(&noted);
            refuses_incomplete::<StoredNotedCorrection>(&noted);
        }
    }
}
