//! A line between two programs with a limited rate in bytes a second, which can be cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::cluster::Cluster;
use crate::server::Server;

/// Number of pieces carried in a second.
const PIECES: u64 = 20;
/// Socket buffer at either end of the line, bytes: a line has hardly any memory.
const SOCKET: u32 = 8 << 10;

/// A line to a server, in this process.
pub struct Line {
    /// The address to call instead of the server's.
    pub address: String,
    carried: Arc<AtomicU64>,
    cuts: watch::Sender<u64>,
}

impl Line {
    /// A line to this server that carries `rate` bytes a second from it, and any number to it.
    pub fn to(cluster: &Cluster, server: &Server, rate: u64) -> Self {
        let far: SocketAddr = server.address.parse().unwrap();
        let (cuts, cut) = watch::channel(0);
        let carried = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&carried);
        let listener = cluster.wait(async move {
            let socket = TcpSocket::new_v4().unwrap();
            socket.set_send_buffer_size(SOCKET).unwrap();
            socket.bind((far.ip(), 0).into()).unwrap();
            socket.listen(64).unwrap()
        });
        let address = listener.local_addr().unwrap().to_string();
        cluster.spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, far, rate, Arc::clone(&counted), cut.clone()));
            }
        });
        Self {
            address,
            carried,
            cuts,
        }
    }

    /// Number of bytes carried from the server.
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }

    /// Ends all connections; new ones are accepted.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn carry(
    near: TcpStream,
    far: SocketAddr,
    rate: u64,
    carried: Arc<AtomicU64>,
    mut cut: watch::Receiver<u64>,
) {
    cut.mark_unchanged();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(SOCKET).unwrap();
    // A server that is away does not end the line.
    let Ok(far) = socket.connect(far).await else {
        return;
    };
    let ((mut from_near, to_near), (from_far, mut to_far)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = slowly(from_far, to_near, rate, &carried) => {}
        _ = tokio::io::copy(&mut from_near, &mut to_far) => {}
        _ = cut.changed() => {}
    }
}

async fn slowly(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, rate: u64, carried: &AtomicU64) {
    let mut piece = vec![0; usize::try_from(rate / PIECES).unwrap().max(1)];
    let mut free = Instant::now();
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        sleep_until(free).await;
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
        carried.fetch_add(read as u64, Ordering::SeqCst);
        let took = Duration::from_micros(read as u64 * 1_000_000 / rate);
        free = free.max(Instant::now()) + took;
    }
}
