//! The other end of a connection.

use std::net::SocketAddr;

use chengji_domain::access::Serial;
use chengji_domain::{Digest, Principal};

/// Who is at the other end of a connection, as the handshake proved.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Whom its certificate names.
    pub principal: Principal,
    /// The number of its certificate; nothing where it has none, or not one of ours.
    pub serial: Option<Serial>,
    /// SHA-256 of its certificate's public key.
    pub key: Option<Digest>,
    /// Where it connected from.
    pub addr: SocketAddr,
}
