//! Subscriptions to notifications, their feeds, and dead letters.

use chengji_domain::Result;
use chengji_domain::feed::{DeadLetter, Failing, Feed};
use chengji_domain::notification::{Subscription, SubscriptionEnd};
use chengji_proto::convert::{
    date_from, problem_from, problem_to, subscribed_from, subscribed_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`Subscription`].
#[derive(Debug)]
pub struct StoredSubscription;

impl Codec for StoredSubscription {
    type Record = Subscription;

    fn encode(subscription: &Subscription) -> Result<Vec<u8>> {
        let end = subscription.end.as_ref();
        let wire = v1::Subscription {
            id: subscription.number.to_string(),
            subscribed: Some(subscribed_to(&subscription.subscribed)),
            at: Some(time_to(subscription.at)),
            ended_at: end.map(|end| time_to(end.at)),
            ended_by: end.map(|end| end.by.to_string()).unwrap_or_default(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Subscription> {
        let wire: v1::Subscription = decode(bytes)?;
        let end = wire.ended_at.map(|at| -> Result<SubscriptionEnd> {
            Ok(SubscriptionEnd {
                at: time_from(Some(&at), "ended_at")?,
                by: wire.ended_by.parse()?,
            })
        });
        Ok(Subscription {
            number: wire.id.parse()?,
            subscribed: subscribed_from(&required(wire.subscribed, "subscribed")?)?,
            at: time_from(wire.at.as_ref(), "at")?,
            end: end.transpose()?,
        })
    }
}

/// The codec of [`Feed`].
#[derive(Debug)]
pub struct StoredFeed;

impl Codec for StoredFeed {
    type Record = Feed;

    fn encode(feed: &Feed) -> Result<Vec<u8>> {
        let failing = feed.failing.as_ref().map(|failing| v1::FailedDeliveries {
            since: Some(time_to(failing.since)),
            attempts: failing.attempts,
            next: Some(time_to(failing.next)),
            problem: Some(problem_to(&failing.problem)),
        });
        let mailed_on = feed.mailed_on.map(|day| day.to_string());
        let wire = v1::Feed {
            own: feed.own,
            copy: feed.copy,
            coordinator: feed.coordinator,
            delivered: feed.delivered,
            delivered_at: feed.delivered_at.map(time_to),
            dead: feed.dead,
            mailed_on: mailed_on.unwrap_or_default(),
            failing,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Feed> {
        let wire: v1::Feed = decode(bytes)?;
        let failing = wire.failing.map(|failing| -> Result<Failing> {
            Ok(Failing {
                since: time_from(failing.since.as_ref(), "since")?,
                attempts: failing.attempts,
                next: time_from(failing.next.as_ref(), "next")?,
                problem: problem_from(failing.problem.as_ref())?,
            })
        });
        let delivered_at = wire.delivered_at.as_ref();
        let delivered_at = delivered_at.map(|at| time_from(Some(at), "delivered_at"));
        Ok(Feed {
            own: wire.own,
            copy: wire.copy,
            coordinator: wire.coordinator,
            delivered: wire.delivered,
            delivered_at: delivered_at.transpose()?,
            dead: wire.dead,
            mailed_on: match wire.mailed_on.as_str() {
                "" => None,
                day => Some(date_from(day, "mailed_on")?),
            },
            failing: failing.transpose()?,
        })
    }
}

/// The codec of [`DeadLetter`].
#[derive(Debug)]
pub struct StoredDeadLetter;

impl Codec for StoredDeadLetter {
    type Record = DeadLetter;

    fn encode(letter: &DeadLetter) -> Result<Vec<u8>> {
        let subject = letter.subject.map(|number| number.to_string());
        let wire = v1::DeadLetter {
            kind: letter.kind.clone(),
            subject: subject.unwrap_or_default(),
            occurred_at: Some(time_to(letter.occurred_at)),
            given_up_at: Some(time_to(letter.given_up_at)),
            attempts: letter.attempts,
            problem: Some(problem_to(&letter.problem)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<DeadLetter> {
        let wire: v1::DeadLetter = decode(bytes)?;
        Ok(DeadLetter {
            kind: wire.kind,
            subject: match wire.subject.as_str() {
                "" => None,
                number => Some(number.parse()?),
            },
            occurred_at: time_from(wire.occurred_at.as_ref(), "occurred_at")?,
            given_up_at: time_from(wire.given_up_at.as_ref(), "given_up_at")?,
            attempts: wire.attempts,
            problem: problem_from(wire.problem.as_ref())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_domain::notification::{Channel, Robot, Subscribed, Topic, Topics, WebhookForm};
    use chengji_domain::problem::Problem;
    use chengji_messages::{Language, msg};
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{
        reads_as_written, refuses_incomplete, requests as numbers, texts, times,
    };

    fn problem() -> Problem {
        Problem::new(ErrorCode::PeerUnavailable, msg::Text { text: "down" })
    }

    proptest! {
        #[test]
        fn a_subscription_reads_as_it_was_written(
            (number, text) in (numbers(), texts()),
            (at, ended_at) in (times(), times()),
            (by_mail, has_ended) in (any::<bool>(), any::<bool>()),
        ) {
            let channel = match by_mail {
                true => Channel::Mail { address: text, daily: true, language: Language::Chinese },
                false => Channel::Webhook {
                    url: text,
                    secret: "oa".to_owned(),
                    form: WebhookForm::Robot(Robot::DingTalk, Language::Chinese),
                },
            };
            let subscription = Subscription {
                number,
                subscribed: Subscribed {
                    owner: "city/430100/person/wang.fang".parse().unwrap(),
                    channel,
                    topics: Topics::Named([Topic::Requests, Topic::Findings].into()),
                },
                at,
                end: has_ended.then(|| SubscriptionEnd {
                    at: ended_at,
                    by: "city/430100/node".parse().unwrap(),
                }),
            };
            reads_as_written::<StoredSubscription>(&subscription);
            refuses_incomplete::<StoredSubscription>(&subscription);
        }

        #[test]
        fn a_feed_reads_as_it_was_written(
            (own, copy, coordinator) in any::<(u64, u32, u64)>(),
            (delivered, dead, attempts) in any::<(u64, u64, u32)>(),
            (since, next) in (times(), times()),
            (is_failing, was_mailed) in (any::<bool>(), any::<bool>()),
        ) {
            let feed = Feed {
                delivered,
                delivered_at: was_mailed.then_some(since),
                dead,
                mailed_on: was_mailed.then(|| date(2026, 11, 27)),
                failing: is_failing.then(|| Failing { since, attempts, next, problem: problem() }),
                ..Feed::begin(own, (copy, coordinator))
            };
            reads_as_written::<StoredFeed>(&feed);
        }

        #[test]
        fn a_dead_letter_reads_as_it_was_written(
            (number, has_subject) in (numbers(), any::<bool>()),
            (occurred_at, given_up_at) in (times(), times()),
            attempts in any::<u32>(),
        ) {
            let letter = DeadLetter {
                kind: "request.moved".to_owned(),
                subject: has_subject.then_some(number),
                occurred_at,
                given_up_at,
                attempts,
                problem: problem(),
            };
            reads_as_written::<StoredDeadLetter>(&letter);
            refuses_incomplete::<StoredDeadLetter>(&letter);
        }
    }
}
