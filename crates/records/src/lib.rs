//! Stored records: the messages of `chengji.store.v1`, and a codec for each record that converts it from and
//! to domain types.
//!
//! Stored messages are defined apart from the messages of the contract: they may embed facts
//! (`chengji.log.v1`) but nothing else. Only a codec encodes or decodes them. An incomplete or malformed
//! record is an error, never a default; the reader of a table adds the table and the key to the error.

mod access;
mod adoption;
mod catalogue;
mod consent;
mod coordinator;
mod default_scope;
mod delivery;
mod follow;
mod grant_rule;
mod lifecycle;
mod matter;
mod mount;
mod notification;
mod probe;
mod rate;
mod request;
mod return_flow;
mod roster;
mod rules;
mod salt;
#[cfg(test)]
mod strategies;
mod succession;
mod usage;

use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message as Text, Value, msg};
use chengji_proto::convert::{problem_from, problem_to};
use prost::Message;

pub use self::access::{
    CoordinatorHeard, StoredAuditEntry, StoredCertificate, StoredHeard, StoredInvitation,
    StoredPerson,
};
pub use self::adoption::StoredAdoption;
pub use self::catalogue::{
    ImportUnderWay, Piece, StoredImport, StoredPiece, StoredRecord, StoredRevision, content_of,
};
pub use self::consent::{
    OfDepartment, StoredDelegation, StoredOfDepartment, StoredProposal, StoredStandingConsent,
};
pub use self::coordinator::{
    Arrival, ChangedEntries, CityUse, MonthUse, SpentBudgets, StoredArrival, StoredChangedEntries,
    StoredCityUse, StoredLastChange, StoredMonthUse, StoredSealPlace, StoredTime,
};
pub use self::default_scope::StoredDefaultScope;
pub use self::delivery::{StoredReceipt, StoredTransfer};
pub use self::follow::{
    EndedCopy, FollowedPosition, Quarantined, StoredAlarm, StoredEndedCopy, StoredFollowedPosition,
    StoredPosition, StoredQuarantined,
};
pub use self::grant_rule::StoredGrantRule;
pub use self::lifecycle::{StoredLifecycle, StoredStep, entry_act_number, entry_state_number};
pub use self::matter::{NotedCorrection, StoredMatter, StoredNotedCorrection, matter_state_number};
pub use self::mount::{MountRecord, MountedFile, MountedSource, MountedTable, StoredSource};
pub use self::notification::{StoredDeadLetter, StoredFeed, StoredSubscription};
pub use self::probe::StoredProbe;
pub use self::rate::{RateSnapshot, StoredRateSnapshot, StoredRateSnapshotPart};
pub use self::request::{
    AutomaticGrants, StoredAutomaticGrants, StoredEarlyEntry, StoredRequest, StoredStops,
    StoredSubmitted, state_number,
};
pub use self::return_flow::StoredReturnFlow;
pub use self::roster::{
    RosterHead, RosterInForce, StoredLogKey, StoredRevocation, StoredRosterHead,
    StoredRosterMember, StoredRosterPerson,
};
pub use self::rules::StoredRules;
pub use self::salt::{GrantSalt, StoredGrantSalt};
pub use self::succession::StoredSuccession;
pub use self::usage::{
    StoredCountedFetch, StoredGrantUse, StoredUsageRecord, StoredUsageState, StoredVouchedFetch,
    UsageState, VouchedFetch,
};

/// The generated types of `chengji/store/v1`; documented in the .proto files.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all)]
mod v1 {
    include!(concat!(env!("OUT_DIR"), "/chengji.store.v1.rs"));
}

/// The code of a message in prose.
const PROSE: &str = "text";

/// Decodes a stored message.
fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|cause| {
        let cause = Value::text(cause);
        damaged(msg::RecordNotDecodable { cause })
    })
}

/// Returns a mandatory field, or the error that it is missing.
fn required<T>(value: Option<T>, field: &str) -> Result<T> {
    value.ok_or_else(|| damaged(msg::FieldAbsent { field }))
}

/// A reason as it is stored: prose, as older records have it, or the message of the catalogue.
type StoredReason = (String, Option<chengji_log::v1::Problem>);

/// Converts a reason to its stored form, as a problem of this code.
fn reason_to(code: ErrorCode, reason: &Text) -> StoredReason {
    match reason.param(Text::TEXT) {
        Some(Value::Text(text)) if reason.code() == PROSE => (text.clone(), None),
        _ => {
            let problem = Problem::new(code, reason.clone());
            (String::new(), Some(problem_to(&problem)))
        }
    }
}

/// Converts a stored reason.
fn reason_from((text, problem): StoredReason) -> Result<Text> {
    match problem {
        Some(problem) => Ok(problem_from(Some(&problem))?.message),
        None => Ok(msg::Text { text }.into()),
    }
}

fn damaged(message: impl Into<Text>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}
