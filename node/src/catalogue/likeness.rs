//! The traits by which an entry is recognized as a likely duplicate of another, in any notation, and the keys under
//! which published entries are found by them.

use chengji_domain::Uscc;
use chengji_domain::catalogue::{Entry, bare};
use sha2::{Digest as _, Sha256};

/// The kind of a likeness, and 16 bytes of the digest of its traits. A collision is practically impossible, and would
/// only cost a needless warning.
pub type Likeness = (u8, u64, u64);

const SAME_NAME: u8 = 1;
const SAME_ITEMS: u8 = 2;

/// The traits of an entry. A change of their notation needs a migration, which builds the index of likenesses.
pub struct Traits {
    provider: Uscc,
    name: String,
    items: Vec<String>,
}

impl Traits {
    /// The traits of this entry.
    pub fn of(entry: &Entry) -> Self {
        let items = entry.items.iter().map(|item| bare(&item.name));
        let mut items: Vec<String> = items.collect();
        items.sort_unstable();
        // A name of signs only is kept as it is.
        let plain = Some(bare(&entry.name)).filter(|plain| !plain.is_empty());
        Self {
            provider: entry.provider_code,
            name: plain.unwrap_or_else(|| entry.name.clone()),
            items,
        }
    }

    /// The likeness of entries of the same provider and name.
    pub fn same_name(&self) -> Likeness {
        likeness(SAME_NAME, [self.provider.to_string().as_str(), &self.name])
    }

    /// The likeness of entries with the same name and items; `None` without items.
    pub fn same_items(&self) -> Option<Likeness> {
        let items = self.items.iter().map(String::as_str);
        let traits = [self.name.as_str()].into_iter().chain(items);
        (!self.items.is_empty()).then(|| likeness(SAME_ITEMS, traits))
    }

    /// All likenesses.
    pub fn likenesses(&self) -> impl Iterator<Item = Likeness> {
        [Some(self.same_name()), self.same_items()]
            .into_iter()
            .flatten()
    }
}

fn likeness<'a>(kind: u8, traits: impl IntoIterator<Item = &'a str>) -> Likeness {
    let mut digest = Sha256::new();
    for text in traits {
        digest.update(text.as_bytes());
        // No text contains this byte, so different lists of texts have different bytes.
        digest.update([0xff]);
    }
    let digest = digest.finalize();
    let number = |bytes: &[u8]| {
        let mut number = [0; 8];
        number.copy_from_slice(bytes);
        u64::from_be_bytes(number)
    };
    (kind, number(&digest[..8]), number(&digest[8..16]))
}
