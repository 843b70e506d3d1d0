//! Mails by SMTP (RFC 5321), with TLS by rustls.

use std::time::Duration;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message as Text, Value, msg};
use chengji_transport::identity;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use tokio::sync::Semaphore;

use super::settings::{MailSecurity, MailServer};
use super::trust::Authorities;

/// Maximum time for a command of the protocol.
const COMMAND: Duration = Duration::from_secs(20);
/// Maximum time for a mail.
const TIMEOUT: Duration = Duration::from_secs(45);

/// Maximum number of mails that are sent at the same time. Each resolves the name of the server, which occupies a
/// thread until the resolver gives up.
const MAX_SENT: usize = 16;
static SENDING: Semaphore = Semaphore::const_new(MAX_SENT);

/// A mail of plain text.
pub(super) struct Mail {
    /// The address that it goes to.
    pub(super) to: String,
    /// Its id, without the domain.
    pub(super) id: String,
    /// Its subject.
    pub(super) subject: String,
    /// Its text.
    pub(super) text: String,
}

impl Mail {
    /// Sends it by a connection of its own; the authorities are those that verify a server with TLS. Errors:
    /// `PEER_UNAVAILABLE`, `MISCONFIGURED`.
    pub(super) async fn send(
        self,
        server: &MailServer,
        authorities: Option<&Authorities>,
    ) -> Result<()> {
        let transport = transport(server, authorities)?;
        let message = self.message(&server.sender)?;
        let turn = SENDING.acquire().await;
        let _turn = turn.map_err(|cause| internal(&cause))?;
        let sent = tokio::time::timeout(TIMEOUT, transport.send(message)).await;
        let host = server.host.as_str();
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(cause)) => {
                let cause = Value::text(cause);
                Err(unavailable(msg::MailRefused { cause, host }))
            }
            Err(_) => {
                let seconds = TIMEOUT.as_secs();
                Err(unavailable(msg::MailTimedOut { host, seconds }))
            }
        }
    }

    fn message(self, sender: &str) -> Result<Message> {
        let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
        let id = format!("<{}@{domain}>", self.id);
        let built = Message::builder()
            .from(mailbox(sender)?)
            .to(mailbox(&self.to)?)
            .message_id(Some(id))
            .subject(self.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(self.text);
        built.map_err(|cause| internal(&cause))
    }
}

fn transport(
    server: &MailServer,
    authorities: Option<&Authorities>,
) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
        .port(server.port)
        .timeout(Some(COMMAND));
    let tls = match (server.security, authorities) {
        (MailSecurity::Tls, Some(authorities)) => Tls::Wrapper(parameters(server, authorities)?),
        (MailSecurity::Starttls, Some(authorities)) => {
            Tls::Required(parameters(server, authorities)?)
        }
        (MailSecurity::None, _) => Tls::None,
        (MailSecurity::Tls | MailSecurity::Starttls, None) => {
            let cause = "no authorities";
            return Err(Error::new(ErrorCode::Internal, msg::MailUnusable { cause }));
        }
    };
    let builder = builder.tls(tls);
    let Some((user, file)) = &server.login else {
        return Ok(builder.build());
    };
    let content = identity::secret(file)?;
    let password = std::str::from_utf8(&content).unwrap_or_default();
    let password = password.lines().next().unwrap_or_default().to_owned();
    let credentials = Credentials::new(user.clone(), password);
    Ok(builder.credentials(credentials).build())
}

/// TLS with a server of this name, verified by these authorities alone.
fn parameters(server: &MailServer, authorities: &Authorities) -> Result<TlsParameters> {
    let mut builder =
        TlsParameters::builder(server.host.clone()).certificate_store(CertificateStore::None);
    for authority in &authorities.certificates {
        let certificate = Certificate::from_der(authority.to_vec());
        builder = builder.add_root_certificate(certificate.map_err(|cause| internal(&cause))?);
    }
    builder.build().map_err(|cause| internal(&cause))
}

fn mailbox(address: &str) -> Result<Mailbox> {
    address.parse().map_err(|_| {
        let text = chengji_domain::Quoted(address);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::MailAddressMalformed { text },
        )
    })
}

fn internal(cause: &dyn std::error::Error) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::MailUnusable { cause })
}

fn unavailable(message: impl Into<Text>) -> Error {
    Error::new(ErrorCode::PeerUnavailable, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_plain_text_from_the_node_to_the_subscriber() {
        let mail = Mail {
            to: "wang.fang@changsha.example".to_owned(),
            id: "430100-1-7".to_owned(),
            subject: "通知".to_owned(),
            text: "2026-11-27 已授权\n".to_owned(),
        };
        let message = mail.message("chengji@changsha.example").unwrap();
        let written = String::from_utf8(message.formatted()).unwrap();
        for line in [
            "From: chengji@changsha.example\r\n",
            "To: wang.fang@changsha.example\r\n",
            "Message-ID: <430100-1-7@changsha.example>\r\n",
        ] {
            assert!(written.contains(line), "{written}");
        }
        assert!(mailbox("").is_err());
    }
}
