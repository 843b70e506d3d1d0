//! The catalogue entry (政务信息资源目录): its fields, and the check that makes one.
//!
//! A [`Draft`] is what somebody wrote: any text in any field. [`Draft::check`] makes an [`Entry`]
//! of it or says everything that is wrong. There is no other way to an [`Entry`], so whoever holds
//! one holds a valid one.

mod check;
mod condition;
mod doubts;
mod draft;
mod duty;
pub mod freshness;
mod items;
mod law;
pub mod life;
mod problem;
mod signs;
pub mod statistics;
mod terms;

use jiff::civil::Date;

pub use self::doubts::{bare, doubts};
pub use self::draft::{Draft, DraftItem, Given};
pub use self::duty::Duty;
pub use self::problem::{FIELDS, Problem, field_zh};
pub use self::signs::{Openness, Secrecy, SecurityLevel};
pub use self::terms::{
    AdministrativeLevel, FormatKind, ItemType, ShareClass, ShareManner, UpdateCycle,
};
use crate::resource::{Classification, ResourceCode};
use crate::uscc::Uscc;

/// A valid catalogue entry. The fields are those of the national guide (DOMAIN terms in Chinese in
/// the contract's `CatalogueEntry`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
        match self.sharing {
            Sharing::Unconditional { .. } => ShareClass::Unconditional,
            Sharing::Conditional { .. } => ShareClass::Conditional,
            Sharing::NotShared { .. } => ShareClass::NotShared,
        }
    }

    /// The condition for class 2, the legal basis for class 3, nothing for class 1.
    pub fn share_condition(&self) -> &str {
        match &self.sharing {
            Sharing::Unconditional { .. } => "",
            Sharing::Conditional { condition, .. } => condition,
            Sharing::NotShared { legal_basis } => legal_basis,
        }
    }

    /// How it is shared; nothing for class 3.
    pub fn share_manner(&self) -> Option<ShareManner> {
        match self.sharing {
            Sharing::Unconditional { manner } | Sharing::Conditional { manner, .. } => Some(manner),
            Sharing::NotShared { .. } => None,
        }
    }
}

/// Share class, condition and manner, in the combinations there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Class 1.
    Unconditional {
        /// How.
        manner: ShareManner,
    },
    /// Class 2.
    Conditional {
        /// On what condition, 1 to 1,000 characters.
        condition: String,
        /// How.
        manner: ShareManner,
    },
    /// Class 3.
    NotShared {
        /// The law, administrative regulation or State Council decision, 1 to 1,000 characters.
        legal_basis: String,
    },
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
    pub sharing: Option<ItemSharing>,
}

/// How an item is shared, where it says so itself. It is never stricter than its entry: an entry is
/// as strict as its strictest item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSharing {
    /// Its class.
    pub class: ShareClass,
    /// The condition for class 2, the legal basis for class 3, at most 1,000 characters; empty
    /// where the entry's own counts.
    pub condition: String,
    /// How; none where the entry's manner counts, and for class 3.
    pub manner: Option<ShareManner>,
}

/// A volume as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}
