//! The catalogue entry (政务信息资源目录): its fields, and its validation on admission.
//!
//! A [`Draft`] has any text in any field. [`Draft::check`] admits it as an [`Entry`] or lists all its
//! problems. It runs when an entry is submitted to its publishing node, and nowhere else.
//!
//! An [`Entry`] has a valid structure: its codes, dates and terms are typed. An entry read back from a log or
//! a record was admitted by the program that published it, by the rules of its time or by none: its texts may
//! be empty, too long or of any characters. Only the admission itself may depend on the rules of admission.

mod check;
mod comparison;
mod condition;
mod draft;
mod duty;
mod facet;
mod field_problem;
pub mod freshness;
mod items;
mod law;
pub mod lifecycle;
mod noted_change;
mod record;
mod region;
mod reminder;
mod running_grants;
mod signs;
pub mod statistics;
mod submission;
mod table_items;
mod terms;
mod tightening;
mod warnings;

use jiff::civil::Date;

pub use self::comparison::bare;
pub use self::draft::{Draft, DraftItem, Given};
pub use self::duty::Duty;
pub use self::facet::Facet;
pub use self::field_problem::{FIELDS, FieldProblem, heading};
pub use self::noted_change::NotedChange;
pub use self::record::{EntryRecord, Mount, Withdrawal};
pub use self::region::Region;
pub use self::reminder::{DueEntries, EntryAct, EntryReminder};
pub use self::running_grants::RunningGrants;
pub use self::signs::{Openness, Secrecy, SecurityLevel};
pub use self::submission::{Assessment, AssessmentOutcome, Papers, check_submission, lacking};
pub use self::table_items::{ItemDifference, drafted_items, item_differences};
pub use self::terms::{
    AdministrativeLevel, FormatKind, ItemType, ShareClass, ShareManner, UpdateCycle,
};
pub use self::tightening::{Tightening, is_shared_alike};
pub use self::warnings::warnings;
use crate::resource::{Classification, ResourceCode};
use crate::uscc::Uscc;

/// A catalogue entry. The fields are those of the national guide (Chinese terms in the contract's
/// `CatalogueEntry`). The ranges given here apply to entries admitted by [`Draft::check`]. A secret entry
/// cannot be represented.
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
    /// Abstract of the resource, 1 to 4,000 characters.
    pub summary: String,
    /// Formats, at least one.
    pub formats: Vec<Format>,
    /// Items; at least one if the resource is a table.
    pub items: Vec<Item>,
    /// Share class, condition and manner.
    pub sharing: Sharing,
    /// The uses (使用用途) that a conditional resource is shared for, at most 1,000 characters; empty for the other
    /// classes, and where none are recorded.
    pub share_uses: String,
    /// The reason (理由) that a resource of class 3 is not shared, at most 1,000 characters; empty for the other
    /// classes, and where none is recorded.
    pub share_reason: String,
    /// The condition of opening to the public; `None` if it is not open.
    pub opening: Option<String>,
    /// Update cycle.
    pub update_cycle: UpdateCycle,
    /// Date of first publication.
    pub published_on: Date,
    /// Related resources of the same city.
    pub related: Vec<ResourceCode>,
    /// The administrative level that the resource belongs to.
    pub level: AdministrativeLevel,
    /// Security level, 1 to 4.
    pub security_level: u8,
    /// Declared volume, used until a measured one exists.
    pub declared: Volume,
    /// The assessments and the consent that the department has recorded.
    pub papers: Papers,
    /// The region that the data may not leave; `None` without a limit.
    pub region: Option<Region>,
    /// True if a request needs the approval of the common superior authority (共同的上级主管部门) before it is routed.
    pub superior_approval: bool,
}

impl Entry {
    /// Returns the share class.
    pub fn share_class(&self) -> ShareClass {
        self.sharing.class
    }

    /// Returns the scope and other conditions for class 2, the legal basis for class 3, an empty text for class 1.
    pub fn share_condition(&self) -> &str {
        &self.sharing.condition
    }

    /// Returns the share manner; `None` for class 3.
    pub fn share_manner(&self) -> Option<ShareManner> {
        self.sharing.manner
    }
}

/// The sharing of an entry, or of an item that differs from it. An item is never stricter than its entry: an
/// entry is as strict as its strictest item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The share class.
    pub class: ShareClass,
    /// The scope (共享范围) and other conditions for class 2; for class 3 the law, administrative regulation or State
    /// Council decision; at most 1,000 characters. Empty for class 1, and for an item if the entry's own applies.
    pub condition: String,
    /// The share manner; `None` for class 3, and for an item if the entry's manner applies.
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
    /// Length in characters or digits; 0 if not applicable.
    pub length: u32,
    /// The item's own sharing, if it differs from the entry's.
    pub sharing: Option<Sharing>,
}

/// A volume, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}
