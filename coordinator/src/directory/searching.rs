//! Searches: parsing of requests, pages of hits with snippets and related entries, counts of facets, completions.

use std::collections::{BTreeSet, VecDeque};
use std::str::FromStr as _;

use chengji_domain::catalogue::{EntryRecord, Facet};
use chengji_domain::matter::{MAX_FIELDS, MAX_NAME};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_messages::{Message, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{record_to, text_to, time_to};
use chengji_proto::v1::{self, SearchedText};
use chengji_runtime::Awaited;
use chengji_search::{
    self as search, EntryId, FEW, Filters, Hit, Position, Query, Relation, Search, Sort,
    WantedItems,
};
use prost::Message as _;

use super::{Directory, MAX_STALE, SearchedMembers};
use crate::facets::{self, facet_from, facet_to};
use crate::indexing::document;
use crate::records;

/// Size above which a hit is returned without its items, and with texts cut to the length that admission
/// allows today, bytes.
pub(super) const LARGE_HIT: usize = 16 << 10;
/// Maximum number of formats and of related codes of such a hit.
const MAX_HIT_PARTS: usize = 50;
/// Maximum length of a query, characters.
const MAX_QUERY: usize = 200;
/// Maximum number of values of a filter.
const MAX_VALUES: usize = 100;
/// Maximum number of values of a facet that are counted.
const MAX_COUNTS: usize = 100;
/// Number of hits of a page for which related entries are looked for.
const WITH_RELATED: usize = 10;
/// Length of a snippet, characters.
const SNIPPET: usize = 80;
/// Number of completions, unless another is asked for.
const COMPLETIONS: usize = 10;

/// Generation, segment and document of a hit in the index.
type HitPosition = (u64, u32, u32);

impl Directory {
    /// Published entries that contain every word of the query.
    pub fn search(
        &self,
        request: &v1::SearchRequest,
        awaited: &Awaited,
    ) -> Result<v1::SearchResponse> {
        let pager = Pager::<HitPosition>::of(request)?;
        let SearchedMembers { hidden, stale } = self.searched_members()?;
        let wanted = Search {
            after: pager.after().map(position),
            limit: pager.size() + 1,
            now: (self.clock)().as_second(),
            hidden,
            ..parsed(request)?
        };
        let index = self.indexing.index();
        let found = self.indexing.noted(index.search(&wanted))?;
        let suggestions = match wanted.after {
            None if found.total < FEW && !wanted.query.is_empty() => self
                .indexing
                .noted(index.suggest(&wanted.query, &wanted.hidden))?,
            _ => Vec::new(),
        };
        let rows = Hits::new(self, &wanted, found.hits);
        let mut with_related = if request.related { WITH_RELATED } else { 0 };
        let page = pager.fill(rows, |_, hit| {
            awaited.check()?;
            let related = with_related > 0;
            with_related = with_related.saturating_sub(1);
            self.hit(&wanted, &hit, &request.wanted_items, related)
        })?;
        let cities = wanted.filters.get(&Facet::City);
        let is_searched = |city: &u32| cities.is_none_or(|cities| cities.contains(city));
        let stale = stale.into_iter().filter(|(city, _)| is_searched(city));
        let stale: Vec<v1::StaleCity> = stale.map(|(_, stale)| stale).collect();
        let suggestions = suggestions.into_iter();
        Ok(v1::SearchResponse {
            hits: page.items,
            total: found.total,
            facets: found.facets.into_iter().map(counts).collect(),
            suggestions: suggestions
                .map(|other| v1::SuggestedQuery {
                    query: other.query,
                    hits: other.hits,
                })
                .collect(),
            stale_cities: u32::try_from(stale.len()).unwrap_or(u32::MAX),
            stale: stale.into_iter().take(MAX_STALE).collect(),
            behind_since: self.indexing.behind_since().map(time_to),
            next_cursor: page.next_cursor,
        })
    }

    /// Completions of a text that is being typed.
    pub fn complete(&self, asked: &v1::CompleteRequest) -> Result<v1::CompleteResponse> {
        checked_length(&asked.text)?;
        let limit = match asked.limit as usize {
            0 => COMPLETIONS,
            limit => limit,
        };
        let index = self.indexing.index();
        let found = index.complete(&asked.text, &self.searched_members()?.hidden, limit);
        let completions = self.indexing.noted(found)?;
        Ok(v1::CompleteResponse { completions })
    }

    /// A hit as it is now; `None` if its record was removed meanwhile, with its city.
    fn hit(
        &self,
        wanted: &Search,
        hit: &Hit,
        items: &[String],
        related: bool,
    ) -> Result<Option<v1::SearchHit>> {
        let Some((city, record)) = self.record(&hit.id)? else {
            return Ok(None);
        };
        let related = if related {
            self.related(wanted, city, &record)?
        } else {
            Vec::new()
        };
        let mut wire = record_to(city, &record);
        let snippets = snippets(&record, &wanted.query);
        abridge_if_large(&mut wire);
        Ok(Some(v1::SearchHit {
            record: Some(wire),
            snippets,
            related,
            wanted_items: held(&record, items),
            by_items_alone: !hit.has_words,
        }))
    }

    /// The record that an entry of the index was made from; `None` if it was removed meanwhile.
    fn record(&self, id: &EntryId) -> Result<Option<(CityCode, EntryRecord)>> {
        let city = CityCode::from_number(id.city)?;
        let code = ResourceCode::from_str(&id.code)?;
        let record = records::entry(&**self.ledger.kv(), city, &code)?;
        Ok(record.map(|record| (city, record)))
    }

    fn related(
        &self,
        wanted: &Search,
        city: CityCode,
        record: &EntryRecord,
    ) -> Result<Vec<v1::RelatedEntry>> {
        let index = self.indexing.index();
        let found = index.related(&document(city, record), &wanted.hidden);
        let mut related = Vec::new();
        for found in self.indexing.noted(found)? {
            let Some((city, other)) = self.record(&found.id)? else {
                continue;
            };
            let relation = match found.relation {
                Relation::Duplicate => v1::Relation::Duplicate,
                Relation::Complement => v1::Relation::Complement,
            };
            related.push(v1::RelatedEntry {
                relation: relation.into(),
                city: city.to_string(),
                code: found.id.code,
                name: other.entry.name,
            });
        }
        Ok(related)
    }
}

/// The hits of a search from its place on; further ones are searched for when they are needed.
struct Hits<'d> {
    directory: &'d Directory,
    next: Search,
    found: VecDeque<Hit>,
    is_last: bool,
}

