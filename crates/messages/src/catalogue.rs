//! The catalogues, parsed once, and the rendering of messages with them.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::language::Language;
use crate::message::{Message, Value};
use crate::moment::Shown;
use crate::msg;
use crate::quoted::OneLine;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| {
    bundle(
        Language::English,
        include_str!(concat!(env!("OUT_DIR"), "/en.ftl")),
    )
});
static CHINESE: LazyLock<Bundle> = LazyLock::new(|| {
    bundle(
        Language::Chinese,
        include_str!(concat!(env!("OUT_DIR"), "/zh-CN.ftl")),
    )
});

fn bundle(language: Language, source: &str) -> Bundle {
    let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![id]);
    // Terminals and spreadsheets show isolation marks as visible characters.
    bundle.set_use_isolating(false);
    // The build has checked the catalogue: it has no errors.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

fn of(language: Language) -> &'static Bundle {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

impl Message {
    /// Renders the message in a language. A message missing in the catalogue, because a newer program sent
    /// it, is shown as its code and parameters.
    pub fn render(&self, language: Language) -> String {
        self::render(language, self, None).unwrap_or_else(|| self.unknown(language))
    }

    /// Renders the advice that comes with the message, if any.
    pub fn remedy(&self, language: Language) -> Option<String> {
        self::render(language, self, Some("remedy")).or_else(|| {
            let mut within = self.params().filter_map(|(_, value)| match value {
                Value::Message(message) => message.remedy(language),
                _ => None,
            });
            within.next()
        })
    }

    /// Renders the message in the language of this process.
    pub fn shown(&self) -> String {
        self.render(Language::of_process())
    }

    fn unknown(&self, language: Language) -> String {
        if let Some(text) = self.param(Self::TEXT) {
            return value(language, text);
        }
        let mut shown = OneLine(self.code()).to_string();
        for (n, (name, value)) in self.params().enumerate() {
            let separator = if n == 0 { ": " } else { ", " };
            shown.push_str(separator);
            shown.push_str(&OneLine(name).to_string());
            shown.push_str(" = ");
            shown.push_str(&self::value(language, value));
        }
        shown
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Language::English))
    }
}

/// Renders a message or one of its attributes in a language; `None` if the catalogue lacks it or it needs
/// parameters that the message does not have.
pub(crate) fn render(
    language: Language,
    message: &Message,
    attribute: Option<&str>,
) -> Option<String> {
    let (rendered, wrong) = rendered(language, message, attribute);
    rendered.filter(|_| wrong.is_empty())
}

/// Renders a message in a language, together with the errors of its parameters.
fn rendered(
    language: Language,
    message: &Message,
    attribute: Option<&str>,
) -> (Option<String>, Vec<String>) {
    let bundle = of(language);
    let pattern = bundle
        .get_message(message.code())
        .and_then(|found| match attribute {
            None => found.value(),
            Some(name) => found.get_attribute(name).map(|attribute| attribute.value()),
        });
    let Some(pattern) = pattern else {
        return (None, Vec::new());
    };
    let mut args = FluentArgs::new();
    for (name, param) in message.params() {
        args.set(name, argument(language, param));
    }
    let mut wrong = Vec::new();
    let text = bundle
        .format_pattern(pattern, Some(&args), &mut wrong)
        .into_owned();
    (Some(text), wrong.iter().map(ToString::to_string).collect())
}

fn argument(language: Language, param: &Value) -> FluentValue<'static> {
    match param {
        // A number that selects a plural form; one beyond the exact range of a float becomes a text.
        Value::Integer(number) if number.unsigned_abs() < 1 << 53 => FluentValue::from(*number),
        other => FluentValue::from(value(language, other)),
    }
}

