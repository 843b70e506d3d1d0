//! Accepts the connections of a running server: bounds them, authenticates them and serves them.
//!
//! Before its handshake a peer is identified by its address, afterwards by its quota key; neither may
//! exceed its share.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Principal};
use chengji_messages::{Message, msg};
use chengji_runtime::LogRateLimit;
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tonic::service::Routes;

use crate::access::Authorization;
use crate::activity::Activity;
use crate::admission::{Slot, Tally};
use crate::chains::member;
use crate::cut::{self, Cutter};
use crate::frames::{Counted, is_too_many};
use crate::gate::{Connection, Gate};
use crate::keep_alive::{KeepAlive, PROBE_TIMEOUT};
use crate::limits::ServerLimits;
use crate::metering::{self, OpenConnection};
use crate::peer::Peer;
use crate::quota_key::{QuotaKey, network};
use crate::spiffe;
use crate::tls::H2;

/// State shared by the connections of a running server.
pub(crate) struct Acceptor {
    tls: TlsAcceptor,
    cluster: String,
    gate: Arc<Gate>,
    routes: Routes,
    http2: http2::Builder<TokioExecutor>,
    handshake_timeout: Duration,
    slots: Arc<Semaphore>,
    handshakes: Arc<Tally<IpAddr>>,
    connected: Arc<Tally<QuotaKey>>,
    strangers: Arc<Tally<QuotaKey>>,
    /// Connections over a limit that are kept open until their callers have read the reason.
    refused: Arc<Tally<QuotaKey>>,
    /// A separate, smaller pool, so that strangers leave slots for members.
    stranger_slots: Arc<Semaphore>,
    http2_for_strangers: http2::Builder<TokioExecutor>,
    idle_timeout: Duration,
    /// Maximum time a connection may show no sign of life.
    silence: Duration,
    idle_frames: u32,
    warned_cut: LogRateLimit,
    warned_refused: LogRateLimit,
}

/// For strangers, the limit of frames without a call is divided by this number.
const STRANGERS_FRAMES: u32 = 10;
/// Concurrent calls on the connection of a stranger.
const STRANGERS_STREAMS: u32 = 4;
/// Maximum time calls under way may take to end on a connection that is closing.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for the callers of a cut or refused connection to read the reason.
const REASON_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of refused connections of one quota key that are answered with the reason; further ones
/// are closed at once.
const MAX_REFUSED: usize = 8;
/// Suggested delay before connecting again.
const CONNECT_AGAIN: Duration = Duration::from_secs(5);

/// Admission of an unknown peer to the handshake.
pub(crate) struct HandshakeAdmission {
    slot: OwnedSemaphorePermit,
    address: Slot<IpAddr>,
}

impl Acceptor {
    pub(crate) fn new(
        tls: TlsAcceptor,
        cluster: String,
        gate: Gate,
        limits: &ServerLimits,
        routes: Routes,
    ) -> Self {
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .initial_stream_window_size(limits.stream_window)
            .initial_connection_window_size(limits.connection_window)
            .max_frame_size(limits.frame)
            .max_concurrent_streams(limits.concurrent_streams)
            .max_header_list_size(limits.header_list)
            .max_pending_accept_reset_streams(limits.pending_resets)
            .max_send_buf_size(limits.send_buffer.min(u32::MAX as usize))
            .keep_alive_interval(limits.keepalive_interval)
            .keep_alive_timeout(PROBE_TIMEOUT);
        Self {
            slots: Arc::new(Semaphore::new(
                limits.max_connections.min(Semaphore::MAX_PERMITS),
            )),
            handshakes: Tally::new(limits.max_connections_per_peer),
            connected: Tally::new(limits.max_connections_per_peer),
            strangers: Tally::new(limits.max_newcomers_per_address),
            refused: Tally::new(MAX_REFUSED),
            stranger_slots: Arc::new(Semaphore::new(
                (limits.max_connections / 4).clamp(1, Semaphore::MAX_PERMITS),
            )),
            http2_for_strangers: {
                let mut few = http2.clone();
                few.max_concurrent_streams(STRANGERS_STREAMS);
                few
            },
            idle_timeout: limits.idle_timeout,
            silence: limits.keepalive_interval + limits.keepalive_timeout,
            idle_frames: limits.idle_frames_per_second.get(),
            warned_cut: LogRateLimit::default(),
            warned_refused: LogRateLimit::default(),
            handshake_timeout: limits.handshake_timeout,
            gate: Arc::new(gate),
            tls,
            cluster,
            routes,
            http2,
        }
    }

