//! Jobs for many requests or matters, each in a transaction of its own: a failure of one keeps no other from its turn.

use chengji_domain::request::RequestId;
use chengji_domain::{Error, Result};
use chengji_store::{Ledger, Tx};

/// The outcome of the jobs.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The sum of what the jobs returned.
    pub(crate) done: usize,
    /// The last failure, if there was one.
    pub(crate) failed: Option<Error>,
}

impl Outcome {
    /// Returns the sum, or the failure.
    pub(crate) fn whole(self) -> Result<usize> {
        self.failed.map_or(Ok(self.done), Err)
    }
}

/// Runs a job for each of these numbers. `failure` says in the log what a job that failed has not done.
pub(crate) async fn run<N, J>(ledger: &Ledger, numbers: N, failure: &str, job: J) -> Outcome
where
    N: IntoIterator<Item = RequestId>,
    J: Fn(&mut Tx<'_>, RequestId) -> Result<usize> + Clone + Send + 'static,
{
    let mut outcome = Outcome::default();
    for id in numbers {
        let job = job.clone();
        match ledger.write(move |tx| job(tx, id)).await {
            Ok(some) => outcome.done += some,
            Err(error) => {
                tracing::error!(%id, %error, "{failure}");
                outcome.failed = Some(error);
            }
        }
    }
    outcome
}
