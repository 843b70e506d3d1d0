//! Resource limits of a server for its peers.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Resource limits of a server for its peers. As a section of settings each may be omitted; durations are
/// in seconds there, sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLimits {
    /// Largest message in bytes; 4 MiB. Services are built with it (`max_decoding_message_size`):
    /// tonic keeps this limit per service.
    pub max_message: usize,
    /// Connections in total, those in handshake included; 1024. Further ones are closed at once.
    pub max_connections: usize,
    /// Connections of one principal, and concurrent handshakes from one address; 64.
    pub max_connections_per_peer: usize,
    /// Connections of peers without a certificate, from one address; 8. Also the limit for all people of
    /// one other city together.
    pub max_newcomers_per_address: usize,
    /// Calls a second of one principal, on all its connections together; 2,000. Bursts of four times as
    /// many are allowed.
    pub calls_per_second: NonZeroU32,
    /// The same for a peer without a certificate, by its address, and for the people of another city
    /// together; 5.
    pub newcomer_calls_per_second: NonZeroU32,
    /// Burst of denials of one quota key that are reported with their reason and recorded in the audit
    /// log; 240, replenished by two a second. Denials beyond that are answered with the rate limit error
    /// only.
    pub denials_at_once: NonZeroU32,
    /// Timeout of the handshake; 10 s.
    #[serde(deserialize_with = "seconds")]
    pub handshake_timeout: Duration,
    /// Timeout of a call with one message each way; 60 s.
    #[serde(deserialize_with = "seconds")]
    pub call_timeout: Duration,
    /// A connection without a call under way ends after this time; 300 s.
    #[serde(deserialize_with = "seconds")]
    pub idle_timeout: Duration,
    /// Concurrent calls on one connection; 256.
    pub concurrent_streams: u32,
    /// Headers of one request in bytes; 16 KiB.
    pub header_list: u32,
    /// Calls of one connection that a peer may reset before they were processed; 20. More of them end the
    /// connection.
    pub pending_resets: usize,
    /// HTTP/2 frames a second without a call (pings, settings, windows, empty data), on one connection;
    /// 500. Bursts of four times as many are allowed, and one more for each 16 KiB sent. Peers without a
    /// certificate, and people of another city, get a tenth. A connection that exceeds the limit is cut.
    pub idle_frames_per_second: NonZeroU32,
    /// Interval of probes on a connection without a sign of life; 20 s. Signs of life are bytes that
    /// arrive, and free space in a socket buffer that was full.
    #[serde(deserialize_with = "seconds")]
    pub keepalive_interval: Duration,
    /// Maximum time between a probe and a sign of life; 20 s.
    #[serde(deserialize_with = "seconds")]
    pub keepalive_timeout: Duration,
    /// Bytes in flight of one request; 1 MiB. Bulk data flows to clients, whose windows are large.
    pub stream_window: u32,
    /// Bytes of all requests of a connection that wait to be read; 4 MiB. A message is held until it is
    /// complete: `max_message` times the concurrent calls bounds that.
    pub connection_window: u32,
    /// Largest accepted frame, in bytes; 256 KiB.
    pub frame: u32,
    /// Bytes of one response buffered for a slow reader; 1 MiB.
    pub send_buffer: usize,
    /// Memory held for all callers together, in bytes; 512 MiB. It counts incoming messages, entries of
    /// imports and outgoing log entries. Nodes of cities, and callers without rights here, share three
    /// quarters of it.
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