/// Renders a value in a language. Unsafe characters of texts are escaped here, for every output.
fn value(language: Language, value: &Value) -> String {
    match value {
        Value::Text(text) => OneLine(text).to_string(),
        Value::Principal(principal) => self::principal(principal).render(language),
        Value::Integer(number) => number.to_string(),
        Value::Time(at) => Shown(*at).to_string(),
        Value::Date(date) => date.to_string(),
        Value::Message(message) => message.render(language),
        Value::List(values) => {
            let separator = match language {
                Language::English => ", ",
                Language::Chinese => "、",
            };
            let values: Vec<String> = values
                .iter()
                .map(|value| self::value(language, value))
                .collect();
            values.join(separator)
        }
    }
}

/// A principal as a language writes it; one of an unknown form stays as it is.
fn principal(principal: &str) -> Message {
    match *principal.split('/').collect::<Vec<_>>() {
        ["city", city, "node"] => msg::PrincipalNode { city }.into(),
        ["city", city, "person", name] => msg::PrincipalPerson { city, name }.into(),
        ["city", city, "app", name] => msg::PrincipalApp { city, name }.into(),
        ["coordinator"] => msg::PrincipalCoordinator.into(),
        ["operator", name] => msg::PrincipalOperator { name }.into(),
        ["auditor", name] => msg::PrincipalAuditor { name }.into(),
        _ => msg::Text { text: principal }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_message_is_shown_by_its_code_and_parameters() {
        let params = vec![
            ("days".to_owned(), Value::Integer(3)),
            (
                "from".to_owned(),
                Value::Date(jiff::civil::date(2026, 11, 24)),
            ),
            ("by".to_owned(), Value::Text("a\nb".to_owned())),
        ];
        let message = Message::received("too-early".to_owned(), params);
        let shown = ["too-early: days = 3", "from = 2026-11-24", "by = a⏎b"];
        assert_eq!(message.to_string(), shown.join(", "));
        let text = vec![("text".to_owned(), Value::Text("x".to_owned()))];
        let message = Message::received("OUT_OF_TURN".to_owned(), text);
        assert_eq!(message.to_string(), "x");
    }

    #[test]
    fn every_message_renders_in_every_language() {
        for language in Language::ALL {
            for (code, params) in msg::ALL {
                let params = params
                    .iter()
                    .map(|name| ((*name).to_owned(), Value::Integer(7)));
                let message = Message::received((*code).to_owned(), params.collect());
                let (rendered, wrong) = rendered(language, &message, None);
                assert_eq!(wrong, Vec::<String>::new(), "{code} in {language}");
                assert!(
                    rendered.is_some_and(|text| !text.is_empty()),
                    "{code} in {language}"
                );
            }
        }
    }

    #[test]
    fn no_parameter_moves_the_cursor_or_hides() {
        let text = "a\n\u{1b}[2J\u{202e}b";
        let message = Message::from(msg::Text { text });
        for language in Language::ALL {
            assert_eq!(message.render(language), r"a⏎\u{1b}[2J\u{202e}b");
        }
    }

    #[test]
    fn a_principal_is_as_certificates_write_it_in_english_and_readable_in_chinese() {
        for (principal, chinese) in [
            ("city/430100/node", "430100 节点"),
            ("city/430100/person/li.ming", "430100 人员 li.ming"),
            ("city/430100/app/portal", "430100 应用系统 portal"),
            ("coordinator", "协调机构"),
            ("operator/wang.wei", "运维员 wang.wei"),
            ("auditor/office", "审计员 office"),
            ("city/430100/unit/x", "city/430100/unit/x"),
        ] {
            let shown = |language| value(language, &Value::principal(principal));
            assert_eq!(shown(Language::English), principal);
            assert_eq!(shown(Language::Chinese), chinese);
        }
    }

    #[test]
    fn a_list_is_joined_as_its_language_joins() {
        let list = Value::from(vec!["a", "b", "c"]);
        assert_eq!(value(Language::English, &list), "a, b, c");
        assert_eq!(value(Language::Chinese, &list), "a、b、c");
    }
}
