//! The clock of this process and of the programs that it starts, which `tests/bench/run` lets this benchmark move: a month's
//! figures are final only after the month.

use std::path::Path;
use std::time::Duration;

use chengji_domain::rate::{close_of, month_end};
use jiff::{SignedDuration, Timestamp};

use crate::measure::Outcome;

/// Time from the reading of the logs to the end of the month.
const BEFORE_THE_END: SignedDuration = SignedDuration::from_hours(4 * 24);
/// Time that a program takes to see that the clock was moved.
const SEEN: Duration = Duration::from_millis(100);

/// The last days of a month.
pub(super) struct MonthEnd {
    /// The end of the month.
    pub(super) at: Timestamp,
    file: &'static Path,
}

impl MonthEnd {
    /// Moves the clock to some days before the next end of a month; `None` without a file for its offset.
    pub(super) async fn near() -> Outcome<Option<Self>> {
        let Some(file) = chengji_clock::moved_by() else {
            eprintln!(
                "   {} is not set: figures of a past month are not measured",
                chengji_clock::FILE
            );
            return Ok(None);
        };
        let now = chengji_clock::file_time();
        let this = month_end(now);
        let at = if this - BEFORE_THE_END > now {
            this
        } else {
            month_end(this + SignedDuration::from_hours(1))
        };
        let month = Self { at, file };
        month.set(at - BEFORE_THE_END).await?;
        Ok(Some(month))
    }

    /// Moves the clock past the close of the month.
    pub(super) async fn pass(&self) -> Outcome<()> {
        self.set(close_of(self.at) + SignedDuration::from_hours(24))
            .await
    }

    async fn set(&self, to: Timestamp) -> Outcome<()> {
        let ahead = to.duration_since(chengji_clock::file_time());
        std::fs::write(self.file, ahead.as_secs().to_string())?;
        tokio::time::sleep(SEEN).await;
        Ok(())
    }
}

impl Drop for MonthEnd {
    fn drop(&mut self) {
        // Benchmarks that run afterwards have the machine's time.
        let _ = std::fs::remove_file(self.file);
    }
}
