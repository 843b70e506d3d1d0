//! What a server lets its peers take.

use std::time::Duration;

/// What a server lets its peers use.
#[derive(Clone, Debug)]
pub struct ServerLimits {
    /// Largest message in bytes; 4 MiB. Services are built with it (`max_decoding_message_size`):
    /// tonic keeps this limit per service.
    pub max_message: usize,
    /// Connections in all, those in handshake included; 1024. Further ones are closed at once.
    pub max_connections: usize,
    /// Connections of one principal, and handshakes under way from one address; 64.
    pub max_connections_per_peer: usize,
    /// Until when a connection must have proved who it is; 10 s.
    pub handshake_timeout: Duration,
    /// Calls at once on one connection; 256.
    pub concurrent_streams: u32,
    /// Headers of one request in bytes; 16 KiB.
    pub header_list: u32,
    /// A silent connection is probed this often; 20 s.
    pub keepalive_interval: Duration,
    /// A probe must be answered within; 20 s.
    pub keepalive_timeout: Duration,
    /// Bytes of one request under way; 1 MiB. Bulk data flows to clients, whose windows are large.
    pub stream_window: u32,
    /// Bytes of all requests of a connection under way, which bounds what it can make us hold;
    /// 4 MiB.
    pub connection_window: u32,
    /// Largest frame taken, in bytes; 256 KiB.
    pub frame: u32,
    /// Bytes of one response held for a slow reader; 1 MiB.
    pub send_buffer: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_message: 4 << 20,
            max_connections: 1024,
            max_connections_per_peer: 64,
            handshake_timeout: Duration::from_secs(10),
            concurrent_streams: 256,
            header_list: 16 << 10,
            keepalive_interval: Duration::from_secs(20),
            keepalive_timeout: Duration::from_secs(20),
            stream_window: 1 << 20,
            connection_window: 4 << 20,
            frame: 256 << 10,
            send_buffer: 1 << 20,
        }
    }
}
