//! Metrics of calls and connections.
//!
//! Labels come from the rules of rpcs, never from a caller: a path without one counts as `other`. Handles
//! are created once per rpc, so that counting a call costs a few atomic operations.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderMap;
use metrics::{Counter, Gauge, Histogram, Unit};
use tonic::{Code, Status};

/// The histograms of calls, with the upper bounds of their buckets.
pub const HISTOGRAMS: &[(&str, &[f64])] = &[(
    SECONDS,
    &[
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.1, 0.5, 2.0, 10.0,
    ],
)];

const SECONDS: &str = "chengji_rpc_seconds";

const TOTAL: &str = "chengji_rpc_total";
const DENIALS: &str = "chengji_denials_total";
const THROTTLED: &str = "chengji_throttled_total";
const CONNECTIONS: &str = "chengji_connections";
const CUT: &str = "chengji_connections_cut_total";
const HANDSHAKE_FAILURES: &str = "chengji_handshake_failures_total";

/// The label of calls that have no rule.
pub(crate) const OTHER: &str = "other";

/// The names of gRPC codes, by number.
const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Describes each metric to the recorder, if one is installed.
pub(crate) fn describe() {
    metrics::describe_counter!(TOTAL, "Calls answered, by rpc and gRPC code");
    metrics::describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "Time until the response headers, by rpc"
    );
    metrics::describe_counter!(DENIALS, "Calls the policy denied, by rpc");
    metrics::describe_counter!(
        THROTTLED,
        "Calls refused because their caller made too many"
    );
    metrics::describe_gauge!(CONNECTIONS, "Open connections of authenticated peers");
    metrics::describe_counter!(
        CUT,
        "Connections cut because too many frames without a call came"
    );
    metrics::describe_counter!(HANDSHAKE_FAILURES, "Connections that proved no identity");
}

/// The code that a call ended with, in its headers or trailers.
pub(crate) fn code(headers: &HeaderMap) -> Option<Code> {
    headers
        .get(Status::GRPC_STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()))
}

/// Counts a connection that failed before its peer was authenticated.
pub(crate) fn handshake_failed() {
    metrics::counter!(HANDSHAKE_FAILURES).increment(1);
}

/// Counts a connection that was cut for its frames.
pub(crate) fn cut() {
    metrics::counter!(CUT).increment(1);
}

/// Counts a call that exceeded its rate limit.
pub(crate) fn throttled() {
    metrics::counter!(THROTTLED).increment(1);
}

/// Counts a connection as open for as long as it lives.
pub(crate) struct OpenConnection(Gauge);

impl OpenConnection {
    pub(crate) fn new() -> Self {
        let gauge = metrics::gauge!(CONNECTIONS);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The meters of all rpcs, made at their first call.
#[derive(Default)]
pub(crate) struct Meters(RwLock<HashMap<String, Arc<Meter>>>);

impl Meters {
    /// The meter of this label: the path of an rpc that has a rule, or [`OTHER`].
    pub(crate) fn of(&self, label: &str) -> Arc<Meter> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = held.get(label) {
            return Arc::clone(meter);
        }
        drop(held);
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            held.entry(label.to_owned())
                .or_insert_with(|| Arc::new(Meter::new(label))),
        )
    }
}

/// The metrics of one rpc.
pub(crate) struct Meter {
    label: String,
    seconds: Histogram,
    denials: Counter,
    by_code: [OnceLock<Counter>; CODES.len()],
}

impl Meter {
    fn new(label: &str) -> Self {
        Self {
            seconds: metrics::histogram!(SECONDS, "rpc" => label.to_owned()),
            denials: metrics::counter!(DENIALS, "rpc" => label.to_owned()),
            by_code: Default::default(),
            label: label.to_owned(),
        }
    }

    pub(crate) fn headers_after(&self, duration: Duration) {
        self.seconds.record(duration.as_secs_f64());
    }

    pub(crate) fn denied(&self) {
        self.denials.increment(1);
    }

    fn ended(&self, code: Code) {
        // gRPC codes are 0 to 16; tonic reads any other as UNKNOWN.
        if let Some((name, counter)) = CODES.iter().zip(&self.by_code).nth(code as usize) {
            counter
                .get_or_init(
                    || metrics::counter!(TOTAL, "rpc" => self.label.clone(), "code" => *name),
                )
                .increment(1);
        }
    }
}

/// Counts a call exactly once: with its code, or as cancelled if it ends without one.
pub(crate) struct Outcome {
    meter: Arc<Meter>,
    counted: bool,
}

impl Outcome {
    pub(crate) fn open(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            counted: false,
        }
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn ended(&mut self, code: Code) {
        if !std::mem::replace(&mut self.counted, true) {
            self.meter.ended(code);
        }
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.ended(Code::Cancelled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rpc_has_one_meter() {
        let meters = Meters::default();
        for label in ["/chengji.v1.LogService/Follow", OTHER] {
            let first = meters.of(label);
            assert_eq!(first.label, label);
            assert!(Arc::ptr_eq(&first, &meters.of(label)));
        }
        assert_eq!(meters.0.read().unwrap().len(), 2);
    }

    #[test]
    fn every_code_has_its_name() {
        assert_eq!(CODES.get(Code::Ok as usize), Some(&"OK"));
        assert_eq!(
            CODES.get(Code::PermissionDenied as usize),
            Some(&"PERMISSION_DENIED")
        );
        assert_eq!(
            CODES.get(Code::Unauthenticated as usize),
            Some(&"UNAUTHENTICATED")
        );
    }
}
