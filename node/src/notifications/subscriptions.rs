//! The records of subscriptions, their feeds and their dead letters.

use std::cmp::Reverse;

use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::feed::{DeadLetter, EventPlace, Feed};
use chengji_domain::notification::{
    MAX_OF_PERSON, Subscribed, Subscription, SubscriptionEnd, SubscriptionFact,
};
use chengji_domain::request::RequestId;
use chengji_domain::{Epoch, Error, ErrorCode, Principal, Quoted, Result};
use chengji_follow::{current_copy, next_time};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{SubscriptionView, dead_letter_to, subscription_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{StoredDeadLetter, StoredFeed, StoredSubscription};
use chengji_store::{Index, Merged, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::own_log::OwnLog;

/// Maximum number of dead letters of a subscription that are kept; the first ones are removed.
const MAX_DEAD_LETTERS: u64 = 1_000;
/// Number of subscriptions in force at which no further one begins.
pub(super) const MAX_IN_FORCE: usize = 10_000;
/// Maximum number of subscriptions that are served: those that begin before the last ones were counted are served, too.
const MAX_SERVED: usize = MAX_IN_FORCE + 1_000;
/// Number of dead letters of an ended subscription that are removed at once.
const REMOVED_AT_ONCE: usize = 100;

/// Subscriptions, newest first.
pub(crate) static SUBSCRIPTIONS: Table<Reverse<RequestId>, StoredSubscription> =
    Table::new(Prefix::Subscription, &[&LISTS]);

/// Subscriptions by whether they have ended and by person, who is optional; newest first.
static LISTS: Index<(bool, Option<Principal>), Reverse<RequestId>, StoredSubscription> = Index::new(
    &SUBSCRIPTIONS,
    Prefix::SubscriptionList,
    "subscriptions by person",
    |_, subscription| {
        let has_ended = subscription.end.is_some();
        let owner = subscription.subscribed.owner.clone();
        vec![(has_ended, None), (has_ended, Some(owner))]
    },
);

/// The feeds of subscriptions in force.
pub(crate) static FEEDS: Table<RequestId, StoredFeed> = Table::new(Prefix::Feed, &[]);

/// Dead letters: by subscription, whether the log is the coordinator's, its epoch and the position.
pub(crate) static DEAD_LETTERS: Table<(RequestId, bool, Epoch, u64), StoredDeadLetter> =
    Table::new(Prefix::DeadLetter, &[]);

/// The numbers of the subscriptions in force, newest first.
pub(super) fn in_force(view: &(impl View + ?Sized)) -> Result<Vec<RequestId>> {
    let found = LISTS
        .under(&(false, None::<Principal>))
        .keys(view, MAX_SERVED)?;
    let numbers = found.rows.into_iter().map(|(_, Reverse(number))| number);
    Ok(numbers.collect())
}

/// Looks up a subscription with its feed.
pub(super) fn find(
    view: &(impl View + ?Sized),
    number: RequestId,
) -> Result<Option<SubscriptionView>> {
    let found = SUBSCRIPTIONS.get(view, &Reverse(number))?;
    let with_feed = found.map(|subscription| -> Result<SubscriptionView> {
        let feed = FEEDS.get(view, &number)?;
        Ok(SubscriptionView { subscription, feed })
    });
    with_feed.transpose()
}

/// Looks up a subscription of this person, or of anybody, by its number in full or short. Errors: `NOT_FOUND`.
pub(super) fn named(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    (owner, number): (Option<&Principal>, &str),
) -> Result<SubscriptionView> {
    let found = own.resolve(number)?.map(|number| find(view, number));
    let found = found.transpose()?.flatten();
    let is_of = |found: &SubscriptionView| {
        owner.is_none_or(|owner| *owner == found.subscription.subscribed.owner)
    };
    found.filter(is_of).ok_or_else(|| {
        let number = Quoted(number);
        Error::new(ErrorCode::NotFound, msg::SubscriptionNotFound { number })
    })
}

/// Records a subscription to events from now on. Errors: as of [`Subscribed::check`]; `LIMIT_EXCEEDED`.
pub(super) fn begin(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    subscribed: Subscribed,
    at: Timestamp,
) -> Result<SubscriptionView> {
    subscribed.check()?;
    let owner = subscribed.owner.clone();
    let of_owner = LISTS.under(&(false, Some(owner.clone())));
    if of_owner.count(tx, MAX_OF_PERSON)? == MAX_OF_PERSON {
        let message = msg::SubscriptionsTooMany {
            most: MAX_OF_PERSON,
            who: &owner,
        };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let at = next_time(tx, at)?;
    let fact = SubscriptionFact::Begun(subscribed.clone());
    let position = own.append(tx, &owner, at, CityFact::Notification(fact))?;
    let subscription = Subscription {
        number: RequestId {
            city: own.city,
            epoch: position.epoch,
            seq: position.seq,
        },
        subscribed,
        at,
        end: None,
    };
    let copy = current_copy(tx, LogOwner::Coordinator)?;
    let copy = copy.map_or((0, 0), |copy| (copy.number, copy.next));
    let feed = Feed::begin(position.seq + 1, copy);
    SUBSCRIPTIONS.put(tx, &Reverse(subscription.number), &subscription)?;
    FEEDS.put(tx, &subscription.number, &feed)?;
    let feed = Some(feed);
    Ok(SubscriptionView { subscription, feed })
}

/// Ends a subscription and removes its dead letters, which nobody can have delivered again. Errors: `OUT_OF_TURN`
/// where it has ended.
pub(super) fn end(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, at): (&Principal, Timestamp),
    mut subscription: Subscription,
) -> Result<SubscriptionView> {
    let (number, at) = (subscription.number, next_time(tx, at)?);
    subscription.end(SubscriptionEnd { at, by: by.clone() })?;
    let fact = SubscriptionFact::Ended {
        subscription: number,
    };
    own.append(tx, by, at, CityFact::Notification(fact))?;
    SUBSCRIPTIONS.put(tx, &Reverse(number), &subscription)?;
    FEEDS.delete(tx, &number)?;
    let mut left = Some(DEAD_LETTERS.under(&(number,)));
    while let Some(span) = left {
        let page = span.keys(tx, REMOVED_AT_ONCE)?;
        left = page.rest;
        for (key, _) in page.rows {
            DEAD_LETTERS.delete(tx, &key)?;
        }
    }
    let feed = None;
    Ok(SubscriptionView { subscription, feed })
}

/// Has the events from a position of a log on delivered again. Errors: `OUT_OF_TURN` where the subscription has ended;
/// `POSITION_UNKNOWN` after the end of the log.
pub(super) fn replay(
    tx: &mut Tx<'_>,
    view: SubscriptionView,
    (of_coordinator, from): (bool, u64),
) -> Result<SubscriptionView> {
    let SubscriptionView { subscription, feed } = view;
    subscription.check_in_force()?;
    let (number, own_end) = (subscription.number, tx.next().seq);
    let mut feed = feed.unwrap_or_else(|| Feed::begin(own_end, (0, 0)));
    let end = match of_coordinator {
        true => {
            let copy = current_copy(tx, LogOwner::Coordinator)?;
            let copy = copy.map_or((0, 0), |copy| (copy.number, copy.next));
            (feed.copy, feed.coordinator) = (copy.0, from);
            copy.1
        }
        false => {
            feed.own = from;
            own_end
        }
    };
    if from > end {
        let message = msg::ReplayAfterEnd { end, from };
        return Err(Error::new(ErrorCode::PositionUnknown, message));
    }
    feed.failing = None;
    FEEDS.put(tx, &number, &feed)?;
    let feed = Some(feed);
    Ok(SubscriptionView { subscription, feed })
}

/// The outcome of deliveries.
#[derive(Clone, Debug, Default)]
pub(super) struct Settled {
    /// Those that were delivered; they are no longer dead letters.
    pub(super) delivered: Vec<EventPlace>,
    /// Those that were given up.
    pub(super) letters: Vec<(EventPlace, DeadLetter)>,
}

/// Stores the state of a feed with the outcome of its events, if it is still as it was read: returns false if it was
/// replayed or has ended meanwhile.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    number: RequestId,
    (read, feed): (&Feed, &Feed),
    settled: &Settled,
) -> Result<bool> {
    let stored = FEEDS.get(tx, &number)?;
    if stored.is_none_or(|stored| !stored.is_at(read)) {
        return Ok(false);
    }
    let key = |place: &EventPlace| (number, place.is_of_coordinator, place.epoch, place.seq);
    for place in settled.delivered.iter().filter(|_| feed.dead > 0) {
        DEAD_LETTERS.delete(tx, &key(place))?;
    }
    let letters = &settled.letters;
    for (place, letter) in letters {
        DEAD_LETTERS.put(tx, &key(place), letter)?;
    }
    let too_many = feed.dead.saturating_sub(MAX_DEAD_LETTERS);
    for _ in 0..too_many.min(letters.len() as u64) {
        if let Some((first, _)) = DEAD_LETTERS.under(&(number,)).first(tx)? {
            DEAD_LETTERS.delete(tx, &first)?;
        }
    }
    FEEDS.put(tx, &number, feed)?;
    Ok(true)
}

/// A page of subscriptions, newest first: those of this person, or all.
pub(super) fn page(
    view: &(impl View + ?Sized),
    asked: &v1::ListSubscriptionsRequest,
    owner: Option<&Principal>,
) -> Result<Page<v1::Subscription>> {
    let pager = Pager::<Reverse<RequestId>>::of(asked)?;
    let states = [false, true].into_iter().take(1 + usize::from(asked.ended));
    let spans = states.map(|has_ended| {
        let key = (has_ended, owner.cloned());
        let span = LISTS.under(&key);
        match pager.after() {
            Some(after) => span.after(&key, after),
            None => span,
        }
    });
    let merged = Merged::new(view, spans, pager.at_once(), |_, number| *number);
    let rows = merged.map(|row| row.map(|(_, number)| (number, ())));
    pager.fill(rows, |Reverse(number), ()| {
        let found = find(view, *number)?;
        Ok(found.as_ref().map(subscription_to))
    })
}

/// A page of the dead letters of a subscription, by position.
pub(super) fn letters(
    view: &(impl View + ?Sized),
    asked: &v1::ListDeadLettersRequest,
    number: RequestId,
) -> Result<Page<v1::DeadLetter>> {
    let pager = Pager::<(RequestId, bool, Epoch, u64)>::of(asked)?;
    let span = DEAD_LETTERS.under(&(number,));
    let span = match pager.after() {
        Some(after) => span.after(after),
        None => span,
    };
    pager.fill(span.rows(view, pager.at_once()), |key, letter| {
        let (_, is_of_coordinator, epoch, seq) = *key;
        let log = match is_of_coordinator {
            true => LogOwner::Coordinator,
            false => LogOwner::City(number.city),
        };
        let place = EventPlace {
            is_of_coordinator,
            epoch,
            seq,
        };
        Ok(Some(dead_letter_to(log, place, &letter)))
    })
}
