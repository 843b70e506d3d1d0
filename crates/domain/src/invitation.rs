//! Invitations (邀请码): one line of text that admits one principal once. It contains the address to
//! join at, the digest of the authority to trust, the principal, and a secret. The issuer keeps its
//! digest only.

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;

/// The prefix of every invitation.
const PREFIX: &str = "chengji-";
const VERSION: &str = "1";
/// Number of bytes of the digest at the end, which detect typing mistakes.
const CHECK: usize = 4;
/// Maximum length of an invitation in characters.
const MAX: usize = 2_000;

/// An invitation, as held by the invited party.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its number, by which the issuer looks it up.
    pub id: u64,
    /// The principal that the certificate will name.
    pub subject: Principal,
    /// The name of the cluster.
    pub cluster: String,
    /// The address to join at, `host:port`.
    pub address: String,
    /// SHA-256 of the certificate of the cluster's authority.
    pub authority: Digest,
    /// End of its validity.
    pub expires: Timestamp,
    /// Random secret.
    pub secret: [u8; 16],
}

/// An invitation, as recorded by its issuer, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedInvitation {
    /// SHA-256 of its text.
    pub digest: Digest,
    /// The invited principal.
    pub subject: Principal,
    /// End of its validity.
    pub expires: Timestamp,
    /// For a city: its name.
    pub city_name: String,
    /// The redemption, if it was redeemed.
    pub redeemed: Option<Redemption>,
}

/// The redemption of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// SHA-256 of the public key that redeemed it.
    pub key: Digest,
    /// Time of the redemption.
    pub at: Timestamp,
}

impl Invitation {
    /// Returns the digest kept by the issuer: it identifies exactly this text, and an invitation
    /// cannot be derived from it.
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(self.text()).into())
    }

    fn text(&self) -> String {
        [
            VERSION,
            &self.id.to_string(),
            &self.subject.to_string(),
            &self.cluster,
            &self.address,
            &self.authority.to_string(),
            &self.expires.as_second().to_string(),
            &HEXLOWER.encode(&self.secret),
        ]
        .join(" ")
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.text().into_bytes();
        let check = Sha256::digest(&bytes);
        bytes.extend_from_slice(&check[..CHECK]);
        write!(f, "{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invitation {} of {} to {}",
            self.id, self.subject, self.address
        )
    }
}

impl FromStr for Invitation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let coded = text.strip_prefix(PREFIX).filter(|rest| rest.len() <= MAX);
        let coded = coded.ok_or_else(|| unusable(msg::InvitationMalformed { prefix: PREFIX }))?;
        let damaged = || unusable(msg::InvitationDamaged);
        let bytes = BASE64URL_NOPAD
            .decode(coded.as_bytes())
            .map_err(|_| damaged())?;
        let (payload, check) = bytes.split_last_chunk::<CHECK>().ok_or_else(damaged)?;
        if Sha256::digest(payload)[..CHECK] != *check {
            return Err(damaged());
        }
        let payload = std::str::from_utf8(payload).map_err(|_| damaged())?;
        let parts: Vec<&str> = payload.split(' ').collect();
        let [
            version,
            id,
            subject,
            cluster,
            address,
            authority,
            expires,
            secret,
        ] = parts[..]
        else {
            return Err(damaged());
        };
        if version != VERSION {
            return Err(unusable(msg::InvitationOfAnotherVersion));
        }
        let expires = expires
            .parse()
            .ok()
            .and_then(|s| Timestamp::from_second(s).ok());
        let secret = HEXLOWER.decode(secret.as_bytes()).ok();
        Ok(Self {
            id: id.parse().map_err(|_| damaged())?,
            subject: subject.parse().map_err(|_| damaged())?,
            cluster: cluster.to_owned(),
            address: address.to_owned(),
            authority: authority.parse().map_err(|_| damaged())?,
            expires: expires.ok_or_else(damaged)?,
            secret: secret.and_then(|s| s.try_into().ok()).ok_or_else(damaged)?,
        })
    }
}

/// Returns the error of an unusable invitation.
pub fn unusable(why: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvitationInvalid, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            id: 7,
            subject: "city/430100/node".parse().unwrap(),
            cluster: "demo".to_owned(),
            address: "coordinator.example:7400".to_owned(),
            authority: Digest([3; 32]),
            expires: Timestamp::from_second(1_800_000_000).unwrap(),
            secret: [9; 16],
        }
    }

    #[test]
    fn it_says_nothing_of_its_secret_but_in_itself() {
        let shown = format!("{:?}", invitation());
        assert!(!shown.contains("0909"), "{shown}");
    }

    proptest! {
        #[test]
        fn it_parses_what_it_prints(
            id: u64, secret: [u8; 16], pin: [u8; 32], seconds in 0_i64..4_000_000_000,
        ) {
            let one = Invitation {
                id, secret, authority: Digest(pin),
                expires: Timestamp::from_second(seconds).unwrap(),
                ..invitation()
            };
            prop_assert_eq!(one.to_string().parse::<Invitation>().unwrap(), one);
        }

        #[test]
        fn one_changed_character_is_noticed(at in 0_usize..300, with in "[A-Za-z0-9_-]") {
            let text = invitation().to_string();
            let at = PREFIX.len() + at % (text.len() - PREFIX.len());
            let changed = format!("{}{with}{}", &text[..at], &text[at + 1..]);
            if changed != text {
                // The last character of base64 has unused bits, which must be zero.
                prop_assert!(changed.parse::<Invitation>().is_err(), "{}", changed);
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in "(chengji-)?[ -~]{0,300}") {
            let _ = text.parse::<Invitation>();
        }
    }
}
