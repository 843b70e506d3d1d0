//! Subscriptions to notifications: their facts, and their state in answers.

use std::collections::BTreeSet;

use chengji_domain::fact::LogOwner;
use chengji_domain::feed::{DeadLetter, EventPlace, Feed};
use chengji_domain::notification::{
    Channel, Robot, Subscribed, Subscription, SubscriptionFact, Topic, Topics, WebhookForm,
};
use chengji_domain::{Error, ErrorCode, Quoted};
use chengji_messages::{Language, msg};

use super::problem::problem_to;
use super::request::id_from;
use super::{invalid, missing, newer, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;
use crate::v1::{subscribe_request, subscribed};

/// Converts the content of a subscription to the wire.
pub fn subscribed_to(subscribed: &Subscribed) -> v1::Subscribed {
    use subscribed::Channel as OnWire;
    let channel = match &subscribed.channel {
        Channel::Webhook { url, secret, form } => {
            let (form, language) = webhook_form_to(*form);
            OnWire::Webhook(v1::WebhookChannel {
                url: url.clone(),
                secret: secret.clone(),
                form: form.into(),
                language,
            })
        }
        Channel::Mail {
            address,
            daily,
            language,
        } => OnWire::Mail(v1::MailChannel {
            address: address.clone(),
            daily: *daily,
            language: language.tag().to_owned(),
        }),
    };
    let topics = match &subscribed.topics {
        Topics::All => Vec::new(),
        Topics::Named(topics) => topics.iter().map(|topic| topic_to(*topic).into()).collect(),
    };
    v1::Subscribed {
        owner: subscribed.owner.to_string(),
        channel: Some(channel),
        topics,
        topics_named: matches!(&subscribed.topics, Topics::Named(topics) if has_first(topics)),
    }
}

/// Converts the form of a webhook to the wire, with the language of its texts.
pub fn webhook_form_to(form: WebhookForm) -> (v1::WebhookForm, String) {
    let robot = |language: Language| language.tag().to_owned();
    match form {
        WebhookForm::CloudEvents => (v1::WebhookForm::CloudEvents, String::new()),
        WebhookForm::Robot(Robot::DingTalk, language) => {
            (v1::WebhookForm::Dingtalk, robot(language))
        }
        WebhookForm::Robot(Robot::WeCom, language) => (v1::WebhookForm::Wecom, robot(language)),
    }
}

/// Converts the content of a subscription from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field; `UPGRADE_NEEDED` for a channel or a topic that is not known here.
pub fn subscribed_from(wire: &v1::Subscribed) -> Result<Subscribed, Error> {
    use subscribed::Channel as OnWire;
    let channel = match wire.channel.as_ref().ok_or_else(|| newer("channel"))? {
        OnWire::Webhook(webhook) => webhook_from(webhook)?,
        OnWire::Mail(mail) => mail_from(mail)?,
    };
    Ok(Subscribed {
        owner: wire.owner.parse()?,
        channel,
        topics: subscribed_topics_from(wire)?,
    })
}

/// The topics of earlier versions, which listed every topic of their time to mean all.
const FIRST_TOPICS: [Topic; 6] = [
    Topic::Requests,
    Topic::Deadlines,
    Topic::Consent,
    Topic::Delegations,
    Topic::Deliveries,
    Topic::Findings,
];

/// Returns true if an earlier version could have meant all topics by these.
fn has_first(topics: &BTreeSet<Topic>) -> bool {
    FIRST_TOPICS.iter().all(|topic| topics.contains(topic))
}

/// Converts the topics of a subscription from the wire.
///
/// # Errors
///
/// As of [`topics_from`].
pub fn subscribed_topics_from(wire: &v1::Subscribed) -> Result<Topics, Error> {
    let topics = topics_from(&wire.topics)?;
    let are_all = !wire.topics_named && (topics.is_empty() || has_first(&topics));
    Ok(match are_all {
        true => Topics::All,
        false => Topics::Named(topics),
    })
}

/// Converts the channel and the topics that a caller asks for; all topics if none is named.
///
/// # Errors
///
/// `INVALID_ARGUMENT` without a channel, and for a malformed field; `UPGRADE_NEEDED` for a topic that is not known
/// here.
pub fn subscription_order_from(wire: &v1::SubscribeRequest) -> Result<(Channel, Topics), Error> {
    use subscribe_request::Channel as OnWire;
    let channel = match wire.channel.as_ref().ok_or_else(|| missing("channel"))? {
        OnWire::Webhook(webhook) => webhook_from(webhook)?,
        OnWire::Mail(mail) => mail_from(mail)?,
    };
    let topics = match wire.topics.is_empty() {
        true => Topics::All,
        false => Topics::Named(topics_from(&wire.topics)?),
    };
    Ok((channel, topics))
}

fn webhook_from(wire: &v1::WebhookChannel) -> Result<Channel, Error> {
    let language = || language_from(&wire.language);
    let form = match v1::WebhookForm::try_from(wire.form).map_err(|_| newer("form"))? {
        v1::WebhookForm::CloudEvents => WebhookForm::CloudEvents,
        v1::WebhookForm::Dingtalk => WebhookForm::Robot(Robot::DingTalk, language()?),
        v1::WebhookForm::Wecom => WebhookForm::Robot(Robot::WeCom, language()?),
    };
    Ok(Channel::Webhook {
        url: wire.url.clone(),
        secret: wire.secret.clone(),
        form,
    })
}

fn mail_from(wire: &v1::MailChannel) -> Result<Channel, Error> {
    Ok(Channel::Mail {
        address: wire.address.clone(),
        daily: wire.daily,
        language: language_from(&wire.language)?,
    })
}

fn language_from(tag: &str) -> Result<Language, Error> {
    Language::of_tag(tag).ok_or_else(|| {
        let text = Quoted(tag);
        Error::new(ErrorCode::InvalidArgument, msg::LanguageUnknown { text })
    })
}

/// Converts a topic to the wire.
pub fn topic_to(topic: Topic) -> v1::NotificationTopic {
    match topic {
        Topic::Requests => v1::NotificationTopic::Requests,
        Topic::Deadlines => v1::NotificationTopic::Deadlines,
        Topic::Consent => v1::NotificationTopic::Consent,
        Topic::Delegations => v1::NotificationTopic::Delegations,
        Topic::Deliveries => v1::NotificationTopic::Deliveries,
        Topic::Findings => v1::NotificationTopic::Findings,
        Topic::Matters => v1::NotificationTopic::Matters,
    }
}

/// Converts topics from the wire.
///
/// # Errors
///
/// `UPGRADE_NEEDED` for one that is not known here; `INVALID_ARGUMENT` for an unspecified one.
pub fn topics_from(numbers: &[i32]) -> Result<BTreeSet<Topic>, Error> {
    let topic = |number: &i32| {
        let wire = v1::NotificationTopic::try_from(*number).map_err(|_| newer("topics"))?;
        Ok(match wire {
            v1::NotificationTopic::Unspecified => {
                return Err(invalid("topics", msg::WireValueUnknown { value: *number }));
            }
            v1::NotificationTopic::Requests => Topic::Requests,
            v1::NotificationTopic::Deadlines => Topic::Deadlines,
            v1::NotificationTopic::Consent => Topic::Consent,
            v1::NotificationTopic::Delegations => Topic::Delegations,
            v1::NotificationTopic::Deliveries => Topic::Deliveries,
            v1::NotificationTopic::Findings => Topic::Findings,
            v1::NotificationTopic::Matters => Topic::Matters,
        })
    };
    numbers.iter().map(topic).collect()
}

pub(super) fn subscription_fact_to(fact: &SubscriptionFact) -> Wire {
    match fact {
        SubscriptionFact::Begun(subscribed) => Wire::Subscribed(subscribed_to(subscribed)),
        SubscriptionFact::Ended { subscription } => {
            let subscription = subscription.to_string();
            Wire::SubscriptionEnded(v1::SubscriptionEnded { subscription })
        }
    }
}

pub(super) fn subscription_fact_from(wire: Wire) -> Result<SubscriptionFact, Error> {
    Ok(match wire {
        Wire::Subscribed(subscribed) => SubscriptionFact::Begun(subscribed_from(&subscribed)?),
        Wire::SubscriptionEnded(ended) => SubscriptionFact::Ended {
            subscription: id_from(&ended.subscription)?,
        },
        _ => return Err(missing("fact")),
    })
}

/// A subscription with its feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionView {
    /// The subscription.
    pub subscription: Subscription,
    /// Its feed; `None` after its end.
    pub feed: Option<Feed>,
}

