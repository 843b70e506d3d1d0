//! Denied calls, on their way from the layer that denied them to the one that records them.

use std::convert::Infallible;

use chengji_domain::Error;
use http::Request;

/// A call that is not allowed: why, and its request, which nobody has read.
#[derive(Debug)]
pub(crate) struct Denied<B> {
    /// The reason.
    pub(crate) error: Error,
    /// The request as it came.
    pub(crate) request: Request<B>,
}

impl<B> From<Infallible> for Denied<B> {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
