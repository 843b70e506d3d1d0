//! Resource limits of a server for its peers.

use std::num::NonZeroU32;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

/// Sizes of frames that HTTP/2 allows, bytes (RFC 9113, section 4.2).
const MIN_FRAME: u32 = 1 << 14;
const MAX_FRAME: u32 = (1 << 24) - 1;
/// The initial and the largest flow-control window of HTTP/2, bytes (RFC 9113, section 6.9).
const MIN_WINDOW: u32 = (1 << 16) - 1;
const MAX_WINDOW: u32 = (1 << 31) - 1;

/// Resource limits of the server for its peers. Each may be omitted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLimits {
    /// Maximum size of a message.
    #[schemars(range(min = 1), extend("x-value" = "bytes"))]
    pub max_message: usize,
    /// Maximum number of connections, including those in handshake. Further connections are
    /// closed at once.
    #[schemars(range(min = 1))]
    pub max_connections: usize,
    /// Maximum number of connections of one principal, and of concurrent handshakes from one
    /// address.
    #[schemars(range(min = 1))]
    pub max_connections_per_peer: usize,
    /// Maximum number of connections without a certificate (to join and to renew) from one
    /// address, and of connections of all people of one other city together.
    pub max_newcomers_per_address: usize,
    /// Calls a second of one principal, on all its connections together. Bursts of four times as
    /// many are allowed.
    pub calls_per_second: NonZeroU32,
    /// Calls a second of a peer without a certificate, by its address, and of all people of one
    /// other city together.
    pub newcomer_calls_per_second: NonZeroU32,
    /// Burst of denied calls of one caller, or of all people of one other city together, that are
    /// answered with the reason and recorded in the audit log; it is replenished by two a second.
    /// Denials beyond that are answered with the rate limit error only.
    pub denials_at_once: NonZeroU32,
    /// Timeout of the TLS handshake.
    #[serde(with = "seconds")]
    #[schemars(with = "u32", range(min = 1), extend("x-value" = "seconds"))]
    pub handshake_timeout: Duration,
    /// Timeout of a call with one message each way. It does not apply to streams.
    #[serde(with = "seconds")]
    #[schemars(with = "u32", range(min = 1), extend("x-value" = "seconds"))]
    pub call_timeout: Duration,
    /// Maximum time that a connection may be without a call.
    #[serde(with = "seconds")]
    #[schemars(with = "u32", range(min = 1), extend("x-value" = "seconds"))]
    pub idle_timeout: Duration,
    /// Maximum number of concurrent calls on one connection.
    #[schemars(range(min = 1))]
    pub concurrent_streams: u32,
    /// Maximum size of the headers of one call.
    #[schemars(range(min = 1), extend("x-value" = "bytes"))]
    pub header_list: u32,
    /// Maximum number of calls on one connection that a peer may reset before they were
    /// processed. Further resets end the connection.
    pub pending_resets: usize,
    /// HTTP/2 frames a second without a call (pings, settings, windows, empty data) on one
    /// connection. Bursts of four times as many are allowed, and one more frame for each 16 KiB
    /// sent. Peers without a certificate, and people of another city, have a tenth. A connection
    /// that exceeds the limit is closed.
    pub idle_frames_per_second: NonZeroU32,
    /// Time without a sign of life after which a connection is probed. Signs of life are bytes
    /// that arrive, and free space in a socket buffer that was full.
    #[serde(with = "seconds")]
    #[schemars(with = "u32", range(min = 1), extend("x-value" = "seconds"))]
    pub keepalive_interval: Duration,
    /// Maximum time between a probe and a sign of life. The connection ends without one.
    #[serde(with = "seconds")]
    #[schemars(with = "u32", range(min = 1), extend("x-value" = "seconds"))]
    pub keepalive_timeout: Duration,
    /// Flow-control window of one call: bytes that a peer may send ahead.
    #[schemars(range(min = MIN_WINDOW, max = MAX_WINDOW), extend("x-value" = "bytes"))]
    pub stream_window: u32,
    /// Flow-control window of all calls of a connection together.
    #[schemars(range(min = MIN_WINDOW, max = MAX_WINDOW), extend("x-value" = "bytes"))]
    pub connection_window: u32,
    /// Maximum size of an HTTP/2 frame from a peer.
    #[schemars(range(min = MIN_FRAME, max = MAX_FRAME), extend("x-value" = "bytes"))]
    pub frame: u32,
    /// Bytes of one response that are buffered for a slow reader.
    #[schemars(extend("x-value" = "bytes"))]
    pub send_buffer: usize,
    /// Memory for messages and imports of all callers together. Nodes of cities, and callers
    /// without rights here, share three quarters of it; imports and bulk changes share half of it. A call
    /// that would need more fails with LIMIT_EXCEEDED.
    #[schemars(range(min = 1), extend("x-value" = "bytes"))]
    pub memory: usize,
    /// Memory for messages and imports of one principal, on all its connections together.
    #[schemars(range(min = 1), extend("x-value" = "bytes"))]
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

/// Durations as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Serializes whole seconds.
    pub fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(duration.as_secs())
    }

    /// Reads whole seconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u32::deserialize(from).map(|seconds| Duration::from_secs(seconds.into()))
    }
}
