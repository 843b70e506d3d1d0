//! Metrics of the probes that this city makes. The kind of an outcome is their only label: no city and no entry is one.

use chengji_domain::probe::ProbeOutcome;

/// The kind of an outcome, as the label names it.
pub(super) fn kind(outcome: &ProbeOutcome) -> &'static str {
    match outcome {
        ProbeOutcome::Matched(_) => "matched",
        ProbeOutcome::Differed { .. } => "differed",
        ProbeOutcome::Unreadable(_) => "unreadable",
    }
}

/// Counts a probe whose outcome of this kind was recorded.
pub(super) fn count_made(kind: &'static str) {
    metrics::counter!("chengji_probes_made_total", "outcome" => kind).increment(1);
}

/// Counts an attempt that failed, and is repeated.
pub(super) fn count_failed() {
    metrics::counter!("chengji_probe_attempts_failed_total").increment(1);
}
