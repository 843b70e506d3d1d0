//! Forms of the messages that a webhook receives.

use std::str::FromStr;

use chengji_messages::{Language, Value, msg};

use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// The form of the messages that a webhook receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookForm {
    /// An event for programs: CloudEvents 1.0 in JSON, signed after Standard Webhooks.
    CloudEvents,
    /// A text for people, in this language, for the robot of a chat group.
    Robot(Robot, Language),
}

/// A chat program whose groups have robots (群机器人). The text form is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Robot {
    /// DingTalk (钉钉), also as a local installation for governments.
    DingTalk,
    /// WeCom (企业微信), also as a local installation for governments.
    WeCom,
}

impl WebhookForm {
    /// The pinned names, that of [`Self::CloudEvents`] first.
    pub const NAMES: [&'static str; 3] = ["cloudevents", "dingtalk", "wecom"];

    /// Returns the form of this name, with texts in a language.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for an unknown name.
    pub fn of(name: &str, language: Language) -> Result<Self> {
        match name {
            "cloudevents" => Ok(Self::CloudEvents),
            robot => Ok(Self::Robot(robot.parse()?, language)),
        }
    }

    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudEvents => "cloudevents",
            Self::Robot(robot, _) => robot.as_str(),
        }
    }
}

impl Robot {
    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DingTalk => "dingtalk",
            Self::WeCom => "wecom",
        }
    }

    /// Returns the name of the query parameter that carries the token.
    pub fn token_parameter(self) -> &'static str {
        match self {
            Self::DingTalk => "access_token",
            Self::WeCom => "key",
        }
    }
}

impl FromStr for Robot {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "dingtalk" => Ok(Self::DingTalk),
            "wecom" => Ok(Self::WeCom),
            _ => {
                let known: Value = WebhookForm::NAMES.into_iter().collect();
                let text = Quoted(text);
                let message = msg::WebhookFormUnknown { known, text };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_parses_what_it_prints() {
        for name in WebhookForm::NAMES {
            let form = WebhookForm::of(name, Language::Chinese).unwrap();
            assert_eq!(form.as_str(), name);
        }
        let unknown = WebhookForm::of("telegram", Language::Chinese).unwrap_err();
        assert_eq!(unknown.code(), ErrorCode::InvalidArgument);
    }
}
