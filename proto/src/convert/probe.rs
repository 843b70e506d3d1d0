//! Probes: facts, records and answers.

use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::probe::{
    Declaration, ProbeDifference, ProbeMade, ProbeNote, ProbeOrder, ProbeOutcome, ProbeRead,
    ProbeRecord, ProbeState, ProbedTable,
};
use chengji_domain::table::{ColumnShape, TableShape};
use chengji_domain::{Digest, Error};
use jiff::civil::Date;

use super::measurement::{measurement_from, measurement_to};
use super::problem::{problem_from, problem_to};
use super::source::{column_type_from, column_type_to};
use super::stop::{origin_from, origin_to};
use super::{date_from, missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;
use crate::v1::probe_made::Outcome;

/// Converts the order of a probe to the wire.
pub fn probe_order_to(order: &ProbeOrder) -> v1::ProbeOrdered {
    v1::ProbeOrdered {
        provider: order.provider.to_string(),
        code: order.code.to_string(),
        prober: order.prober.to_string(),
        until: order.until.to_string(),
        revision: order.declared.revision,
        declared: Some(measurement_to(&order.declared.measurement)),
    }
}

/// Converts the order of a probe from the wire.
pub fn probe_order_from(wire: &v1::ProbeOrdered) -> Result<ProbeOrder, Error> {
    Ok(ProbeOrder {
        provider: wire.provider.parse()?,
        code: wire.code.parse()?,
        prober: wire.prober.parse()?,
        until: date_from(&wire.until, "until")?,
        declared: Declaration {
            revision: wire.revision,
            measurement: measurement_from(wire.declared.as_ref())?,
        },
    })
}

/// Converts a fact of the coordinator about a probe.
pub(super) fn probe_event_from(wire: Wire) -> Result<ClusterFact, Error> {
    Ok(match wire {
        Wire::ProbeOrdered(ordered) => {
            ClusterFact::ProbeOrdered(Box::new(probe_order_from(&ordered)?))
        }
        Wire::ProbeNoted(noted) => ClusterFact::ProbeNoted(Box::new(ProbeNote {
            prober: noted.prober.parse()?,
            at: time_from(noted.at.as_ref(), "at")?,
            made: probe_made_from(noted.made.as_ref().ok_or_else(|| missing("made"))?)?,
        })),
        _ => return Err(missing("fact")),
    })
}

pub(super) fn probe_note_to(note: &ProbeNote) -> v1::ProbeNoted {
    v1::ProbeNoted {
        prober: note.prober.to_string(),
        at: Some(time_to(note.at)),
        made: Some(probe_made_to(&note.made)),
    }
}

/// Converts a probe that was made to the wire.
pub fn probe_made_to(made: &ProbeMade) -> v1::ProbeMade {
    v1::ProbeMade {
        number: Some(origin_to(made.number)),
        provider: made.provider.to_string(),
        code: made.code.to_string(),
        outcome: Some(outcome_to(&made.outcome)),
    }
}

/// Converts a probe that was made from the wire.
pub fn probe_made_from(wire: &v1::ProbeMade) -> Result<ProbeMade, Error> {
    Ok(ProbeMade {
        number: origin_from(wire.number.as_ref())?,
        provider: wire.provider.parse()?,
        code: wire.code.parse()?,
        outcome: outcome_from(wire.outcome.as_ref())?,
    })
}

pub(super) fn probe_fact_from(wire: &v1::ProbeMade) -> Result<CityFact, Error> {
    let made = probe_made_from(wire)?;
    Ok(CityFact::ProbeMade(Box::new(made)))
}

fn outcome_to(outcome: &ProbeOutcome) -> Outcome {
    match outcome {
        ProbeOutcome::Matched(read) => Outcome::Matched(read_to(read)),
        ProbeOutcome::Differed { read, differences } => Outcome::Differed(v1::ProbeDiffered {
            read: Some(read_to(read)),
            differences: differences
                .iter()
                .map(|one| difference_to(*one).into())
                .collect(),
        }),
        ProbeOutcome::Unreadable(problem) => Outcome::Unreadable(problem_to(problem)),
    }
}

fn outcome_from(wire: Option<&Outcome>) -> Result<ProbeOutcome, Error> {
    Ok(match wire.ok_or_else(|| missing("outcome"))? {
        Outcome::Matched(read) => ProbeOutcome::Matched(read_from(Some(read))?),
        Outcome::Differed(differed) => ProbeOutcome::Differed {
            read: read_from(differed.read.as_ref())?,
            differences: (differed.differences.iter())
                .map(|number| numbered_difference(*number))
                .collect::<Result<_, _>>()?,
        },
        Outcome::Unreadable(problem) => ProbeOutcome::Unreadable(problem_from(Some(problem))?),
    })
}

fn read_to(read: &ProbeRead) -> v1::ProbeRead {
    v1::ProbeRead {
        revision: read.revision,
        bytes: read.bytes,
        rows: read.rows,
        digest: read.digest.0.to_vec(),
    }
}

fn read_from(wire: Option<&v1::ProbeRead>) -> Result<ProbeRead, Error> {
    let wire = wire.ok_or_else(|| missing("read"))?;
    Ok(ProbeRead {
        revision: wire.revision,
        bytes: wire.bytes,
        rows: wire.rows,
        digest: Digest::from_slice(&wire.digest)?,
    })
}

fn difference_to(difference: ProbeDifference) -> v1::ProbeDifference {
    match difference {
        ProbeDifference::Declaration => v1::ProbeDifference::Declaration,
        ProbeDifference::Bytes => v1::ProbeDifference::Bytes,
        ProbeDifference::Rows => v1::ProbeDifference::Rows,
        ProbeDifference::Content => v1::ProbeDifference::Content,
    }
}

fn numbered_difference(number: i32) -> Result<ProbeDifference, Error> {
    let known = v1::ProbeDifference::try_from(number);
    difference_from(known.map_err(|_| newer("differences"))?)
}

/// Converts a difference from the wire.
pub fn difference_from(difference: v1::ProbeDifference) -> Result<ProbeDifference, Error> {
    match difference {
        v1::ProbeDifference::Unspecified => Err(newer("differences")),
        v1::ProbeDifference::Declaration => Ok(ProbeDifference::Declaration),
        v1::ProbeDifference::Bytes => Ok(ProbeDifference::Bytes),
        v1::ProbeDifference::Rows => Ok(ProbeDifference::Rows),
        v1::ProbeDifference::Content => Ok(ProbeDifference::Content),
    }
}

/// Converts a state to the wire.
pub fn probe_state_to(state: ProbeState) -> v1::ProbeState {
    match state {
        ProbeState::Open => v1::ProbeState::Open,
        ProbeState::Matched => v1::ProbeState::Matched,
        ProbeState::Differed => v1::ProbeState::Differed,
        ProbeState::Unreadable => v1::ProbeState::Unreadable,
        ProbeState::NotMade => v1::ProbeState::NotMade,
    }
}

/// Converts a state from the wire; `None` if it is unspecified.
pub fn probe_state_from(state: v1::ProbeState) -> Option<ProbeState> {
    match state {
        v1::ProbeState::Unspecified => None,
        v1::ProbeState::Open => Some(ProbeState::Open),
        v1::ProbeState::Matched => Some(ProbeState::Matched),
        v1::ProbeState::Differed => Some(ProbeState::Differed),
        v1::ProbeState::Unreadable => Some(ProbeState::Unreadable),
        v1::ProbeState::NotMade => Some(ProbeState::NotMade),
    }
}

/// Returns a probe as it is shown on this day.
pub fn probe_to(record: &ProbeRecord, today: Date) -> v1::Probe {
    let made = record.made.as_ref();
    v1::Probe {
        number: Some(origin_to(record.number)),
        ordered_at: Some(time_to(record.at)),
        order: Some(probe_order_to(&record.order)),
        state: probe_state_to(record.state(today)).into(),
        made_at: made.map(|(at, _)| time_to(*at)),
        made: made.map(|(_, outcome)| {
            probe_made_to(&ProbeMade {
                number: record.number,
                provider: record.order.provider,
                code: record.order.code.clone(),
                outcome: outcome.clone(),
            })
        }),
    }
}

/// Converts what a provider declares from the wire.
pub fn declaration_from(wire: &v1::ProbeOffer) -> Result<Declaration, Error> {
    Ok(Declaration {
        revision: wire.revision,
        measurement: measurement_from(wire.declared.as_ref())?,
    })
}

/// Converts the form of a table from the wire; `None` for a file.
pub fn probed_table_from(wire: &v1::ProbeOffer) -> Result<Option<ProbedTable>, Error> {
    let Some(table) = &wire.table else {
        return Ok(None);
    };
    let columns = table.columns.iter().map(|column| {
        Ok::<_, Error>(ColumnShape {
            name: column.name.clone(),
            column_type: column_type_from(column.r#type()).ok_or_else(|| newer("type"))?,
            is_nullable: column.is_nullable,
        })
    });
    Ok(Some(ProbedTable {
        shape: TableShape {
            columns: columns.collect::<Result<_, _>>()?,
        },
        stream_bytes: table.stream_bytes,
    }))
}

/// Converts what a provider declares to the wire, with the form of a table.
pub fn probe_offer_to(declared: &Declaration, table: Option<&ProbedTable>) -> v1::ProbeOffer {
    v1::ProbeOffer {
        revision: declared.revision,
        declared: Some(measurement_to(&declared.measurement)),
        table: table.map(probed_table_to),
    }
}

fn probed_table_to(table: &ProbedTable) -> v1::ProbedTable {
    let columns = table.shape.columns.iter().map(|column| v1::ProbedColumn {
        name: column.name.clone(),
        r#type: column_type_to(column.column_type).into(),
        is_nullable: column.is_nullable,
    });
    v1::ProbedTable {
        columns: columns.collect(),
        stream_bytes: table.stream_bytes,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_domain::fact::Measurement;
    use chengji_domain::table::ColumnType;
    use jiff::Timestamp;

    use super::*;

    fn offer(table: Option<&ProbedTable>) -> v1::ProbeOffer {
        let measurement = Measurement {
            bytes: 1,
            rows: Some(2),
            digest: Digest([3; 32]),
            at: Timestamp::UNIX_EPOCH,
        };
        let declared = Declaration {
            revision: 4,
            measurement,
        };
        let offer = probe_offer_to(&declared, table);
        assert_eq!(declaration_from(&offer), Ok(declared));
        offer
    }

    #[test]
    fn the_form_of_a_table_reads_as_it_was_written() {
        assert_eq!(probed_table_from(&offer(None)), Ok(None));
        let columns = ColumnType::ALL.map(|column_type| ColumnShape {
            name: column_type.as_str().to_owned(),
            column_type,
            is_nullable: column_type == ColumnType::Text,
        });
        let table = ProbedTable {
            shape: TableShape {
                columns: columns.into(),
            },
            stream_bytes: 7,
        };
        let mut wire = offer(Some(&table));
        assert_eq!(probed_table_from(&wire), Ok(Some(table)));
        for column in wire.table.iter_mut().flat_map(|table| &mut table.columns) {
            column.r#type = 99;
        }
        let error = probed_table_from(&wire).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }
}
