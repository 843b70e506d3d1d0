//! Signatures of webhooks after Standard Webhooks 1.0 (<https://www.standardwebhooks.com>): HMAC-SHA256 over the id,
//! the time and the content.

use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_transport::identity;
use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The beginning of a written secret.
const PREFIX: &str = "whsec_";
/// Minimum and maximum length of a secret, bytes (Standard Webhooks, "Signature scheme").
const MIN_SECRET: usize = 24;
const MAX_SECRET: usize = 64;

/// The secret of a webhook. It is not shown, and wiped when dropped.
pub(super) struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// Reads it from a file that only its owner may read. Errors: `MISCONFIGURED`.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let content = identity::secret(file)?;
        let text = std::str::from_utf8(&content).unwrap_or_default();
        Self::parse(text).ok_or_else(|| {
            let message: Message = msg::WebhookSecretMalformed { file }.into();
            Error::new(ErrorCode::Misconfigured, message)
        })
    }

    /// Parses its written form.
    fn parse(text: &str) -> Option<Self> {
        let encoded = text.trim().strip_prefix(PREFIX)?;
        let key = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
        (MIN_SECRET..=MAX_SECRET)
            .contains(&key.len())
            .then_some(Self(key))
    }

    /// Signs a content that is sent under this id at this time: the value of the header `webhook-signature`.
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes a key of any length (RFC 2104)"
    )]
    pub(super) fn sign(&self, id: &str, at: Timestamp, content: &[u8]) -> String {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.0);
        let mut mac = mac.expect("a key of any length is taken");
        mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
        mac.update(content);
        format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// The example of the reference implementations of Standard Webhooks.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_content_is_signed_as_the_reference_implementations_sign_it() {
        let secret = WebhookSecret::parse(SECRET).unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let content = br#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, content);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature, expected);
    }

    #[test]
    fn a_secret_is_long_enough_and_in_a_file_of_its_owner() {
        for wrong in [
            "",
            "whsec_",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_c2hvcnQ=",
            "whsec_%",
        ] {
            assert!(WebhookSecret::parse(wrong).is_none(), "{wrong}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("oa");
        fs::write(&file, format!("{SECRET}\n")).unwrap();
        for (mode, is_taken) in [(0o600, true), (0o644, false)] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            let read = WebhookSecret::read(&file).map(drop);
            assert_eq!(read.is_ok(), is_taken, "{mode:o}");
        }
    }
}
