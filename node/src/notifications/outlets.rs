//! The outlets of events: webhooks and the mail server of the settings.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::event::Event;
use chengji_domain::feed::EventPlace;
use chengji_domain::notification::{
    Channel, Subscribed, Subscription, WebhookForm, WebhookTarget, check_secret_name,
};
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_messages::{Language, Message, msg};
use chengji_runtime::off_thread;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::cloud_event::{
    cloud_event, event_id, mail_subject, mail_text, robot_text, source, test_id,
};
use super::mail::Mail;
use super::robot::{self, RobotSecret};
use super::settings::{MailSecurity, MailServer, NotificationSettings};
use super::signature::WebhookSecret;
use super::trust::Authorities;
use super::webhook::{Call, Proof};

/// An event to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pending {
    /// Its position.
    pub(super) place: EventPlace,
    /// Time of its fact.
    pub(super) at: Timestamp,
    /// The event.
    pub(super) event: Event,
}

/// A webhook of a subscription.
#[derive(Clone, Copy, Debug)]
pub(super) struct Webhook<'s> {
    /// The subscriber, to whom the secret belongs.
    pub(super) owner: &'s Principal,
    /// The address.
    pub(super) url: &'s str,
    /// The name of the file with the secret.
    pub(super) secret: &'s str,
    /// The form of what is sent.
    pub(super) form: WebhookForm,
}

/// Delivers events.
pub(crate) struct Outlets {
    settings: NotificationSettings,
    city: CityCode,
    /// The source of the events.
    source: String,
    /// Read with the first delivery that needs them.
    authorities: OnceCell<Arc<Authorities>>,
}

impl Outlets {
    /// Delivers for the node of a city of this cluster.
    pub(crate) fn new(settings: NotificationSettings, cluster: &str, city: CityCode) -> Self {
        Self {
            settings,
            city,
            source: source(cluster, city),
            authorities: OnceCell::new(),
        }
    }

    /// The settings.
    pub(super) fn settings(&self) -> &NotificationSettings {
        &self.settings
    }

    /// Checks that the settings have what a channel of this subscriber needs. Errors: `MISCONFIGURED`.
    pub(super) fn check(&self, owner: &Principal, channel: &Channel) -> Result<()> {
        match channel {
            Channel::Webhook { url, secret, form } => {
                let webhook = Webhook {
                    owner,
                    url,
                    secret,
                    form: *form,
                };
                self.proof(webhook).map(drop)
            }
            Channel::Mail { .. } => self.mail_server().map(drop),
        }
    }

    /// Calls a webhook about the first of these events, a robot about as many as fit into a message, and returns their
    /// number. Every attempt has this id. Errors: those of the call, and `MISCONFIGURED`.
    async fn call(
        &self,
        webhook: Webhook<'_>,
        (id, now): (String, Timestamp),
        events: &[(Timestamp, &Event)],
    ) -> Result<usize> {
        let Some((occurred_at, event)) = events.first() else {
            return Ok(0);
        };
        let Webhook { url, form, .. } = webhook;
        let (content, count) = match form {
            WebhookForm::CloudEvents => (cloud_event(&self.source, &id, *occurred_at, event), 1),
            WebhookForm::Robot(_, language) => {
                let (text, count) = robot_text(self.city, events, language);
                (robot::message(&text), count)
            }
        };
        let call = Call {
            target: url.parse()?,
            id,
            at: now,
            content,
        };
        let proof = self.proof(webhook)?;
        let address = call.resolve(&self.settings.private_targets).await?;
        let https = match call.target.is_secure {
            true => Some(Arc::clone(&self.authorities().await?.https)),
            false => None,
        };
        call.make(address, &proof, https).await?;
        Ok(count)
    }

    /// Calls a webhook about the first events of a subscription, and returns the number of those that it was told of.
    pub(super) async fn call_about(
        &self,
        webhook: Webhook<'_>,
        (subscription, now): (RequestId, Timestamp),
        events: &[Pending],
    ) -> Result<usize> {
        let Some(first) = events.first() else {
            return Ok(0);
        };
        let id = event_id(subscription, self.city, first.place);
        let events = events.iter().map(|pending| (pending.at, &pending.event));
        let events: Vec<(Timestamp, &Event)> = events.collect();
        self.call(webhook, (id, now), &events).await
    }

