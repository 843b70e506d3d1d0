//! Robots of chat groups (群机器人): the token in their address, the signature that DingTalk may ask for, the form of
//! messages and of answers.
//!
//! Sources: DingTalk, "自定义机器人接入" and "自定义机器人安全设置"; WeCom, "群机器人配置说明". The token is a secret: whoever has it can write
//! to the group. It is read from a file, and is in no log, answer or message of this node. The file holds the whole
//! address, so that a subscriber, who chooses both the file and the address, cannot have the token sent elsewhere.

use std::path::Path;

use chengji_domain::notification::{Robot, WebhookTarget};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_transport::identity;
use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Maximum lengths of a token and of a secret for signatures, bytes.
const MAX_TOKEN: usize = 256;

/// The secrets of a robot: never printed, and wiped when dropped.
pub(super) struct RobotSecret {
    robot: Robot,
    /// The address that the token may be sent to.
    target: WebhookTarget,
    token: Zeroizing<String>,
    /// The secret for signatures (加签), where DingTalk asks for them.
    signing: Option<Zeroizing<String>>,
}

impl RobotSecret {
    /// Reads them for calls of this address from a file that only its owner may read: in the first line the robot's
    /// address with the token, and in the second one the secret for signatures, if there is one. Errors: `MISCONFIGURED`,
    /// also for the file of another address.
    pub(super) fn read(file: &Path, robot: Robot, target: &WebhookTarget) -> Result<Self> {
        let content = identity::secret(file)?;
        let text = std::str::from_utf8(&content).unwrap_or_default();
        let message: Message = match Self::parse(text, robot) {
            Some(secret) if secret.target == *target => return Ok(secret),
            Some(_) => msg::RobotAddressOther { file }.into(),
            None => {
                let parameter = robot.token_parameter();
                msg::RobotSecretMalformed { file, parameter }.into()
            }
        };
        Err(Error::new(ErrorCode::Misconfigured, message))
    }

    fn parse(text: &str, robot: Robot) -> Option<Self> {
        let mut lines = text.trim().lines().map(str::trim);
        let is_plain = |word: &&str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            (1..=MAX_TOKEN).contains(&word.len()) && word.bytes().all(is_plain)
        };
        let (address, query) = lines.next()?.split_once('?')?;
        let token = query.strip_prefix(robot.token_parameter())?;
        let token = token.strip_prefix('=').filter(is_plain)?;
        let signing = match (lines.next(), robot) {
            (None, _) => None,
            (Some(line), Robot::DingTalk) => Some(Some(line).filter(is_plain)?),
            (Some(_), Robot::WeCom) => return None,
        };
        let owned = |word: &str| Zeroizing::new(word.to_owned());
        if lines.next().is_some() {
            return None;
        }
        Some(Self {
            robot,
            target: address.parse().ok()?,
            token: owned(token),
            signing: signing.map(owned),
        })
    }

    /// The query of the robot's address for a call at this time: the token, and the signature of the time.
    pub(super) fn query(&self, at: Timestamp) -> Zeroizing<String> {
        let (parameter, token) = (self.robot.token_parameter(), self.token.as_str());
        let signed = self.signing.as_ref().map(|secret| {
            let at = at.as_millisecond();
            format!("&timestamp={at}&sign={}", sign(secret, at))
        });
        let signed = signed.unwrap_or_default();
        Zeroizing::new(format!("{parameter}={token}{signed}"))
    }
}

/// The signature of a time in milliseconds by DingTalk's rule, as part of a query.
#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn sign(secret: &str, at: i64) -> String {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("a key of any length is accepted");
    mac.update(format!("{at}\n{secret}").as_bytes());
    let encoded = BASE64.encode(&mac.finalize().into_bytes());
    let encoded = encoded.replace('+', "%2B").replace('/', "%2F");
    encoded.replace('=', "%3D")
}

/// The message with a text; DingTalk and WeCom take the same form.
pub(super) fn message(text: &str) -> Vec<u8> {
    let message = json!({ "msgtype": "text", "text": { "content": text } });
    message.to_string().into_bytes()
}

