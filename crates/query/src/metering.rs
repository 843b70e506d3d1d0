//! Metrics of queries. No label names a caller, a table or a statement, so that the number of series is bounded.

use std::fs::File;
use std::time::Instant;

use chengji_domain::Error;
use metrics::Gauge;

use crate::ended;

/// The histograms of queries, with the upper bounds of their buckets.
pub const HISTOGRAMS: &[(&str, &[f64])] = &[(
    SECONDS,
    &[0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 1_800.0],
)];

const RUNNING: &str = "chengji_queries_running";
const WAITING: &str = "chengji_queries_waiting";
const REFUSED: &str = "chengji_queries_refused_total";
const SECONDS: &str = "chengji_query_seconds";
const DEATHS: &str = "chengji_query_engine_deaths_total";
const SPILLED: &str = "chengji_query_spill_bytes_total";

/// Counts a query that is refused because too many are running.
pub fn count_refusal() {
    metrics::counter!(REFUSED).increment(1);
}

/// Counts a process of the engine that ended before its query was done, if a query failed with its error. One that was
/// killed because nobody waits for it is none.
pub(crate) fn count_death(error: &Error) {
    let code = error.message().code();
    if ended::MESSAGES.contains(&code) {
        metrics::counter!(DEATHS, "error" => code.to_owned()).increment(1);
    }
}

/// Counts a query as waiting for its turn for as long as it lives.
#[derive(Debug)]
pub(crate) struct Waiting {
    _counted: Counted,
}

impl Waiting {
    pub(crate) fn begin() -> Self {
        Self {
            _counted: Counted::by(metrics::gauge!(WAITING)),
        }
    }
}

/// Counts a query as running for as long as it lives; then its time, and the disk space that it took.
#[derive(Debug)]
pub(crate) struct RunningQuery {
    begun: Instant,
    spill: Option<File>,
    _counted: Counted,
}

impl RunningQuery {
    pub(crate) fn begin() -> Self {
        Self {
            begun: Instant::now(),
            spill: None,
            _counted: Counted::by(metrics::gauge!(RUNNING)),
        }
    }

    /// Sets the file of the rows that do not fit into its memory.
    pub(crate) fn spill_to(&mut self, file: Option<File>) {
        self.spill = file;
    }
}

impl Drop for RunningQuery {
    fn drop(&mut self) {
        metrics::histogram!(SECONDS).record(self.begun.elapsed().as_secs_f64());
        // Blocks are used again: the size is the most that it took at a time.
        let size = self.spill.as_ref().and_then(|file| file.metadata().ok());
        if let Some(size) = size {
            metrics::counter!(SPILLED).increment(size.len());
        }
    }
}

/// One more on a gauge for as long as it lives.
#[derive(Debug)]
struct Counted(Gauge);

impl Counted {
    fn by(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use chengji_domain::ErrorCode;
    use chengji_messages::msg;
    use metrics::with_local_recorder;
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn a_query_is_counted_from_its_wait_to_its_end() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let says = |line: &str| {
            let rendered = recorder.handle().render();
            assert!(rendered.lines().any(|found| found == line), "{rendered}");
        };
        with_local_recorder(&recorder, || {
            let waiting = Waiting::begin();
            says("chengji_queries_waiting 1");
            drop(waiting);
            says("chengji_queries_waiting 0");
            let (mut one, other) = (RunningQuery::begin(), RunningQuery::begin());
            says("chengji_queries_running 2");
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(b"rows").unwrap();
            one.spill_to(Some(file));
            drop((one, other));
            says("chengji_queries_running 0");
            says("chengji_query_spill_bytes_total 4");
            says("chengji_query_seconds_count 2");
            count_refusal();
            says("chengji_queries_refused_total 1");
            count_death(&ended::of(Ok(None)));
            count_death(&Error::new(ErrorCode::LimitExceeded, msg::QueryMemory));
            says("chengji_query_engine_deaths_total{error=\"query-engine-silent\"} 1");
            let rendered = recorder.handle().render();
            assert!(!rendered.contains("query-memory"), "{rendered}");
        });
    }
}
