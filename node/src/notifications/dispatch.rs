//! Delivers events to subscribers: one delivery of a subscription at a time, several subscriptions side by side.
//!
//! Events to be delivered are found by the positions of the feeds. A subscription rests until the logs grow, or until a
//! time; resting subscriptions are held in memory alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chengji_domain::calendar::local_date;
use chengji_domain::feed::{DeadLetter, EventPlace, Failing, Feed};
use chengji_domain::notification::{Channel, Subscribed, Subscription};
use chengji_domain::problem::Problem;
use chengji_domain::request::RequestId;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::Copies;
use chengji_messages::{Language, msg};
use chengji_proto::convert::{SubscriptionView, time_to};
use chengji_proto::v1;
use chengji_runtime::off_thread;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::feeds::{self, Batch, Reader};
use super::outlets::{Outlets, Pending, Webhook};
use super::resting::{Known, Rest, Resting};
use super::subscriptions::{self, MAX_IN_FORCE, Settled};
use crate::own_log::OwnLog;

/// Interval of the checks for events to deliver.
const INTERVAL: Duration = Duration::from_secs(1);
/// Pause after a failure of this node itself, and between looks at the hour of daily mails.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Maximum number of batches of a subscription in one turn.
const BATCHES: usize = 100;
/// Time after which a turn ends with the delivery under way: receivers that answer slowly leave room for others.
const LONGEST_TURN: Duration = Duration::from_secs(30);
/// Number of entries without an event after which the position of a feed is stored. Up to so many are read again
/// whenever a log grows.
const STORED_AFTER: u64 = 100;

/// The times since which the deliveries of each subscription fail, for the status. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct FeedHealth(Arc<Mutex<BTreeMap<RequestId, Timestamp>>>);

impl FeedHealth {
    fn failing(&self) -> MutexGuard<'_, BTreeMap<RequestId, Timestamp>> {
        // Each change of the map is complete, so a panic elsewhere cannot corrupt it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, number: RequestId, failing: Option<&Failing>) {
        match failing {
            Some(failing) => self.failing().insert(number, failing.since),
            None => self.failing().remove(&number),
        };
    }

    /// The state of all subscriptions; `None` if none fails.
    pub(crate) fn status(&self) -> Option<v1::NotificationStatus> {
        let failing = self.failing();
        let since = failing.values().min()?;
        Some(v1::NotificationStatus {
            failing: u32::try_from(failing.len()).unwrap_or(u32::MAX),
            since: Some(time_to(*since)),
        })
    }
}

/// Delivers events to subscribers. Clones share what rests and what fails.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    own: OwnLog,
    copies: Copies,
    outlets: Arc<Outlets>,
    health: FeedHealth,
    resting: Arc<Mutex<Resting>>,
}

impl Dispatcher {
    /// Delivers the events of a city's node by these outlets.
    pub(crate) fn new(own: OwnLog, outlets: Arc<Outlets>, health: FeedHealth) -> Self {
        let copies = Copies::new(Arc::clone(own.ledger.kv()));
        Self {
            own,
            copies,
            outlets,
            health,
            resting: Arc::default(),
        }
    }

    /// The outlets.
    pub(super) fn outlets(&self) -> &Outlets {
        &self.outlets
    }

    /// Refuses a further subscription where as many are in force as are served. Errors: `LIMIT_EXCEEDED`.
    pub(super) fn check_room(&self) -> Result<()> {
        let most = MAX_IN_FORCE;
        match self.resting().has_reached(most) {
            true => Err(Error::new(
                ErrorCode::LimitExceeded,
                msg::SubscriptionsOfAllTooMany { most },
            )),
            false => Ok(()),
        }
    }

    /// Has a subscription looked at, whatever it waits for: its feed was changed.
    pub(super) fn wake(&self, number: RequestId) {
        let mut resting = self.resting();
        resting.rests.remove(&number);
        resting.woken.insert(number);
        self.health.note(number, None);
    }

