//! The tables of the roster. Each key begins with the number of the copy of the coordinator's log from
//! which the record is folded.

use chengji_domain::access::Serial;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::{CityCode, Principal};
use chengji_records::{
    StoredLogKey, StoredRevocation, StoredRosterHead, StoredRosterMember, StoredRosterPerson,
};
use chengji_store::{Index, Prefix, Table};
use jiff::Timestamp;

/// Members, by copy and city.
pub static MEMBERS: Table<(u32, CityCode), StoredRosterMember> =
    Table::new(Prefix::Member, &[&LEFT]);

/// Members by copy that have left the cluster by what is in effect, or by all facts.
pub static LEFT: Index<(u32,), (u32, CityCode), StoredRosterMember> = Index::new(
    &MEMBERS,
    Prefix::MemberLeft,
    "members that have left",
    |(copy, _), known| {
        let mut states = [&known.effective, &known.read].into_iter().flatten();
        let has_left = states.any(|known| known.status == MembershipStatus::Removed);
        has_left.then_some((*copy,)).into_iter().collect()
    },
);

/// The cluster's people, by copy and principal.
pub static PEOPLE: Table<(u32, Principal), StoredRosterPerson> =
    Table::new(Prefix::RosterPerson, &[]);

/// Certificates revoked before their end, by copy and serial.
pub static REVOKED: Table<(u32, Serial), StoredRevocation> =
    Table::new(Prefix::Revoked, &[&REVOKED_BY_END]);

/// Revoked certificates by copy and end.
pub static REVOKED_BY_END: Index<(u32, Timestamp), (u32, Serial), StoredRevocation> = Index::new(
    &REVOKED,
    Prefix::RevokedByEnd,
    "void certificates by their end",
    |(copy, _), not_after| vec![(*copy, *not_after)],
);

/// The keys of logs, by copy, owner (a city's number, 0 for the coordinator) and position of the fact that
/// names the key.
pub static LOG_KEYS: Table<(u32, u32, u64), StoredLogKey> = Table::new(Prefix::LogKey, &[]);

/// The roster as a whole: one record.
pub(super) static HEAD: Table<(), StoredRosterHead> = Table::new(Prefix::Roster, &[]);
