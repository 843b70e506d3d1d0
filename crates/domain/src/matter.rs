//! Matters between cities beside requests: corrections of received data (校核, Order 809, art. 26), and demands for data
//! that no catalogue holds (供需对接, art. 20).
//!
//! A [`MatterRecord`] is the filing and the moves in the coordinator's order. A [`Matter`] is the resulting state: the
//! fold of the moves, one type per state. The number of a matter is the position of its filing, as that of a request.

mod answer;
mod moves;
mod out_of_turn;
mod record;
mod shown;
mod state_name;
mod states;

use std::collections::BTreeSet;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

pub use self::answer::MatterAnswer;
pub use self::moves::{MatterMove, MatterMoveKind, MatterStep};
pub use self::out_of_turn::MatterOutOfTurn;
pub use self::record::{MatterRecord, MatterReminder, RefusedMatterMove};
pub use self::state_name::MatterState;
pub use self::states::Matter;
use crate::calendar::Deadline;
use crate::catalogue::{EntryRecord, UpdateCycle};
use crate::city::CityCode;
use crate::digest::Digest;
use crate::error::{Error, ErrorCode, Result, Violation};
use crate::field::Field;
use crate::log_entry::Audience;
use crate::origin::Origin;
use crate::problem::Problem;
use crate::request::{Actor, RequestId, violations_to_result};
use crate::resource::ResourceRef;
use crate::text::TextRule;
use crate::uscc::Uscc;

/// The kind of a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatterKind {
    /// A correction of received data.
    Correction,
    /// A demand for data that no catalogue holds.
    Demand,
}

impl MatterKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Correction, Self::Demand];

    /// Returns its name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Correction => msg::MatterKindCorrection.into(),
            Self::Demand => msg::MatterKindDemand.into(),
        }
    }

    /// Returns its name in the text form; pinned.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Demand => "demand",
        }
    }

    /// Returns its number in keys; pinned.
    pub fn number(self) -> u32 {
        match self {
            Self::Correction => 1,
            Self::Demand => 2,
        }
    }
}

/// A filing of a consumer city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filing {
    /// A correction.
    Correction(CorrectionFiling),
    /// A demand.
    Demand(DemandFiling),
}

/// An error that a consumer found in data of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionFiling {
    /// The entry, of the provider.
    pub resource: ResourceRef,
    /// The request under whose grant the data was received.
    pub request: RequestId,
    /// The revision of the entry that was received; 0 if nothing was received yet.
    pub revision: u32,
    /// Digest of the received content; `None` if nothing was received yet.
    pub content: Option<Digest>,
    /// The fields with errors.
    pub fields: Vec<String>,
    /// The error, in words.
    pub problem: String,
    /// The attached rows; `None` without any.
    pub rows: Option<AttachedRows>,
    /// The consumer's department; `None` if the city files it as a whole.
    pub department: Option<Uscc>,
}

impl CorrectionFiling {
    /// Returns true if this state of the entry corrects what was received: it has a later revision, or its source has
    /// another content. If nothing was received, the entry was published or measured after the filing.
    pub fn is_corrected_in(&self, known: &EntryRecord, filed_at: Timestamp) -> bool {
        let measured = known.mount.as_ref().and_then(|mount| mount.measurement);
        match self.content {
            Some(received) => {
                let is_other = measured.is_some_and(|measured| measured.digest != received);
                known.revision > self.revision || is_other
            }
            None => {
                let is_measured = measured.is_some_and(|measured| measured.at > filed_at);
                known.published_at > filed_at || is_measured
            }
        }
    }
}

/// Rows attached to a correction: where they are in the consumer's log, and what verifies them. The text itself is read
/// by the two cities alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachedRows {
    /// Position of the rows in the consumer's log, in the epoch of the filing.
    pub seq: u64,
    /// Length of the text, bytes.
    pub bytes: u32,
    /// SHA-256 of the text.
    pub digest: Digest,
}

/// Data that a consumer needs and finds in no catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandFiling {
    /// Name of the data.
    pub name: String,
    /// The fields wanted.
    pub fields: Vec<String>,
    /// Purpose of use.
    pub purpose: String,
    /// Legal basis of the need.
    pub legal_basis: String,
    /// The update cycle that is needed.
    pub cycle: UpdateCycle,
    /// The demanding department; `None` if the city files it as a whole.
    pub department: Option<Uscc>,
}

/// Maximum length of the rows attached to a correction, bytes.
pub const MAX_ROWS: usize = 16 * 1024;

/// Maximum number of fields that a filing names.
pub const MAX_FIELDS: usize = 32;

/// Maximum length of a name, of a field and of demanded data, characters.
pub const MAX_NAME: usize = 100;

/// The rule of a name.
const NAME: TextRule = TextRule::line(1, MAX_NAME);
/// The rule of a text that must not be empty.
pub(crate) const REQUIRED: TextRule = TextRule::lines(1, 500);
/// The rule of a text that may be empty.
pub(crate) const OPTIONAL: TextRule = TextRule::lines(0, 500);

impl Filing {
    /// Returns the kind of the matter.
    pub fn kind(&self) -> MatterKind {
        match self {
            Self::Correction(_) => MatterKind::Correction,
            Self::Demand(_) => MatterKind::Demand,
        }
    }

    /// Returns the department that files it; `None` if the city does as a whole.
    pub fn department(&self) -> Option<Uscc> {
        match self {
            Self::Correction(filing) => filing.department,
            Self::Demand(filing) => filing.department,
        }
    }

