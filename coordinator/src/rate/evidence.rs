//! Pages of the evidence behind a city's figures. The fold holds the counted entries; their texts are
//! read from the copy of the city's log.

use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::rate::Evidence;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_follow::{CopiedEntry, Copies, LogCopy, copy_in, damaged_entry};
use chengji_proto::convert::{city_entry_from, code_from, evidence_to, position_from};
use chengji_proto::page::Room;
use chengji_proto::v1;

/// Maximum number of entries on a page.
const EVIDENCE: usize = 10_000;

/// The requested part of the evidence.
pub struct EvidencePage {
    size: usize,
    after: Option<ResourceCode>,
}

impl EvidencePage {
    /// Parses the request for a page.
    pub fn parse(request: &v1::ExplainRateRequest) -> Result<Self> {
        let size = match request.page_size as usize {
            0 => EVIDENCE,
            size @ 1..=EVIDENCE => size,
            size => {
                let message = format!("page_size is {size}; a page has 1 to {EVIDENCE} entries");
                return Err(Error::new(ErrorCode::InvalidArgument, message));
            }
        };
        let after = match request.page.as_str() {
            "" => None,
            code => Some(code_from(code)?),
        };
        Ok(Self { size, after })
    }

    /// The entries of the page, and the last one if another page follows.
    pub fn of<'a>(
        &self,
        evidence: impl Iterator<Item = Evidence<'a>>,
    ) -> (Vec<v1::RateEvidence>, String) {
        let after = self.after.as_ref();
        let mut rest = evidence.filter(|one| after.is_none_or(|after| one.code > after));
        let page = rest.by_ref().take(self.size);
        let page: Vec<_> = page.map(|one| evidence_to(&one)).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let next_page = last.map(|last| last.code.clone()).unwrap_or_default();
        (page, next_page)
    }
}

/// Adds the texts to the entries of a page, which ends where it becomes too large.
pub fn complete(copies: &Copies, city: CityCode, page: &mut v1::ExplainRateResponse) -> Result<()> {
    if page.position.is_none() {
        // No entry of the city's log counts.
        return Ok(());
    }
    let (epoch, _) = position_from(page.position.as_ref())?;
    // The figures were folded from this copy.
    let Some(copy) = copy_in(copies.kv(), LogOwner::City(city), epoch)? else {
        return Ok(());
    };
    let mut room = Room::of_page();
    for (number, entry) in page.entries.iter_mut().enumerate() {
        add_words(copies, city, &copy, entry)?;
        if !room.fits(entry) {
            page.entries.truncate(number);
            break;
        }
    }
    if let Some(last) = page.entries.last().filter(|_| room.is_full()) {
        page.next_page.clone_from(&last.code);
    }
    Ok(())
}

/// Adds the texts of the revision that counts.
fn add_words(
    copies: &Copies,
    city: CityCode,
    copy: &LogCopy,
    evidence: &mut v1::RateEvidence,
) -> Result<()> {
    let stored = copies.entries(copy, evidence.published_seq, 1)?;
    let published = match stored.first() {
        Some((_, CopiedEntry::Entry(entry))) => city_entry_from(entry, city).ok(),
        Some((seq, CopiedEntry::Damaged)) => return Err(damaged_entry(copy, *seq)),
        None => None,
    };
    if let Some(CityFact::Published { entry, .. }) = published.map(|entry| entry.fact) {
        entry.name.clone_into(&mut evidence.name);
        let condition = entry.share_condition();
        condition.clone_into(&mut evidence.share_condition);
    }
    Ok(())
}
