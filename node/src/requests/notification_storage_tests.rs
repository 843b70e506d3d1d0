//! The part of the data directory with subscriptions to notifications, their feeds and dead letters.

use std::cmp::Reverse;

use chengji_domain::event::EventKind;
use chengji_domain::feed::Feed;
use chengji_domain::notification::{
    Channel, Subscribed, Subscription, SubscriptionEnd, SubscriptionFact, Topic, Topics,
    WebhookForm,
};
use chengji_follow::next_time;
use chengji_messages::Language;

use super::*;
use crate::notifications::subscriptions::{DEAD_LETTERS, FEEDS, SUBSCRIPTIONS};

/// Adds them to a directory without any.
pub(super) async fn add_missing(ledger: &Ledger) {
    if kinds_of(ledger).contains("subscribed") {
        return;
    }
    let own = OwnLog {
        city: city(OWN),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let add = move |tx: &mut Tx<'_>| subscriptions(&own, tx);
    ledger.write(add).await.unwrap();
}

/// A subscription by webhook, whose deliveries fail, and one by mail, which has ended.
pub(super) fn subscriptions(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let webhook = Channel::Webhook {
        url: "https://oa.zhuzhou.example/hooks".to_owned(),
        secret: "oa".to_owned(),
        form: WebhookForm::CloudEvents,
    };
    let mail = Channel::Mail {
        address: "shen.pi@zhuzhou.example".to_owned(),
        daily: true,
        language: Language::Chinese,
    };
    let failing = begun(own, tx, webhook)?;
    let problem = Problem::new(
        ErrorCode::PeerUnavailable,
        msg::Text {
            text: "connection refused",
        },
    );
    let mut feed = Feed::begin(1, (0, 1));
    let failed = feed.fail(problem, now()).clone();
    feed.dead = 1;
    FEEDS.put(tx, &failing.number, &feed)?;
    let letter = failed.dead_letter(
        EventKind::DeadlinePassed,
        Some("430100-1-7-AAAAAAAAAAAAA".parse()?),
        (now(), now()),
    );
    DEAD_LETTERS.put(tx, &(failing.number, true, COORDINATOR, 7), &letter)?;

    let mut ended = begun(own, tx, mail)?;
    let by = ended.subscribed.owner.clone();
    let at = next_time(tx, now())?;
    ended.end(SubscriptionEnd { at, by: by.clone() })?;
    let fact = SubscriptionFact::Ended {
        subscription: ended.number,
    };
    own.append(tx, &by, at, CityFact::Notification(fact))?;
    SUBSCRIPTIONS.put(tx, &Reverse(ended.number), &ended)
}

fn begun(own: &OwnLog, tx: &mut Tx<'_>, channel: Channel) -> Result<Subscription> {
    let owner = person("shen.pi");
    let subscribed = Subscribed {
        owner: owner.clone(),
        channel,
        topics: Topics::Named([Topic::Requests, Topic::Deadlines].into()),
    };
    let at = next_time(tx, now())?;
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
    SUBSCRIPTIONS.put(tx, &Reverse(subscription.number), &subscription)?;
    Ok(subscription)
}
