//! Entries by where they stand: what waits for review, what was returned, what is overdue.

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::life::State;
use chengji_domain::resource::Classification;
use chengji_domain::{Error, ErrorCode, Principal, ResourceCode, Result, Uscc};
use chengji_proto::{convert, v1};
use chengji_store::View;
use jiff::Timestamp;
use jiff::civil::Date;

use super::book::page_size;
use super::lives;

/// Lives read at once on the way through the catalogue.
const PIECE: usize = 1_000;
/// Lives looked up at once of those that are named by their codes.
const NAMED: usize = 100;
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

    /// The next lives after this code, and after which code to go on, if there are more.
    fn next(
        &self,
        view: &(impl View + ?Sized),
        after: Option<&ResourceCode>,
    ) -> Result<(Vec<v1::EntryLife>, Option<ResourceCode>)> {
        if self.codes.is_empty() {
            let lives = lives::page(view, after, PIECE)?;
            let last = lives.last().filter(|_| lives.len() == PIECE);
            let then = last.map(|life| life.code.parse()).transpose()?;
            return Ok((lives, then));
        }
        let begin = self
            .codes
            .partition_point(|code| after.is_some_and(|after| code <= after));
        let rest = &self.codes[begin..];
        let some = &rest[..rest.len().min(NAMED)];
        let lives: Result<Vec<_>> = some.iter().map(|code| lives::find(view, code)).collect();
        let then = some.last().filter(|_| some.len() < rest.len()).cloned();
        Ok((lives?.into_iter().flatten().collect(), then))
    }

    /// Whether the life alone leaves the entry in; its content is not looked at yet.
    fn takes_life(
        &self,
        view: &(impl View + ?Sized),
        life: &v1::EntryLife,
        now: State,
    ) -> Result<bool> {
        let last = life.last.clone().unwrap_or_default();
        let state = self.wire.states.is_empty() || self.wire.states.contains(&last.state);
        let by = self.wire.by.is_empty() || made_by(&last.by, &self.wire.by);
        let overdue = !self.wire.overdue || self.is_overdue(life);
        let providers = &self.wire.provider_codes;
        Ok(state
            && by
            && overdue
            && (providers.is_empty() || providers.contains(&lives::owner(view, life, now)?)))
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

/// A page of the entries the filter leaves in.
pub fn page(
    view: &(impl View + ?Sized),
    request: v1::ListLivesRequest,
    now: Timestamp,
) -> Result<v1::ListLivesResponse> {
    let size = page_size(request.page_size)?;
    let filter = Filter::read(request.filter.unwrap_or_default(), now)?;
    let mut after = match request.page.as_str() {
        "" => None,
        code => Some(code.parse::<ResourceCode>()?),
    };
    let mut answer = v1::ListLivesResponse::default();
    let mut room = MOST_BYTES;
    loop {
        let (lives, then) = filter.next(view, after.as_ref())?;
        for life in lives {
            let code: ResourceCode = life.code.parse()?;
            if answer.lives.len() == size || room == 0 {
                answer.next_page = after.map(|code| code.to_string()).unwrap_or_default();
                return Ok(answer);
            }
            let state = convert::life_from(&life)?.state;
            if filter.takes_life(view, &life, state)? {
                let entry = lives::content(view, &code, lives::about(&life, state))?;
                if filter.takes_content(&entry) {
                    room = room.saturating_sub(prost::Message::encoded_len(&entry));
                    answer.lives.push(v1::ListedLife {
                        overdue: filter.is_overdue(&life),
                        life: Some(life),
                        entry: Some(entry),
                    });
                }
            }
            after = Some(code);
        }
        after = then;
        if after.is_none() {
            return Ok(answer);
        }
    }
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
    use super::*;

    #[test]
    fn a_classification_is_begun_by_whole_parts() {
        for path in ["3", "3/07", "3/07/012", "3/07/012/04"] {
            assert_eq!(under(path).unwrap(), path);
        }
        for path in ["", "3/", "3/7", "30/7", "/07", "3/07/12", "a"] {
            assert!(under(path).is_err(), "{path}");
        }
    }
}
