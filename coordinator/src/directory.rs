//! Searches the federated catalogue: for operators and auditors, and for nodes on behalf of their people.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::{RosterHandle, roster};
use chengji_domain::catalogue::{Entry, EntryRecord, ShareClass};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, ResourceRef, Result};
use chengji_messages::{Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{city_from, code_from, record_to, share_class_from, time_to};
use chengji_proto::service::DirectoryService;
use chengji_proto::v1;
use chengji_runtime::{Awaited, off_thread, off_thread_while_awaited};
use chengji_store::Ledger;
use chengji_transport::{Permit, Turns};
use prost::Message as _;

use crate::followed::{FollowedCities, city_to};
use crate::rate::LiveRate;
use crate::records;

/// Maximum number of unreachable cities named in an answer.
const MAX_STALE: usize = 100;
/// Size above which a hit is returned without its items, and with texts cut to the length that admission
/// allows today, bytes.
const LARGE_HIT: usize = 16 << 10;
/// Maximum number of formats and of related codes of such a hit.
const MAX_HIT_PARTS: usize = 50;
/// Maximum length of a query, characters.
const MAX_QUERY: usize = 200;

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
    /// Concurrency limit for reading the whole catalogue.
    pub turns: Arc<Turns>,
}

/// Maximum time a search waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The concurrency limit for searches.
pub fn turns() -> Arc<Turns> {
    Turns::new(msg::WorkSearch, 2, 4, 4)
}

/// A parsed query.
struct Wanted {
    words: Vec<String>,
    city: Option<CityCode>,
    share_class: Option<ShareClass>,
}

/// Number of words missing in the name; lower is better.
type Rank = u32;

/// The position of a hit: best first, those of one rank by city and code.
type HitPosition = (Rank, CityCode, ResourceCode);

impl Directory {
    /// Published entries that contain every word of the query, best first.
    pub fn search(
        &self,
        request: &v1::SearchRequest,
        awaited: &Awaited,
    ) -> Result<v1::SearchResponse> {
        let (wanted, pager) = (Wanted::parse(request)?, Pager::<HitPosition>::of(request)?);
        let mut total = 0;
        // Of each rank as many as the page and the one after it may take; within one, they come in order.
        let mut found: Vec<Vec<HitPosition>> = vec![Vec::new(); wanted.words.len() + 1];
        // Entries of other cities remain on record, but cannot be requested.
        let active = self.members.with_status(MembershipStatus::Active)?;
        let members: BTreeSet<CityCode> = (active.iter()).map(|known| known.member.city).collect();
        records::each_entry(&**self.ledger.kv(), wanted.city, |city, record| {
            let of_member = members.contains(&city);
            let Some(rank) = wanted.rank(&record).filter(|_| of_member) else {
                return awaited.check();
            };
            total += 1;
            let position = (rank, city, record.entry.code);
            if let Some(found) = found.get_mut(rank as usize)
                && found.len() <= pager.size()
                && pager.after().is_none_or(|after| position > *after)
            {
                found.push(position);
            }
            awaited.check()
        })?;
        let rows = found
            .into_iter()
            .flatten()
            .map(|position| Ok((position, ())));
        let page = pager.fill(rows, |(_, city, code), ()| self.hit(*city, code))?;
        let stale = self.stale(wanted.city)?;
        Ok(v1::SearchResponse {
            hits: page.items,
            total,
            stale_cities: u32::try_from(stale.len()).unwrap_or(u32::MAX),
            stale: stale.into_iter().take(MAX_STALE).collect(),
            next_cursor: page.next_cursor,
        })
    }

    /// The record of a hit; `None` if it was removed meanwhile, with its city.
    fn hit(&self, city: CityCode, code: &ResourceCode) -> Result<Option<v1::CatalogueRecord>> {
        let found = records::entry(&**self.ledger.kv(), city, code)?;
        Ok(found.map(|record| {
            let mut hit = record_to(city, &record);
            abridge_if_large(&mut hit);
            hit
        }))
    }

    /// The members whose node is unreachable, or only this one.
    fn stale(&self, wanted: Option<CityCode>) -> Result<Vec<v1::StaleCity>> {
        let mut stale = Vec::new();
        self.members.each_member(|known| {
            let city = known.member.city;
            let is_wanted = known.status != MembershipStatus::Removed
                && wanted.is_none_or(|wanted| wanted == city);
            let state = self.cities.state(city).filter(|_| is_wanted);
            if let Some(since) = state.and_then(|state| state.stale_since) {
                stale.push(v1::StaleCity {
                    city: city.to_string(),
                    name: known.member.name,
                    since: Some(time_to(since)),
                });
            }
            Ok(())
        })?;
        Ok(stale)
    }

    /// Returns one entry of one city, including withdrawn ones.
    pub fn show(&self, city: CityCode, code: &ResourceCode) -> Result<v1::CatalogueRecord> {
        let record = records::entry(&**self.ledger.kv(), city, code)?.ok_or_else(|| {
            let code = code.clone();
            let resource = ResourceRef { city, code };
            Error::new(ErrorCode::NotFound, msg::ResourceUnknown { resource })
        })?;
        Ok(record_to(city, &record))
    }