    /// Refuses texts that may not be recorded, and too many fields or none; the error lists all mistakes.
    pub fn check(&self) -> Result<()> {
        let (fields, texts) = match self {
            Self::Correction(filing) => (
                &filing.fields,
                vec![(Field::Text, &filing.problem, REQUIRED)],
            ),
            Self::Demand(filing) => (
                &filing.fields,
                vec![
                    (Field::Name, &filing.name, NAME),
                    (Field::Purpose, &filing.purpose, REQUIRED),
                    (Field::LegalBasis, &filing.legal_basis, REQUIRED),
                ],
            ),
        };
        let mut violations: Vec<_> = texts
            .iter()
            .filter_map(|(field, text, rule)| rule.violation(*field, text))
            .collect();
        if !(1..=MAX_FIELDS).contains(&fields.len()) {
            let (count, most) = (fields.len(), MAX_FIELDS);
            let problem = msg::MatterFieldsOutOfRange { count, most };
            violations.push(Violation::new(Field::Items, problem));
        }
        let names = fields.iter().take(MAX_FIELDS);
        violations.extend(names.filter_map(|name| NAME.violation(Field::Items, name)));
        violations_to_result(violations, |fields| msg::MatterNotValid { fields }.into())
    }
}

/// Refuses rows that may not be attached: none, more than 16 KiB, or other characters than those of a text.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub fn check_rows(rows: &str) -> Result<()> {
    let (bytes, most) = (rows.len(), MAX_ROWS);
    if bytes > most {
        let message = msg::CorrectionRowsTooLarge { bytes, most };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    TextRule::lines(1, MAX_ROWS).check(Field::Row, rows)
}

/// A fact about matters in a city's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatterFact {
    /// Rows of a correction, for the two cities alone.
    RowsAttached {
        /// The provider.
        provider: CityCode,
        /// The rows.
        rows: String,
    },
    /// A correction or a demand. Its number is derived from the position of this entry.
    Filed {
        /// The content.
        filing: Filing,
        /// The actor.
        actor: Actor,
    },
    /// A move.
    Moved {
        /// The matter.
        matter: RequestId,
        /// The move; its time is the entry's.
        mv: MatterMove,
        /// The actor.
        actor: Actor,
    },
}

impl MatterFact {
    /// Returns the audience of the fact's entry.
    pub fn audience(&self) -> Audience {
        match self {
            Self::RowsAttached { provider, .. } => Audience::of_cities([*provider]),
            Self::Filed { .. } | Self::Moved { .. } => Audience::Coordinator,
        }
    }

    /// Returns the actor; `None` for attached rows, whose filing names it.
    pub fn actor(&self) -> Option<&Actor> {
        match self {
            Self::RowsAttached { .. } => None,
            Self::Filed { actor, .. } | Self::Moved { actor, .. } => Some(actor),
        }
    }
}

/// A fact about matters in the coordinator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatterEvent {
    /// A matter arrived.
    Opened {
        /// Its number.
        matter: RequestId,
        /// The content.
        filing: Box<Filing>,
        /// The actor of the filing.
        filed_by: Actor,
        /// Time of the filing.
        filed_at: Timestamp,
        /// The coordinator's first move.
        step: MatterStep,
    },
    /// The next move of a matter, in the order that is authoritative.
    Ordered {
        /// The matter.
        matter: RequestId,
        /// The provider of a corrected entry; `None` for a demand, which all members read.
        provider: Option<CityCode>,
        /// The move.
        step: MatterStep,
        /// Its position in the log of the city that made it; `None` for the coordinator's own.
        origin: Option<Origin>,
    },
    /// A move that was invalid on arrival.
    Refused {
        /// The matter.
        matter: RequestId,
        /// The city that made the move.
        city: CityCode,
        /// The move.
        step: MatterStep,
        /// Its position in that city's log.
        origin: Origin,
        /// The reason.
        problem: Problem,
    },
    /// A deadline is near or has passed.
    Reminded {
        /// The matter.
        matter: RequestId,
        /// The city whose answer is due.
        city: CityCode,
        /// The deadline.
        deadline: Deadline,
        /// True if it has passed.
        overdue: bool,
    },
    /// Cities that received a revision are notified of its correction.
    Told(CorrectionNotice),
}

/// The notice of a correction to the cities that received the corrected revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorrectionNotice {
    /// The correction.
    pub correction: RequestId,
    /// The corrected entry.
    pub resource: ResourceRef,
    /// The revision that had the error.
    pub revision: u32,
    /// The corrected revision; the same one if the source was corrected and measured again.
    pub corrected: u32,
    /// The fields concerned.
    pub fields: Vec<String>,
    /// The provider's note.
    pub note: String,
    /// The notified cities.
    pub cities: BTreeSet<CityCode>,
}

impl MatterEvent {
    /// Returns the audience of the fact's entry: of a demand all members, as its list is open to the cluster.
    pub fn audience(&self) -> Audience {
        match self {
            Self::Opened { matter, filing, .. } => match &**filing {
                Filing::Correction(filing) => {
                    Audience::of_cities([matter.city, filing.resource.city])
                }
                Filing::Demand(_) => Audience::Members,
            },
            Self::Ordered {
                matter, provider, ..
            } => match provider {
                Some(provider) => Audience::of_cities([matter.city, *provider]),
                None => Audience::Members,
            },
            Self::Refused { city, .. } => Audience::of_cities([*city]),
            Self::Reminded { matter, city, .. } => Audience::of_cities([matter.city, *city]),
            Self::Told(notice) => Audience::of_cities(notice.cities.iter().copied()),
        }
    }
}

#[cfg(test)]
#[path = "matter/filing_tests.rs"]
mod filing_tests;

#[cfg(test)]
#[path = "matter/table_tests.rs"]
mod table_tests;