    fn resting(&self) -> MutexGuard<'_, Resting> {
        // Each change is complete, so a panic elsewhere cannot corrupt it.
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers until `stopped` turns true; deliveries under way then are repeated after the next start.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<bool>) {
        let delivering = async {
            let (mut ticks, mut turns) = (interval(INTERVAL), JoinSet::new());
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let (mut under_way, mut known) = (BTreeSet::new(), Known::default());
            loop {
                ticks.tick().await;
                while let Some(ended) = turns.try_join_next() {
                    if let Ok(number) = ended {
                        under_way.remove(&number);
                    }
                }
                // A turn that panicked does not say whose it was.
                if turns.is_empty() {
                    under_way.clear();
                }
                let due = self.due(&under_way, &mut known).await;
                let due = due.unwrap_or_else(|error| {
                    tracing::warn!("subscriptions cannot be read: {error}");
                    Vec::new()
                });
                for number in due {
                    under_way.insert(number);
                    let this = self.clone();
                    turns.spawn(async move {
                        this.turn(number).await;
                        number
                    });
                }
            }
        };
        tokio::select! {
            () = delivering => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }

    /// The next subscriptions that do not rest. They are read where the city's log has grown: each is a fact of it.
    async fn due(
        &self,
        under_way: &BTreeSet<RequestId>,
        known: &mut Known,
    ) -> Result<Vec<RequestId>> {
        let (own, length) = (self.own.clone(), known.length);
        let read = move || {
            let heads = feeds::heads(&own)?;
            let has_grown = length != Some(heads.0);
            let numbers = has_grown.then(|| subscriptions::in_force(own.ledger.kv().as_ref()));
            Ok((heads, numbers.transpose()?))
        };
        let (heads, numbers) = off_thread(read).await?;
        let (now, mut resting) = (self.own.now(), self.resting());
        if let Some(numbers) = numbers {
            known.numbers = numbers.into_iter().collect();
            known.length = Some(heads.0);
            resting.retain(&known.numbers);
        }
        Ok(resting.begin_turns(&known.numbers, under_way, (heads, now)))
    }

    async fn turn(&self, number: RequestId) {
        self.resting().woken.remove(&number);
        let (mut rest, end) = (Rest::None, Instant::now() + LONGEST_TURN);
        for _ in 0..BATCHES {
            rest = self.deliver(number, end).await.unwrap_or_else(|error| {
                tracing::warn!(subscription = %number, "the feed cannot be read: {error}");
                Rest::Until(later(self.own.now(), PAUSE))
            });
            if rest != Rest::None || Instant::now() >= end {
                break;
            }
        }
        let mut resting = self.resting();
        if !resting.woken.contains(&number) {
            resting.rests.insert(number, rest);
        }
    }

    /// Delivers the next events of a subscription, whose turn ends at this time.
    async fn deliver(&self, number: RequestId, end: Instant) -> Result<Rest> {
        let (own, now) = (self.own.clone(), self.own.now());
        let heads = feeds::heads(&own)?;
        let found = subscriptions::find(own.ledger.kv().as_ref(), number)?;
        let Some(SubscriptionView {
            subscription,
            feed: Some(feed),
        }) = found
        else {
            self.health.note(number, None);
            return Ok(Rest::Growth(heads));
        };
        if !feed.may_try(now) {
            self.health.note(number, feed.failing.as_ref());
            let next = feed.failing.as_ref().map_or(now, |failing| failing.next);
            return Ok(Rest::Until(next));
        }
        let day = self.mail_day(now);
        let is_daily = matches!(
            &subscription.subscribed.channel,
            Channel::Mail { daily: true, .. }
        );
        if is_daily && feed.mailed_on == Some(day) {
            return Ok(Rest::Until(later(now, PAUSE)));
        }
        let turn = Turn {
            dispatcher: self,
            number,
            now,
            end,
            daily: is_daily.then_some(day),
        };
        let read = feed.clone();
        let moved = off_thread(move || feeds::moved(&own, &read)).await?;
        if let Some(moved) = moved {
            turn.store(&feed, &moved, Settled::default()).await?;
            return Ok(Rest::None);
        }
        let Some(batch) = self.next(&subscription, &feed, now).await? else {
            self.end_of(number).await?;
            return Ok(Rest::Growth(heads));
        };
        let is_last = batch.is_last;
        let Subscribed { owner, channel, .. } = subscription.subscribed;
        let goes_on = match channel {
            Channel::Webhook { url, secret, form } => {
                let webhook = Webhook {
                    owner: &owner,
                    url: &url,
                    secret: &secret,
                    form,
                };
                turn.call(webhook, feed, batch).await?
            }
            Channel::Mail {
                address, language, ..
            } => turn.mail((address.as_str(), language), feed, batch).await?,
        };
        Ok(match goes_on && is_last {
            true => Rest::Growth(heads),
            false => Rest::None,
        })
    }

    /// Reads the next events; `None` if the subscriber may no longer subscribe.
    async fn next(
        &self,
        subscription: &Subscription,
        feed: &Feed,
        now: Timestamp,
    ) -> Result<Option<Batch>> {
        let (own, copies) = (self.own.clone(), self.copies.clone());
        let (subscribed, feed) = (subscription.subscribed.clone(), feed.clone());
        off_thread(move || {
            let kv = own.ledger.kv().as_ref();
            let reader = Reader::of(kv, &subscribed, now)?;
            let next = reader.map(|reader| feeds::next(&own, &copies, &reader, &feed));
            next.transpose()
        })
        .await
    }

    /// Ends the subscription of a person who may no longer subscribe, if it has not ended meanwhile.
    async fn end_of(&self, number: RequestId) -> Result<()> {
        let own = self.own.clone();
        let ended = self.own.ledger.write(move |tx| {
            let (by, at) = (own.node(), own.now());
            match subscriptions::find(tx, number)? {
                Some(SubscriptionView { subscription, .. }) if subscription.end.is_none() => {
                    subscriptions::end(&own, tx, (&by, at), subscription).map(drop)
                }
                Some(_) | None => Ok(()),
            }
        });
        ended.await?;
        self.health.note(number, None);
        tracing::info!(subscription = %number, "ended: the subscriber may not subscribe any more");
        Ok(())
    }

    /// The day whose daily mails are sent now: it begins at the hour of the settings.
    fn mail_day(&self, now: Timestamp) -> Date {
        let hour = i64::from(self.outlets.settings().daily_hour);
        let begun = now.checked_sub(SignedDuration::from_hours(hour));
        local_date(begun.unwrap_or(now))
    }
}

