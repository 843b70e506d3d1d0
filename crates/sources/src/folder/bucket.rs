//! Folders in buckets of object stores that speak the protocol of S3: the objects directly below a prefix.
//!
//! Each call has connections of its own. Nothing is written, and objects are read by ranges of bounded length, each on
//! the condition (`If-Match`) that the object is the one that was listed. Errors name buckets and objects, never keys of
//! access; texts of the store are not shown, because they may quote the signed request.

mod address;
mod client;
mod failure;
mod object;
mod session;

#[cfg(test)]
mod test_server;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::Result;

pub(crate) use self::address::{BucketAddress, Endpoint};
pub(super) use self::object::Object;
pub(super) use self::session::Session;

use crate::database::password::PasswordFrom;
use crate::database::watch::{self, Output};
use crate::{Each, GoOn};

/// A folder in a bucket, and the access to it.
#[derive(Clone, Debug)]
pub(crate) struct BucketSettings {
    /// The bucket and the prefix.
    pub(crate) address: BucketAddress,
    /// The object store.
    pub(crate) endpoint: Endpoint,
    /// The region that requests are signed for.
    pub(crate) region: String,
    /// The access key ID.
    pub(crate) user: String,
    /// The place of the secret access key.
    pub(crate) secret: PasswordFrom,
    /// A PEM file with the only authorities of the store's certificate; without it, those of the system.
    pub(crate) ca: Option<PathBuf>,
}

/// Works on a folder in a thread of its own, whose requests end when the caller is gone. `None` if `each` wanted no more.
///
/// # Errors
///
/// `UNAVAILABLE` if the caller is gone; `SOURCE_UNAVAILABLE`; those of `work` and `each`.
pub(super) fn run<T: Send>(
    settings: &BucketSettings,
    go_on: GoOn<'_>,
    each: Each<'_>,
    work: impl FnOnce(&Arc<Session>, GoOn<'_>, Each<'_>) -> Result<T> + Send,
) -> Result<Option<T>> {
    let open = || Session::open(settings).map(Arc::new);
    let work = |session: &mut Arc<Session>, output: &Output| {
        let session = &*session;
        work(session, &|| session.goes_on(), &mut |rows| {
            Ok(match output.send(rows) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            })
        })
    };
    watch::run(open, go_on, each, work)
}
