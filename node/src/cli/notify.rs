//! `notify …`: subscriptions to notifications.

use chengji_client::output::{note, print};
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_domain::notification::{Topic, WebhookForm};
use chengji_messages::{Language, msg};
use chengji_proto::convert::{topic_to, webhook_form_to};
use chengji_proto::v1;
use chengji_proto::v1::notification_service_client::NotificationServiceClient;
use chengji_proto::v1::subscribe_request::Channel;
use clap::Subcommand;

use super::{Context, answer};

/// Commands on subscriptions to notifications.
#[derive(Subcommand, Debug)]
pub enum NotifyCommand {
    /// Have an HTTP address called about each event
    AddWebhook {
        /// Address, such as https://oa.changsha.example/hooks
        url: String,
        /// Name of the file with the secret, in the caller's folder in the node's folder of secrets
        #[arg(long, value_name = "NAME")]
        secret: String,
        /// Form of the messages: cloudevents, or texts for the robot of a chat group in the language of this command:
        /// dingtalk, wecom
        #[arg(long, value_name = "FORM", default_value = "cloudevents")]
        form: String,
        /// Topic: requests, deadlines, consent, delegations, deliveries, findings, matters; repeatable, else all
        #[arg(long = "topic", value_name = "TOPIC")]
        topics: Vec<Topic>,
    },
    /// Have mails sent about events, in the language of this command
    AddMail {
        /// Mail address
        address: String,
        /// One mail a day
        #[arg(long)]
        daily: bool,
        /// Topic, as of 'notify add-webhook'
        #[arg(long = "topic", value_name = "TOPIC")]
        topics: Vec<Topic>,
    },
    /// List subscriptions, newest first
    List {
        /// List what has ended, too
        #[arg(long)]
        ended: bool,
    },
    /// End a subscription
    End {
        /// Number of the subscription, in full or short, such as 430100-1-42
        id: String,
    },
    /// List the events of a subscription whose delivery was given up
    DeadLetters {
        /// Number of the subscription
        id: String,
    },
    /// Deliver the events from a position of a log on again
    Replay {
        /// Number of the subscription
        id: String,
        /// First position
        #[arg(long, value_name = "POSITION")]
        from: u64,
        /// The position is of the coordinator's log, not of the city's
        #[arg(long)]
        coordinator: bool,
    },
    /// Send a test to a subscription
    Test {
        /// Number of the subscription
        id: String,
    },
}

/// Runs one.
pub async fn run(command: NotifyCommand, context: &Context) -> Result<()> {
    let mut client = NotificationServiceClient::new(context.channel().await?);
    let format = context.format();
    let subscription = match command {
        NotifyCommand::List { ended } => {
            let pages = Pages::of(v1::ListSubscriptionsRequest { ended, page: None });
            let list = pages.whole(async |asked| answer(client.list(asked)).await);
            return print(format, &list.await?, views::subscriptions);
        }
        NotifyCommand::DeadLetters { id } => {
            let pages = Pages::of(v1::ListDeadLettersRequest { id, page: None });
            let list = pages.whole(async |asked| answer(client.list_dead_letters(asked)).await);
            return print(format, &list.await?, views::dead_letters);
        }
        NotifyCommand::AddWebhook {
            url,
            secret,
            form,
            topics,
        } => {
            let form = WebhookForm::of(&form, Language::of_process())?;
            let (form, language) = webhook_form_to(form);
            let channel = Channel::Webhook(v1::WebhookChannel {
                url,
                secret,
                form: form.into(),
                language,
            });
            answer(client.subscribe(asked(channel, topics))).await?
        }
        NotifyCommand::AddMail {
            address,
            daily,
            topics,
        } => {
            let channel = Channel::Mail(v1::MailChannel {
                address,
                daily,
                language: Language::of_process().tag().to_owned(),
            });
            answer(client.subscribe(asked(channel, topics))).await?
        }
        NotifyCommand::End { id } => {
            answer(client.unsubscribe(v1::UnsubscribeRequest { id })).await?
        }
        NotifyCommand::Replay {
            id,
            from,
            coordinator,
        } => {
            let replay = v1::ReplayRequest {
                id,
                of_coordinator: coordinator,
                from,
            };
            answer(client.replay(replay)).await?
        }
        NotifyCommand::Test { id } => {
            let tested = answer(client.test(v1::TestSubscriptionRequest { id })).await?;
            let subscription = &tested.id;
            note(msg::NotificationTestSent { subscription });
            tested
        }
    };
    print(format, &subscription, views::subscription)
}

fn asked(channel: Channel, topics: Vec<Topic>) -> v1::SubscribeRequest {
    let topics = topics.into_iter().map(|topic| topic_to(topic).into());
    v1::SubscribeRequest {
        channel: Some(channel),
        topics: topics.collect(),
    }
}
