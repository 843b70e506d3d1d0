//! The clock difference to another program: measured at each sign of life, with a warning when the clocks
//! disagree. Which of the two is wrong cannot be determined here.

use jiff::SignedDuration;

use crate::state::FollowState;

/// Maximum difference at which two clocks agree.
const MAX_CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// Records the owner's clock minus this program's. Logs once when the two begin to disagree, and once
/// when they agree again.
pub(crate) fn note(state: &mut FollowState, skew: SignedDuration) {
    let log = state.log;
    metrics::gauge!("chengji_clock_skew_seconds", "log" => log.to_string()).set(skew.as_secs_f64());
    let disagreed = state.clock_skew.is_some_and(disagree);
    match (disagreed, disagree(skew)) {
        (false, true) => tracing::warn!(
            %log,
            ahead_seconds = skew.as_secs(),
            "the clocks of {log} and of this machine differ; check both",
        ),
        (true, false) => {
            tracing::info!(%log, "the clock of {log} agrees with this machine's again")
        }
        (true, true) | (false, false) => {}
    }
    state.clock_skew = Some(skew);
}

fn disagree(skew: SignedDuration) -> bool {
    skew.abs() > MAX_CLOCK_SKEW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_agree_within_a_minute_on_either_side() {
        for (seconds, expected) in [
            (0, false),
            (60, false),
            (-60, false),
            (61, true),
            (-61, true),
        ] {
            assert_eq!(
                disagree(SignedDuration::from_secs(seconds)),
                expected,
                "{seconds}"
            );
        }
    }
}
