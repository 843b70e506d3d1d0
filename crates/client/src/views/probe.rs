//! Probes.

use chengji_domain::probe::ProbeState;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{difference_from, probe_state_from, probe_state_to, problem_message};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::probe_made::Outcome;

use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Probes, one a line.
pub fn probes(list: &v1::ListProbesResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("seq", msg::ColumnSeq),
        Column::left("ordered_at", msg::ColumnProbeOrdered),
        Column::left("provider", msg::ColumnProvider),
        Column::left("code", msg::ColumnCode),
        Column::left("prober", msg::ColumnProber),
        Column::left("until", msg::ColumnProbeUntil),
        Column::left("state", msg::ColumnState),
        Column::left("made_at", msg::ColumnProbeMade),
        Column::left("outcome", msg::ColumnProbeOutcome),
    ]);
    for probe in &list.probes {
        let order = probe.order.clone().unwrap_or_default();
        let outcome = probe.made.as_ref().and_then(|made| made.outcome.as_ref());
        table.row(row![
            (probe.number.as_ref()).map_or_else(String::new, |number| number.seq.to_string()),
            probe.ordered_at.as_ref().map(cells::time),
            order.provider,
            order.code,
            order.prober,
            order.until,
            probe_state_from(probe.state()).map(state),
            probe.made_at.as_ref().map(cells::time),
            outcome.map(outcome_shown),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

fn state(state: ProbeState) -> Cell {
    Cell::label(name(state), state.label())
}

/// The name of a state at the command line.
fn name(state: ProbeState) -> &'static str {
    match state {
        ProbeState::Open => "open",
        ProbeState::Matched => "matched",
        ProbeState::Differed => "differed",
        ProbeState::Unreadable => "unreadable",
        ProbeState::NotMade => "not-made",
    }
}

/// Parses the name of a state.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a text that names none.
pub fn probe_state(text: &str) -> Result<v1::ProbeState> {
    let mut known = ProbeState::ALL.into_iter();
    let state = known.find(|state| name(*state) == text);
    state.map(probe_state_to).ok_or_else(|| {
        let known: Value = ProbeState::ALL.into_iter().map(name).collect();
        let text = Quoted(text);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::ProbeStateUnknown { known, text },
        )
    })
}

/// Facts about probes.
pub(super) fn fact(fact: &Fact) -> Message {
    match fact {
        Fact::ProbeOrdered(f) => msg::FactProbeOrdered {
            code: &f.code,
            prober: &f.prober,
            provider: &f.provider,
            until: &f.until,
        }
        .into(),
        Fact::ProbeMade(f) => made(f),
        Fact::ProbeNoted(f) => msg::FactProbeNoted {
            made: f.made.as_ref().map_or_else(no_text, made),
            prober: &f.prober,
        }
        .into(),
        _ => no_text(),
    }
}

fn made(made: &v1::ProbeMade) -> Message {
    msg::FactProbeMade {
        code: &made.code,
        outcome: made.outcome.as_ref().map_or_else(no_text, outcome_shown),
        provider: &made.provider,
    }
    .into()
}

fn outcome_shown(outcome: &Outcome) -> Message {
    match outcome {
        Outcome::Matched(read) => msg::ProbeOutcomeMatched { bytes: read.bytes }.into(),
        Outcome::Differed(differed) => {
            let known = differed.differences().map(difference_from);
            let differences: Value = known.flatten().map(|one| one.label()).collect();
            msg::ProbeOutcomeDiffered { differences }.into()
        }
        Outcome::Unreadable(problem) => {
            let problem = problem_message(Some(problem));
            msg::ProbeOutcomeUnreadable { problem }.into()
        }
    }
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
