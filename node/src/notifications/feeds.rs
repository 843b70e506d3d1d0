//! Reads the next events of a feed from the logs: by position, within bounds, and those alone that the subscriber may
//! see.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chengji_access::records::person;
use chengji_domain::access::{Rights, Role};
use chengji_domain::event::Event;
use chengji_domain::fact::LogOwner;
use chengji_domain::feed::{EventPlace, Feed};
use chengji_domain::matter::MatterKind;
use chengji_domain::notification::{Subscribed, Topic};
use chengji_domain::request::RequestId;
use chengji_domain::{Result, Uscc};
use chengji_follow::{CopiedEntry, Copies, current_copy, leaf_in, matter_table};
use chengji_proto::convert::{city_entry_from, cluster_entry_from};
use chengji_store::{View, log};
use jiff::Timestamp;

use super::outlets::Pending;
use crate::consent::proposals;
use crate::delegation::records::{self as delegations, DELEGATIONS};
use crate::matters::access;
use crate::own_log::OwnLog;
use crate::requests::departments::DEPARTMENTS;
use crate::succession::records::with_merged;

/// Maximum number of events that are read at once.
pub(super) const MAX_EVENTS: usize = 100;
/// Maximum numbers of entries of the own log, and of the copy of the coordinator's, that are read at once.
const MAX_ENTRIES: usize = 2_000;
const MAX_COPIED: usize = 500;
/// Maximum size of the entries of the own log that are read at once, bytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The roles of subscribers: those that may call `Subscribe`.
const SUBSCRIBERS: [Role; 6] = [
    Role::Publisher,
    Role::Reviewer,
    Role::Consumer,
    Role::Approver,
    Role::Consenter,
    Role::Authority,
];

/// The roles of subscribers that get events of entries, and of those for all, alone.
const OF_CATALOGUE: [Role; 2] = [Role::Publisher, Role::Reviewer];

/// The positions up to which the logs can be read: of the own log, and of the current copy of the coordinator's.
pub(super) type Heads = (u64, u32, u64);

/// The ends of the logs at this node.
pub(super) fn heads(own: &OwnLog) -> Result<Heads> {
    let kv = own.ledger.kv().as_ref();
    let copy = current_copy(kv, LogOwner::Coordinator)?;
    let (number, next) = copy.map_or((0, 0), |copy| (copy.number, copy.next));
    Ok((own.ledger.head().seq, number, next))
}

/// The next events of a feed.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    /// The events, those of the own log first.
    pub(super) events: Vec<Pending>,
    /// The feed after all of them, and after the entries between and behind them that are none.
    pub(super) after: Feed,
    /// True if nothing more can be read now.
    pub(super) is_last: bool,
}

/// A subscriber with its rights of now.
pub(super) struct Reader<'r> {
    /// The subscription.
    pub(super) subscribed: &'r Subscribed,
    /// The departments whose affairs it sees; `None` for all.
    departments: Option<BTreeSet<Uscc>>,
    /// Its rights.
    rights: Rights,
    /// The time.
    now: Timestamp,
}

impl<'r> Reader<'r> {
    /// The subscriber at this time; `None` if it may no longer subscribe.
    pub(super) fn of(
        view: &(impl View + ?Sized),
        subscribed: &'r Subscribed,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let found = person(view, &subscribed.owner)?;
        let Some(rights) = found.and_then(|person| person.current_rights().cloned()) else {
            return Ok(None);
        };
        let stand_ins = delegations::stand_ins(view, &subscribed.owner, now)?;
        let rights = with_merged(view, rights.standing_in(stand_ins))?;
        if !SUBSCRIBERS.iter().any(|role| rights.may_act_as(*role, now)) {
            return Ok(None);
        }
        Ok(Some(Self {
            subscribed,
            departments: rights.departments(now),
            rights,
            now,
        }))
    }

    /// Returns true if an event is one of the subscription, and the subscriber may see it.
    fn takes(&self, own: &OwnLog, event: &Event) -> Result<bool> {
        let view = own.ledger.kv().as_ref();
        let Some(topic) = event.kind.topic() else {
            return Ok(false);
        };
        if !self.subscribed.topics.contains(topic) {
            return Ok(false);
        }
        if event.is_for_all() {
            return Ok(true);
        }
        if let Some(entries) = event.entries {
            let (role, department) = (entries.act.role(), Some(entries.department));
            let acts_for = self.rights.acts_for(role, department, self.now);
            return Ok(acts_for.is_some());
        }
        if !self.has_part_in_requests() {
            return Ok(false);
        }
        if let Some(matter) = event.matter {
            return self.takes_part_in(own, matter);
        }
        match (topic, event.subject) {
            (Topic::Consent, Some(number)) => {
                let proposal = proposals::find(view, number)?;
                let department = proposal.and_then(|proposal| proposal.department);
                Ok(self.sees(department))
            }
            (Topic::Delegations, Some(number)) => {
                let delegation = DELEGATIONS.get(view, &Reverse(number))?;
                let owner = &self.subscribed.owner;
                Ok(delegation.is_some_and(|delegation| {
                    let concerned = [&delegation.delegated.from, &delegation.delegated.to];
                    concerned.contains(&owner)
                }))
            }
            (Topic::Requests | Topic::Deadlines | Topic::Deliveries, _) => {
                let concerned = event.request.map(|request| DEPARTMENTS.get(view, &request));
                let concerned = concerned.transpose()?.flatten();
                Ok(self.sees(concerned.map(|concerned| concerned.department)))
            }
            (Topic::Findings | Topic::Consent | Topic::Delegations | Topic::Matters, _) => {
                Ok(self.departments.is_none())
            }
        }
    }

