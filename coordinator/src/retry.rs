//! Work for a city that is tried until it succeeds.

use std::time::Duration;

use chengji_domain::{CityCode, Result};

/// Delay after a failure, such as a full disk.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs an attempt until one succeeds, and returns its result. `failure` says in the log what is not done yet.
pub(crate) async fn until_done<T, F>(city: CityCode, failure: &str, attempt: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T>>,
{
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => tracing::error!(%city, %error, "{failure}; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
