//! The services of the contract as their implementors write them: each rpc is an async function of a
//! context, which only the gate makes, and of a parsed message, and returns a domain result. One
//! [`Adapter`] stands between them and tonic: it takes the context out of the request, parses the message,
//! makes the answer's message of the result, and turns errors into statuses. Nothing else implements tonic's
//! server traits.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use crate::status::{from_error, of_request};
use crate::v1;

type Result<T, E = Error> = std::result::Result<T, E>;

/// A message that is parsed before a service gets it.
pub trait Parse {
    /// The parsed message.
    type Parsed: Send;

    /// Parses it. Errors name the field.
    fn parse(self) -> Result<Self::Parsed>;
}

/// A message of an answer, made of what a service returns.
pub trait Respond: Sized {
    /// The result of the service.
    type Answer: Send;

    /// Makes the message. Errors: `STORAGE_DAMAGED` where a stored record contradicts itself.
    fn respond(answer: Self::Answer) -> Result<Self>;
}

/// A page of a list. Its items are messages: a page ends where more of them would not fit one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<M> {
    /// The items.
    pub items: Vec<M>,
    /// Cursor of the next page; empty at the end of the list.
    pub next_cursor: String,
}

/// A server of tonic's with a limit on the size of the messages that it decodes.
pub trait MessageLimit {
    /// Sets the limit, in bytes.
    fn with_message_limit(self, most: usize) -> Self;
}

/// The gate's proof about a call, in the extensions of its request.
pub trait Context: Clone + Send + Sync + 'static {}

/// The results of an rpc whose response is a stream; it ends with the first error.
pub type Answers<T> = Pin<Box<dyn Stream<Item = Result<T>> + Send>>;

/// The messages of a request that is a stream.
#[derive(Debug)]
pub struct Messages<T>(Streaming<T>);

impl<T> Messages<T> {
    /// The next message; `None` after the last one. Errors: `INVALID_ARGUMENT` for one that cannot be
    /// decoded, `LIMIT_EXCEEDED` for one that is too large, `UNAVAILABLE` where the caller has gone.
    pub async fn next(&mut self) -> Result<Option<T>> {
        let message = self.0.message().await;
        message.map_err(|status| of_request(&status))
    }
}

/// Serves an implementation of the services of this module by tonic.
#[derive(Debug)]
pub struct Adapter<S, C> {
    service: S,
    context: PhantomData<fn() -> C>,
}

impl<S, C: Context> Adapter<S, C> {
    /// Serves calls with a context `C`; `INTERNAL` is the answer to any other.
    pub fn new(service: S) -> Self {
        Self {
            service,
            context: PhantomData,
        }
    }
}

/// The messages and statuses of a response that is a stream.
pub struct Statuses<M: Respond>(Answers<M::Answer>);

impl<M: Respond> Stream for Statuses<M> {
    type Item = Result<M, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.as_mut().poll_next(cx);
        next.map(|next| next.map(message::<M>))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

fn context<C: Context>(extensions: &mut tonic::Extensions) -> Result<C, Status> {
    extensions
        .remove()
        .ok_or_else(|| from_error(&Error::new(ErrorCode::Internal, msg::CallWithoutPermit)))
}

fn receive<C: Context, T: Parse>(request: Request<T>) -> Result<(C, T::Parsed), Status> {
    let (_, mut extensions, message) = request.into_parts();
    let context = context(&mut extensions)?;
    let parsed = message.parse().map_err(|error| from_error(&error))?;
    Ok((context, parsed))
}

fn receive_stream<C: Context, T>(
    request: Request<Streaming<T>>,
) -> Result<(C, Messages<T>), Status> {
    let (_, mut extensions, messages) = request.into_parts();
    Ok((context(&mut extensions)?, Messages(messages)))
}

fn message<M: Respond>(answer: Result<M::Answer>) -> Result<M, Status> {
    let message = answer.and_then(M::respond);
    message.map_err(|error| from_error(&error))
}

fn send<M: Respond>(done: Result<M::Answer>) -> Result<Response<M>, Status> {
    message(done).map(Response::new)
}

fn send_stream<M: Respond>(
    begun: Result<Answers<M::Answer>>,
) -> Result<Response<Statuses<M>>, Status> {
    let begun = begun.map_err(|error| from_error(&error))?;
    Ok(Response::new(Statuses(begun)))
}

include!(concat!(env!("OUT_DIR"), "/services.rs"));

#[cfg(test)]
mod tests {
    use chengji_domain::findings::Finding;
    use chengji_domain::request::RequestRecord;
    use chengji_testkit::requests::submitted;
    use jiff::Timestamp;
    use tokio_stream::StreamExt as _;
    use tonic::Code;

