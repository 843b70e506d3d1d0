//! Metric and warnings for the approaching end of a program's certificate.

use std::time::{Duration, SystemTime};

use chengji_transport::Identity;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Days left at which the log warns.
const WARN: [u64; 4] = [14, 7, 3, 1];

/// Reports the remaining validity of the certificate.
#[derive(Default)]
pub struct Expiry {
    reported: Option<u64>,
}

impl Expiry {
    /// Records the metric of days left, and warns once at each threshold.
    pub fn report(&mut self, identity: &Identity, now: SystemTime) {
        let left = identity.not_after().duration_since(now).unwrap_or_default();
        let days = left.as_secs_f64() / DAY.as_secs_f64();
        metrics::gauge!("chengji_certificate_days_left").set(days);
        match self.warns(left) {
            Some(0) => tracing::error!("the certificate has expired; only a renewal is possible"),
            Some(days) => {
                tracing::warn!(
                    left = format!("{:.1} days", left.as_secs_f64() / DAY.as_secs_f64()),
                    "the certificate ends in less than {days} days and was not renewed; look at \
                     'status'"
                );
            }
            None => {}
        }
    }

    /// The threshold that was passed since the last call, if any.
    fn warns(&mut self, left: Duration) -> Option<u64> {
        let now = match left {
            Duration::ZERO => Some(0),
            left => WARN
                .into_iter()
                .rev()
                .find(|days| left <= DAY * u32::try_from(*days).unwrap_or(0)),
        };
        if now == self.reported {
            return None;
        }
        self.reported = now;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_is_reported_once_and_anew_after_a_renewal() {
        let mut expiry = Expiry::default();
        let reported: Vec<Option<u64>> = [
            30.0, 14.5, 13.9, 13.0, 6.0, 2.0, 0.5, 0.4, 0.0, 0.0, 29.0, 5.0,
        ]
        .map(|days| expiry.warns(DAY.mul_f64(days)))
        .to_vec();
        let expected = [
            None,
            None,
            Some(14),
            None,
            Some(7),
            Some(3),
            Some(1),
            None,
            Some(0),
            None,
            None,
            Some(7),
        ];
        assert_eq!(reported, expected);
    }
}
