//! Tests of the audit layer: its records, and when they are written.

use chengji_messages::msg;
use std::sync::Mutex;

use chengji_domain::{ErrorCode, Principal};
use chengji_proto::policy::PolicyTable;
use chengji_proto::status::to_error;
use chengji_proto::v1::GrantRequest;
use prost::Message;
use tokio::sync::Semaphore;
use tonic::Status;
use tower::{ServiceExt, service_fn};

use super::*;
use crate::limits::ServerLimits;

const GRANT: &str = "/chengji.v1.RequestService/Grant";
const FOLLOW: &str = "/chengji.v1.LogService/Follow";

/// A disk that writes as often as it is let.
struct Disk {
    lets: Semaphore,
    written: Mutex<Vec<CallRecord>>,
}

impl Disk {
    fn new(lets: usize) -> Arc<Self> {
        Arc::new(Self {
            lets: Semaphore::new(lets),
            written: Mutex::default(),
        })
    }

    /// Subjects and outcomes of what was written.
    fn written(&self) -> Vec<(String, String)> {
        let written = self.written.lock().unwrap();
        let shown = |record: &CallRecord| (record.subject.clone(), record.outcome.clone());
        written.iter().map(shown).collect()
    }
}

struct Sink(Arc<Disk>);

impl AuditSink for Sink {
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let disk = Arc::clone(&self.0);
        Box::pin(async move {
            disk.lets.acquire().await.unwrap().forget();
            disk.written.lock().unwrap().push(record);
        })
    }
}

fn layer(disk: &Arc<Disk>, denials: u32) -> AuditLayer {
    let peer = Peer {
        principal: Principal::Coordinator,
        serial: None,
        key: None,
        addr: ([127, 0, 0, 1], 1).into(),
    };
    let limits = ServerLimits {
        denials_at_once: denials.try_into().unwrap(),
        ..ServerLimits::default()
    };
    AuditLayer::new(Recorder {
        sink: Arc::new(Sink(Arc::clone(disk))),
        records: Records::default(),
        rate_limiter: Arc::new(CallRateLimiter::new(&limits)),
        quota_key: Arc::new(QuotaKey::Principal(peer.principal.clone())),
        meters: Arc::default(),
        peer: Arc::new(peer),
    })
}

/// A request about one thing, as gRPC sends it.
fn request(path: &str) -> Request<tonic::body::Body> {
    let message = GrantRequest {
        id: "430100-1-2".to_owned(),
        ..GrantRequest::default()
    };
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[0], &length[..], &message].concat();
    let body = tonic::body::Body::new(String::from_utf8(body).unwrap());
    let mut request = Request::builder().uri(path).body(body).unwrap();
    let policy = PolicyTable::load().unwrap();
    let rule = policy.rule(path).unwrap();
    request.extensions_mut().insert(Arc::clone(rule));
    request
}

type Inside = Result<Response<End>, Denied<Seen<tonic::body::Body>>>;

/// A response's body that is nothing but trailers.
#[derive(Default)]
struct End(Option<http::HeaderMap>);

impl Body for End {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|end| Ok(Frame::trailers(end))))
    }
}

fn trailers(code: &'static str) -> http::HeaderMap {
    let value = http::HeaderValue::from_static(code);
    [(Status::GRPC_STATUS, value)].into_iter().collect()
}

/// Calls a handler that reads the message and answers well.
async fn answered(layer: &AuditLayer, path: &str) -> Audited<End> {
    let inner = service_fn(
        async |request: Request<Seen<tonic::body::Body>>| -> Inside {
            let mut body = request.into_body();
            while let Some(frame) =
                std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await
            {
                frame.unwrap();
            }
            Ok(Response::new(End(Some(trailers("0")))))
        },
    );
    let call = layer.layer(inner).oneshot(request(path));
    call.await.unwrap().into_body()
}

async fn end(body: &mut Audited<End>) {
    let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
    assert!(frame.unwrap().unwrap().is_trailers());
}

#[tokio::test]
async fn a_change_is_written_before_its_response_ends() {
    let disk = Disk::new(0);
    let mut body = answered(&layer(&disk, 1), GRANT).await;
    let early = tokio::time::timeout(std::time::Duration::from_millis(20), end(&mut body));
    assert!(early.await.is_err(), "it ends before its record is written");
    disk.lets.add_permits(1);
    let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
    assert!(frame.unwrap().unwrap().is_trailers());
    let done = ("430100-1-2".to_owned(), "OK".to_owned());
    assert_eq!(disk.written(), [done]);
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_record() {
    let disk = Disk::new(9);
    end(&mut answered(&layer(&disk, 1), FOLLOW).await).await;
    assert_eq!(disk.written(), []);
}

#[tokio::test]
async fn a_change_whose_caller_goes_away_is_written_as_cancelled() {
    let disk = Disk::new(1);
    let layer = layer(&disk, 1);
    let records = layer.0.records.clone();
    drop(answered(&layer, GRANT).await);
    records.all_kept().await;
    let cancelled = ("430100-1-2".to_owned(), "CANCELLED".to_owned());
    assert_eq!(disk.written(), [cancelled]);
}

#[tokio::test]
async fn each_denial_that_is_answered_is_written_with_its_subject_and_one_too_many_is_not() {
    let disk = Disk::new(1_000);
    let layer = layer(&disk, 1);
    let denied = async || {
        let inner = service_fn(async |request| -> Inside {
            let error = Error::new(
                ErrorCode::Denied,
                msg::Text {
                    text: "not for the caller",
                },
            );
            Err(Denied { error, request })
        });
        let call = layer.layer(inner).oneshot(request(GRANT));
        let response = call.await.unwrap();
        to_error(&Status::from_header_map(response.headers()).unwrap()).code()
    };
    assert_eq!(denied().await, ErrorCode::Denied);
    let mut reported = 1;
    while denied().await == ErrorCode::Denied {
        reported += 1;
    }
    layer.0.records.all_kept().await;
    let record = ("430100-1-2".to_owned(), "DENIED".to_owned());
    assert_eq!(disk.written(), vec![record; reported]);
}
