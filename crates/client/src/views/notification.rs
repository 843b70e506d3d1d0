//! Subscriptions to notifications, and dead letters.

use chengji_domain::notification::Topics;
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{problem_message, subscribed_topics_from};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::subscribed::Channel;

use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Subscriptions, one a line.
pub fn subscriptions(list: &v1::ListSubscriptionsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", msg::ColumnSubscription),
        Column::left("channel", msg::ColumnChannel),
        Column::left("target", msg::ColumnTarget),
        Column::left("topics", msg::ColumnTopics),
        Column::right("delivered", msg::ColumnDelivered),
        Column::right("dead_letters", msg::ColumnDeadLetters),
        Column::left("failing_since", msg::ColumnFailingSince),
        Column::left("problem", msg::ColumnProblem),
        Column::left("ended_at", msg::ColumnEnd),
    ]);
    for one in &list.subscriptions {
        let subscribed = one.subscribed.clone().unwrap_or_default();
        let (channel, target) = channel(subscribed.channel.as_ref());
        let problem = one.problem.as_ref();
        table.row(row![
            one.id.clone(),
            channel,
            target,
            topics(&subscribed),
            one.delivered,
            one.dead_letters,
            time(one.failing_since.as_ref()),
            problem.map(|problem| problem_message(Some(problem))),
            time(one.ended_at.as_ref()),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One subscription.
pub fn subscription(subscription: &v1::Subscription) -> Table {
    subscriptions(&v1::ListSubscriptionsResponse {
        subscriptions: vec![subscription.clone()],
        next_cursor: String::new(),
    })
}

/// Dead letters, one a line.
pub fn dead_letters(list: &v1::ListDeadLettersResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("log", msg::ColumnLog),
        Column::right("position", msg::ColumnPosition),
        Column::left("kind", msg::ColumnEventKind),
        Column::left("subject", msg::ColumnSubject),
        Column::left("occurred_at", msg::ColumnOccurredAt),
        Column::left("given_up_at", msg::ColumnGivenUpAt),
        Column::right("attempts", msg::ColumnAttempts),
        Column::left("problem", msg::ColumnProblem),
    ]);
    for letter in &list.letters {
        table.row(row![
            letter.log.clone(),
            letter.position,
            letter.kind.clone(),
            letter.subject.clone(),
            time(letter.occurred_at.as_ref()),
            time(letter.given_up_at.as_ref()),
            letter.attempts,
            problem_message(letter.problem.as_ref()),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The kind of a channel, and where it leads to.
fn channel(channel: Option<&Channel>) -> (Cell, String) {
    match channel {
        Some(Channel::Webhook(webhook)) => (form(webhook), webhook.url.clone()),
        Some(Channel::Mail(mail)) if mail.daily => (
            Cell::label("daily-mail", msg::ChannelDailyMail),
            mail.address.clone(),
        ),
        Some(Channel::Mail(mail)) => (Cell::label("mail", msg::ChannelMail), mail.address.clone()),
        None => ("".into(), String::new()),
    }
}

/// A webhook by the form of its messages.
fn form(webhook: &v1::WebhookChannel) -> Cell {
    match webhook.form() {
        v1::WebhookForm::CloudEvents => Cell::label("webhook", msg::ChannelWebhook),
        v1::WebhookForm::Dingtalk => Cell::label("dingtalk", msg::ChannelDingTalk),
        v1::WebhookForm::Wecom => Cell::label("wecom", msg::ChannelWeCom),
    }
}

/// The topics of a subscription; an empty cell if this version does not know one of them.
fn topics(subscribed: &v1::Subscribed) -> Cell {
    match subscribed_topics_from(subscribed) {
        Ok(Topics::All) => Cell::label("all", msg::TopicsAll),
        Ok(Topics::Named(topics)) => {
            let topics = topics.into_iter();
            Cell::labels(topics.map(|topic| (topic.as_str(), topic.label())))
        }
        Err(_) => "".into(),
    }
}

/// Facts about subscriptions.
pub(super) fn fact(fact: &Fact) -> Message {
    match fact {
        Fact::Subscribed(f) => {
            let (owner, topics) = (Value::principal(&f.owner), topics(f).shown());
            match &f.channel {
                Some(Channel::Webhook(webhook)) => {
                    let url = &webhook.url;
                    msg::FactSubscribedWebhook { owner, topics, url }.into()
                }
                Some(Channel::Mail(mail)) => {
                    let address = &mail.address;
                    let fact = msg::FactSubscribedMail {
                        address,
                        owner,
                        topics,
                    };
                    fact.into()
                }
                None => msg::Text { text: "" }.into(),
            }
        }
        Fact::SubscriptionEnded(f) => {
            let subscription = &f.subscription;
            msg::FactSubscriptionEnded { subscription }.into()
        }
        _ => msg::Text { text: "" }.into(),
    }
}

fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.map(cells::time).unwrap_or_default()
}