/// Converts a subscription to the wire.
pub fn subscription_to(view: &SubscriptionView) -> v1::Subscription {
    let SubscriptionView { subscription, feed } = view;
    let (end, feed) = (subscription.end.as_ref(), feed.as_ref());
    let failing = feed.and_then(|feed| feed.failing.as_ref());
    let delivered_at = feed.and_then(|feed| feed.delivered_at);
    v1::Subscription {
        id: subscription.number.to_string(),
        subscribed: Some(subscribed_to(&subscription.subscribed)),
        at: Some(time_to(subscription.at)),
        ended_at: end.map(|end| time_to(end.at)),
        ended_by: end.map(|end| end.by.to_string()).unwrap_or_default(),
        own_position: feed.map(|feed| feed.own).unwrap_or_default(),
        coordinator_position: feed.map(|feed| feed.coordinator).unwrap_or_default(),
        delivered: feed.map(|feed| feed.delivered).unwrap_or_default(),
        delivered_at: delivered_at.map(time_to),
        dead_letters: feed.map(|feed| feed.dead).unwrap_or_default(),
        failing_since: failing.map(|failing| time_to(failing.since)),
        failed_attempts: failing.map(|failing| failing.attempts).unwrap_or_default(),
        next_attempt: failing.map(|failing| time_to(failing.next)),
        problem: failing.map(|failing| problem_to(&failing.problem)),
    }
}