    pub(crate) fn enter(&self, addr: SocketAddr) -> Option<HandshakeAdmission> {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            self.warn_refused(addr, "the maximum number of connections is open");
            return None;
        };
        let Some(address) = self.handshakes.enter(network(addr.ip())) else {
            self.warn_refused(addr, "too many handshakes from its address");
            return None;
        };
        Some(HandshakeAdmission { slot, address })
    }

    fn warn_refused(&self, addr: SocketAddr, reason: &str) {
        if let Some(left_out) = self.warned_refused.pass() {
            tracing::warn!(%addr, left_out, "connection refused: {reason}");
        }
    }

    /// Serves one connection from its first byte to its last.
    pub(crate) async fn connection(
        self: Arc<Self>,
        tcp: TcpStream,
        addr: SocketAddr,
        admission: HandshakeAdmission,
        mut stop: watch::Receiver<()>,
    ) {
        let proved = tokio::select! {
            proved = tokio::time::timeout(self.handshake_timeout, self.handshake(tcp, addr)) => proved,
            _ = stop.changed() => return,
        };
        let (tls, proof) = match proved {
            Ok(Ok(proved)) => proved,
            failed => {
                metering::handshake_failed();
                let reason = failed.map_or_else(
                    |_| format!("not done within {:?}", self.handshake_timeout),
                    |result| result.err().map(|e| e.to_string()).unwrap_or_default(),
                );
                tracing::info!(%addr, reason, "handshake failed");
                return;
            }
        };
        let HandshakeAdmission { slot, address } = admission;
        drop(address);
        let Proof { peer, lifetime } = proof;
        // Subscribed before the rights are read, so that no change is missed in between.
        let changes = self.gate.guards.access.changes();
        let authorization = self.gate.authorization(&peer);
        let quota_key = self.gate.quota_key(&peer, &authorization);
        let caller = AuthenticatedPeer {
            peer: Arc::new(peer),
            quota_key: Arc::new(quota_key),
            authorization,
            lifetime,
        };
        let _slots = match self.take_slots(&caller.quota_key) {
            Ok(slots) => (slots, slot),
            Err(reason) => {
                let principal = &caller.peer.principal;
                self.warn_refused(addr, &format!("{principal}: {reason}"));
                if let Some(_slot) = self.refused.enter(QuotaKey::clone(&caller.quota_key)) {
                    self.calls(tls, caller, Some(reason), changes, stop).await;
                }
                return;
            }
        };
        let _open = OpenConnection::new();
        self.calls(tls, caller, None, changes, stop).await;
    }

    /// Takes the slots of a connection with this quota key.
    fn take_slots(
        &self,
        quota_key: &QuotaKey,
    ) -> chengji_domain::Result<(Slot<QuotaKey>, Option<OwnedSemaphorePermit>)> {
        let (tally, of_strangers) = if quota_key.is_stranger() {
            let one = Arc::clone(&self.stranger_slots).try_acquire_owned();
            let one = one.map_err(|_| too_many_connections(msg::ConnectionsOfStrangers))?;
            (&self.strangers, Some(one))
        } else {
            (&self.connected, None)
        };
        let own = tally.enter(quota_key.clone()).ok_or_else(|| {
            too_many_connections(msg::ConnectionsTooMany {
                caller: quota_key,
                count: tally.limit(),
            })
        })?;
        Ok((own, of_strangers))
    }

    /// Performs the handshake. A peer whose certificate is refused still receives the reason.
    async fn handshake(
        &self,
        tcp: TcpStream,
        addr: SocketAddr,
    ) -> io::Result<(TlsStream<KeepAlive<TcpStream>>, Proof)> {
        let tcp = KeepAlive::tcp(tcp, self.silence)?;
        let tls = match self.tls.accept(tcp).into_fallible().await {
            Ok(tls) => tls,
            Err((error, tcp)) => {
                close_refused(tcp).await;
                return Err(error);
            }
        };
        let session = tls.get_ref().1;
        if session.alpn_protocol() != Some(H2) {
            return Err(io::Error::other("the client does not speak HTTP/2"));
        }
        let proof = match session.peer_certificates().and_then(<[_]>::first) {
            None => Proof {
                peer: Peer {
                    principal: Principal::Newcomer,
                    serial: None,
                    key: None,
                    addr,
                },
                lifetime: CLOSING_TIMEOUT,
            },
            Some(certificate) => {
                let (principal, serial) =
                    member(certificate, &self.cluster).map_err(io::Error::other)?;
                Proof {
                    peer: Peer {
                        principal,
                        serial,
                        key: spiffe::key_digest(certificate),
                        addr,
                    },
                    lifetime: spiffe::life_left(certificate, chengji_clock::system_time()),
                }
            }
        };
        Ok((tls, proof))
    }

    async fn calls(
        &self,
        tls: TlsStream<KeepAlive<TcpStream>>,
        caller: AuthenticatedPeer,
        refusal: Option<Error>,
        changes: watch::Receiver<u64>,
        mut stop: watch::Receiver<()>,
    ) {
        let AuthenticatedPeer {
            peer,
            quota_key,
            authorization,
            lifetime,
        } = caller;
        let (http2, idle_frames) = self.http2_for(&quota_key);
        let counted = Counted::new(tls, idle_frames);
        let activity = Activity::new();
        let cutter = Cutter::default();
        let is_refused = refusal.is_some();
        let connection = Connection {
            peer: Arc::clone(&peer),
            quota_key,
            authorization: authorization.clone(),
            refusal,
            line: cutter.line(),
            activity: activity.clone(),
        };
        let calls = self.gate.layers(connection, self.routes.clone());
        let calls = TowerToHyperService::new(calls);
        let mut served = std::pin::pin!(http2.serve_connection(TokioIo::new(counted), calls));
        let authorization_changed = self.changed_authorization(&peer, &authorization, changes);
        let expired = async {
            tokio::select! {
                () = activity.idle_for(self.idle_timeout) => {}
                () = tokio::time::sleep(lifetime) => {}
                _ = stop.changed() => {}
            }
        };
        let (mut authorization_changed, mut expired) = (
            std::pin::pin!(authorization_changed),
            std::pin::pin!(expired),
        );
        let mut phase = if is_refused {
            Phase::Refused
        } else {
            Phase::Open
        };
        let mut deadline = std::pin::pin!(tokio::time::sleep(REASON_TIMEOUT));
        let ended = loop {
            let timeout = tokio::select! {
                ended = served.as_mut() => break ended,
                now = authorization_changed.as_mut(), if phase != Phase::Cut => {
                    let principal = &peer.principal;
                    tracing::info!(%principal, "authorization changed: connection cut");
                    cutter.cut(cut::reason(now));
                    phase = Phase::Cut;
                    REASON_TIMEOUT
                }
                () = expired.as_mut(), if phase == Phase::Open => {
                    phase = Phase::Closing;
                    CLOSING_TIMEOUT
                }
                () = deadline.as_mut(), if phase != Phase::Open => {
                    if phase != Phase::Refused {
                        return;
                    }
                    phase = Phase::Closing;
                    REASON_TIMEOUT
                }
            };
            served.as_mut().graceful_shutdown();
            deadline
                .as_mut()
                .reset(tokio::time::Instant::now() + timeout);
        };
        if let Err(error) = ended {
            self.log_end(&peer, &error);
        }
    }

    /// The HTTP/2 settings for this quota key, and its limit of frames without a call.
    fn http2_for(&self, quota_key: &QuotaKey) -> (&http2::Builder<TokioExecutor>, u32) {
        if quota_key.is_stranger() {
            let few = (self.idle_frames / STRANGERS_FRAMES).max(1);
            (&self.http2_for_strangers, few)
        } else {
            (&self.http2, self.idle_frames)
        }
    }

    /// Resolves to the peer's new authorization once it differs from this one.
    async fn changed_authorization(
        &self,
        peer: &Peer,
        authorization: &Authorization,
        mut changes: watch::Receiver<u64>,
    ) -> Authorization {
        while changes.changed().await.is_ok() {
            let now = self.gate.authorization(peer);
            if now != *authorization {
                return now;
            }
        }
        std::future::pending().await
    }

    /// Logs why a connection broke, and counts those that were cut for their frames.
    fn log_end(&self, peer: &Peer, error: &hyper::Error) {
        let Peer {
            addr, principal, ..
        } = peer;
        if is_too_many(error) {
            metering::cut();
            if let Some(left_out) = self.warned_cut.pass() {
                tracing::warn!(%addr, %principal, left_out, "connection cut: {error:?}");
            }
        }
        tracing::debug!(%addr, %principal, %error, "connection ended");
    }
}

/// The phases of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Over a limit: its calls are answered with that error.
    Refused,
    /// Closing: calls under way may end.
    Closing,
    /// Calls under way are answered with the reason.
    Cut,
}

/// The result of a handshake.
struct Proof {
    peer: Peer,
    /// The remaining validity of the certificate, which bounds the connection's lifetime.
    lifetime: Duration,
}

/// The peer of a connection, with its authorization.
struct AuthenticatedPeer {
    peer: Arc<Peer>,
    quota_key: Arc<QuotaKey>,
    authorization: Authorization,
    lifetime: Duration,
}

fn too_many_connections(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(CONNECT_AGAIN)
}

/// Closes a refused connection so that the alert arrives: closing with unread bytes would reset it, and
/// the peer would not learn what is wrong with its certificate.
async fn close_refused(mut tcp: KeepAlive<TcpStream>) {
    const TIMEOUT: Duration = Duration::from_secs(1);
    const MAX_UNREAD: u64 = 64 << 10;
    if tcp.shutdown().await.is_ok() {
        let mut rest = tcp.take(MAX_UNREAD);
        let _ =
            tokio::time::timeout(TIMEOUT, tokio::io::copy(&mut rest, &mut tokio::io::sink())).await;
    }
}
