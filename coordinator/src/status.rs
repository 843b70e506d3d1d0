//! How the coordinator is: version, identity, its own log, the logs it follows.

use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{Clock, followed_log, quarantine};
use chengji_proto::convert::time_to;
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_store::Ledger;
use chengji_transport::{Identity, Permit, off_thread};
use jiff::Timestamp;
use tonic::{Request, Response, Status as RpcStatus};

use crate::followed::{CityLog, FollowedCities};
use crate::records;
use crate::terms::Terms;

/// The service.
#[derive(Clone)]
pub struct Status {
    /// The own log.
    pub ledger: Ledger,
    /// Who the coordinator is.
    pub identity: Identity,
    /// What it follows.
    pub cities: FollowedCities,
    /// Calendar and deadline rules.
    pub terms: Arc<Terms>,
    /// The time.
    pub clock: Clock,
}

impl Status {
    fn answer(&self) -> Result<v1::StatusResponse> {
        let expires = Timestamp::try_from(self.identity.not_after()).map_err(|e| {
            Error::new(
                ErrorCode::Internal,
                format!("the certificate's end is no time: {e}"),
            )
        })?;
        let head = self.ledger.head();
        let today = local_date((self.clock)());
        let missing_notices = self.terms.0.calendar.missing_notices(today);
        Ok(v1::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            principal: self.identity.principal().to_string(),
            certificate_expires: Some(time_to(expires)),
            epoch: head.epoch,
            head: head.seq,
            following: self.following()?,
            roster_heard: None,
            roster_until: None,
            missing_notices: missing_notices.into_iter().map(i32::from).collect(),
            backdated_requests: records::count_backdated(&**self.ledger.kv())?,
        })
    }

    /// Every member's log, followed or not, in order of city.
    fn following(&self) -> Result<Vec<v1::FollowedLog>> {
        let kv = &**self.ledger.kv();
        let mut members = records::members(kv)?;
        members.retain(|member| member.standing() != v1::Standing::Removed);
        let log = |member: &v1::Membership| match self.cities.log(kv, member)? {
            CityLog::Followed(state) => Ok(followed_log(&state)),
            CityLog::NotFollowed(log) => Ok(log.log_to(&member.city)),
        };
        members.iter().map(log).collect()
    }
}

#[tonic::async_trait]
impl v1::status_service_server::StatusService for Status {
    async fn status(
        &self,
        request: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::StatusResponse>, RpcStatus> {
        Permit::of(&request)?;
        self.answer()
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn list_quarantine(
        &self,
        request: Request<v1::ListQuarantineRequest>,
    ) -> Result<Response<v1::ListQuarantineResponse>, RpcStatus> {
        Permit::of(&request)?;
        let (kv, request) = (Arc::clone(self.ledger.kv()), request.into_inner());
        off_thread(move || quarantine(&*kv, &request))
            .await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }
}
