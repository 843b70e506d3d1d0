//! Policy layer: issues a [`Permit`] for a call that its rule allows; denies all others, including
//! calls without a rule.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use chengji_domain::access::Rights;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::policy::{Home, decide};
use futures_util::TryFutureExt;
use futures_util::future::{Either, ErrInto};
use http::Request;
use tower::{Layer, Service};

use super::denied::Denied;
use super::request_id::RequestId;
use super::rule::rule_of;
use crate::memory::Account;
use crate::peer::Peer;
use crate::permit::Permit;

/// Adds the layer to a service.
#[derive(Clone, Debug)]
pub(crate) struct PolicyLayer {
    /// Whose program serves the calls.
    pub(crate) home: Home,
    /// The caller.
    pub(crate) peer: Arc<Peer>,
    /// The caller's account.
    pub(crate) account: Account,
}

impl PolicyLayer {
    fn permit<B>(&self, request: &Request<B>) -> Result<Permit> {
        let extensions = request.extensions();
        let (Some(rights), Some(RequestId(id))) =
            (extensions.get::<Arc<Rights>>(), extensions.get())
        else {
            return Err(Error::new(ErrorCode::Internal, msg::CallWithoutRights));
        };
        let (rule, path) = (rule_of(request).map(Arc::as_ref), request.uri().path());
        let current = rights.as_of(chengji_clock::now());
        decide(rule, path, &self.peer.principal, &current, self.home)?;
        Ok(Permit::granted(
            Arc::clone(&self.peer),
            Arc::clone(rights),
            Arc::clone(id),
            self.account.clone(),
        ))
    }
}

impl<S> Layer<S> for PolicyLayer {
    type Service = Policy<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Policy {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Policy<S> {
    inner: S,
    layer: PolicyLayer,
}

impl<S, B> Service<Request<B>> for Policy<S>
where
    S: Service<Request<B>, Error: Into<Denied<B>>>,
{
    type Response = S::Response;
    type Error = Denied<B>;
    type Future = Either<ErrInto<S::Future, Denied<B>>, Ready<Result<S::Response, Denied<B>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Denied<B>>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.layer.permit(&request) {
            Ok(permit) => {
                request.extensions_mut().insert(permit);
                Either::Left(self.inner.call(request).err_into())
            }
            Err(error) => Either::Right(ready(Err(Denied { error, request }))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use chengji_domain::access::Role;
    use chengji_proto::policy::PolicyTable;
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::limits::ServerLimits;
    use crate::memory::Memory;
    use crate::quota_key::QuotaKey;

    const GRANT: &str = "/chengji.v1.RequestService/Grant";

    /// The principal of the permit that a call of the city's person reaches its handler with.
    async fn called(path: &str, role: Option<Role>) -> Result<String> {
        let principal: chengji_domain::Principal = "city/430100/person/officer".parse().unwrap();
        let key = Arc::new(QuotaKey::Principal(principal.clone()));
        let layer = PolicyLayer {
            home: Home::City("430100".parse().unwrap()),
            peer: Arc::new(Peer {
                principal,
                serial: None,
                key: None,
                addr: ([127, 0, 0, 1], 1).into(),
            }),
            account: Account::new(&Memory::new(&ServerLimits::default()), &key),
        };
        let inner = service_fn(async |request: Request<&str>| {
            let permit: &Permit = request.extensions().get().unwrap();
            Ok::<_, Infallible>(format!("{} {}", permit.principal(), permit.request_id()))
        });
        let mut request = Request::builder().uri(path).body("unread").unwrap();
        let extensions = request.extensions_mut();
        extensions.insert(RequestId(Arc::from("id-1")));
        if let Some(role) = role {
            extensions.insert(Arc::new(Rights::new([role], None).unwrap()));
        }
        if let Some(rule) = PolicyTable::load().unwrap().rule(path) {
            extensions.insert(Arc::clone(rule));
        }
        let answer = layer.layer(inner).oneshot(request).await;
        answer.map_err(|denied| {
            assert_eq!(*denied.request.body(), "unread");
            denied.error
        })
    }

    #[tokio::test]
    async fn what_the_rule_allows_reaches_its_handler_with_a_permit() {
        let permitted = called(GRANT, Some(Role::Approver)).await;
        assert_eq!(permitted.unwrap(), "city/430100/person/officer id-1");
        let denied = called(GRANT, Some(Role::Consumer)).await.unwrap_err();
        assert_eq!(denied.code(), ErrorCode::Denied);
    }

    #[tokio::test]
    async fn a_path_without_a_rule_is_nobodys() {
        let denied = called("/made.up/Call", Some(Role::Approver)).await;
        assert_eq!(denied.unwrap_err().code(), ErrorCode::Denied);
    }

    #[tokio::test]
    async fn a_call_whose_rights_nobody_looked_up_is_denied() {
        let denied = called(GRANT, None).await.unwrap_err();
        assert_eq!(denied.code(), ErrorCode::Internal);
    }
}
