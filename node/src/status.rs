//! Node status service.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::calendar::local_date;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{
    ByHand, Followed, IndexChecks, accept, back_up, followed_log, quarantine, table_sizes,
    unconfirmed_log,
};
use chengji_messages::{Value, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{AcceptOrder, LogAlarm, epoch_id, time_to};
use chengji_proto::service::{Answers, Page, StatusService};
use chengji_proto::v1;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_store::STORAGE_VERSION;
use chengji_transport::{Identity, Permit};

use crate::catalogue::retention::Retention;
use crate::delivery::Budget;
use crate::lease::CoordinatorLease;
use crate::notifications::FeedHealth;
use crate::own_log::OwnLog;
use crate::requests::attention;

/// Serves [`StatusService`].
#[derive(Clone)]
pub struct NodeStatusService {
    /// The city's log.
    pub own: OwnLog,
    /// The certificate whose end is reported.
    pub identity: Identity,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    /// The deadline rules and the calendar in force.
    pub rules: CurrentRules,
    /// The disk budget of received files.
    pub disk: Arc<Budget>,
    /// The folder of backups.
    pub backups: PathBuf,
    /// The retention of reviews.
    pub retention: Retention,
    /// The failures of notifications.
    pub(crate) notifications: FeedHealth,
    /// Checks the indexes.
    pub index_checks: IndexChecks,
    /// The state of following the coordinator.
    pub followed: Followed,
    /// Confirms the own log by hand.
    pub by_hand: ByHand,
}

impl NodeStatusService {
    /// Number of requests that need a person's attention.
    async fn for_attention(&self) -> Result<u32> {
        let (kv, city) = (Arc::clone(self.own.ledger.kv()), self.own.city);
        let counted = off_thread(move || attention::count(&*kv, city)).await?;
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

impl StatusService<Permit> for NodeStatusService {
    async fn status(&self, _: Permit, asked: v1::StatusRequest) -> Result<v1::StatusResponse> {
        let head = self.own.ledger.head();
        let now = self.own.now();
        let today = local_date(now);
        let missing_notices = self.rules.book().calendar().missing_notices(today);
        let received = self.received().await;
        let followed = self.followed.state();
        let pager = Pager::of(&asked)?;
        // The node follows one log.
        let one = pager.rest([Ok((followed.log, followed_log(&followed)))]);
        let following = pager.fill(one, |_, log| Ok(Some(log)))?;
        let paced = followed.paced_by_owner.clone();
        Ok(v1::StatusResponse {
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
            tables: table_sizes(&self.own.ledger),
            retention: self.retention.status(),
            notifications: self.notifications.status(),
            paced_by_coordinator_since: paced.as_ref().map(|paced| time_to(paced.since)),
            paced_by_coordinator: paced.map(|paced| paced.budget).unwrap_or_default(),
            ..Default::default()
        })
    }

    async fn create_backup(&self, _: Permit, _: v1::CreateBackupRequest) -> Result<v1::Backup> {
        let this = self.clone();
        off_thread(move || {
            let (own, cluster) = (&this.own, this.identity.cluster());
            let log = LogOwner::City(own.city);
            back_up(&own.ledger, log, cluster, &this.backups, own.now())
        })
        .await
    }

    async fn check_indexes(
        &self,
        _: Permit,
        asked: v1::CheckIndexesRequest,
    ) -> Result<Answers<v1::CheckIndexesResponse>> {
        self.index_checks.begin(asked.mend)
    }

    async fn confirm_log(&self, _: Permit, asked: v1::ConfirmLogRequest) -> Result<()> {
        self.by_hand.confirm(asked).await
    }

    async fn accept_log(
        &self,
        permit: Permit,
        AcceptOrder { log, reason }: AcceptOrder,
    ) -> Result<LogAlarm> {
        if log != LogOwner::Coordinator {
            let log = Value::text(log);
            let message = msg::LogNotFollowedHere { log };
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        let (ledger, now, by) = (&self.own.ledger, self.own.now(), permit.principal());
        let alarm = accept(ledger, log, Some(&self.followed), by, &reason, now).await?;
        Ok(LogAlarm { log, alarm })
    }

    async fn list_quarantine(
        &self,
        _: Permit,
        asked: v1::ListQuarantineRequest,
    ) -> Result<Page<v1::QuarantinedEntry>> {
        let kv = Arc::clone(self.own.ledger.kv());
        off_thread(move || quarantine(&*kv, &asked)).await
    }
}
