//! The catalogues, parsed once, and what becomes of a message in them.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::language::Language;
use crate::message::{Message, Value};
use crate::moment::Shown;
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
    // Terminals and sheets show the marks of isolation as characters of their own.
    bundle.set_use_isolating(false);
    // The build has read the catalogue: it has no errors.
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

/// A message in a language, or an attribute of it; none where the catalogue has none, or needs parameters that
/// the message does not have.
pub(crate) fn render(
    language: Language,
    message: &Message,
    attribute: Option<&str>,
) -> Option<String> {
    let (rendered, wrong) = rendered(language, message, attribute);
    rendered.filter(|_| wrong.is_empty())
}

/// A message in a language, and what was wrong with its parameters.
pub(crate) fn rendered(
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
        // A number that a message chooses its form by; one beyond what a float holds exactly is a text.
        Value::Integer(number) if number.unsigned_abs() < 1 << 53 => FluentValue::from(*number),
        other => FluentValue::from(value(language, other)),
    }
}

/// A value in a language. Texts become harmless here, wherever they are shown.
pub(crate) fn value(language: Language, value: &Value) -> String {
    match value {
        Value::Text(text) => OneLine(text).to_string(),
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
