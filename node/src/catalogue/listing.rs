//! Entries by where they stand: what waits for review, what was returned, what is overdue.

use std::collections::BTreeSet;
use std::ops::Bound;

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::life::{Move, State};
use chengji_domain::resource::Classification;
use chengji_domain::{Error, ErrorCode, Principal, ResourceCode, Result, Uscc};
use chengji_proto::{convert, v1};
use chengji_store::{Merged, View};
use jiff::Timestamp;
use jiff::civil::Date;
use prost::Message;

use super::book::page_size;
use super::lives;

/// Keys of the index read at once, at most.
const PIECE: usize = 100;
/// Entries that one page looks at, wanted or not.
const MAX_EXAMINED: usize = 2_000;
/// Parts of the index that are merged for one list.
const MAX_PARTS: usize = 64;
/// Every state.
const STATES: [State; 7] = [
    State::Draft,
    State::Submitted,
    State::Returned,
    State::TakenBack,
    State::Published,
    State::WithdrawalAsked,
    State::Withdrawn,
];
/// Bytes of contents after which a page ends, whatever number was asked for.
const MOST_BYTES: usize = 2 << 20;

/// Which entries are meant, checked.
pub struct Filter {
    wire: v1::EntryFilter,
    /// In order; where there are any, nothing else is looked at.
    codes: Vec<ResourceCode>,
    /// The classification, or its beginning.
    under: Option<String>,
    today: Date,
}

impl Filter {
    /// The filter that somebody wrote, for now.
    pub fn read(mut wire: v1::EntryFilter, now: Timestamp) -> Result<Self> {
        let codes = wire.codes.iter().map(|code| code.parse());
        let mut codes = codes.collect::<Result<Vec<ResourceCode>>>()?;
        codes.sort_unstable();
        codes.dedup();
        for provider in &mut wire.provider_codes {
            *provider = provider.parse::<Uscc>()?.to_string();
        }
        let under = match wire.classification.as_str() {
            "" => None,
            path => Some(under(path)?),
        };
        Ok(Self {
            codes,
            under,
            today: local_date(now),
            wire,
        })
    }

    /// A filter of what is published: where entries stand is no matter of it.
    pub fn of_published(wire: v1::EntryFilter, now: Timestamp) -> Result<Self> {
        if wire.states.is_empty() && wire.by.is_empty() && !wire.overdue {
            return Self::read(wire, now);
        }
        let message = "what is published is not filtered by where entries stand";
        Err(Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("ListLives lists entries by where they stand"))
    }

    /// Whether what is published is among those meant.
    pub fn takes_published(&self, record: &v1::CatalogueRecord) -> bool {
        record.entry.as_ref().is_some_and(|entry| {
            let providers = &self.wire.provider_codes;
            let code = || entry.code.parse::<ResourceCode>();
            (self.codes.is_empty()
                || code().is_ok_and(|code| self.codes.binary_search(&code).is_ok()))
                && (providers.is_empty() || providers.contains(&entry.provider_code))
                && self.takes_content(entry)
        })
    }

    /// Visits the entries that the filter leaves in, in order of code; with a move, only those that it is
    /// meant for when it is made on many. Blocks.
    pub fn each(
        &self,
        view: &(impl View + ?Sized),
        mv: Option<Move>,
        mut visit: impl FnMut(v1::EntryLife, v1::CatalogueEntry) -> Result<()>,
    ) -> Result<()> {
        for code in self.codes(view, None, PIECE) {
            let Some(v1::ListedLife {
                life: Some(life),
                entry: Some(entry),
                ..
            }) = self.listed(view, &code?)?
            else {
                continue;
            };
            let known = convert::life_from(&life)?;
            if mv.is_none_or(|mv| known.is_meant_by(mv)) {
                visit(life, entry)?;
            }
        }
        Ok(())
    }

