//! What a server lets its peers take.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// What a server lets its peers use. As a section of settings any of it can be left out; durations
/// are in seconds there, sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLimits {
    /// Largest message in bytes; 4 MiB. Services are built with it (`max_decoding_message_size`):
    /// tonic keeps this limit per service.
    pub max_message: usize,
    /// Connections in all, those in handshake included; 1024. Further ones are closed at once.
    pub max_connections: usize,
    /// Connections of one principal, and handshakes under way from one address; 64.
    pub max_connections_per_peer: usize,
    /// Connections of peers without a certificate, from one address; 8. So many have all the people
    /// of another city together, too.
    pub max_newcomers_per_address: usize,
    /// Calls a second of one principal, on all its connections together; 2,000. Four times as many
    /// may come at once.
    pub calls_per_second: NonZeroU32,
    /// The same for a peer without a certificate, by its address, and for the people of another city
    /// together; 5.
    pub newcomer_calls_per_second: NonZeroU32,
    /// Denials of whoever pays for calls that are told, and written down, at once; 240, and two more each second. Who goes past is told only that it is too fast.
    pub denials_at_once: NonZeroU32,
    /// Until when a connection must have proved who it is; 10 s.
    #[serde(deserialize_with = "seconds")]
    pub handshake_timeout: Duration,
    /// Until when a call that is one message each way must be done; 60 s.
    #[serde(deserialize_with = "seconds")]
    pub call_timeout: Duration,
    /// A connection without a call under way ends after this time; 300 s.
    #[serde(deserialize_with = "seconds")]
    pub idle_timeout: Duration,
    /// Calls at once on one connection; 256.
    pub concurrent_streams: u32,
    /// Headers of one request in bytes; 16 KiB.
    pub header_list: u32,
    /// Calls that a peer may take back before they were looked at, on one connection; 20. One that
    /// takes back more loses the connection.
    pub pending_resets: usize,
    /// HTTP/2 frames a second that carry no call (pings, settings, windows, empty data), on one
    /// connection; 500. Four times as many may come at once, and one more for each 16 KiB that are
    /// sent. Peers without a certificate, and people of another city, get a tenth. A connection on
    /// which more come is cut.
    pub idle_frames_per_second: NonZeroU32,
    /// A connection without a sign of life is probed this often; 20 s. Bytes that arrive are one, and so is
    /// room in a socket that was full.
    #[serde(deserialize_with = "seconds")]
    pub keepalive_interval: Duration,
    /// A sign of life must follow a probe within; 20 s.
    #[serde(deserialize_with = "seconds")]
    pub keepalive_timeout: Duration,
    /// Bytes of one request under way; 1 MiB. Bulk data flows to clients, whose windows are large.
    pub stream_window: u32,
    /// Bytes of all requests of a connection that wait to be read; 4 MiB. A message that is read is
    /// held until it is whole: `max_message` times the calls at once bound that.
    pub connection_window: u32,
    /// Largest frame taken, in bytes; 256 KiB.
    pub frame: u32,
    /// Bytes of one response held for a slow reader; 1 MiB.
    pub send_buffer: usize,
    /// Memory held for all callers together, in bytes; 512 MiB. It counts messages on their way in,
    /// entries of imports and log entries on their way out. Nodes of cities, and callers without
    /// rights here, get three quarters of it together.
    pub memory: usize,
    /// The same for one principal, on all its connections together; 256 MiB.
    pub memory_per_peer: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_message: 4 << 20,
            max_connections: 1024,
            max_connections_per_peer: 64,
            max_newcomers_per_address: 8,
            calls_per_second: NonZeroU32::MIN.saturating_add(1_999),
            newcomer_calls_per_second: NonZeroU32::MIN.saturating_add(4),
            denials_at_once: NonZeroU32::MIN.saturating_add(239),
            handshake_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(300),
            pending_resets: 20,
            concurrent_streams: 256,
            idle_frames_per_second: NonZeroU32::MIN.saturating_add(499),
            header_list: 16 << 10,
            keepalive_interval: Duration::from_secs(20),
            keepalive_timeout: Duration::from_secs(20),
            stream_window: 1 << 20,
            connection_window: 4 << 20,
            frame: 256 << 10,
            send_buffer: 1 << 20,
            memory: 512 << 20,
            memory_per_peer: 256 << 20,
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u32::deserialize(from).map(|seconds| Duration::from_secs(seconds.into()))
}
