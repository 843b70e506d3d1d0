//! Pages of the evidence behind a city's figures. The fold holds the counted entries; their texts are
//! read from the copy of the city's log.

use std::collections::BTreeMap;

use chengji_domain::fact::CityFact;
use chengji_domain::rate::Evidence;
use chengji_domain::{CityCode, Result};
use chengji_follow::{CopiedEntry, Copies, LogCopy, damaged_entry};
use chengji_proto::convert::city_entry_from;
use chengji_proto::v1;

use super::side_by_side;

/// The texts of a published revision; `None` of an entry without any.
type Texts = Option<(String, String)>;

/// The texts of the revisions behind a page, which are read in advance, two at the same time.
pub struct Words<'a> {
    copies: &'a Copies,
    city: CityCode,
    copy: LogCopy,
    /// By position. Errors concern the page only if the entry is on it.
    read: BTreeMap<u64, Result<Texts>>,
}

impl<'a> Words<'a> {
    /// Reads the texts of the first entries of a page. `go_on` is called now and then; once it returns false, this ends
    /// with `UNAVAILABLE`.
    pub fn of(
        copies: &'a Copies,
        city: CityCode,
        copy: LogCopy,
        first: &[Evidence],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self> {
        let read = side_by_side::each(first, go_on, |one, _| {
            let seq = one.published_seq;
            Ok((seq, texts(copies, city, &copy, seq)))
        })?;
        Ok(Self {
            copies,
            city,
            copy,
            read: read.into_iter().collect(),
        })
    }

    /// Adds the texts of the revision that counts.
    pub fn add_to(&mut self, evidence: &mut v1::RateEvidence) -> Result<()> {
        let seq = evidence.published_seq;
        let texts = match self.read.remove(&seq) {
            Some(read) => read?,
            None => texts(self.copies, self.city, &self.copy, seq)?,
        };
        if let Some((name, share_condition)) = texts {
            evidence.name = name;
            evidence.share_condition = share_condition;
        }
        Ok(())
    }
}

/// The name and the share condition of a published revision.
fn texts(copies: &Copies, city: CityCode, copy: &LogCopy, seq: u64) -> Result<Texts> {
    let published = match copies.entry(copy, seq)? {
        Some(CopiedEntry::Entry(entry)) => city_entry_from(&entry, city).ok(),
        Some(CopiedEntry::Damaged) => return Err(damaged_entry(copy, seq)),
        None => None,
    };
    Ok(match published.map(|entry| entry.fact) {
        Some(CityFact::Published { entry, .. }) => {
            let condition = entry.share_condition().to_owned();
            Some((entry.name, condition))
        }
        _ => None,
    })
}
