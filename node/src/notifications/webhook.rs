//! Calls of webhooks: one HTTP/1.1 POST on a connection of its own.
//!
//! The target's name is resolved once for each attempt, the address is checked, and the connection is made to that
//! address. No redirect is followed. Only the head of an answer is read, and of a robot's answer a limited part of the
//! content.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::notification::{AddressRange, WebhookTarget, is_public};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::robot::{self, RobotSecret};
use super::signature::WebhookSecret;

/// Maximum time for resolving a target, and for connecting, sending and the head of the answer together.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum lengths of the head of an answer, and of the content of a robot's, bytes.
const MAX_HEAD: usize = 16 * 1024;
const MAX_ANSWER: usize = 16 * 1024;
/// Maximum number of names that are resolved at the same time. A lookup cannot be interrupted: it occupies a thread
/// until the resolver gives up.
const MAX_RESOLVED: usize = 16;
static RESOLVING: Semaphore = Semaphore::const_new(MAX_RESOLVED);
/// The type of the content: a CloudEvent in structured mode.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=utf-8";
/// The type of the content of a message to a robot.
const JSON: &str = "application/json; charset=utf-8";

/// The secrets with which a call is made.
pub(super) enum Proof {
    /// A signature.
    Signed(WebhookSecret),
    /// The token of a robot.
    Robot(RobotSecret),
}

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
            let found = resolved(host.clone(), *port).await;
            found.map_err(|cause| not_reached(host, cause))
        });
        let addresses = found.await?;
        let permitted = addresses
            .iter()
            .find(|address| is_permitted(address.ip(), self.target.is_secure, private));
        if let Some(permitted) = permitted {
            return Ok(*permitted);
        }
        // For the administrator alone: a subscriber may not look up the addresses of the city's own networks.
        tracing::warn!(%host, ?addresses, "a webhook leads to no permitted address");
        let host = host.as_str();
        let message: Message = match self.target.is_secure {
            true => msg::WebhookAddressRefused { host }.into(),
            false => msg::WebhookPlainRefused { host }.into(),
        };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }

    /// Makes it at the resolved address; `https` is given for a target with TLS. Errors: `PEER_UNAVAILABLE` and
    /// `PEER_INVALID`.
    pub(super) async fn make(
        self,
        address: SocketAddr,
        proof: &Proof,
        https: Option<Arc<ClientConfig>>,
    ) -> Result<()> {
        let host = self.target.host.clone();
        let request = self.request(proof)?;
        let has_content = matches!(proof, Proof::Robot(_));
        let answer = in_time(&host, async {
            let failed = |cause: std::io::Error| not_reached(&host, cause);
            let stream = TcpStream::connect(address).await.map_err(failed)?;
            let Some(https) = https else {
                return exchange(TokioIo::new(stream), request, has_content).await;
            };
            let name = ServerName::try_from(host.clone());
            let name = name.map_err(|cause| failed(std::io::Error::other(cause)))?;
            let connected = TlsConnector::from(https).connect(name, stream).await;
            exchange(
                TokioIo::new(connected.map_err(failed)?),
                request,
                has_content,
            )
            .await
        });
        let (status, content) = answer.await?;
        judge(status, &host)?;
        match proof {
            Proof::Signed(_) => Ok(()),
            Proof::Robot(_) => robot::judge(&content, &host),
        }
    }

    fn request(self, proof: &Proof) -> Result<Request<Full<Bytes>>> {
        let Self {
            target,
            id,
            at,
            content,
        } = self;
        let request = match proof {
            Proof::Signed(secret) => Request::post(&target.path)
                .header(CONTENT_TYPE, CLOUD_EVENT)
                .header("webhook-signature", secret.sign(&id, at, &content))
                .header("webhook-id", id)
                .header("webhook-timestamp", at.as_second()),
            Proof::Robot(secret) => {
                let query = secret.query(at);
                let path = Zeroizing::new(format!("{}?{}", target.path, query.as_str()));
                Request::post(path.as_str()).header(CONTENT_TYPE, JSON)
            }
        };
        request
            .header(HOST, target.authority())
            .header(
                USER_AGENT,
                concat!("chengji-node/", env!("CARGO_PKG_VERSION")),
            )
            .body(Full::new(content.into()))
            .map_err(|cause| {
                let cause = Value::text(cause);
                Error::new(ErrorCode::Internal, msg::WebhookFailed { cause })
            })
    }
}

/// The addresses of a name. A lookup that is no longer waited for counts as one under way until it ends.
async fn resolved(host: String, port: u16) -> std::io::Result<Vec<SocketAddr>> {
    let turn = RESOLVING.acquire().await.map_err(std::io::Error::other)?;
    let lookup = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<SocketAddr>> {
        let _turn = turn;
        Ok((host.as_str(), port).to_socket_addrs()?.collect())
    });
    lookup.await.map_err(std::io::Error::other)?
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

/// Sends a request, and returns the status of the answer, and its content if it is to be read.
async fn exchange<I>(
    io: I,
    request: Request<Full<Bytes>>,
    has_content: bool,
) -> Result<(StatusCode, Bytes)>
where
    I: Read + Write + Unpin + Send + 'static,
{
    let failed = |cause: &dyn std::fmt::Display| {
        let cause = Value::text(cause);
        unavailable(msg::WebhookFailed { cause })
    };
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD)
        .handshake(io)
        .await
        .map_err(|cause| failed(&cause))?;
    let exchanged = async {
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|cause| failed(&cause))?;
        let status = answer.status();
        if !has_content {
            return Ok::<_, Error>((status, Bytes::new()));
        }
        let content = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        Ok((status, content.map_err(|cause| failed(&cause))?.to_bytes()))
    };
    tokio::pin!(exchanged, connection);
    tokio::select! {
        biased;
        answer = &mut exchanged => answer,
        // The connection may end with the answer.
        _ = &mut connection => exchanged.await,
    }
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

    #[tokio::test]
    async fn a_refusal_does_not_tell_to_which_address_a_name_leads() {
        for (url, code) in [
            ("https://localhost/hooks", "webhook-address-refused"),
            ("http://localhost/hooks", "webhook-plain-refused"),
        ] {
            let call = Call {
                target: url.parse().unwrap(),
                id: "1".to_owned(),
                at: Timestamp::UNIX_EPOCH,
                content: Vec::new(),
            };
            let refused = call.resolve(&[]).await.unwrap_err();
            assert_eq!(refused.message().code(), code);
            let whole = format!("{refused:?}");
            assert!(!whole.contains("127.") && !whole.contains("::1"), "{whole}");
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
