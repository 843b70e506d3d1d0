//! The usage service.

use std::cmp::Reverse;

use chengji_domain::access::Role;
use chengji_domain::calendar::local_date;
use chengji_domain::request::RequestId;
use chengji_domain::usage::UsageRecord;
use chengji_domain::{CityCode, Error, ErrorCode, Quoted, Result};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{UsageView, city_from, usage_from, usage_record_to};
use chengji_proto::service::{Page, UsageService};
use chengji_proto::v1;
use chengji_proto::v1::usage_service_client::UsageServiceClient;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_store::{KeyValue, Tx};
use chengji_transport::{CallTimeout, Permit, with_request_id};
use tonic::Request;
use tonic::transport::Channel;

use super::records::{self, DUE, DuePlace, OF_PROVIDER, OF_REQUEST, RECORDS};
use crate::caller::Caller;
use crate::cluster::Cluster;
use crate::own_log::OwnLog;
use crate::requests::{departments, records as requests};

/// Serves [`UsageService`].
#[derive(Clone)]
pub(crate) struct NodeUsageService {
    /// The records of this city.
    pub(crate) usage: OwnUsage,
    /// The consumers of the city's data.
    pub(crate) cluster: Cluster,
}

/// The usage records of this city as consumer.
#[derive(Clone)]
pub(crate) struct OwnUsage {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// By which deadlines are counted.
    pub(crate) rules: CurrentRules,
}

/// Records with their places in a list.
type Rows<'r> = Box<dyn Iterator<Item = Result<(Reverse<RequestId>, UsageRecord)>> + 'r>;

/// The reader of a list.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    /// A person of this city.
    Person(Caller),
    /// The node of a provider.
    Provider(CityCode),
}

impl OwnUsage {
    pub(super) async fn record_as(
        &self,
        caller: Caller,
        asked: v1::RecordUsageRequest,
    ) -> Result<UsageView> {
        let mut wire = asked.usage;
        if let Some(usage) = &mut wire {
            let kv = self.own.ledger.kv().as_ref();
            usage.request = requests::resolve(kv, &usage.request)?.to_string();
        }
        let usage = usage_from(wire.as_ref())?;
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| records::record(&own, tx, (&caller, at), usage);
        let record = self.own.ledger.write(job).await?;
        let is_own = true;
        Ok(UsageView { record, is_own })
    }

    /// The record of this number, if the caller sees it.
    pub(super) fn seen(&self, caller: &Caller, number: &str) -> Result<UsageView> {
        let kv = self.own.ledger.kv().as_ref();
        let found = match self.own.resolve(number)? {
            None => None,
            Some(id) => RECORDS.get(kv, &Reverse(id))?,
        };
        let seen = match found {
            Some(record) if self.is_visible(kv, caller, record.usage.request)? => Some(record),
            _ => None,
        };
        let record = seen.ok_or_else(|| {
            let number = Quoted(number);
            Error::new(ErrorCode::NotFound, msg::UsageRecordNotFound { number })
        })?;
        let is_own = true;
        Ok(UsageView { record, is_own })
    }

