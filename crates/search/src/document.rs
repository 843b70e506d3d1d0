//! Documents: what the index contains of an entry.

use std::fmt;

use chengji_domain::catalogue::Facet;

/// An entry of a city. Identifies a document.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId {
    /// The city's division code.
    pub city: u32,
    /// The resource code within the city.
    pub code: String,
}

impl EntryId {
    /// Parses the form in the index.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (city, code) = text.split_once(':')?;
        let code = code.to_owned();
        Some(Self {
            city: city.parse().ok()?,
            code,
        })
    }
}

/// The form in the index, which sorts by city and code.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}:{}", self.city, self.code)
    }
}

/// A facet with a value, as one number in the index.
pub(crate) fn facet_number(facet: Facet, value: u32) -> u64 {
    ((facet as u64) << 32) | u64::from(value)
}

/// The facet and value of such a number.
pub(crate) fn facet_of(number: u64) -> Option<(Facet, u32)> {
    let facet = usize::try_from(number >> 32).ok()?;
    let value = u32::try_from(number & u64::from(u32::MAX)).ok()?;
    Some((*Facet::ALL.get(facet)?, value))
}

/// Freshness of an entry's source at a time, as values of [`Facet::Freshness`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Freshness {
    /// There is no source.
    Unmounted = 1,
    /// The source was never measured.
    NeverMeasured = 2,
    /// The last measurement is older than the update cycle allows.
    Stale = 3,
    /// The last measurement is recent enough.
    Fresh = 4,
}

/// Time for which what is known of freshness is kept, seconds.
const FRESHNESS_STEP: i64 = 60;

/// Returns the time as of which freshness is judged at `now`, seconds since 1970.
pub(crate) fn freshness_time(now: i64) -> i64 {
    now - now.rem_euclid(FRESHNESS_STEP)
}

/// The source of an entry, from which its freshness at any time follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// There is none.
    Unmounted,
    /// There is one, not measured yet.
    NeverMeasured,
    /// Its measurement is recent enough up to this time, seconds since 1970.
    MeasuredUntil(i64),
}

/// The contents of an entry that are searched, filtered and sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The entry.
    pub id: EntryId,
    /// The name.
    pub name: String,
    /// The abstract.
    pub summary: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's code.
    pub provider_code: String,
    /// The names of the items.
    pub items: Vec<String>,
    /// The values of all facets but [`Facet::City`] and [`Facet::Freshness`]. What they mean is the caller's.
    pub facets: Vec<(Facet, u32)>,
    /// The source.
    pub source: Source,
    /// Time of publication, seconds since 1970.
    pub published_at: i64,
}

impl Document {
    /// Returns the length of its texts in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let items: usize = self.items.iter().map(String::len).sum();
        let texts = [&self.name, &self.summary, &self.provider];
        let texts: usize = texts.into_iter().map(String::len).sum();
        texts + self.provider_code.len() + self.id.code.len() + items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_facets_are_read_back_as_they_were_written() {
        let id = EntryId {
            city: 430_100,
            code: "103001000003".to_owned(),
        };
        assert_eq!(id.to_string(), "430100:103001000003");
        assert_eq!(EntryId::parse(&id.to_string()), Some(id));
        for facet in Facet::ALL {
            let number = facet_number(*facet, u32::MAX);
            assert_eq!(facet_of(number), Some((*facet, u32::MAX)));
        }
        assert_eq!(facet_of(9 << 32), None);
    }
}
