//! The services of a program: those of the contract behind the gate, with one limit on the size of a message,
//! health and reflection.

use std::convert::Infallible;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::FILE_DESCRIPTOR_SET;
use chengji_proto::service::MessageLimit;
use http::{Request, Response};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic_health::ServingStatus::Serving;
use tonic_health::server::HealthReporter;
use tower::Service;

/// Collects the services that a program serves.
pub struct GatedServices {
    routes: Routes,
    health: HealthReporter,
    names: Vec<&'static str>,
    max_message: usize,
}

impl GatedServices {
    /// Begins with health and reflection. Messages of the other services are at most `max_message` bytes, unless
    /// they are added with a limit of their own. Errors: `INTERNAL` if reflection cannot be served.
    pub fn new(max_message: usize) -> Result<Self> {
        let (health, health_service) = tonic_health::server::health_reporter();
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| {
                let cause = Value::text(error);
                Error::new(ErrorCode::Internal, msg::ReflectionUnavailable { cause })
            })?;
        Ok(Self {
            routes: Routes::new(health_service).add_service(reflection),
            health,
            names: Vec::new(),
            max_message,
        })
    }

    /// Adds a service.
    pub fn with<S>(self, server: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
        S: MessageLimit + NamedService + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        let most = self.max_message;
        self.with_limit(server, most)
    }

    /// Adds a service whose messages are at most `most` bytes.
    pub fn with_limit<S>(mut self, server: S, most: usize) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
        S: MessageLimit + NamedService + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(S::NAME);
        self.routes = self.routes.add_service(server.with_message_limit(most));
        self
    }

    /// Reports every service as serving, and returns the routes to them.
    pub async fn into_routes(self) -> Routes {
        for name in self.names {
            self.health.set_service_status(name, Serving).await;
        }
        self.routes
    }
}