/// A turn of a subscription.
struct Turn<'d> {
    dispatcher: &'d Dispatcher,
    number: RequestId,
    now: Timestamp,
    /// Its end, after which no further delivery begins.
    end: Instant,
    /// The day of the daily mail; `None` for other deliveries.
    daily: Option<Date>,
}

impl Turn<'_> {
    /// Calls a webhook about the events, in order. Returns false where the feed does not go on: a call failed, the feed
    /// was changed meanwhile, or the turn is over.
    async fn call(&self, webhook: Webhook<'_>, feed: Feed, batch: Batch) -> Result<bool> {
        let (mut known, outlets) = (feed, self.dispatcher.outlets());
        let mut left = batch.events.as_slice();
        while !left.is_empty() {
            let now = self.dispatcher.own.now();
            let called = outlets.call_about(webhook, (self.number, now), left).await;
            let told = match called {
                Ok(told) => told,
                Err(error) => return self.fail(known, left, &error).await,
            };
            let delivered = left.get(..told).unwrap_or(left);
            left = left.get(told..).unwrap_or_default();
            let Some(feed) = self.pass(&known, delivered, now).await? else {
                return Ok(false);
            };
            known = feed;
            if Instant::now() >= self.end {
                return Ok(false);
            }
        }
        self.finish(known, &batch).await
    }

    /// Sends a mail about the events. Returns false where the feed does not go on.
    async fn mail(&self, receiver: (&str, Language), feed: Feed, batch: Batch) -> Result<bool> {
        let outlets = self.dispatcher.outlets();
        let sent = outlets.mail_about(receiver, self.number, &batch.events);
        if let Err(error) = sent.await {
            return self.fail(feed, &batch.events, &error).await;
        }
        if batch.events.is_empty() {
            return self.finish(feed, &batch).await;
        }
        match self.pass(&feed, &batch.events, self.now).await? {
            Some(after) => self.finish(after, &batch).await,
            None => Ok(false),
        }
    }

    /// Moves the feed past events that were delivered; `None` where it was changed meanwhile.
    async fn pass(
        &self,
        known: &Feed,
        delivered: &[Pending],
        now: Timestamp,
    ) -> Result<Option<Feed>> {
        let mut feed = known.clone();
        for pending in delivered {
            feed.pass(pending.place);
        }
        feed.deliver(delivered.len() as u64, now);
        let places = delivered.iter().map(|pending| pending.place);
        let settled = Settled {
            delivered: places.collect(),
            letters: Vec::new(),
        };
        let is_stored = self.store(known, &feed, settled).await?;
        Ok(is_stored.then_some(feed))
    }

    /// Moves the feed past the entries that are no events.
    async fn finish(&self, known: Feed, batch: &Batch) -> Result<bool> {
        let mut feed = known.clone();
        let after = &batch.after;
        (feed.own, feed.coordinator) = (after.own, after.coordinator);
        if batch.is_last {
            feed.mailed_on = self.daily.or(feed.mailed_on);
        }
        let passed = feed.own.abs_diff(known.own) + feed.coordinator.abs_diff(known.coordinator);
        let is_mailed = feed.mailed_on != known.mailed_on;
        if passed < STORED_AFTER && !is_mailed && batch.is_last {
            return Ok(true);
        }
        self.store(&known, &feed, Settled::default()).await
    }

    /// Records a failed delivery, and gives up the events whose time is over.
    async fn fail(&self, known: Feed, left: &[Pending], error: &Error) -> Result<bool> {
        let now = self.dispatcher.own.now();
        let retried_for = self.dispatcher.outlets().settings().retried_for;
        let mut feed = known.clone();
        let failing = feed.fail(Problem::from(error), now).clone();
        let given_up = left
            .iter()
            .take_while(|pending| failing.gives_up(pending.at, retried_for, now));
        let letter = |pending: &Pending| {
            let (kind, subject) = (pending.event.kind, pending.event.subject);
            let letter = failing.dead_letter(kind, subject, (pending.at, now));
            (pending.place, letter)
        };
        let letters: Vec<(EventPlace, DeadLetter)> = given_up.map(letter).collect();
        for (place, _) in &letters {
            feed.pass(*place);
        }
        feed.dead += letters.len() as u64;
        if failing.attempts == 1 || !letters.is_empty() {
            let (subscription, dead) = (self.number, letters.len());
            tracing::warn!(%subscription, dead, "a delivery failed: {error}");
        }
        let settled = Settled {
            delivered: Vec::new(),
            letters,
        };
        self.store(&known, &feed, settled).await?;
        Ok(false)
    }

    /// Stores the state of the feed. Returns false where it was changed meanwhile.
    async fn store(&self, known: &Feed, feed: &Feed, settled: Settled) -> Result<bool> {
        let (number, known, stored) = (self.number, known.clone(), feed.clone());
        let ledger = &self.dispatcher.own.ledger;
        let is_stored = ledger
            .write(move |tx| subscriptions::advance(tx, number, (&known, &stored), &settled))
            .await?;
        if is_stored {
            let failing = feed.failing.as_ref();
            self.dispatcher.health.note(number, failing);
        }
        Ok(is_stored)
    }
}

/// A time later by this pause.
fn later(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