    /// Sends a mail about events of a subscription.
    pub(super) async fn mail_about(
        &self,
        (address, language): (&str, Language),
        subscription: RequestId,
        events: &[Pending],
    ) -> Result<()> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let lines = events.iter().map(|pending| (pending.at, &pending.event));
        let mail = Mail {
            to: address.to_owned(),
            id: event_id(subscription, self.city, first.place),
            subject: mail_subject(self.city, events.len(), language),
            text: mail_text(subscription, lines, language),
        };
        self.mail(mail).await
    }

    /// Sends a test to a subscription. Errors: those of a delivery.
    pub(super) async fn test(&self, subscription: &Subscription, now: Timestamp) -> Result<()> {
        let number = subscription.number;
        let (id, event) = (test_id(number, now), Event::test(number));
        let Subscribed { owner, channel, .. } = &subscription.subscribed;
        match channel {
            Channel::Webhook { url, secret, form } => {
                let webhook = Webhook {
                    owner,
                    url,
                    secret,
                    form: *form,
                };
                self.call(webhook, (id, now), &[(now, &event)])
                    .await
                    .map(drop)
            }
            Channel::Mail {
                address, language, ..
            } => {
                self.mail(Mail {
                    to: address.clone(),
                    id,
                    subject: mail_subject(self.city, 1, *language),
                    text: mail_text(number, [(now, &event)], *language),
                })
                .await
            }
        }
    }

    async fn mail(&self, mail: Mail) -> Result<()> {
        let server = self.mail_server()?;
        let authorities = match server.security {
            MailSecurity::Tls | MailSecurity::Starttls => Some(self.authorities().await?),
            MailSecurity::None => None,
        };
        mail.send(server, authorities.map(|known| &**known)).await
    }

    /// The secrets of a webhook, from its file in the subscriber's folder.
    fn proof(&self, webhook: Webhook<'_>) -> Result<Proof> {
        let Webhook {
            owner,
            url,
            secret,
            form,
        } = webhook;
        let file = self.secret_file(owner, secret)?;
        match form {
            WebhookForm::CloudEvents => WebhookSecret::read(&file).map(Proof::Signed),
            WebhookForm::Robot(robot, _) => {
                let target: WebhookTarget = url.parse()?;
                RobotSecret::read(&file, robot, &target).map(Proof::Robot)
            }
        }
    }

    /// The file with the secret of this name that belongs to a subscriber. A subscriber chooses the address, too, so a
    /// shared folder would let anybody have messages signed with another's secret.
    fn secret_file(&self, owner: &Principal, secret: &str) -> Result<PathBuf> {
        // The name is that of a recorded subscription, or of one that is asked for.
        check_secret_name(secret)?;
        let Some(folder) = &self.settings.secrets else {
            return Err(misconfigured(msg::WebhooksNotSetUp));
        };
        let missing = || misconfigured(msg::WebhookSecretMissing { secret, who: owner });
        let Principal::Person { name, .. } = owner else {
            return Err(missing());
        };
        let file = folder.join(name.to_string()).join(secret);
        match file.try_exists() {
            Ok(false) => Err(missing()),
            // A file that cannot be read is reported where it is read.
            Ok(true) | Err(_) => Ok(file),
        }
    }

    fn mail_server(&self) -> Result<&MailServer> {
        let server = self.settings.mail.as_ref();
        server.ok_or_else(|| misconfigured(msg::MailNotSetUp))
    }

    async fn authorities(&self) -> Result<&Arc<Authorities>> {
        let read = || async {
            let file = self.settings.authorities.clone();
            off_thread(move || Authorities::read(&file).map(Arc::new)).await
        };
        self.authorities.get_or_try_init(read).await
    }
}

fn misconfigured(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::Misconfigured, message)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_secret_is_for_the_person_in_whose_folder_it_is_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("wang.fang")).unwrap();
        for name in ["wang.fang/oa", "shared"] {
            let file = folder.path().join(name);
            fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let settings = NotificationSettings {
            secrets: Some(folder.path().to_owned()),
            private_targets: Vec::new(),
            authorities: "authorities.pem".into(),
            retried_for: SignedDuration::from_hours(72),
            daily_hour: 8,
            mail: None,
        };
        let outlets = Outlets::new(settings, "demo", "430100".parse().unwrap());
        let checked = |owner: &str, secret: &str| {
            let channel = Channel::Webhook {
                url: "https://oa.example/hooks".to_owned(),
                secret: secret.to_owned(),
                form: WebhookForm::CloudEvents,
            };
            let checked = outlets.check(&owner.parse().unwrap(), &channel);
            checked.map_err(|error| error.message().code().to_owned())
        };
        assert_eq!(checked("city/430100/person/wang.fang", "oa"), Ok(()));
        let missing = Err("webhook-secret-missing".to_owned());
        for (owner, secret) in [
            ("city/430100/person/li.ming", "oa"),
            ("city/430100/app/wang.fang", "oa"),
            ("city/430100/person/wang.fang", "shared"),
        ] {
            assert_eq!(checked(owner, secret), missing, "{owner} {secret}");
        }
    }
}
