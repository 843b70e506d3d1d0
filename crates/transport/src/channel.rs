//! Connections to other programs: a channel holds the server's address and expected principal. A server
//! with another principal receives no byte of a call.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::invitation::Invitation;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Message, msg};
use http::uri::Authority;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{Channel, Endpoint};

use crate::call_timeout::CallTimeout;
use crate::expect::Expect;
use crate::identity::Identity;
use crate::keep_alive::{KeepAlive, PROBE_TIMEOUT};
use crate::tls::{H2, bare_client_config, client_config, newcomer_config};

/// Interval of probes on a silent connection, which fails if nothing arrives for another interval.
const KEEPALIVE: Duration = Duration::from_secs(10);
/// Maximum time a connection may show no sign of life.
const SILENCE: Duration = Duration::from_secs(2 * KEEPALIVE.as_secs());
/// Bulk data flows towards the client: 16 MiB in flight sustain over 250 MB/s at 60 ms.
const STREAM_WINDOW: u32 = 16 << 20;
const CONNECTION_WINDOW: u32 = 32 << 20;
/// Data in flight of a followed log: a program that follows 300 of them buffers at most 150 MiB.
const LOG_WINDOW: u32 = 512 << 10;
/// A piece of a delivery, 256 KiB, with what surrounds it: in frames of that size, each would take a second, tiny one.
const FRAME: u32 = 260 << 10;
/// Room for the details of an error that lists many violations.
const HEADER_LIST: u32 = 64 << 10;

/// A channel to `endpoint` (`host:port`), which connects at the first call and again after a lost
/// connection, with the certificate in use at that time. Call it within the tokio runtime. Calls fail
/// with `UNAVAILABLE` and the reason while no connection can be made.
pub fn channel(identity: &Identity, endpoint: &str, expect: Expect) -> Result<Channel> {
    let windows = (STREAM_WINDOW, CONNECTION_WINDOW);
    through(client_config(identity, expect)?, endpoint, windows)
}

/// The same for following a log: less data is in flight, so that hundreds of them take bounded memory.
pub fn log_channel(identity: &Identity, endpoint: &str, expect: Expect) -> Result<Channel> {
    let windows = (LOG_WINDOW, LOG_WINDOW);
    through(client_config(identity, expect)?, endpoint, windows)
}

/// The same as [`channel`] without a client certificate, for enrolment.
pub fn without_certificate(
    authorities: &[CertificateDer<'static>],
    cluster: &str,
    endpoint: &str,
    expect: Expect,
) -> Result<Channel> {
    let windows = (STREAM_WINDOW, CONNECTION_WINDOW);
    through(
        bare_client_config(authorities, cluster, expect)?,
        endpoint,
        windows,
    )
}

/// The same for a caller that has only an invitation.
pub fn by_invitation(invitation: &Invitation, expect: Expect) -> Result<Channel> {
    let config = newcomer_config(&invitation.cluster, invitation.authority, expect)?;
    through(
        config,
        &invitation.address,
        (STREAM_WINDOW, CONNECTION_WINDOW),
    )
}

/// Opens a channel with these windows of a stream and of the connection.
fn through(
    tls: ClientConfig,
    endpoint: &str,
    (stream_window, connection_window): (u32, u32),
) -> Result<Channel> {
    let malformed = || {
        let text = Quoted(endpoint);
        Error::new(ErrorCode::InvalidArgument, msg::EndpointMalformed { text })
    };
    let authority: Authority = endpoint.parse().map_err(|_| malformed())?;
    if authority.port_u16().is_none() || authority.host().is_empty() || endpoint.contains('@') {
        return Err(malformed());
    }
    let tls = TlsConnector::from(Arc::new(tls));
    let address: Arc<str> = Arc::from(endpoint);
    let connector = tower::service_fn(move |_| {
        let (tls, address) = (tls.clone(), Arc::clone(&address));
        async move { connect(&tls, &address).await.map(TokioIo::new) }
    });
    // Plain http for tonic: the connector encrypts.
    Ok(Endpoint::from_shared(format!("http://{endpoint}"))
        .map_err(|_| malformed())?
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(PROBE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(stream_window)
        .initial_connection_window_size(connection_window)
        .max_frame_size(FRAME)
        .http2_max_header_list_size(HEADER_LIST)
        .connect_with_connector_lazy(connector))
}

async fn connect(tls: &TlsConnector, address: &str) -> io::Result<TlsStream<KeepAlive<TcpStream>>> {
    let connected = async {
        let tcp = TcpStream::connect(address)
            .await
            .map_err(|cause| unreachable(msg::ConnectionFailed { address, cause }))?;
        let tcp = KeepAlive::tcp(tcp, SILENCE)?;
        // The verifier checks the principal; rustls requires a name, and sends none for an address.
        let name = ServerName::IpAddress(Ipv4Addr::UNSPECIFIED.into());
        let stream = tls
            .connect(name, tcp)
            .await
            .map_err(|cause| match refusal(&cause) {
                Some(error) => io::Error::other(error),
                None => unreachable(msg::ConnectionUntrusted { address, cause }),
            })?;
        if stream.get_ref().1.alpn_protocol() != Some(H2) {
            return Err(unreachable(msg::ConnectionWithoutHttp2 { address }));
        }
        Ok(stream)
    };
    match CallTimeout::Connection.wait(connected).await {
        Ok(connected) => connected,
        Err(late) => {
            let cause = late.message();
            Err(unreachable(msg::ConnectionFailed { address, cause }))
        }
    }
}

/// The error of a connection, in the form that a connector returns.
fn unreachable(message: impl Into<Message>) -> io::Error {
    io::Error::other(Error::new(ErrorCode::PeerUnavailable, message))
}

/// The verifier's own error, if it ended the handshake: it names the server.
fn refusal(error: &io::Error) -> Option<Error> {
    match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) => {
            other.0.downcast_ref::<Error>().cloned()
        }
        _ => None,
    }
}
