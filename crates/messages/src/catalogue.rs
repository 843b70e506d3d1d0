//! The catalogues, parsed once, and the rendering of messages with them.

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
        // A number that selects a plural form; one beyond the exact range of a float becomes a text.
        Value::Integer(number) if number.unsigned_abs() < 1 << 53 => FluentValue::from(*number),
        other => FluentValue::from(value(language, other)),
    }
}

/// Renders a value in a language. Unsafe characters of texts are escaped here, for every output.
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