/// Converts a dead letter at its position in a log to the wire.
pub fn dead_letter_to(log: LogOwner, place: EventPlace, letter: &DeadLetter) -> v1::DeadLetter {
    let subject = letter.subject.map(|number| number.to_string());
    v1::DeadLetter {
        log: log.to_string(),
        epoch: place.epoch.number,
        position: place.seq,
        kind: letter.kind.clone(),
        subject: subject.unwrap_or_default(),
        occurred_at: Some(time_to(letter.occurred_at)),
        given_up_at: Some(time_to(letter.given_up_at)),
        attempts: letter.attempts,
        problem: Some(problem_to(&letter.problem)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels() -> [Channel; 4] {
        let webhook = |form| Channel::Webhook {
            url: "https://oa.changsha.example/hooks".to_owned(),
            secret: "oa".to_owned(),
            form,
        };
        [
            webhook(WebhookForm::CloudEvents),
            webhook(WebhookForm::Robot(Robot::DingTalk, Language::Chinese)),
            webhook(WebhookForm::Robot(Robot::WeCom, Language::English)),
            Channel::Mail {
                address: "wang.fang@changsha.example".to_owned(),
                daily: true,
                language: Language::Chinese,
            },
        ]
    }

    #[test]
    fn every_fact_of_subscriptions_reads_as_it_was_written() {
        let begun = channels().map(|channel| {
            SubscriptionFact::Begun(Subscribed {
                owner: "city/430100/person/wang.fang".parse().unwrap(),
                channel,
                topics: Topics::Named(Topic::ALL.iter().copied().collect()),
            })
        });
        let ended = SubscriptionFact::Ended {
            subscription: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
        };
        for fact in begun.into_iter().chain([ended]) {
            assert_eq!(
                subscription_fact_from(subscription_fact_to(&fact)),
                Ok(fact)
            );
        }
    }

    #[test]
    fn a_channel_or_a_topic_of_a_later_version_needs_an_upgrade() {
        let owner = "city/430100/person/wang.fang".to_owned();
        let wire = v1::Subscribed {
            owner,
            channel: None,
            topics: vec![1],
            topics_named: true,
        };
        let without = subscribed_from(&wire).unwrap_err();
        let topic = topics_from(&[99]).unwrap_err();
        for error in [without, topic] {
            assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
        }
        assert!(topics_from(&[0]).is_err());
    }

    #[test]
    fn all_topics_are_those_of_later_versions_too_whoever_wrote_it() {
        let read = |topics: &[i32], topics_named| {
            let wire = v1::Subscribed {
                topics: topics.to_vec(),
                topics_named,
                ..v1::Subscribed::default()
            };
            subscribed_topics_from(&wire).unwrap()
        };
        let named = |topics: &[i32]| Topics::Named(topics_from(topics).unwrap());
        let first = [1, 2, 3, 4, 5, 6];
        assert_eq!(read(&[], false), Topics::All);
        // An earlier version wrote its topics.
        assert_eq!(read(&first, false), Topics::All);
        assert_eq!(read(&[1, 2, 3, 4, 5, 6, 7], false), Topics::All);
        assert_eq!(read(&[1, 7], false), named(&[1, 7]));
        assert_eq!(read(&first, true), named(&first));
    }

    #[test]
    fn an_order_without_topics_is_for_all() {
        let wire = v1::SubscribeRequest {
            channel: Some(subscribe_request::Channel::Webhook(v1::WebhookChannel {
                url: "https://oa.changsha.example/hooks".to_owned(),
                secret: "oa".to_owned(),
                ..v1::WebhookChannel::default()
            })),
            topics: Vec::new(),
        };
        let (channel, topics) = subscription_order_from(&wire).unwrap();
        assert_eq!(channel, channels()[0]);
        assert_eq!(topics, Topics::All);
        let none = v1::SubscribeRequest::default();
        assert!(subscription_order_from(&none).is_err());
    }
}
