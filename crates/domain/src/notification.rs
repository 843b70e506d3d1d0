//! Notifications (通知): subscriptions of a city's people to events of the logs, and the channels that lead to them.
//!
//! A notification names numbers, moves, days and cities. It contains no reason, no scope, and no name or code of a
//! resource: what it is about is read at the node, by those who may.

mod address;
mod target;
mod webhook_form;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chengji_messages::{Language, Message, Value, msg};
use jiff::Timestamp;

pub use self::address::{AddressRange, is_public};
pub use self::target::{WebhookTarget, check_mail_address, check_secret_name};
pub use self::webhook_form::{Robot, WebhookForm};
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
use crate::quoted::Quoted;
use crate::request::RequestId;

/// Maximum number of subscriptions of a person.
pub const MAX_OF_PERSON: usize = 16;

macro_rules! topics {
    ($( $(#[doc = $doc:literal])* $name:ident = $text:literal, $label:ident; )*) => {
        /// A topic of events, to which people subscribe. The text form is pinned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Topic { $( $(#[doc = $doc])* $name, )* }

        impl Topic {
            /// All topics.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// Returns the pinned name.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// Returns the topic's name for people.
            pub fn label(self) -> Message {
                match self { $( Self::$name => msg::$label.into(), )* }
            }
        }
    };
}

topics! {
    /// Moves in requests, stops of deliveries, and refusals of the city's own moves.
    Requests = "requests", TopicRequests;
    /// Deadlines that are near or have passed.
    Deadlines = "deadlines", TopicDeadlines;
    /// Submissions and moves that wait for a second person.
    Consent = "consent", TopicConsent;
    /// Beginnings and ends of delegations between people.
    Delegations = "delegations", TopicDelegations;
    /// Deliveries, sent and received.
    Deliveries = "deliveries", TopicDeliveries;
    /// Findings about the city.
    Findings = "findings", TopicFindings;
    /// Corrections and demands.
    Matters = "matters", TopicMatters;
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Topic {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|topic| topic.as_str() == text);
        known.copied().ok_or_else(|| {
            let known: Value = Self::ALL.iter().map(|topic| topic.as_str()).collect();
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::TopicUnknown { known, text },
            )
        })
    }
}

/// The topics of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topics {
    /// All topics, including those of later versions.
    All,
    /// These alone.
    Named(BTreeSet<Topic>),
}

impl Topics {
    /// Returns true if this topic is one of them.
    pub fn contains(&self, topic: Topic) -> bool {
        match self {
            Self::All => true,
            Self::Named(topics) => topics.contains(&topic),
        }
    }

    /// Returns true if there is none.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::All => false,
            Self::Named(topics) => topics.is_empty(),
        }
    }
}

/// The way to a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Channel {
    /// A call of an HTTP address for each event.
    Webhook {
        /// The address.
        url: String,
        /// The name of the file with the secret, in the owner's folder in the node's folder of secrets. The secret
        /// itself is in no log.
        secret: String,
        /// The form of the messages.
        form: WebhookForm,
    },
    /// A mail.
    Mail {
        /// The address.
        address: String,
        /// True for one mail a day; false for mails as events come.
        daily: bool,
        /// The language of the mails.
        language: Language,
    },
}

impl Channel {
    /// Checks a channel that a person asks for.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for an address, or the name of a secret, that is none.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Webhook { url, secret, .. } => {
                url.parse::<WebhookTarget>()?;
                check_secret_name(secret)
            }
            Self::Mail { address, .. } => check_mail_address(address),
        }
    }
}

/// A person subscribes to events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// The person, who gets the events that it may see.
    pub owner: Principal,
    /// The way to it.
    pub channel: Channel,
    /// The topics of the events.
    pub topics: Topics,
}

impl Subscribed {
    /// Checks what a person asks for.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` without a topic, and as of [`Channel::check`].
    pub fn check(&self) -> Result<()> {
        if self.topics.is_empty() {
            return Err(Error::new(ErrorCode::InvalidArgument, msg::TopicMissing));
        }
        self.channel.check()
    }
}

/// A fact about a subscription; all of them are for the city's own people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriptionFact {
    /// A person subscribed.
    Begun(Subscribed),
    /// A subscription ended.
    Ended {
        /// Its number: the position at which it was recorded.
        subscription: RequestId,
    },
}

/// A subscription, as recorded by a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its number: the position at which it was recorded.
    pub number: RequestId,
    /// The content.
    pub subscribed: Subscribed,
    /// Time of its record.
    pub at: Timestamp,
    /// Its end; `None` while it is in force.
    pub end: Option<SubscriptionEnd>,
}

/// The end of a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionEnd {
    /// Time of the end.
    pub at: Timestamp,
    /// The principal that ended it: the person, or the node where the person has lost its rights.
    pub by: Principal,
}

impl Subscription {
    /// Ends it.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` where it has ended.
    pub fn end(&mut self, end: SubscriptionEnd) -> Result<()> {
        self.check_in_force()?;
        self.end = Some(end);
        Ok(())
    }

    /// Checks that it is in force.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` where it has ended.
    pub fn check_in_force(&self) -> Result<()> {
        let Some(end) = &self.end else {
            return Ok(());
        };
        let message = msg::SubscriptionHasEnded {
            at: end.at,
            subscription: self.number,
        };
        Err(Error::new(ErrorCode::OutOfTurn, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription() -> Subscription {
        Subscription {
            number: "430100-1-7-AAAAAAAAAAAAA".parse().unwrap(),
            subscribed: Subscribed {
                owner: "city/430100/person/wang.fang".parse().unwrap(),
                channel: Channel::Mail {
                    address: "wang.fang@changsha.example".to_owned(),
                    daily: true,
                    language: Language::Chinese,
                },
                topics: Topics::Named([Topic::Deadlines].into()),
            },
            at: Timestamp::UNIX_EPOCH,
            end: None,
        }
    }

    #[test]
    fn a_topic_parses_what_it_prints() {
        for topic in Topic::ALL {
            assert_eq!(topic.to_string().parse(), Ok(*topic));
        }
        let unknown = "weather".parse::<Topic>().unwrap_err();
        assert_eq!(unknown.code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn a_subscription_has_a_topic_and_an_address() {
        let good = subscription().subscribed;
        assert_eq!(good.check(), Ok(()));
        let without_topic = Subscribed {
            topics: Topics::Named(BTreeSet::new()),
            ..good.clone()
        };
        let without_address = Subscribed {
            channel: Channel::Webhook {
                url: "ftp://a.example".to_owned(),
                secret: "oa".to_owned(),
                form: WebhookForm::CloudEvents,
            },
            ..good
        };
        for wrong in [without_topic, without_address] {
            let error = wrong.check().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
    }

    #[test]
    fn a_subscription_ends_once() {
        let mut subscription = subscription();
        let end = || SubscriptionEnd {
            at: Timestamp::UNIX_EPOCH,
            by: "city/430100/node".parse().unwrap(),
        };
        subscription.end(end()).unwrap();
        let again = subscription.end(end()).unwrap_err();
        assert_eq!(again.code(), ErrorCode::OutOfTurn);
    }
}
