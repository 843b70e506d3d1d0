//! Takes up quarantined entries about the requests of a newly admitted city. Entries about requests of a city that is
//! not admitted yet wait within limits ([`crate::early_moves`]); further ones are quarantined. Before the log of that
//! city is read for the first time, the quarantined ones are added to those that wait, so that a coordinator that has
//! lost its roster recovers them. They also stay listed as quarantined.

use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::fact::{CityFact, LogOwner, Origin};
use chengji_domain::matter::MatterFact;
use chengji_domain::request::RequestId;
use chengji_domain::stop::StopTarget;
use chengji_domain::{CityCode, ErrorCode, Result};
use chengji_follow::{CopiedEntry, Copies, LogCopy, current_copy, last_set_aside};
use chengji_proto::convert::city_entry_from;
use chengji_runtime::off_thread;
use chengji_store::{Entry, KeyValue, Ledger, Tx};

use crate::{early_moves, retry};

/// Maximum number of quarantined entries of a member that are searched, the last ones: a member with many does not
/// delay the admission of others.
const MAX_SEARCHED: usize = 1_024;
/// Number of entries kept in one transaction; each is up to 64 KiB.
const PIECE: usize = 8;

/// Keeps the quarantined entries of all other members about requests of this city, if its log was never read; returns
/// their number.
async fn take_up(ledger: &Ledger, copies: &Copies, city: CityCode) -> Result<usize> {
    let kv = Arc::clone(ledger.kv());
    let others = off_thread(move || others_to_search(&*kv, city)).await?;
    let mut kept = 0;
    for (other, copy, aside) in others {
        for piece in aside.chunks(PIECE) {
            let (copies, piece) = (copies.clone(), piece.to_vec());
            let about = off_thread(move || about(&copies, (other, copy, &piece[..]), city)).await?;
            if about.is_empty() {
                continue;
            }
            let keep = move |tx: &mut Tx<'_>| keep(tx, other, &about);
            kept += ledger.write(keep).await?;
        }
    }
    Ok(kept)
}

/// The other members with quarantined entries, and the positions of the last of these; none once the city's log was
/// read.
fn others_to_search(
    kv: &dyn KeyValue,
    city: CityCode,
) -> Result<Vec<(CityCode, LogCopy, Vec<u64>)>> {
    let mut found = Vec::new();
    let read = current_copy(kv, LogOwner::City(city))?;
    if read.is_some_and(|copy| copy.next > 0) {
        return Ok(found);
    }
    roster::each_member(kv, |known| {
        let other = known.member.city;
        let log = LogOwner::City(other);
        let copy = current_copy(kv, log)?.filter(|_| other != city);
        if let Some(copy) = copy {
            let mut aside = last_set_aside(kv, log, MAX_SEARCHED)?;
            aside.reverse();
            found.push((other, copy, aside));
        }
        Ok(())
    })?;
    Ok(found)
}

/// The entries at these positions of another city's log that are about requests of the city.
fn about(
    copies: &Copies,
    (other, copy, positions): (CityCode, LogCopy, &[u64]),
    city: CityCode,
) -> Result<Vec<(RequestId, Origin, Entry)>> {
    let mut found = Vec::new();
    for seq in positions {
        let Some((_, CopiedEntry::Entry(entry))) = copies.entries(&copy, *seq, 1)?.pop() else {
            continue;
        };
        // Entries that cannot be read were quarantined for that reason.
        let Ok(read) = city_entry_from(&entry, other) else {
            continue;
        };
        let origin = Origin {
            epoch: read.epoch,
            seq: *seq,
        };
        if let Some(id) = subject(&read.fact).filter(|id| id.city == city) {
            found.push((id, origin, entry));
        }
    }
    Ok(found)
}

/// The request, the correction or the demand that an entry is about.
fn subject(fact: &CityFact) -> Option<RequestId> {
    match fact {
        CityFact::Moved { request, .. } => Some(*request),
        CityFact::Stop {
            target: StopTarget::Request(id),
            ..
        } => Some(*id),
        CityFact::Matter(fact) => match **fact {
            MatterFact::Moved { matter, .. } => Some(matter),
            MatterFact::Filed { .. } | MatterFact::RowsAttached { .. } => None,
        },
        _ => None,
    }
}

/// Keeps entries of a city; returns the number of those for which there is room.
fn keep(tx: &mut Tx<'_>, other: CityCode, entries: &[(RequestId, Origin, Entry)]) -> Result<usize> {
    let mut kept = 0;
    for (id, origin, entry) in entries {
        match early_moves::store(tx, *id, other, *origin, entry) {
            Ok(()) => kept += 1,
            Err(error) if error.code() == ErrorCode::LimitExceeded => {}
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

/// Takes them up, retrying until done.
pub async fn take_up_until_done(ledger: &Ledger, copies: &Copies, city: CityCode) {
    let failure = "quarantined entries about its requests are not taken up yet";
    let entries = retry::until_done(city, failure, || take_up(ledger, copies, city)).await;
    if entries > 0 {
        tracing::info!(%city, entries, "entries about its requests that were quarantined wait for them now");
    }
}

#[cfg(test)]
#[path = "taking_up_tests.rs"]
mod tests;
