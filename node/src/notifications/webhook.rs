//! Calls of webhooks: one HTTP/1.1 POST on a connection of its own.
//!
//! The target's name is resolved once for each attempt, the address is checked, and the connection is made to that
//! address. No redirect is followed, and no more of the answer is read than its head.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::notification::{AddressRange, WebhookTarget, is_public};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use super::signature::WebhookSecret;

/// Maximum time for resolving a target, and for connecting, sending and the head of the answer together.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum length of the head of an answer, bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The type of the content: a CloudEvent in structured mode.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=utf-8";

/// A call to be made.
pub(super) struct Call {
    /// The target.
    pub(super) target: WebhookTarget,
    /// The id, the same in every attempt.
    pub(super) id: String,
    /// The time of the attempt.
    pub(super) at: Timestamp,
    /// The content.
    pub(super) content: Vec<u8>,
}

impl Call {
    /// Resolves the target's name, once for an attempt, to an address that is permitted. Errors: `INVALID_ARGUMENT`
    /// where there is none, `PEER_UNAVAILABLE`.
    pub(super) async fn resolve(&self, private: &[AddressRange]) -> Result<SocketAddr> {
        let WebhookTarget { host, port, .. } = &self.target;
        let found = in_time(host, async {
            let found = lookup_host((host.as_str(), *port)).await;
            found.map_err(|cause| not_reached(host, cause))
        });
        let addresses: Vec<SocketAddr> = found.await?.collect();
        let permitted = addresses
            .iter()
            .find(|address| is_permitted(address.ip(), self.target.is_secure, private));
        if let Some(permitted) = permitted {
            return Ok(*permitted);
        }
        let addresses: Value = addresses
            .iter()
            .map(|address| address.ip().to_string())
            .collect();
        let host = host.as_str();
        let message: Message = match self.target.is_secure {
            true => msg::WebhookAddressRefused { addresses, host }.into(),
            false => msg::WebhookPlainRefused { addresses, host }.into(),
        };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }

    /// Makes it at the resolved address; `https` is given for a target with TLS. Errors: `PEER_UNAVAILABLE` and
    /// `PEER_INVALID`.
    pub(super) async fn make(
        self,
        address: SocketAddr,
        secret: &WebhookSecret,
        https: Option<Arc<ClientConfig>>,
    ) -> Result<()> {
        let host = self.target.host.clone();
        let request = self.request(secret)?;
        let status = in_time(&host, async {
            let failed = |cause: std::io::Error| not_reached(&host, cause);
            let stream = TcpStream::connect(address).await.map_err(failed)?;
            let Some(https) = https else {
                return exchange(TokioIo::new(stream), request).await;
            };
            let name = ServerName::try_from(host.clone());
            let name = name.map_err(|cause| failed(std::io::Error::other(cause)))?;
            let connected = TlsConnector::from(https).connect(name, stream).await;
            exchange(TokioIo::new(connected.map_err(failed)?), request).await
        });
        judge(status.await?, &host)
    }

    fn request(self, secret: &WebhookSecret) -> Result<Request<Full<Bytes>>> {
        let Self {
            target,
            id,
            at,
            content,
        } = self;
        let signature = secret.sign(&id, at, &content);
        Request::post(&target.path)
            .header(HOST, target.authority())
            .header(
                USER_AGENT,
                concat!("chengji-node/", env!("CARGO_PKG_VERSION")),
            )
            .header(CONTENT_TYPE, CLOUD_EVENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", at.as_second())
            .header("webhook-signature", signature)
            .body(Full::new(content.into()))
            .map_err(|cause| {
                let cause = Value::text(cause);
                Error::new(ErrorCode::Internal, msg::WebhookFailed { cause })
            })
    }
}

/// The result of a step of an attempt, unless it takes too long.
async fn in_time<T>(host: &str, step: impl Future<Output = Result<T>>) -> Result<T> {
    let done = tokio::time::timeout(TIMEOUT, step).await;
    done.unwrap_or_else(|_| {
        let seconds = TIMEOUT.as_secs();
        Err(unavailable(msg::WebhookTimedOut { host, seconds }))
    })
}

fn not_reached(host: &str, cause: std::io::Error) -> Error {
    unavailable(msg::WebhookUnreachable { cause, host })
}

/// Returns true if a webhook may lead to this address: a public one by HTTPS, and one of the listed networks.
fn is_permitted(address: IpAddr, is_secure: bool, private: &[AddressRange]) -> bool {
    let is_listed = private.iter().any(|range| range.contains(address));
    is_listed || is_secure && is_public(address)
}

/// Sends a request, and returns the status of the answer, whose content is not read.
async fn exchange<I>(io: I, request: Request<Full<Bytes>>) -> Result<StatusCode>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let failed = |cause: hyper::Error| {
        let cause = Value::text(cause);
        unavailable(msg::WebhookFailed { cause })
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(io)
        .await
        .map_err(failed)?;
    let sending = sender.send_request(request);
    tokio::pin!(sending, connection);
    let answer = tokio::select! {
        biased;
        answer = &mut sending => answer,
        // The connection may end with the answer.
        _ = &mut connection => sending.await,
    };
    Ok(answer.map_err(failed)?.status())
}

/// An answer of 200 to 299 is a delivery.
fn judge(status: StatusCode, host: &str) -> Result<()> {
    if status.is_success() {
        return Ok(());
    }
    let status_code = status.as_u16();
    let message: Message = match status.is_redirection() {
        true => msg::WebhookRedirects {
            host,
            status: status_code,
        }
        .into(),
        false => msg::WebhookAnswered {
            host,
            status: status_code,
        }
        .into(),
    };
    Err(Error::new(ErrorCode::PeerInvalid, message))
}

fn unavailable(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_success_is_a_delivery_and_a_redirect_is_none() {
        let judged = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            judge(status, "oa.example").map_err(|error| error.message().code().to_owned())
        };
        for good in [200, 202, 204] {
            assert_eq!(judged(good), Ok(()));
        }
        for redirect in [301, 302, 307, 308] {
            assert_eq!(judged(redirect), Err("webhook-redirects".to_owned()));
        }
        for bad in [400, 404, 410, 429, 500, 503] {
            assert_eq!(judged(bad), Err("webhook-answered".to_owned()));
        }
    }

    #[test]
    fn a_private_address_is_permitted_only_if_it_is_listed_and_plain_http_only_there() {
        let listed = ["10.20.0.0/16".parse().unwrap()];
        let permitted =
            |address: &str, is_secure| is_permitted(address.parse().unwrap(), is_secure, &listed);
        assert!(permitted("10.20.1.1", true) && permitted("10.20.1.1", false));
        assert!(!permitted("10.21.1.1", true) && !permitted("127.0.0.1", true));
        assert!(!permitted("169.254.169.254", true));
        assert!(permitted("223.5.5.5", true) && !permitted("223.5.5.5", false));
    }
}
