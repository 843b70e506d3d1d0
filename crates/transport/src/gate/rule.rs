//! Rule layer: finds the rule of the called path, for the layers behind it.

use std::sync::Arc;
use std::task::{Context, Poll};

use chengji_proto::policy::{PolicyTable, Rule};
use http::Request;
use tower::{Layer, Service};

/// The rule of a call, where its path has one.
pub(crate) fn rule_of<B>(request: &Request<B>) -> Option<&Arc<Rule>> {
    request.extensions().get()
}

/// Adds the layer to a service.
#[derive(Clone, Debug)]
pub(crate) struct RuleLayer {
    policy: Arc<PolicyTable>,
}

impl RuleLayer {
    /// Finds rules in this table.
    pub(crate) fn new(policy: &Arc<PolicyTable>) -> Self {
        Self {
            policy: Arc::clone(policy),
        }
    }
}

impl<S> Layer<S> for RuleLayer {
    type Service = FindRule<S>;

    fn layer(&self, inner: S) -> Self::Service {
        FindRule {
            inner,
            policy: Arc::clone(&self.policy),
        }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct FindRule<S> {
    inner: S,
    policy: Arc<PolicyTable>,
}

impl<S, B> Service<Request<B>> for FindRule<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        if let Some(rule) = self.policy.rule(request.uri().path()).cloned() {
            request.extensions_mut().insert(rule);
        }
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt, service_fn};

    use super::*;

    #[tokio::test]
    async fn the_rule_is_that_of_the_path() {
        let policy = Arc::new(PolicyTable::load().unwrap());
        let inner = service_fn(async |request: Request<()>| {
            Ok::<_, Infallible>(rule_of(&request).map(|rule| (rule.changes, rule.streaming)))
        });
        let service = RuleLayer::new(&policy).layer(inner);
        for (path, rule) in [
            ("/chengji.v1.LogService/Follow", Some((false, true))),
            ("/chengji.v1.RequestService/Grant", Some((true, false))),
            ("/grpc.health.v1.Health/Check", Some((false, false))),
            ("/made.up/Call", None),
        ] {
            let request = Request::builder().uri(path).body(()).unwrap();
            let found = service.clone().oneshot(request).await.unwrap();
            assert_eq!(found, rule, "{path}");
        }
    }
}