    /// Those of the items that a consumer disclosed of whose requests the caller sees the affairs.
    pub(super) fn visible<T>(
        &self,
        caller: &Caller,
        items: Vec<T>,
        request: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>> {
        let (kv, mut visible) = (self.own.ledger.kv().as_ref(), Vec::new());
        for item in items {
            if self.is_visible(kv, caller, request(&item).parse()?)? {
                visible.push(item);
            }
        }
        Ok(visible)
    }

    fn is_visible(&self, kv: &dyn KeyValue, caller: &Caller, request: RequestId) -> Result<bool> {
        let now = self.own.now();
        match requests::find(kv, request)? {
            None => Ok(caller.rights.departments(now).is_none()),
            Some(request) => {
                departments::is_visible(&self.own, kv, (caller, now), &request.history)
            }
        }
    }

    /// A page of the records that this reader may read.
    pub(super) fn page(
        &self,
        reader: &Reader,
        asked: &v1::ListUsageRequest,
    ) -> Result<Page<v1::UsageRecord>> {
        let kv = self.own.ledger.kv().as_ref();
        let pager = Pager::<Reverse<RequestId>>::of(asked)?;
        let rows = self.rows(kv, reader, asked, &pager)?;
        pager.fill(rows, |_, record| {
            let (is_seen, is_own) = match reader {
                Reader::Person(caller) => {
                    (self.is_visible(kv, caller, record.usage.request)?, true)
                }
                Reader::Provider(city) => (record.provider == *city, false),
            };
            Ok(is_seen.then(|| usage_record_to(&UsageView { record, is_own })))
        })
    }

    /// The rows of such a page: of one request, of one provider, or all.
    fn rows<'r>(
        &self,
        kv: &'r dyn KeyValue,
        reader: &Reader,
        asked: &v1::ListUsageRequest,
        pager: &Pager<Reverse<RequestId>>,
    ) -> Result<Rows<'r>> {
        let at_once = pager.at_once();
        if !asked.request.is_empty() {
            let id = requests::resolve(kv, &asked.request)?;
            check_provider(kv, reader, id)?;
            let leading = (id,);
            let span = OF_REQUEST.under(&leading);
            let rest = match pager.after() {
                None => span,
                Some(after) => span.after(&leading, after),
            };
            let rows = rest.rows(kv, at_once);
            return Ok(Box::new(
                rows.map(|row| row.map(|(_, number, record)| (number, record))),
            ));
        }
        match reader {
            Reader::Person(_) => Ok(Box::new(RECORDS.range(pager.bounds()).rows(kv, at_once))),
            Reader::Provider(city) => {
                let leading = (*city,);
                let span = OF_PROVIDER.under(&leading);
                let rest = match pager.after() {
                    None => span,
                    Some(after) => span.after(&leading, after),
                };
                let rows = rest.rows(kv, at_once);
                Ok(Box::new(rows.map(|row| {
                    row.map(|(_, number, record)| (number, record))
                })))
            }
        }
    }

    /// A page of the grants with missing records that this reader may know of.
    pub(super) fn missing(
        &self,
        reader: &Reader,
        asked: &v1::ListMissingUsageRequest,
    ) -> Result<Page<v1::MissingUsage>> {
        let (kv, now) = (self.own.ledger.kv().as_ref(), self.own.now());
        let today = local_date(now);
        let pager = Pager::<DuePlace>::of(asked)?;
        let provider = match reader {
            Reader::Person(_) => None,
            Reader::Provider(city) => Some(*city),
        };
        let due = DUE.within(&(provider,), pager.bounds());
        let rows = due
            .rows(kv, pager.at_once())
            .map(|row| row.map(|((_, place), id, _)| (place, id)))
            // Later ones are not over yet.
            .take_while(|row| !matches!(row, Ok(((day, _), _)) if *day >= today));
        pager.fill(rows, |_, id| {
            let Some(request) = requests::find(kv, id)? else {
                return Ok(None);
            };
            if let Reader::Person(caller) = reader
                && !self.is_visible(kv, caller, id)?
            {
                return Ok(None);
            }
            records::missing(kv, &self.rules, &request, now)
        })
    }
}

/// Refuses to disclose anything of a request to another provider than its own. Errors: `NOT_FOUND`.
fn check_provider(kv: &dyn KeyValue, reader: &Reader, id: RequestId) -> Result<()> {
    let Reader::Provider(city) = reader else {
        return Ok(());
    };
    match requests::find(kv, id)? {
        Some(request) if request.history.provider() != *city => Err(Error::new(
            ErrorCode::NotFound,
            msg::RequestNotFound { number: id },
        )),
        Some(_) | None => Ok(()),
    }
}

impl NodeUsageService {
    /// The node of a consumer, for people of this city as provider. Errors: `DENIED` for others.
    fn consumer(
        &self,
        permit: &Permit,
        city: &str,
    ) -> Result<(CityCode, UsageServiceClient<Channel>)> {
        let rights = permit.rights().as_of(self.usage.own.now());
        let may_read = [Role::Approver, Role::Authority];
        if !may_read.iter().any(|role| rights.roles().contains(role)) {
            let (role, who) = (Role::Approver.label(), permit.principal());
            return Err(Error::new(
                ErrorCode::Denied,
                msg::ActNeedsRole { role, who },
            ));
        }
        let city = city_from(city)?;
        Ok((city, UsageServiceClient::new(self.cluster.peer(city)?)))
    }

