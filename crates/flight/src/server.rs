//! The server of the service: what the trait of Flight SQL leaves out (`GetSchema`, `PollFlightInfo`, the list of actions),
//! the permit of every call, and the details of every error.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use arrow_flight::flight_service_server::{FlightService, FlightServiceServer};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, PollInfo, SchemaResult, Ticket,
};
use chengji_messages::msg;
use chengji_proto::service::MessageLimit;
use chengji_query::Tables;
use futures_util::stream;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Request, Response, Status, Streaming};
use tower::Service;

use crate::call::{CANCEL_FLIGHT_INFO, permit};
use crate::failure::{not_offered, with_details};
use crate::flight_sql::FlightSql;

/// The actions that nodes offer, with the messages of their requests and responses.
const ACTIONS: [(&str, &str); 4] = [
    (
        "CreatePreparedStatement",
        "ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult",
    ),
    (
        "ClosePreparedStatement",
        "ActionClosePreparedStatementRequest",
    ),
    (
        "CancelQuery",
        "ActionCancelQueryRequest, ActionCancelQueryResult",
    ),
    (
        CANCEL_FLIGHT_INFO,
        "CancelFlightInfoRequest, CancelFlightInfoResult",
    ),
];

/// Serves [`FlightSql`] among the services of a node.
pub struct FlightServer<T: Tables + 'static>(FlightServiceServer<Whole<T>>);

impl<T: Tables + 'static> FlightServer<T> {
    /// Serves this service.
    pub fn new(service: FlightSql<T>) -> Self {
        Self(FlightServiceServer::new(Whole(service)))
    }
}

impl<T: Tables + 'static> Clone for FlightServer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Tables + 'static> fmt::Debug for FlightServer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightServer").finish_non_exhaustive()
    }
}

impl<T: Tables + 'static> Service<http::Request<Body>> for FlightServer<T> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<http::Request<Body>>::poll_ready(&mut self.0, cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.0.call(request)
    }
}

impl<T: Tables + 'static> NamedService for FlightServer<T> {
    const NAME: &'static str = <FlightServiceServer<Whole<T>> as NamedService>::NAME;
}

impl<T: Tables + 'static> MessageLimit for FlightServer<T> {
    fn with_message_limit(self, most: usize) -> Self {
        Self(self.0.max_decoding_message_size(most))
    }
}

/// The whole protocol.
pub(crate) struct Whole<T>(FlightSql<T>);

#[tonic::async_trait]
impl<T: Tables + 'static> FlightService for Whole<T> {
    type HandshakeStream = <FlightSql<T> as FlightService>::HandshakeStream;
    type ListFlightsStream = <FlightSql<T> as FlightService>::ListFlightsStream;
    type DoGetStream = <FlightSql<T> as FlightService>::DoGetStream;
    type DoPutStream = <FlightSql<T> as FlightService>::DoPutStream;
    type DoActionStream = <FlightSql<T> as FlightService>::DoActionStream;
    type ListActionsStream = <FlightSql<T> as FlightService>::ListActionsStream;
    type DoExchangeStream = <FlightSql<T> as FlightService>::DoExchangeStream;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        permit(&request)?;
        self.0.handshake(request).await.map_err(with_details)
    }

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        permit(&request)?;
        let call = "ListFlights";
        Err(not_offered(msg::FlightCommandUnsupported { call }))
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        permit(&request)?;
        self.0.get_flight_info(request).await.map_err(with_details)
    }

    /// A query is described at once and runs when it is fetched: the first answer is the last.
    async fn poll_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        let info = self.get_flight_info(request).await?.into_inner();
        let mut poll = PollInfo::new().with_info(info);
        poll.progress = Some(1.0);
        Ok(Response::new(poll))
    }

    async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        let info = self.get_flight_info(request).await?.into_inner();
        let schema = info.schema;
        Ok(Response::new(SchemaResult { schema }))
    }

    async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Self::DoGetStream>, Status> {
        permit(&request)?;
        self.0.do_get(request).await.map_err(with_details)
    }

    async fn do_put(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        permit(&request)?;
        self.0.do_put(request).await.map_err(with_details)
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        permit(&request)?;
        let call = "DoExchange";
        Err(not_offered(msg::FlightCommandUnsupported { call }))
    }

    async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Self::DoActionStream>, Status> {
        permit(&request)?;
        self.0.do_action(request).await.map_err(with_details)
    }

    async fn list_actions(
        &self,
        request: Request<Empty>,
    ) -> Result<Response<Self::ListActionsStream>, Status> {
        permit(&request)?;
        let actions = ACTIONS.map(|(name, messages)| {
            Ok(ActionType {
                r#type: name.to_owned(),
                description: messages.to_owned(),
            })
        });
        Ok(Response::new(Box::pin(stream::iter(actions))))
    }
}
