//! Pages of the evidence behind a city's figures. The fold holds the counted entries; their texts are
//! read from the copy of the city's log.

use std::collections::BTreeMap;

use chengji_domain::Result;
use chengji_domain::rate::Evidence;
use chengji_follow::{CopiedEntry, Copies, LogCopy, damaged_entry};
use chengji_proto::convert::{PublishedTexts, published_texts};
use chengji_proto::v1;

use super::side_by_side;

/// Maximum distance of positions that are read together: what is between them costs less than another reading.
const NEAR: u64 = 4;
/// Maximum number of revisions that are read together.
const TOGETHER: usize = 32;

/// The texts of a published revision; `None` of an entry without any.
type Texts = Option<PublishedTexts>;

/// The texts of the revisions behind a page, which are read in advance, two groups of neighbours at the same time.
pub struct Words<'a> {
    copies: &'a Copies,
    copy: LogCopy,
    /// By position. Damage concerns the page only if the entry is on it.
    read: BTreeMap<u64, Result<Texts>>,
}

impl<'a> Words<'a> {
    /// Reads the texts of the first entries of a page. `go_on` is called now and then; once it returns false, this ends
    /// with `UNAVAILABLE`.
    pub fn of(
        copies: &'a Copies,
        copy: LogCopy,
        first: &[Evidence],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Self> {
        let groups = groups(first.iter().map(|one| one.published_seq).collect());
        let read = side_by_side::each(&groups, go_on, |group, _| read(copies, &copy, group))?;
        Ok(Self {
            copies,
            copy,
            read: read.into_iter().flatten().collect(),
        })
    }

    /// Adds the texts of the revision that counts.
    pub fn add_to(&mut self, evidence: &mut v1::RateEvidence) -> Result<()> {
        let seq = evidence.published_seq;
        let texts = match self.read.remove(&seq) {
            Some(read) => read?,
            None => match self.copies.entry(&self.copy, seq)? {
                Some(entry) => texts(&self.copy, seq, entry)?,
                None => None,
            },
        };
        if let Some(texts) = texts {
            evidence.name = texts.name;
            evidence.share_condition = texts.share_condition;
        }
        Ok(())
    }
}

/// Groups the positions of revisions by neighbourhood in the log: an import publishes entries in the order of their
/// codes, which is that of the page.
fn groups(mut seqs: Vec<u64>) -> Vec<Vec<u64>> {
    seqs.sort_unstable();
    let near = seqs.chunk_by(|one, next| next - one <= NEAR);
    near.flat_map(|near| near.chunks(TOGETHER))
        .map(<[u64]>::to_vec)
        .collect()
}

/// Reads the texts of a group of revisions: in three ranges, or by three keys where it is a single one.
fn read(copies: &Copies, copy: &LogCopy, group: &[u64]) -> Result<Vec<(u64, Result<Texts>)>> {
    let entries = match group {
        [] => Vec::new(),
        [seq] => {
            let entry = copies.entry(copy, *seq)?;
            entry.map(|entry| (*seq, entry)).into_iter().collect()
        }
        [first, .., last] => copies.entries(copy, *first, (last - first + 1) as usize)?,
    };
    let wanted = entries.into_iter().filter(|(seq, _)| group.contains(seq));
    let read = wanted.map(|(seq, entry)| (seq, texts(copy, seq, entry)));
    Ok(read.collect())
}

/// The texts of the entry at this position.
fn texts(copy: &LogCopy, seq: u64, entry: CopiedEntry) -> Result<Texts> {
    match entry {
        CopiedEntry::Entry(entry) => Ok(published_texts(&entry)),
        CopiedEntry::Damaged => Err(damaged_entry(copy, seq)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_read_together_and_others_alone() {
        assert_eq!(groups(Vec::new()), Vec::<Vec<u64>>::new());
        let found = groups(vec![90, 7, 3, 4, 12, 91]);
        assert_eq!(found, [vec![3, 4, 7], vec![12], vec![90, 91]]);
        let many: Vec<u64> = (0..70).collect();
        let lengths: Vec<_> = groups(many.clone()).iter().map(Vec::len).collect();
        assert_eq!(lengths, [32, 32, 6]);
        assert_eq!(groups(many.clone()).concat(), many);
    }
}
