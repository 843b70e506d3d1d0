//! The settings of notifications.

use std::path::{Path, PathBuf};

use chengji_domain::Endpoint;
use chengji_domain::notification::{AddressRange, check_mail_address};
use chengji_messages::msg;
use chengji_runtime::settings::Mistakes;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The system's certificates of authorities.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Maximum number of days for which a delivery is retried.
const MAX_DAYS: u32 = 14;

/// The protection of connections to the mail server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailSecurity {
    /// TLS from the beginning (port 465).
    #[default]
    Tls,
    /// TLS after STARTTLS, which the server must offer (port 587).
    Starttls,
    /// None: for a server on the same machine or network.
    None,
}

/// Notifications to people, by webhook and mail.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NotificationTable {
    /// The folder with the secrets of webhooks: in a folder for each person, which has the person's name, one file each
    /// (mode 600), which only this person's subscriptions can name. A file holds `whsec_` and 24 to 64 bytes in Base64,
    /// with which events are signed, or the address of a robot with its token. If omitted, there are no webhooks.
    #[schemars(example = &"webhook-secrets", extend("x-value" = "folder"))]
    secrets: Option<PathBuf>,
    /// Networks that webhooks may lead to besides the public one, such as `10.20.0.0/16`. Other private, loopback and
    /// link-local addresses are refused. Only to these networks a webhook may use plain HTTP.
    #[schemars(example = ["10.20.0.0/16"], extend("x-value" = "ranges"))]
    private_targets: Vec<String>,
    /// The certificates of authorities (PEM) by which webhook and mail servers are verified; those of the system,
    /// `/etc/ssl/certs/ca-certificates.crt`, if omitted.
    #[schemars(example = &"/etc/ssl/certs/ca-certificates.crt", extend("x-value" = "file"))]
    authorities: Option<PathBuf>,
    /// Time for which the delivery of an event is retried. After that it is a dead letter.
    #[schemars(range(min = 1, max = MAX_DAYS), extend("x-value" = "days"))]
    retry_days: u32,
    /// The hour of the day from which daily mails are sent, Beijing time.
    #[schemars(range(max = 23))]
    daily_hour: u32,
    /// The mail server. There are no mails if it is omitted.
    #[schemars(example = &"mail.changsha.example:465", extend("x-value" = "endpoint"))]
    mail_server: Option<String>,
    /// The protection of connections to the mail server: TLS from the beginning, after STARTTLS, or none.
    mail_security: MailSecurity,
    /// The address that mails are from. Required with a mail server.
    #[schemars(example = &"chengji@changsha.example", extend("x-value" = "mail"))]
    mail_sender: Option<String>,
    /// The name under which the node logs in to the mail server; without a login if omitted.
    #[schemars(example = &"chengji", extend("x-value" = "text"))]
    mail_user: Option<String>,
    /// The file with the password of that login (first line, mode 600).
    #[schemars(example = &"mail-password", extend("x-value" = "file"))]
    mail_password_file: Option<PathBuf>,
}

impl Default for NotificationTable {
    fn default() -> Self {
        Self {
            secrets: None,
            private_targets: Vec::new(),
            authorities: None,
            retry_days: 3,
            daily_hour: 8,
            mail_server: None,
            mail_security: MailSecurity::Tls,
            mail_sender: None,
            mail_user: None,
            mail_password_file: None,
        }
    }
}

/// The checked settings of notifications.
#[derive(Clone, Debug)]
pub struct NotificationSettings {
    /// The folder of webhook secrets, with a folder for each person.
    pub secrets: Option<PathBuf>,
    /// Networks that webhooks may lead to besides the public one.
    pub private_targets: Vec<AddressRange>,
    /// The file of authorities.
    pub authorities: PathBuf,
    /// Time for which a delivery is retried.
    pub retried_for: SignedDuration,
    /// The hour of the day from which daily mails are sent, 0 to 23.
    pub daily_hour: u32,
    /// The mail server, if there is one.
    pub mail: Option<MailServer>,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The protection of connections.
    pub security: MailSecurity,
    /// The address that mails are from.
    pub sender: String,
    /// The name of the login and the file with its password.
    pub login: Option<(String, PathBuf)>,
}

impl NotificationTable {
    /// The settings, with paths relative to `base`; `None` where a value is wrong.
    pub(crate) fn check(
        self,
        base: &Path,
        mistakes: &mut Mistakes<'_>,
    ) -> Option<NotificationSettings> {
        let mut private_targets = Vec::new();
        for range in &self.private_targets {
            match range.parse::<AddressRange>() {
                Ok(range) => private_targets.push(range),
                Err(error) => {
                    mistakes.report("notifications.private_targets", error.message());
                    return None;
                }
            }
        }
        let mail = match &self.mail_server {
            Some(server) => Some(self.mail(server, base, mistakes)?),
            None => None,
        };
        let authorities = self.authorities;
        Some(NotificationSettings {
            secrets: self.secrets.map(|folder| base.join(folder)),
            private_targets,
            authorities: authorities
                .map_or_else(|| SYSTEM_AUTHORITIES.into(), |file| base.join(file)),
            retried_for: SignedDuration::from_hours(24 * i64::from(self.retry_days)),
            daily_hour: self.daily_hour,
            mail,
        })
    }

    fn mail(&self, server: &str, base: &Path, mistakes: &mut Mistakes<'_>) -> Option<MailServer> {
        let endpoint = server.parse::<Endpoint>();
        let endpoint = endpoint.map_err(|error| {
            mistakes.report("notifications.mail_server", error.message());
        });
        let endpoint = endpoint.ok()?.to_string();
        let (host, port) = endpoint.rsplit_once(':')?;
        let Some(sender) = &self.mail_sender else {
            mistakes.report("notifications.mail_server", msg::MailSenderMissing);
            return None;
        };
        if let Err(error) = check_mail_address(sender) {
            mistakes.report("notifications.mail_sender", error.message());
            return None;
        }
        let login = match (&self.mail_user, &self.mail_password_file) {
            (Some(user), Some(file)) => Some((user.clone(), base.join(file))),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                mistakes.report("notifications.mail_server", msg::MailLoginIncomplete);
                return None;
            }
        };
        Some(MailServer {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.parse().ok()?,
            security: self.mail_security,
            sender: sender.clone(),
            login,
        })
    }
}