    /// Lists a page of members, with the state of following each.
    pub fn statuses(&self, asked: &v1::ListCitiesRequest) -> Result<v1::ListCitiesResponse> {
        let kv = &**self.ledger.kv();
        let pager = Pager::of(asked)?;
        let members = roster::members(kv, pager.bounds(), pager.at_once())?;
        let page = pager.fill(members, |city, known| {
            let known = known.filter(|known| known.status != MembershipStatus::Removed);
            let status = known.map(|known| {
                let log = self.cities.log(kv, &known)?;
                Ok(city_to(&known, &log, self.live.published(*city)))
            });
            status.transpose()
        })?;
        Ok(v1::ListCitiesResponse {
            cities: page.items,
            next_cursor: page.next_cursor,
        })
    }
}

/// Bounds a hit, so that one city's entries cannot crowd out the others'. An admitted entry is large only
/// because of its items; `show` returns all of it.
fn abridge_if_large(record: &mut v1::CatalogueRecord) {
    let is_large = record.encoded_len() > LARGE_HIT;
    let Some(entry) = record.entry.as_mut().filter(|_| is_large) else {
        return;
    };
    entry.items.clear();
    entry.formats.truncate(MAX_HIT_PARTS);
    entry.related_codes.truncate(MAX_HIT_PARTS);
    let formats = entry.formats.iter_mut();
    let subtypes = formats.map(|format| (&mut format.subtype, 40));
    let texts = [
        (&mut entry.name, 200),
        (&mut entry.provider, 200),
        (&mut entry.r#abstract, 4_000),
        (&mut entry.share_condition, 1_000),
        (&mut entry.open_condition, 1_000),
    ];
    for (text, most) in texts.into_iter().chain(subtypes) {
        if let Some((end, _)) = text.char_indices().nth(most) {
            text.truncate(end);
        }
    }
}

impl Wanted {
    fn parse(request: &v1::SearchRequest) -> Result<Self> {
        let invalid = |message: Message| Err(Error::new(ErrorCode::InvalidArgument, message));
        let length = request.query.chars().count();
        if length > MAX_QUERY {
            let most = MAX_QUERY;
            return invalid(msg::QueryTooLong { length, most }.into());
        }
        let share_class = v1::ShareClass::try_from(request.share_class);
        let Ok(share_class) = share_class else {
            let value = request.share_class;
            return invalid(msg::ShareClassUnknown { value }.into());
        };
        Ok(Self {
            words: request.query.split_whitespace().map(word).collect(),
            city: match request.city.as_str() {
                "" => None,
                code => Some(city_from(code)?),
            },
            share_class: share_class_from(share_class),
        })
    }

    /// The rank of a record; `None` if it is not a hit.
    fn rank(&self, record: &EntryRecord) -> Option<Rank> {
        let entry = &record.entry;
        let of_class = self
            .share_class
            .is_none_or(|class| class == entry.share_class());
        if record.withdrawn.is_some() || !of_class {
            return None;
        }
        let name = entry.name.to_lowercase();
        let lacking: Vec<&String> = self
            .words
            .iter()
            .filter(|word| !name.contains(word.as_str()))
            .collect();
        if !lacking.is_empty() {
            let text = text_of(entry);
            if !lacking.iter().all(|word| text.contains(word.as_str())) {
                return None;
            }
        }
        Some(lacking.len() as Rank)
    }
}

/// Normalizes a word of the query: in lower case, and a resource code without its slash.
fn word(text: &str) -> String {
    let digit = |b: u8| b.is_ascii_digit();
    let is_code = text.bytes().all(|b| digit(b) || b == b'/') && text.bytes().any(digit);
    if is_code {
        text.replace('/', "")
    } else {
        text.to_lowercase()
    }
}

/// The searched text of an entry besides its name, in lower case.
fn text_of(entry: &Entry) -> String {
    let provider_code = entry.provider_code.to_string();
    let fields = [
        entry.summary.as_str(),
        &entry.provider,
        &provider_code,
        entry.code.as_str(),
    ];
    let items = entry.items.iter().map(|item| item.name.as_str());
    let texts: Vec<&str> = fields.into_iter().chain(items).collect();
    texts.join("\n").to_lowercase()
}

impl DirectoryService<Permit> for Directory {
    async fn search(&self, permit: Permit, asked: v1::SearchRequest) -> Result<v1::SearchResponse> {
        let turn = self.turns.within(TURN_TIMEOUT, permit.principal()).await?;
        let this = self.clone();
        off_thread_while_awaited(move |awaited| {
            let _turn = turn;
            Self::search(&this, &asked, awaited)
        })
        .await
    }

    async fn show(
        &self,
        _: Permit,
        asked: v1::ShowDirectoryRequest,
    ) -> Result<v1::CatalogueRecord> {
        let this = self.clone();
        let show = move || Self::show(&this, city_from(&asked.city)?, &code_from(&asked.code)?);
        off_thread(show).await
    }

    async fn list_cities(
        &self,
        _: Permit,
        asked: v1::ListCitiesRequest,
    ) -> Result<v1::ListCitiesResponse> {
        let this = self.clone();
        off_thread(move || this.statuses(&asked)).await
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;
