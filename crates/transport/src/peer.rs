//! The other end of a connection.

use std::net::SocketAddr;

use chengji_domain::access::Serial;
use chengji_domain::{Digest, Principal};

/// The authenticated other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The principal in its certificate.
    pub principal: Principal,
    /// The serial number of its certificate; `None` without a certificate, or with one that this software
    /// did not issue.
    pub serial: Option<Serial>,
    /// SHA-256 of its certificate's public key.
    pub key: Option<Digest>,
    /// Its address.
    pub addr: SocketAddr,
}
