//! Coordinator status service: version, identity, its own log, the logs it follows.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{
    ByHand, IndexChecks, accept, back_up, quarantine, request_table, table_sizes, unconfirmed_log,
};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{AcceptOrder, LogAlarm, epoch_id, time_to};
use chengji_proto::service::{Answers, Page, StatusService};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::{Ledger, STORAGE_VERSION};
use chengji_transport::{Identity, Permit};
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::followed::FollowedCities;
use crate::indexing::Indexing;

/// Maximum number of requests with a backdated move that are counted.
const MAX_BACKDATED: usize = 1_000;

/// The service.
#[derive(Clone)]
pub struct Status {
    /// The own log.
    pub ledger: Ledger,
    /// The coordinator's identity.
    pub identity: Identity,
    /// The followed logs.
    pub cities: FollowedCities,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
    /// Confirms the own log by hand.
    pub by_hand: ByHand,
    /// The folder for backups.
    pub backups: PathBuf,
    /// Checks the indexes.
    pub index_checks: IndexChecks,
    /// The search index.
    pub indexing: Indexing,
}

impl Status {
    fn answer(&self, asked: &v1::StatusRequest) -> Result<v1::StatusResponse> {
        let expires = Timestamp::try_from(self.identity.not_after()).map_err(|e| {
            let cause = Value::text(e);
            let message = msg::CertificateEndNotATime { cause };
            Error::new(ErrorCode::Internal, message)
        })?;
        let head = self.ledger.head();
        let today = local_date((self.clock)());
        let missing_notices = self.deadlines.calendar().missing_notices(today);
        let kv = &**self.ledger.kv();
        let following = self.cities.logs(kv, asked)?;
        let backdated_requests = request_table::BACKDATED.all().count(kv, MAX_BACKDATED)?;
        Ok(v1::StatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            storage_version: STORAGE_VERSION,
            principal: self.identity.principal().to_string(),
            certificate_expires: Some(time_to(expires)),
            epoch: head.epoch.number,
            epoch_id: epoch_id(head.epoch),
            unconfirmed: unconfirmed_log(&self.ledger),
            head: head.seq,
            following: following.items,
            next_cursor: following.next_cursor,
            missing_notices: missing_notices.into_iter().map(i32::from).collect(),
            backdated_requests: backdated_requests as u64,
            tables: table_sizes(&self.ledger),
            search_index: Some(self.indexing.status()?),
            ..v1::StatusResponse::default()
        })
    }
}

impl StatusService<Permit> for Status {
    async fn status(&self, _: Permit, asked: v1::StatusRequest) -> Result<v1::StatusResponse> {
        self.answer(&asked)
    }

    async fn create_backup(&self, _: Permit, _: v1::CreateBackupRequest) -> Result<v1::Backup> {
        let (ledger, folder) = (self.ledger.clone(), self.backups.clone());
        let (cluster, now) = (self.identity.cluster().to_owned(), (self.clock)());
        let log = LogOwner::Coordinator;
        off_thread(move || back_up(&ledger, log, &cluster, &folder, now)).await
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
        let followed = match log {
            LogOwner::City(city) => self.cities.followed(city),
            LogOwner::Coordinator => None,
        };
        let (by, now) = (permit.principal(), (self.clock)());
        let alarm = accept(&self.ledger, log, followed.as_ref(), by, &reason, now).await?;
        Ok(LogAlarm { log, alarm })
    }

    async fn list_quarantine(
        &self,
        _: Permit,
        asked: v1::ListQuarantineRequest,
    ) -> Result<Page<v1::QuarantinedEntry>> {
        let kv = Arc::clone(self.ledger.kv());
        off_thread(move || quarantine(&*kv, &asked)).await
    }
}
