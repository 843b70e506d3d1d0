//! A program's settings: a TOML file, overridden by the environment, overridden by flags; checked as a
//! whole before anything starts. The meaning of each setting is defined by the program, not here.
//!
//! The environment's names are the prefix and the setting's path in capitals, nested by `__`:
//! `CHENGJI_NODE_LISTEN__ADDRESS` is `listen.address`. Every variable that carries the prefix is a
//! setting, so that a misspelt one is refused and not ignored; the variable that names the
//! settings file itself must therefore not carry it.

mod mistakes;
mod overrides;
mod ranges;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use chengji_domain::{Error, ErrorCode, Result, Violation};
use chengji_messages::{Message, Value as MessageValue, msg};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Empty, Value};
use figment::{Figment, Metadata, Profile, Provider};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use mistakes::Mistakes;
use mistakes::SettingsReader;
pub use overrides::Overrides;

/// Returns the schema of settings of type `T`, with the schemas of its tables in place. It has the documentation,
/// defaults and ranges of the settings; `x-value` is the kind of value or the unit.
pub fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::default().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// Reads settings of type `T`, which refuses unknown keys (`deny_unknown_fields`), checks their ranges by its
/// schema, and converts them with `check`. `check` reports wrong values, and returns `None` only then; mistakes
/// of all kinds are listed in one error. `overrides` are the flags: a struct whose `None` fields leave a setting
/// as it is.
pub fn load<T: DeserializeOwned + JsonSchema, U>(
    file: Option<&Path>,
    env_prefix: &str,
    overrides: impl Serialize,
    check: impl FnOnce(T, &mut Mistakes<'_>) -> Option<U>,
) -> Result<U> {
    let sources = Sources {
        file,
        env_prefix,
        variables: variables(env_prefix)?,
    };
    let check = |settings: T, mistakes: &mut Mistakes<'_>| {
        mistakes.report_out_of_range(schema::<T>().as_value());
        check(settings, mistakes)
    };
    let missing = |path: &Path| msg::SettingsFileMissing { path }.into();
    sources.read(missing, overrides, check)
}

/// Reads a file that neither environment nor flags override; `missing` is the message, with its remedy, if the
/// file does not exist.
pub fn load_file<T: DeserializeOwned>(file: &Path, missing: fn(&Path) -> Message) -> Result<T> {
    let sources = Sources {
        file: Some(file),
        env_prefix: "",
        variables: BTreeMap::new(),
    };
    sources.read(missing, (), |settings, _| Some(settings))
}

/// The sources of settings, without flags.
struct Sources<'a> {
    file: Option<&'a Path>,
    env_prefix: &'a str,
    /// Variables by their full names.
    variables: BTreeMap<String, String>,
}

impl Sources<'_> {
    fn read<T: DeserializeOwned, U>(
        &self,
        missing: fn(&Path) -> Message,
        overrides: impl Serialize,
        check: impl FnOnce(T, &mut Mistakes<'_>) -> Option<U>,
    ) -> Result<U> {
        let mut figment = Figment::new();
        if let Some(file) = self.file {
            figment = figment.merge(Layer::of_file(file, missing)?);
        }
        for (name, text) in &self.variables {
            figment = figment.merge(Layer::of_variable(name, self.env_prefix, text));
        }
        figment = figment.merge(Layer::of_flags(overrides)?);
        SettingsReader::new(self, figment)?
            .parse(check)
            .map_err(|violations| self.wrong(violations))
    }

    fn wrong(&self, violations: Vec<Violation>) -> Error {
        let count = violations.len();
        let message: Message = match self.file {
            Some(path) => msg::SettingsFileWrong { count, path }.into(),
            None => msg::SettingsWrong { count }.into(),
        };
        misconfigured(message).with_violations(violations)
    }
}

/// Settings from one source.
struct Layer {
    metadata: Metadata,
    settings: Dict,
}

impl Layer {
    fn of_file(file: &Path, missing: fn(&Path) -> Message) -> Result<Self> {
        let text = std::fs::read_to_string(file).map_err(|e| match e.kind() {
            ErrorKind::NotFound => misconfigured(missing(file)),
            _ => misconfigured(msg::SettingsFileUnreadable {
                cause: e,
                path: file,
            }),
        })?;
        let shown = file.display().to_string();
        let settings = Toml::from_str(&text).map_err(|e| {
            let start = e.span().map_or(0, |span| span.start);
            let line = text
                .get(..start)
                .map_or(1, |before| before.matches('\n').count() + 1);
            let cause = e.message();
            misconfigured(msg::SettingsFileNotToml { path: file }).with_violations(vec![
                Violation::new(format!("{shown}:{line}"), msg::SettingValueWrong { cause }),
            ])
        })?;
        let metadata = Metadata::named("file")
            .interpolater(move |_: &Profile, keys: &[&str]| format!("{shown}:{}", keys.join(".")));
        Ok(Self { metadata, settings })
    }

    fn of_variable(name: &str, prefix: &str, text: &str) -> Self {
        let path = name
            .strip_prefix(prefix)
            .unwrap_or(name)
            .to_lowercase()
            .replace("__", ".");
        let value = text.parse().unwrap_or_else(|_| Value::from(text));
        let settings = figment::util::nest(&path, value)
            .into_dict()
            .unwrap_or_default();
        let field = name.to_owned();
        let metadata = Metadata::named(name.to_owned())
            .interpolater(move |_: &Profile, _: &[&str]| field.clone());
        Self { metadata, settings }
    }

    fn of_flags(overrides: impl Serialize) -> Result<Self> {
        let value = Value::serialize(overrides).map_err(|cause| {
            let cause = MessageValue::text(cause);
            Error::new(ErrorCode::Internal, msg::SettingsFlagsUnreadable { cause })
        })?;
        let mut settings = value.into_dict().unwrap_or_default();
        drop_unset(&mut settings);
        let metadata = Metadata::named("flags").interpolater(|_: &Profile, keys: &[&str]| {
            format!("--{}", keys.join("-").replace('_', "-"))
        });
        Ok(Self { metadata, settings })
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        self.metadata.clone()
    }

    fn data(&self) -> figment::Result<figment::value::Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.settings.clone()))
    }
}

/// Drops unset flags, and sections without any set flag, which must not create the section.
fn drop_unset(settings: &mut Dict) {
    settings.retain(|_, value| match value {
        Value::Empty(_, Empty::None) => false,
        Value::Dict(_, inner) => {
            drop_unset(inner);
            !inner.is_empty()
        }
        _ => true,
    });
}

fn variables(prefix: &str) -> Result<BTreeMap<String, String>> {
    let ours = std::env::vars_os().filter_map(|(name, text)| {
        let name = name
            .into_string()
            .ok()
            .filter(|name| name.starts_with(prefix))?;
        Some((name, text))
    });
    ours.map(|(name, text)| match text.into_string() {
        Ok(text) => Ok((name, text)),
        Err(_) => Err(misconfigured(msg::SettingsVariableNotText { name })),
    })
    .collect()
}

fn misconfigured(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::Misconfigured, message)
}

#[cfg(test)]
mod tests;
