//! Pages of the evidence behind a city's figures. The fold holds the counted entries; their texts are
//! read from the copy of the city's log.

use chengji_domain::fact::CityFact;
use chengji_domain::{CityCode, Result};
use chengji_follow::{CopiedEntry, Copies, LogCopy, damaged_entry};
use chengji_proto::convert::city_entry_from;
use chengji_proto::v1;

/// Adds the texts of the revision that counts.
pub fn add_words(
    copies: &Copies,
    city: CityCode,
    copy: &LogCopy,
    evidence: &mut v1::RateEvidence,
) -> Result<()> {
    let seq = evidence.published_seq;
    let published = match copies.entry(copy, seq)? {
        Some(CopiedEntry::Entry(entry)) => city_entry_from(&entry, city).ok(),
        Some(CopiedEntry::Damaged) => return Err(damaged_entry(copy, seq)),
        None => None,
    };
    if let Some(CityFact::Published { entry, .. }) = published.map(|entry| entry.fact) {
        entry.name.clone_into(&mut evidence.name);
        let condition = entry.share_condition();
        condition.clone_into(&mut evidence.share_condition);
    }
    Ok(())
}
