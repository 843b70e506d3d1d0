//! Node status service.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_domain::fact::LogOwner;
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode};
use chengji_follow::{
    ByHand, Followed, accept, back_up, checked_reason, followed_log, quarantine, unconfirmed_log,
};
use chengji_messages::{Value, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{epoch_id, time_to};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::status_service_server::StatusService;
use chengji_runtime::off_thread;
use chengji_store::STORAGE_VERSION;
use chengji_transport::{Identity, Permit};
use tonic::{Request, Response, Status};

use crate::delivery::Budget;
use crate::lease::CoordinatorLease;
use crate::own_log::OwnLog;
use crate::requests::book;

/// Serves [`StatusService`].
#[derive(Clone)]
pub struct Service {
    /// The city's log.
    pub own: OwnLog,
    /// The certificate whose end is reported.
    pub identity: Identity,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    /// The code tables.
    pub tables: Arc<Tables>,
    /// The disk budget of received files.
    pub disk: Arc<Budget>,
    /// The folder of backups.
    pub backups: PathBuf,
    /// The state of following the coordinator.
    pub followed: Followed,
    /// Confirms the own log by hand.
    pub by_hand: ByHand,
}

impl Service {
    /// Number of requests that need a person's attention.
    async fn for_attention(&self) -> Result<u32, Status> {
        let (kv, city) = (Arc::clone(self.own.ledger.kv()), self.own.city);
        let counted = off_thread(move || book::count_attention(&*kv, city)).await;
        let counted = counted.map_err(|error| from_error(&error))?;
        Ok(u32::try_from(counted).unwrap_or(u32::MAX))
    }

    /// Use of the disk by received files; `None` where it cannot be read, which is logged.
    async fn received(&self) -> Option<v1::ReceivedFiles> {
        let disk = Arc::clone(&self.disk);
        // 0 means no limit.
        let limit = disk.limits().received.unwrap_or(0);
        let usage = off_thread(move || disk.usage())
            .await
            .inspect_err(|error| tracing::warn!("the folder of received files: {error}"))
            .ok()?;
        Some(v1::ReceivedFiles {
            used: usage.received,
            limit,
            unfinished: usage.unfinished,
            free: usage.free,
            reserve: usage.reserve,
        })
    }
}

#[tonic::async_trait]
impl StatusService for Service {
    async fn status(
        &self,
        request: Request<v1::StatusRequest>,
    ) -> Result<Response<v1::StatusResponse>, Status> {
        Permit::of(&request)?;
        let head = self.own.ledger.head();
        let now = self.own.now();
        let today = local_date(now);
        let missing_notices = self.tables.calendar.missing_notices(today);
        let received = self.received().await;
        let followed = self.followed.state();
        let pager = Pager::of(request.get_ref()).map_err(|error| from_error(&error))?;
        // The node follows one log.
        let one = pager.rest([Ok((followed.log, followed_log(&followed)))]);
        let following = pager.fill(one, |_, log| Ok(Some(log)));
        let following = following.map_err(|error| from_error(&error))?;
        let paced = followed.paced_by_owner.clone();
        Ok(Response::new(v1::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            storage_version: STORAGE_VERSION,
            principal: self.own.node().to_string(),
            certificate_expires: Some(self.identity.not_after().into()),
            epoch: head.epoch.number,
            epoch_id: epoch_id(head.epoch),
            unconfirmed: unconfirmed_log(&self.own.ledger),
            head: head.seq,
            following: following.items,
            next_cursor: following.next_cursor,
            roster_heard: self.lease.last(now).map(time_to),
            roster_until: self.lease.until(now).map(time_to),
            missing_notices: missing_notices.into_iter().map(i32::from).collect(),
            requests_for_attention: self.for_attention().await?,
            received,
            paced_by_coordinator_since: paced.as_ref().map(|paced| time_to(paced.since)),
            paced_by_coordinator: paced.map(|paced| paced.budget).unwrap_or_default(),
            ..Default::default()
        }))
    }

    async fn create_backup(
        &self,
        request: Request<v1::CreateBackupRequest>,
    ) -> Result<Response<v1::Backup>, Status> {
        Permit::of(&request)?;
        let this = self.clone();
        let made = off_thread(move || {
            let (own, cluster) = (&this.own, this.identity.cluster());
            let log = LogOwner::City(own.city);
            back_up(&own.ledger, log, cluster, &this.backups, own.now())
        });
        made.await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn confirm_log(
        &self,
        request: Request<v1::ConfirmLogRequest>,
    ) -> Result<Response<v1::ConfirmLogResponse>, Status> {
        Permit::of(&request)?;
        let v1::ConfirmLogRequest { reason, against } = request.into_inner();
        let confirmed = async {
            checked_reason(&reason)?;
            self.by_hand.confirm(&against).await
        };
        confirmed.await.map_err(|error| from_error(&error))?;
        Ok(Response::new(v1::ConfirmLogResponse {}))
    }

    async fn accept_log(
        &self,
        request: Request<v1::AcceptLogRequest>,
    ) -> Result<Response<v1::AcceptLogResponse>, Status> {
        let by = Permit::of(&request)?.principal().clone();
        let v1::AcceptLogRequest { log, reason } = request.into_inner();
        let log = log.parse().map_err(|error| from_error(&error))?;
        if log != LogOwner::Coordinator {
            let log = Value::text(log);
            let error = Error::new(ErrorCode::NotFound, msg::LogNotFollowedHere { log });
            return Err(from_error(&error));
        }
        let (ledger, now) = (&self.own.ledger, self.own.now());
        let accepted = accept(ledger, log, Some(&self.followed), &by, &reason, now).await;
        let alarm = accepted.map_err(|error| from_error(&error))?;
        Ok(Response::new(v1::AcceptLogResponse { alarm: Some(alarm) }))
    }

    async fn list_quarantine(
        &self,
        request: Request<v1::ListQuarantineRequest>,
    ) -> Result<Response<v1::ListQuarantineResponse>, Status> {
        Permit::of(&request)?;
        let (kv, request) = (Arc::clone(self.own.ledger.kv()), request.into_inner());
        off_thread(move || quarantine(&*kv, &request))
            .await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }
}
