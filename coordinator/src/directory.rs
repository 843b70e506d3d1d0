//! Searches the federated catalogue: for operators and auditors, and for nodes on behalf of their people.

mod members;
mod searching;

use std::sync::Arc;
use std::time::Duration;

use chengji_access::{RosterHandle, roster};
use chengji_clock::Clock;
use chengji_domain::return_flow::RecordedFlow;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, ResourceRef, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{ShownEntry, city_from, code_from, time_to};
use chengji_proto::service::{DirectoryService, Page};
use chengji_proto::v1;
use chengji_runtime::{off_thread, off_thread_while_awaited};
use chengji_store::Ledger;
use chengji_transport::{Permit, Turns};

pub use self::members::SearchedRoster;
use crate::followed::{FollowedCities, city_to};
use crate::indexing::Indexing;
use crate::rate::LiveRate;
use crate::records;

/// Maximum number of unreachable cities named in an answer.
const MAX_STALE: usize = 100;

/// The service.
#[derive(Clone)]
pub struct Directory {
    /// The ledger with the entries.
    pub ledger: Ledger,
    /// The roster of members.
    pub members: RosterHandle,
    /// The state of following each city's log.
    pub cities: FollowedCities,
    /// Counts the published entries.
    pub live: Arc<LiveRate>,
    /// The clock.
    pub clock: Clock,
    /// The search index.
    pub indexing: Indexing,
    /// Concurrency limit for searches.
    pub turns: Arc<Turns>,
    /// The members as searches treat them.
    pub searched: SearchedRoster,
}

/// Maximum time a search waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The concurrency limit for searches.
pub fn turns() -> Arc<Turns> {
    Turns::new(msg::WorkSearch, 2, 4, 4)
}

/// The members as searches treat them now.
struct SearchedMembers {
    /// Those whose entries are on record, but cannot be requested.
    hidden: Vec<u32>,
    /// Those whose node is unreachable.
    stale: Vec<(u32, v1::StaleCity)>,
}

impl Directory {
    /// Reads which members' entries are not found, and which may be out of date.
    fn searched_members(&self) -> Result<SearchedMembers> {
        let members = self.searched.read(&self.ledger, &self.members)?;
        let stale = members.followed.iter().filter_map(|(city, name)| {
            let since = self.cities.state(*city)?.stale_since?;
            let stale = v1::StaleCity {
                city: city.to_string(),
                name: name.clone(),
                since: Some(time_to(since)),
            };
            Some((city.number(), stale))
        });
        Ok(SearchedMembers {
            hidden: members.hidden.clone(),
            stale: stale.collect(),
        })
    }

    /// Returns one entry of one city, including withdrawn ones.
    pub fn show(&self, city: CityCode, code: &ResourceCode) -> Result<ShownEntry> {
        let record = records::entry(&**self.ledger.kv(), city, code)?.ok_or_else(|| {
            let code = code.clone();
            let resource = ResourceRef { city, code };
            Error::new(ErrorCode::NotFound, msg::ResourceUnknown { resource })
        })?;
        let known = return_flow_table::find(&**self.ledger.kv(), city, code)?;
        let running = known.filter(RecordedFlow::is_running);
        Ok(ShownEntry::Published {
            city,
            record: Box::new(record),
            return_flow: running.map(|recorded| recorded.flow),
            running_grants: None,
            default_scope: None,
        })
    }

    /// Lists a page of members, with the state of following each.
    pub fn statuses(&self, asked: &v1::ListCitiesRequest) -> Result<Page<v1::CityStatus>> {
        let kv = &**self.ledger.kv();
        let pager = Pager::of(asked)?;
        let members = roster::members(kv, pager.bounds(), pager.at_once())?;
        pager.fill(members, |city, known| {
            let known = known.filter(|known| known.status != MembershipStatus::Removed);
            let status = known.map(|known| {
                let log = self.cities.log(kv, &known)?;
                Ok(city_to(&known, &log, self.live.published(*city)))
            });
            status.transpose()
        })
    }
}

impl DirectoryService<Permit> for Directory {
    async fn search(&self, permit: Permit, asked: v1::SearchRequest) -> Result<v1::SearchResponse> {
        self.indexing.ready().await;
        let turn = self.turns.within(TURN_TIMEOUT, permit.principal()).await?;
        let this = self.clone();
        off_thread_while_awaited(move |awaited| {
            let _turn = turn;
            Self::search(&this, &asked, awaited)
        })
        .await
    }

    async fn complete(
        &self,
        permit: Permit,
        asked: v1::CompleteRequest,
    ) -> Result<v1::CompleteResponse> {
        let turn = self.turns.within(TURN_TIMEOUT, permit.principal()).await?;
        let this = self.clone();
        off_thread(move || {
            let _turn = turn;
            Self::complete(&this, &asked)
        })
        .await
    }

    async fn show(&self, _: Permit, asked: v1::ShowDirectoryRequest) -> Result<ShownEntry> {
        let this = self.clone();
        let show = move || Self::show(&this, city_from(&asked.city)?, &code_from(&asked.code)?);
        off_thread(show).await
    }

    async fn list_cities(
        &self,
        _: Permit,
        asked: v1::ListCitiesRequest,
    ) -> Result<Page<v1::CityStatus>> {
        let this = self.clone();
        off_thread(move || this.statuses(&asked)).await
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
