//! The services of the contract as their implementors write them: each rpc is an async function of a
//! context, which only the gate makes, and of a parsed message, and returns a domain result. One
//! [`Adapter`] stands between them and tonic: it takes the context out of the request, parses the message
//! and turns errors into statuses. Nothing else implements tonic's server traits.

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

/// A server of tonic's with a limit on the size of the messages that it decodes.
pub trait MessageLimit {
    /// Sets the limit, in bytes.
    fn with_message_limit(self, most: usize) -> Self;
}

/// The gate's proof about a call, in the extensions of its request.
pub trait Context: Clone + Send + Sync + 'static {}

/// The messages of a response that is a stream; it ends with the first error.
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

/// The statuses of a response that is a stream.
pub struct Statuses<T>(Answers<T>);

impl<T> Stream for Statuses<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let next = self.0.as_mut().poll_next(cx);
        next.map(|next| next.map(|answer| answer.map_err(|error| from_error(&error))))
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

fn send<T>(done: Result<T>) -> Result<Response<T>, Status> {
    done.map(Response::new).map_err(|error| from_error(&error))
}

fn send_stream<T>(begun: Result<Answers<T>>) -> Result<Response<Statuses<T>>, Status> {
    send(begun.map(Statuses))
}

include!(concat!(env!("OUT_DIR"), "/services.rs"));

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::status::to_error;
    use crate::v1::broker_service_server::BrokerService as _;

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
        ) -> Result<v1::ListRequestsResponse> {
            let own = v1::Request {
                id: name.to_owned(),
                ..v1::Request::default()
            };
            Ok(v1::ListRequestsResponse {
                requests: vec![own],
                ..v1::ListRequestsResponse::default()
            })
        }

        async fn show(&self, _: Caller, asked: v1::ShowRequestRequest) -> Result<v1::Request> {
            Err(Error::new(
                ErrorCode::NotFound,
                msg::Text { text: asked.id },
            ))
        }

        async fn rule(&self, _: Caller, _: v1::RuleRequest) -> Result<v1::Request> {
            Ok(v1::Request::default())
        }
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
    async fn a_call_without_a_context_reaches_no_service() {
        let adapter = Adapter::<_, Caller>::new(Broker);
        let rule = adapter.rule(Request::new(v1::RuleRequest::default()));
        assert_eq!(rule.await.unwrap_err().code(), Code::Internal);
    }
}