impl<'d> Hits<'d> {
    fn new(directory: &'d Directory, search: &Search, found: Vec<Hit>) -> Self {
        let next = Search {
            facets: Vec::new(),
            ..search.clone()
        };
        Self {
            directory,
            is_last: found.len() < search.limit,
            next,
            found: found.into(),
        }
    }

    fn more(&mut self) -> Result<()> {
        let indexing = &self.directory.indexing;
        let found = indexing.noted(indexing.index().search(&self.next))?;
        self.is_last = found.hits.len() < self.next.limit;
        self.found = found.hits.into();
        Ok(())
    }
}

impl Iterator for Hits<'_> {
    type Item = Result<(HitPosition, Hit)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.found.is_empty()
            && !self.is_last
            && let Err(error) = self.more()
        {
            self.is_last = true;
            return Some(Err(error));
        }
        let hit = self.found.pop_front()?;
        self.next.after = Some(hit.position);
        let Position {
            generation,
            segment,
            doc,
        } = hit.position;
        Some(Ok(((generation, segment, doc), hit)))
    }
}

fn position(&(generation, segment, doc): &HitPosition) -> Position {
    Position {
        generation,
        segment,
        doc,
    }
}

/// The words, wanted items, filters, facets and order of a request.
fn parsed(request: &v1::SearchRequest) -> Result<Search> {
    checked_length(&request.query)?;
    let query = Query::new(&request.query);
    if query.words() > search::MAX_WORDS {
        return Err(invalid(msg::QueryTooManyWords {
            words: query.words(),
            most: search::MAX_WORDS,
        }));
    }
    let items = wanted_items(&request.wanted_items)?;
    let mut filters = Filters::new();
    for filter in &request.filters {
        let facet = facet_from(filter.facet())?;
        let count = filter.values.len();
        if count > MAX_VALUES {
            let (facet, most) = (facet.label(), MAX_VALUES);
            return Err(invalid(msg::FacetValuesTooMany { count, facet, most }));
        }
        let values = filter
            .values
            .iter()
            .map(|value| facets::parse(facet, value));
        if filters
            .insert(facet, values.collect::<Result<_>>()?)
            .is_some()
        {
            let facet = facet.label();
            return Err(invalid(msg::FacetTwice { facet }));
        }
    }
    let mut counted: Vec<Facet> = request.facets().map(facet_from).collect::<Result<_>>()?;
    counted.sort_unstable();
    counted.dedup();
    Ok(Search {
        query,
        items,
        filters,
        facets: counted,
        sort: match request.sort() {
            v1::SearchSort::Unspecified => Sort::Relevance,
            v1::SearchSort::Name => Sort::Name,
            v1::SearchSort::Published => Sort::Published,
            v1::SearchSort::Code => Sort::Code,
        },
        ..Search::default()
    })
}