    /// Returns true unless it acts on the catalogue alone.
    fn has_part_in_requests(&self) -> bool {
        let mut others = SUBSCRIBERS
            .iter()
            .filter(|role| !OF_CATALOGUE.contains(role));
        others.any(|role| self.rights.may_act_as(*role, self.now))
    }

    /// Returns true if the city has a part in a correction or a demand, and the subscriber sees it. A demand of which
    /// no department is named is one of all.
    fn takes_part_in(&self, own: &OwnLog, matter: RequestId) -> Result<bool> {
        let view = own.ledger.kv().as_ref();
        let Some(record) = matter_table::find(view, matter)? else {
            return Ok(false);
        };
        if record.party_of(own.city).is_none() && !record.was_assigned(own.city) {
            return Ok(false);
        }
        let department = access::department_of(own, view, &record)?;
        let is_of_any = record.kind() == MatterKind::Demand && department.is_none();
        Ok(is_of_any || self.sees(department))
    }

    fn sees(&self, department: Option<Uscc>) -> bool {
        match (&self.departments, department) {
            (None, _) => true,
            (Some(departments), Some(department)) => departments.contains(&department),
            (Some(_), None) => false,
        }
    }
}

/// Reads the next events of a feed.
pub(super) fn next(
    own: &OwnLog,
    copies: &Copies,
    reader: &Reader<'_>,
    feed: &Feed,
) -> Result<Batch> {
    let mut batch = Batch {
        events: Vec::new(),
        after: feed.clone(),
        is_last: true,
    };
    read_own(own, reader, &mut batch)?;
    read_coordinators(own, copies, reader, &mut batch)?;
    Ok(batch)
}

fn read_own(own: &OwnLog, reader: &Reader<'_>, batch: &mut Batch) -> Result<()> {
    let kv = own.ledger.kv().as_ref();
    let entries = log::entries(kv, batch.after.own, MAX_ENTRIES, MAX_BYTES)?;
    for (seq, entry) in &entries {
        if batch.events.len() == MAX_EVENTS {
            batch.is_last = false;
            return Ok(());
        }
        // The content of old reviews may have been removed; no event is made of it.
        if entry.has_body()
            && let Ok(entry) = city_entry_from(entry, own.city)
        {
            let at = RequestId {
                city: own.city,
                epoch: entry.epoch,
                seq: *seq,
            };
            let place = EventPlace {
                is_of_coordinator: false,
                epoch: entry.epoch,
                seq: *seq,
            };
            let event = Event::of_city(&entry.fact, at);
            add(own, reader, batch, (place, entry.at, event))?;
        }
        batch.after.own = seq + 1;
    }
    batch.is_last &= batch.after.own >= own.ledger.head().seq;
    Ok(())
}

fn read_coordinators(
    own: &OwnLog,
    copies: &Copies,
    reader: &Reader<'_>,
    batch: &mut Batch,
) -> Result<()> {
    let kv = own.ledger.kv().as_ref();
    let current = current_copy(kv, LogOwner::Coordinator)?;
    let Some(copy) = current.filter(|copy| copy.number == batch.after.copy) else {
        return Ok(());
    };
    let entries = copies.entries(&copy, batch.after.coordinator, MAX_COPIED)?;
    for (seq, copied) in entries {
        if batch.events.len() == MAX_EVENTS {
            batch.is_last = false;
            return Ok(());
        }
        // A damaged entry is fetched again, and read then.
        let CopiedEntry::Entry(entry) = copied else {
            return Ok(());
        };
        if entry.has_body()
            && let Ok(entry) = cluster_entry_from(&entry)
        {
            let place = EventPlace {
                is_of_coordinator: true,
                epoch: entry.epoch,
                seq,
            };
            let event = Event::of_cluster(&entry.fact, own.city);
            add(own, reader, batch, (place, entry.at, event))?;
        }
        batch.after.coordinator = seq + 1;
    }
    batch.is_last &= batch.after.coordinator >= copy.next;
    Ok(())
}

fn add(
    own: &OwnLog,
    reader: &Reader<'_>,
    batch: &mut Batch,
    (place, at, event): (EventPlace, Timestamp, Option<Event>),
) -> Result<()> {
    if let Some(event) = event
        && reader.takes(own, &event)?
    {
        batch.events.push(Pending { place, at, event });
    }
    Ok(())
}

/// The feed moved to the current copy of the coordinator's log, if it reads another one: to the first entry that the
/// copy it has read does not have, so that a log that is read anew is not reported again. `None` where nothing changes,
/// or as long as the current copy has not been read so far that this is known.
pub(super) fn moved(own: &OwnLog, feed: &Feed) -> Result<Option<Feed>> {
    let (kv, log) = (own.ledger.kv().as_ref(), LogOwner::Coordinator);
    let current = current_copy(kv, log)?;
    let Some(copy) = current.filter(|copy| copy.number != feed.copy) else {
        return Ok(None);
    };
    let is_common = |seq: u64| -> Result<bool> {
        let leaf = |number| leaf_in(kv, log, number, seq);
        Ok(leaf(feed.copy)? == leaf(copy.number)?)
    };
    // Entries of two copies are the same up to the first that differs, and none is after it: each names its epoch.
    let (mut common, mut end) = (0, feed.coordinator.min(copy.next));
    while common < end {
        let middle = common + (end - common) / 2;
        match is_common(middle)? {
            true => common = middle + 1,
            false => end = middle,
        }
    }
    let is_known = common < copy.next || common == feed.coordinator;
    Ok(is_known.then(|| Feed {
        copy: copy.number,
        coordinator: common,
        ..feed.clone()
    }))
}

#[cfg(test)]
#[path = "feeds_tests.rs"]
mod tests;