/// Refuses an answer which says that the robot did not accept the message; such an answer also has status 200. Errors:
/// `PEER_INVALID`.
pub(super) fn judge(answer: &[u8], host: &str) -> Result<()> {
    let answer: Option<Json> = serde_json::from_slice(answer).ok();
    let code = answer.and_then(|answer| answer.get("errcode")?.as_i64());
    let message: Message = match code {
        Some(0) => return Ok(()),
        Some(code) => {
            let code = code.to_string();
            msg::RobotRefused { code, host }.into()
        }
        None => msg::RobotAnswerUnknown { host }.into(),
    };
    Err(Error::new(ErrorCode::PeerInvalid, message))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_millisecond(1_795_392_000_123).unwrap()
    }

    const DINGTALK: &str = "https://oapi.example/robot/send?access_token=abc";
    const WECOM: &str = "https://qyapi.example/webhook/send?key=abc-1_2";

    #[test]
    fn a_token_comes_from_a_file_and_is_signed_where_a_second_line_says_so() {
        let query = |text: &str, robot| {
            let secret = RobotSecret::parse(text, robot)?;
            Some(secret.query(at()).as_str().to_owned())
        };
        let plain = query(&format!("{WECOM}\n"), Robot::WeCom);
        assert_eq!(plain.as_deref(), Some("key=abc-1_2"));
        let unsigned = query(DINGTALK, Robot::DingTalk);
        assert_eq!(unsigned.as_deref(), Some("access_token=abc"));
        let signed = query(&format!("{DINGTALK}\nSEC123\n"), Robot::DingTalk).unwrap();
        let (token, sign) = signed.split_once("&sign=").unwrap();
        assert_eq!(token, "access_token=abc&timestamp=1795392000123");
        assert!(!sign.contains(['+', '/', '=', '&']), "{sign}");
        for wrong in [
            "",
            "abc",
            // The secret of a webhook is no robot's, whatever letters it has.
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            WECOM,
            &format!("{DINGTALK}&more=1"),
            &format!("{DINGTALK}\nSEC\nmore"),
        ] {
            assert_eq!(query(wrong, Robot::DingTalk), None, "{wrong}");
        }
        assert_eq!(query(&format!("{WECOM}\nSEC"), Robot::WeCom), None);
    }

    #[test]
    fn a_token_is_for_the_address_in_its_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("group");
        fs::write(&file, DINGTALK).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let read = |url: &str| {
            let target: WebhookTarget = url.parse().unwrap();
            RobotSecret::read(&file, Robot::DingTalk, &target).map(drop)
        };
        assert_eq!(read("https://oapi.example/robot/send"), Ok(()));
        for other in [
            "https://robots.example/robot/send",
            "https://oapi.example:8443/robot/send",
            "https://oapi.example/elsewhere",
            "http://oapi.example/robot/send",
        ] {
            let refused = read(other).unwrap_err();
            assert_eq!(refused.message().code(), "robot-address-other", "{other}");
        }
    }

    #[test]
    fn the_signature_is_that_of_the_time_and_the_secret_by_the_secret() {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(b"SEC1").unwrap();
        mac.update(b"1795392000123\nSEC1");
        let expected = BASE64.encode(&mac.finalize().into_bytes());
        let decoded = sign("SEC1", at().as_millisecond());
        let decoded = decoded.replace("%2B", "+").replace("%2F", "/");
        assert_eq!(decoded.replace("%3D", "="), expected);
    }

    #[test]
    fn an_answer_with_a_code_other_than_zero_is_a_failure() {
        let judged = |answer: &str| {
            let judged = judge(answer.as_bytes(), "oapi.example");
            judged.map_err(|error| error.message().code().to_owned())
        };
        assert_eq!(judged(r#"{"errcode":0,"errmsg":"ok"}"#), Ok(()));
        for code in ["310000", "45009"] {
            let refused = judged(&format!(r#"{{"errcode":{code},"errmsg":"x"}}"#));
            assert_eq!(refused, Err("robot-refused".to_owned()));
        }
        for unknown in ["", "<html>", "[]", r#"{"errcode":"0"}"#] {
            let refused = judged(unknown);
            assert_eq!(refused, Err("robot-answer-unknown".to_owned()));
        }
    }
}