/// Checks wanted items against the limits of the fields of a demand.
fn wanted_items(names: &[String]) -> Result<WantedItems> {
    let (count, most) = (names.len(), MAX_FIELDS);
    if count > most {
        return Err(invalid(msg::WantedItemsTooMany { count, most }));
    }
    let mut lengths = names.iter().map(|name| name.chars().count());
    if let Some(length) = lengths.find(|length| *length > MAX_NAME) {
        let most = MAX_NAME;
        return Err(invalid(msg::WantedItemTooLong { length, most }));
    }
    Ok(WantedItems::new(names))
}

fn checked_length(text: &str) -> Result<()> {
    let (length, most) = (text.chars().count(), MAX_QUERY);
    if length > most {
        return Err(invalid(msg::QueryTooLong { length, most }));
    }
    Ok(())
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

/// The counts of a facet.
fn counts(counted: search::FacetCounts) -> v1::FacetCounts {
    let further = counted.counts.len().saturating_sub(MAX_COUNTS);
    let most_frequent = counted.counts.into_iter().take(MAX_COUNTS);
    let counts = most_frequent.filter_map(|(number, hits)| {
        let (value, label) = facets::named(counted.facet, number)?;
        let label = Some(text_to(&label));
        Some(v1::FacetCount { value, label, hits })
    });
    v1::FacetCounts {
        facet: facet_to(counted.facet).into(),
        counts: counts.collect(),
        further: u32::try_from(further).unwrap_or(u32::MAX),
    }
}

/// The wanted items that an entry has, as the request names them.
fn held(record: &EntryRecord, names: &[String]) -> Vec<String> {
    if names.is_empty() {
        return Vec::new();
    }
    let items = record.entry.items.iter();
    let items: BTreeSet<String> = items.map(|item| search::fold(&item.name)).collect();
    let held = names
        .iter()
        .filter(|name| items.contains(&search::fold(name)));
    held.cloned().collect()
}

/// Parts of an entry's texts with the words of a query: of name, abstract, provider, the items and the code.
fn snippets(record: &EntryRecord, query: &Query) -> Vec<v1::Snippet> {
    if query.is_empty() {
        return Vec::new();
    }
    let entry = &record.entry;
    let items = entry.items.iter().map(|item| item.name.as_str());
    let items: Vec<&str> = items.filter(|item| search::has_word(item, query)).collect();
    let (items, code) = (items.join("、"), entry.code.to_string());
    let texts = [
        (SearchedText::Name, &entry.name),
        (SearchedText::Abstract, &entry.summary),
        (SearchedText::Provider, &entry.provider),
        (SearchedText::Items, &items),
        (SearchedText::Code, &code),
    ];
    let snippets = texts.into_iter().filter_map(|(of, text)| {
        let snippet = search::snippet(text, query, SNIPPET)?;
        let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let marks = snippet.marks.iter().map(|mark| v1::Mark {
            start: length(&snippet.text[..mark.start]),
            length: length(&snippet.text[mark.clone()]),
        });
        Some(v1::Snippet {
            of: of.into(),
            marks: marks.collect(),
            text: snippet.text,
        })
    });
    snippets.collect()
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