    use super::*;
    use crate::convert::{MoveOrder, RequestView};
    use crate::status::to_error;
    use crate::v1::broker_service_server::BrokerService as _;

    const NUMBER: &str = "430100-1-2-AAAAAAAAAAAAA";
    const RESOURCE: &str = "430200:307012000001";

    #[derive(Clone)]
    struct Caller(&'static str);

    impl Context for Caller {}

    /// Knows no request but the caller's own.
    struct Broker;

    impl BrokerService<Caller> for Broker {
        async fn list(
            &self,
            Caller(name): Caller,
            _: v1::ListRequestsRequest,
        ) -> Result<Page<v1::Request>> {
            let own = v1::Request {
                id: name.to_owned(),
                ..v1::Request::default()
            };
            Ok(Page {
                items: vec![own],
                next_cursor: "next".to_owned(),
            })
        }

        async fn show(&self, _: Caller, asked: v1::ShowRequestRequest) -> Result<RequestView> {
            Err(Error::new(
                ErrorCode::NotFound,
                msg::Text { text: asked.id },
            ))
        }

        async fn decide(&self, _: Caller, _: v1::DecideRequest) -> Result<RequestView> {
            Ok(RequestView {
                record: RequestRecord::new(submitted(NUMBER, RESOURCE, Timestamp::UNIX_EPOCH)),
                at: Timestamp::UNIX_EPOCH,
                reader: None,
                received_at: None,
                proposals: Vec::new(),
                further: Vec::new(),
                fetches_counted: None,
            })
        }

        async fn mediate(&self, _: Caller, _: MoveOrder) -> Result<RequestView> {
            Err(not_needed())
        }

        async fn refer(&self, _: Caller, _: MoveOrder) -> Result<RequestView> {
            Err(not_needed())
        }

        async fn count_acts(
            &self,
            _: Caller,
            _: v1::CountActsRequest,
        ) -> Result<Page<v1::CityActs>> {
            Err(not_needed())
        }

        async fn enter_finding(&self, _: Caller, _: Finding) -> Result<v1::Finding> {
            Err(not_needed())
        }

        async fn list_findings(
            &self,
            _: Caller,
            _: v1::ListFindingsRequest,
        ) -> Result<Page<v1::Finding>> {
            Err(not_needed())
        }
    }

    fn not_needed() -> Error {
        Error::new(ErrorCode::Internal, msg::Text { text: "not needed" })
    }

    fn request<T>(message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(Caller("own"));
        request
    }

    #[tokio::test]
    async fn a_service_gets_the_context_of_the_call_and_its_errors_become_statuses() {
        let adapter = Adapter::new(Broker);
        let listed = adapter.list(request(v1::ListRequestsRequest::default()));
        assert_eq!(listed.await.unwrap().get_ref().requests[0].id, "own");
        let asked = v1::ShowRequestRequest {
            id: "430100-1-2".to_owned(),
        };
        let status = adapter.show(request(asked)).await.unwrap_err();
        let error = Error::new(ErrorCode::NotFound, msg::Text { text: "430100-1-2" });
        assert_eq!(to_error(&status), error);
    }

    #[tokio::test]
    async fn the_result_of_a_service_becomes_the_message_of_the_answer() {
        let adapter = Adapter::new(Broker);
        let listed = adapter.list(request(v1::ListRequestsRequest::default()));
        assert_eq!(listed.await.unwrap().get_ref().next_cursor, "next");
        let decided = adapter.decide(request(v1::DecideRequest::default()));
        let decided = decided.await.unwrap().into_inner();
        assert_eq!(decided.id, NUMBER);
        assert_eq!(decided.state(), v1::RequestState::Submitted);
    }

    #[tokio::test]
    async fn each_result_of_a_stream_becomes_a_message_and_an_error_a_status() {
        let error = || Error::new(ErrorCode::NotFound, msg::Text { text: "gone" });
        let results = tokio_stream::iter([Ok(()), Err(error())]);
        let begun: Answers<()> = Box::pin(results);
        let sent = send_stream::<v1::ConfirmLogResponse>(Ok(begun)).unwrap();
        let sent: Vec<_> = sent.into_inner().collect().await;
        assert_eq!(*sent[0].as_ref().unwrap(), v1::ConfirmLogResponse {});
        assert_eq!(to_error(sent[1].as_ref().unwrap_err()), error());
        let refused = send_stream::<v1::ConfirmLogResponse>(Err(error()));
        assert_eq!(to_error(&refused.err().unwrap()), error());
    }

    #[tokio::test]
    async fn a_call_without_a_context_reaches_no_service() {
        let adapter = Adapter::<_, Caller>::new(Broker);
        let decide = adapter.decide(Request::new(v1::DecideRequest::default()));
        assert_eq!(decide.await.unwrap_err().code(), Code::Internal);
    }
}
