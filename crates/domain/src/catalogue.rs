//! The catalogue entry (政务信息资源目录): its fields, and the check that admits one.
//!
//! A [`Draft`] is any text in any field. [`Draft::check`] admits it as an [`Entry`] or lists everything
//! that is wrong. It runs when an entry is brought in, and decides once, at the publishing node.
//!
//! An [`Entry`] has the structure of one: codes, dates and terms are of their types. One that is read
//! back, from a log or a record, was admitted by the program that published it, by the rules of its time
//! or by none: its texts may be empty, too long or of any characters. Nothing may depend on the rules of
//! admission but the admission itself.

mod check;
mod comparison;
mod condition;
mod draft;
mod duty;
pub mod freshness;
mod items;
mod law;
pub mod lifecycle;
mod problem;
mod record;
mod signs;
pub mod statistics;
mod terms;
mod warnings;

use jiff::civil::Date;

pub use self::comparison::bare;
pub use self::draft::{Draft, DraftItem, Given};
pub use self::duty::Duty;
pub use self::problem::{FIELDS, Problem, field_zh};
pub use self::record::{Mount, Record, Withdrawal};
pub use self::signs::{Openness, Secrecy, SecurityLevel};
pub use self::terms::{
    AdministrativeLevel, FormatKind, ItemType, ShareClass, ShareManner, UpdateCycle,
};
pub use self::warnings::warnings;
use crate::resource::{Classification, ResourceCode};
use crate::uscc::Uscc;

/// A catalogue entry. The fields are those of the national guide (terms in Chinese in the contract's
/// `CatalogueEntry`). The ranges named here hold for entries that [`Draft::check`] admits. A secret
/// entry cannot be expressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Resource code, unique within the city.
    pub code: ResourceCode,
    /// Name, 1 to 200 characters.
    pub name: String,
    /// Classification path.
    pub classification: Classification,
    /// The department that owns the resource, 1 to 200 characters.
    pub provider: String,
    /// The department's credit code.
    pub provider_code: Uscc,
    /// What the resource is, 1 to 4,000 characters.
    pub summary: String,
    /// Formats, at least one.
    pub formats: Vec<Format>,
    /// Items; at least one where the resource is a table.
    pub items: Vec<Item>,
    /// Whether, on what condition and how it is shared.
    pub sharing: Sharing,
    /// Whether it is open to the public, and on what condition.
    pub opening: Option<String>,
    /// How often it is updated.
    pub update_cycle: UpdateCycle,
    /// When it was first published.
    pub published_on: Date,
    /// Related resources of the same city.
    pub related: Vec<ResourceCode>,
    /// Whose resource it is.
    pub level: AdministrativeLevel,
    /// Security level, 1 to 4.
    pub security_level: u8,
    /// Declared volume, used until there is a measured one.
    pub declared: Volume,
}

impl Entry {
    /// The share class.
    pub fn share_class(&self) -> ShareClass {
        self.sharing.class
    }

    /// The condition for class 2, the legal basis for class 3, nothing for class 1.
    pub fn share_condition(&self) -> &str {
        &self.sharing.condition
    }

    /// How it is shared; nothing for class 3.
    pub fn share_manner(&self) -> Option<ShareManner> {
        self.sharing.manner
    }
}

/// How an entry is shared, or an item that says so itself. An item is never stricter than its entry: an
/// entry is as strict as its strictest item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Its class.
    pub class: ShareClass,
    /// The condition for class 2; for class 3 the law, administrative regulation or State Council
    /// decision; at most 1,000 characters. Empty for class 1, and for an item where the entry's own
    /// counts.
    pub condition: String,
    /// How; none for class 3, and for an item where the entry's manner counts.
    pub manner: Option<ShareManner>,
}

/// A format and its subtype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The kind.
    pub kind: FormatKind,
    /// Subtype such as `csv`; may be empty.
    pub subtype: String,
}

/// An item of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Name, 1 to 100 characters.
    pub name: String,
    /// Data type.
    pub kind: ItemType,
    /// Length in characters or digits; 0 where it does not apply.
    pub length: u32,
    /// Where the item is shared otherwise than the entry says.
    pub sharing: Option<Sharing>,
}

/// A volume as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}