    /// Keeps of what a consumer disclosed the part that the caller may see. Errors: `PEER_INVALID` for other grants
    /// than those of this city to that one.
    fn disclosed<T: Disclosed>(
        &self,
        permit: &Permit,
        from: CityCode,
        items: Vec<T>,
    ) -> Result<Vec<T>> {
        let (consumer, provider) = (from.to_string(), self.usage.own.city.to_string());
        let is_ours = |item: &T| {
            let of_consumer = item
                .request()
                .parse::<RequestId>()
                .map(|id| id.city == from);
            item.parties() == (consumer.as_str(), provider.as_str()) && of_consumer == Ok(true)
        };
        if !items.iter().all(is_ours) {
            return Err(Error::new(
                ErrorCode::PeerInvalid,
                msg::UsageOfOtherGrants { city: from },
            ));
        }
        let caller = Caller::of(permit);
        self.usage.visible(&caller, items, Disclosed::request)
    }
}

/// A message about a grant that a consumer discloses.
trait Disclosed {
    /// Number of the request.
    fn request(&self) -> &str;

    /// The consumer and the provider.
    fn parties(&self) -> (&str, &str);
}

impl Disclosed for v1::UsageRecord {
    fn request(&self) -> &str {
        let usage = self.usage.as_ref();
        usage.map_or("", |usage| usage.request.as_str())
    }

    fn parties(&self) -> (&str, &str) {
        (&self.consumer, &self.provider)
    }
}

impl Disclosed for v1::MissingUsage {
    fn request(&self) -> &str {
        &self.request
    }

    fn parties(&self) -> (&str, &str) {
        (&self.consumer, &self.provider)
    }
}

impl UsageService<Permit> for NodeUsageService {
    async fn record(&self, permit: Permit, asked: v1::RecordUsageRequest) -> Result<UsageView> {
        self.usage.record_as(Caller::of(&permit), asked).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowUsageRequest) -> Result<UsageView> {
        self.usage.seen(&Caller::of(&permit), &asked.id)
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListUsageRequest,
    ) -> Result<Page<v1::UsageRecord>> {
        if asked.city.is_empty() {
            let (this, reader) = (self.usage.clone(), Reader::Person(Caller::of(&permit)));
            return off_thread(move || this.page(&reader, &asked)).await;
        }
        let (city, mut client) = self.consumer(&permit, &asked.city)?;
        let asked = v1::ListUsageRequest {
            city: String::new(),
            ..asked
        };
        let request = with_request_id(Request::new(asked), permit.request_id());
        let listed = CallTimeout::PeerAnswer
            .answer(client.disclose(request))
            .await?;
        Ok(Page {
            items: self.disclosed(&permit, city, listed.records)?,
            next_cursor: listed.next_cursor,
        })
    }

    async fn list_missing(
        &self,
        permit: Permit,
        asked: v1::ListMissingUsageRequest,
    ) -> Result<Page<v1::MissingUsage>> {
        if asked.city.is_empty() {
            let (this, reader) = (self.usage.clone(), Reader::Person(Caller::of(&permit)));
            return off_thread(move || this.missing(&reader, &asked)).await;
        }
        let (city, mut client) = self.consumer(&permit, &asked.city)?;
        let asked = v1::ListMissingUsageRequest {
            city: String::new(),
            ..asked
        };
        let request = with_request_id(Request::new(asked), permit.request_id());
        let listed = CallTimeout::PeerAnswer
            .answer(client.disclose_missing(request))
            .await?;
        Ok(Page {
            items: self.disclosed(&permit, city, listed.grants)?,
            next_cursor: listed.next_cursor,
        })
    }

    async fn disclose(
        &self,
        permit: Permit,
        asked: v1::ListUsageRequest,
    ) -> Result<Page<v1::UsageRecord>> {
        let (this, reader) = (self.usage.clone(), Reader::Provider(permit.city()?));
        off_thread(move || this.page(&reader, &asked)).await
    }

    async fn disclose_missing(
        &self,
        permit: Permit,
        asked: v1::ListMissingUsageRequest,
    ) -> Result<Page<v1::MissingUsage>> {
        let (this, reader) = (self.usage.clone(), Reader::Provider(permit.city()?));
        off_thread(move || this.missing(&reader, &asked)).await
    }
}

#[cfg(test)]
#[path = "reads_tests.rs"]
mod reads_tests;