    /// The codes of everything wanted and more, in order, after this code.
    fn codes<'v>(
        &'v self,
        view: &'v (impl View + ?Sized),
        after: Option<&ResourceCode>,
        at_once: usize,
    ) -> Box<dyn Iterator<Item = Result<ResourceCode>> + 'v> {
        if !self.codes.is_empty() {
            let begin = self
                .codes
                .partition_point(|code| after.is_some_and(|after| code <= after));
            return Box::new(self.codes[begin..].iter().cloned().map(Ok));
        }
        let states = self.states();
        let departments = self.departments(states.len());
        let parts = departments
            .iter()
            .flat_map(|department| states.iter().map(|state| (department.clone(), *state)));
        let bounds = after.map_or(Bound::Unbounded, |code| Bound::Excluded(code.clone()));
        let bounds = (bounds, Bound::Unbounded);
        let spans = parts.map(|part| lives::LISTS.within(&part, bounds.clone()));
        let merged = Merged::new(view, spans, at_once, |(.., code), _| code.clone());
        Box::new(merged.map(|row| row.map(|(_, code)| code)))
    }

    /// The states that are wanted, by number.
    fn states(&self) -> BTreeSet<u32> {
        let wanted = &self.wire.states;
        let numbers = STATES.into_iter().map(lives::state_number);
        numbers
            .filter(|number| {
                wanted.is_empty() || wanted.iter().any(|state| *state as u32 == *number)
            })
            .collect()
    }

    /// The departments whose parts of the index are read; of very many, all are read and the others
    /// passed over.
    fn departments(&self, states: usize) -> BTreeSet<Option<String>> {
        let wanted = &self.wire.provider_codes;
        if wanted.is_empty() || wanted.len() * states > MAX_PARTS {
            return BTreeSet::from([None]);
        }
        wanted.iter().cloned().map(Some).collect()
    }

    /// Whether the life alone leaves the entry in; its content is not looked at yet.
    fn takes_life(&self, life: &v1::EntryLife, now: State) -> bool {
        let last = life.last.clone().unwrap_or_default();
        let state = self.wire.states.is_empty() || self.wire.states.contains(&last.state);
        let by = self.wire.by.is_empty() || made_by(&last.by, &self.wire.by);
        let overdue = !self.wire.overdue || self.is_overdue(life);
        let providers = &self.wire.provider_codes;
        let owner = || lives::owner(life, now).to_owned();
        state && by && overdue && (providers.is_empty() || providers.contains(&owner()))
    }

    /// The entry, if the filter leaves it in.
    fn listed(
        &self,
        view: &(impl View + ?Sized),
        code: &ResourceCode,
    ) -> Result<Option<v1::ListedLife>> {
        let Some(life) = lives::find(view, code)? else {
            return Ok(None);
        };
        let state = convert::life_from(&life)?.state;
        if !self.takes_life(&life, state) {
            return Ok(None);
        }
        let entry = lives::content(view, code, lives::about(&life, state))?;
        let taken = self.takes_content(&entry);
        Ok(taken.then(|| v1::ListedLife {
            overdue: self.is_overdue(&life),
            life: Some(life),
            entry: Some(entry),
        }))
    }

    fn takes_content(&self, entry: &v1::CatalogueEntry) -> bool {
        let filter = &self.wire;
        let any_of = |list: &[i32], value| list.is_empty() || list.contains(&value);
        let under = self.under.as_ref().is_none_or(|path| {
            let rest = entry.classification.strip_prefix(path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        under
            && any_of(&filter.share_classes, entry.share_class)
            && any_of(&filter.administrative_levels, entry.administrative_level)
    }

    fn is_overdue(&self, life: &v1::EntryLife) -> bool {
        let due = life
            .last
            .as_ref()
            .and_then(|step| step.due.parse::<Date>().ok());
        due.is_some_and(|due| due < self.today)
    }
}

/// A page of the entries the filter leaves in. It may be short, or empty, and name a next one.
pub fn page(
    view: &(impl View + ?Sized),
    request: v1::ListLivesRequest,
    now: Timestamp,
) -> Result<v1::ListLivesResponse> {
    let size = page_size(request.page_size)?;
    let filter = Filter::read(request.filter.unwrap_or_default(), now)?;
    let mut passed = match request.page.as_str() {
        "" => None,
        code => Some(code.parse::<ResourceCode>()?),
    };
    let mut codes = filter.codes(view, passed.as_ref(), (size + 1).min(PIECE));
    let mut answer = v1::ListLivesResponse::default();
    let mut room = MOST_BYTES;
    for examined in 0.. {
        let Some(code) = codes.next().transpose()? else {
            return Ok(answer);
        };
        if answer.lives.len() == size || room == 0 || examined == MAX_EXAMINED {
            break;
        }
        if let Some(listed) = filter.listed(view, &code)? {
            let content = listed.entry.as_ref();
            room = room.saturating_sub(content.map_or(0, Message::encoded_len));
            answer.lives.push(listed);
        }
        passed = Some(code);
    }
    answer.next_page = passed.map(|code| code.to_string()).unwrap_or_default();
    Ok(answer)
}

/// A classification, or the beginning of one by whole parts.
fn under(path: &str) -> Result<String> {
    let widths = [1, 2, 3];
    let parts: Vec<&str> = path.split('/').collect();
    let begun = parts.len() <= widths.len()
        && parts.iter().zip(widths).all(|(part, width)| {
            part.len() == width && part.bytes().all(|digit| digit.is_ascii_digit())
        });
    if begun {
        return Ok(path.to_owned());
    }
    path.parse::<Classification>()
        .map(|whole| whole.to_string())
        .map_err(|_| {
            let message = format!("'{path}' is no classification or the beginning of one");
            Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy("such as 3, 3/07 or 3/07/012")
        })
}

/// A person's name alone says who, too.
fn made_by(principal: &str, asked: &str) -> bool {
    principal == asked
        || principal
            .parse()
            .is_ok_and(|principal| matches!(principal, Principal::Person { name, .. } if name.to_string() == asked))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_store::{CountingStore, Ledger, MemoryStore, Reads, Tx};

    use super::*;
    use crate::catalogue::samples::{MINE, OTHER, entry};

    #[test]
    fn a_classification_is_begun_by_whole_parts() {
        for path in ["3", "3/07", "3/07/012", "3/07/012/04"] {
            assert_eq!(under(path).unwrap(), path);
        }
        for path in ["", "3/", "3/7", "30/7", "/07", "3/07/12", "a"] {
            assert!(under(path).is_err(), "{path}");
        }
    }

    /// A store of so many entries: the first thousand is mine, of which every hundredth is submitted;
    /// what is mine and published has a newer revision of the other department, taken back.
    async fn filled(count: u32) -> (Ledger, Reads) {
        let store = CountingStore::new(MemoryStore::new());
        let reads = store.reads();
        let ledger = Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap();
        for from in (0..count).step_by(200) {
            let put =
                ledger.write(move |tx| (from..from + 200).try_for_each(|number| put(tx, number)));
            put.await.unwrap();
        }
        (ledger, reads)
    }

    fn put(tx: &mut Tx<'_>, number: u32) -> Result<()> {
        let (mine, submitted) = (number < 1_000, number.is_multiple_of(100) && number < 1_000);
        let state = if submitted {
            State::Submitted
        } else {
            State::Published
        };
        let content = entry(number, "区划", if mine { MINE } else { OTHER }, &[]);
        let code: ResourceCode = content.code.parse()?;
        let taken_back = mine && !submitted;
        let newest = if taken_back {
            OTHER
        } else {
            &content.provider_code
        };
        let life = v1::EntryLife {
            code: code.to_string(),
            newest: 1 + u32::from(taken_back),
            published: u32::from(!submitted),
            provider_code: newest.to_owned(),
            published_provider_code: content.provider_code.clone(),
            last: Some(v1::EntryStep {
                state: convert::entry_state_to(state).into(),
                ..v1::EntryStep::default()
            }),
            ..v1::EntryLife::default()
        };
        tx.put(lives::revision_key(&code, 1), content.encode_to_vec());
        lives::LIVES.put(tx, &code, &life)
    }

    #[tokio::test]
    async fn a_page_reads_as_much_of_a_large_catalogue_as_of_a_small_one() {
        for count in [1_200, 6_000] {
            let (ledger, reads) = filled(count).await;
            let list = |filter: v1::EntryFilter| {
                let request = v1::ListLivesRequest {
                    filter: Some(filter),
                    page_size: 20,
                    page: String::new(),
                };
                let (read, page) =
                    reads.during(|| page(&**ledger.kv(), request, Timestamp::UNIX_EPOCH));
                (page.unwrap().lives.len(), read)
            };
            let filter = |states: &[v1::EntryState], providers: &[&str]| v1::EntryFilter {
                states: states.iter().map(|state| (*state).into()).collect(),
                provider_codes: providers.iter().map(ToString::to_string).collect(),
                ..v1::EntryFilter::default()
            };
            let submitted = [v1::EntryState::Submitted];
            // The keys of the index, and a life and a content for each entry.
            assert_eq!(list(filter(&submitted, &[])), (10, 10 + 2 * 10), "{count}");
            assert_eq!(
                list(filter(&submitted, &[MINE])),
                (10, 10 + 2 * 10),
                "{count}"
            );
            assert_eq!(list(filter(&submitted, &[OTHER])), (0, 0), "{count}");
            let published = [v1::EntryState::Published];
            assert_eq!(
                list(filter(&published, &[OTHER])),
                (20, 22 + 2 * 20),
                "{count}"
            );
            assert_eq!(
                list(filter(&[], &[MINE])),
                (20, 10 + 22 + 2 * 20),
                "{count}"
            );
            assert_eq!(list(filter(&[], &[])), (20, 10 + 22 + 2 * 20), "{count}");
            assert!(
                lives::LIVES
                    .check_indexes(&ledger)
                    .await
                    .unwrap()
                    .is_empty()
            );
        }
    }

    /// What no index tells apart is passed over, in pages that end nevertheless.
    #[tokio::test]
    async fn a_page_gives_up_after_so_many_and_says_where_to_go_on() {
        let (ledger, reads) = filled(6_000).await;
        let mut request = v1::ListLivesRequest {
            filter: Some(v1::EntryFilter {
                by: "nobody".to_owned(),
                ..v1::EntryFilter::default()
            }),
            ..v1::ListLivesRequest::default()
        };
        let mut pages = 0;
        loop {
            let asked = request.clone();
            let (read, page) = reads.during(|| page(&**ledger.kv(), asked, Timestamp::UNIX_EPOCH));
            assert!(read <= 2 * MAX_EXAMINED as u64 + 300, "{read}");
            pages += 1;
            request.page = page.unwrap().next_page;
            if request.page.is_empty() {
                break;
            }
        }
        assert_eq!(pages, 3);
    }
}
