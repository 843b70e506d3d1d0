//! Counts the keys that calls about notifications read.

use std::cmp::Reverse;
use std::sync::Arc;

use chengji_domain::event::EventKind;
use chengji_domain::feed::Feed;
use chengji_domain::notification::{Channel, Subscription, Topic, Topics};
use chengji_domain::problem::Problem;
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Epoch, ErrorCode};
use chengji_messages::{Language, msg};
use chengji_store::{CountingStore, Ledger, MemoryStore};
use jiff::SignedDuration;

use super::*;
use crate::notifications::dispatch::FeedHealth;
use crate::notifications::outlets::Outlets;
use crate::notifications::settings::{MailSecurity, MailServer, NotificationSettings};
use crate::notifications::subscriptions::{DEAD_LETTERS, FEEDS, SUBSCRIPTIONS};
use crate::read_counts::{KeysRead, check, page};

/// Number of records that are written in one transaction.
const AT_ONCE: u64 = 500;

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn city() -> CityCode {
    "430200".parse().unwrap()
}

fn person(name: &str) -> Principal {
    format!("city/430200/person/{name}").parse().unwrap()
}

fn channel() -> Channel {
    Channel::Mail {
        address: "a@zhuzhou.example".to_owned(),
        daily: false,
        language: Language::Chinese,
    }
}

fn number(seq: u64) -> RequestId {
    RequestId {
        city: city(),
        epoch: Epoch::first([1; 8]),
        seq,
    }
}

fn subscription(seq: u64, owner: Principal) -> Subscription {
    Subscription {
        number: number(seq),
        subscribed: Subscribed {
            owner,
            channel: channel(),
            topics: Topics::Named([Topic::Requests].into()),
        },
        at: now(),
        end: None,
    }
}

/// Records so many subscriptions of others, and as many dead letters of one of the first person.
async fn fill(own: &OwnLog, count: u64) {
    for begin in (0..count).step_by(AT_ONCE as usize) {
        let some = own.ledger.write(move |tx| {
            let failing = {
                let mut feed = Feed::begin(0, (0, 0));
                let problem = Problem::new(ErrorCode::PeerInvalid, msg::Text { text: "500" });
                feed.fail(problem, now()).clone()
            };
            let first = number(1_000_000);
            for seq in begin..begin + AT_ONCE {
                let other = subscription(2_000_000 + seq, person(&format!("p{seq}")));
                SUBSCRIPTIONS.put(tx, &Reverse(other.number), &other)?;
                let letter = failing.dead_letter(EventKind::RequestMoved, None, (now(), now()));
                let key = (first, false, Epoch::first([1; 8]), seq);
                DEAD_LETTERS.put(tx, &key, &letter)?;
            }
            Ok(())
        });
        some.await.unwrap();
    }
    let own_ones = own.ledger.write(|tx| {
        for seq in 1_000_000..1_000_006 {
            let one = subscription(seq, person("a"));
            SUBSCRIPTIONS.put(tx, &Reverse(one.number), &one)?;
            FEEDS.put(tx, &one.number, &Feed::begin(0, (0, 0)))?;
        }
        Ok(())
    });
    own_ones.await.unwrap();
}

fn service(own: &OwnLog) -> NodeNotificationService {
    let settings = NotificationSettings {
        secrets: None,
        private_targets: Vec::new(),
        authorities: "authorities.pem".into(),
        retried_for: SignedDuration::from_hours(72),
        daily_hour: 8,
        mail: Some(MailServer {
            host: "localhost".to_owned(),
            port: 25,
            security: MailSecurity::None,
            sender: "chengji@zhuzhou.example".to_owned(),
            login: None,
        }),
    };
    let outlets = Arc::new(Outlets::new(settings, "demo", own.city));
    NodeNotificationService {
        own: own.clone(),
        dispatcher: Dispatcher::new(own.clone(), outlets, FeedHealth::default()),
    }
}

#[tokio::test]
async fn the_dead_letters_of_an_ended_subscription_are_removed() {
    let own = OwnLog {
        city: city(),
        ledger: Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    };
    fill(&own, AT_ONCE).await;
    let first = || {
        let kv = own.ledger.kv().as_ref();
        let found = DEAD_LETTERS.under(&(number(1_000_000),)).first(kv);
        found.unwrap().map(|(key, _)| key)
    };
    assert!(first().is_some());
    let id = number(1_000_000).to_string();
    let ended = service(&own).unsubscribe_as(person("a"), id).await;
    assert!(ended.unwrap().feed.is_none());
    assert_eq!(first(), None);
}

async fn keys_read(count: u64) -> KeysRead {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let own = OwnLog {
        city: city(),
        ledger: Ledger::create(Arc::new(store), "city/430200", [1; 8]).unwrap(),
        clock: Arc::new(now),
    };
    fill(&own, count).await;
    let (service, who) = (service(&own), person("a"));
    let mut keys = KeysRead::of(reads);
    let asked = v1::ListSubscriptionsRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Notification/List", || {
        Ok(service.page(Some(&who), &asked)?.items.len())
    });
    let asked = v1::ListDeadLettersRequest {
        id: number(1_000_000).to_string(),
        page: page(),
    };
    keys.list("Notification/ListDeadLetters", || {
        Ok(service.letters(Some(&who), &asked)?.items.len())
    });
    let order = SubscriptionOrder {
        channel: channel(),
        topics: Topics::Named([Topic::Deadlines].into()),
    };
    keys.call(
        "Notification/Subscribe",
        service.subscribe_as(who.clone(), order),
    )
    .await;
    let replay = v1::ReplayRequest {
        id: number(1_000_001).to_string(),
        of_coordinator: false,
        from: 0,
    };
    keys.call(
        "Notification/Replay",
        service.replay_as(who.clone(), replay),
    )
    .await;
    let id = number(1_000_002).to_string();
    keys.call("Notification/Unsubscribe", service.unsubscribe_as(who, id))
        .await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_many_subscriptions_there_are() {
    let (few, many) = (keys_read(1_000).await, keys_read(20_000).await);
    check(&few, &many, &["Notification"]);
}
