//! Finds every mistake in settings, not only the first. Deserializing stops at the first mistake; each
//! one found is recorded and removed, and the settings are read again.

use chengji_domain::{Error, Result, Violation};
use chengji_messages::{Message, Value as MessageValue, msg};
use figment::Figment;
use figment::error::Kind;
use figment::value::{Dict, Value};
use serde::de::DeserializeOwned;

use super::{Sources, misconfigured};

/// Maximum number of mistakes that are looked for.
const MAX: usize = 200;

/// Settings of all sources during deserialization.
pub(super) struct SettingsReader<'a> {
    sources: &'a Sources<'a>,
    figment: Figment,
    value: Value,
    violations: Vec<Violation>,
    /// Settings that were removed or filled in after a mistake; errors about these are not the user's.
    altered: Vec<Vec<String>>,
}

impl<'a> SettingsReader<'a> {
    pub(super) fn new(sources: &'a Sources<'a>, figment: Figment) -> Result<Self> {
        let value = figment.find_value("").map_err(|cause| {
            let cause = MessageValue::text(cause);
            misconfigured(msg::SettingsUnreadable { cause })
        })?;
        Ok(Self {
            sources,
            figment,
            value,
            violations: Vec::new(),
            altered: Vec::new(),
        })
    }

    /// Deserializes the settings, then checks their values, filled-in ones included, so that a mistake of
    /// one kind does not hide those of the other.
    pub(super) fn parse<T: DeserializeOwned, U>(
        mut self,
        check: impl FnOnce(T, &mut Mistakes<'_>) -> Option<U>,
    ) -> Result<U, Vec<Violation>> {
        let settings = self.deserialize::<T>();
        let mut mistakes = Mistakes { reader: self };
        let checked = settings.and_then(|settings| check(settings, &mut mistakes));
        let violations = mistakes.reader.violations;
        checked.filter(|_| violations.is_empty()).ok_or(violations)
    }

    /// The settings, with mistaken ones removed or filled in; `None` where that is not possible.
    fn deserialize<T: DeserializeOwned>(&mut self) -> Option<T> {
        for _ in 0..MAX {
            let error = match self.value.deserialize::<T>() {
                Ok(settings) => return Some(settings),
                Err(error) => error,
            };
            let go_on = match &error.kind {
                Kind::MissingField(name) => {
                    let mut path = error.path.clone();
                    path.push(name.to_string());
                    self.note_missing::<T>(path)
                }
                kind => self.note_wrong(kind, &error.path),
            };
            if !go_on {
                break;
            }
        }
        None
    }

    /// Records a wrong setting and removes it. Returns true if another pass can find more.
    fn note_wrong(&mut self, kind: &Kind, path: &[String]) -> bool {
        if self.altered.iter().any(|altered| altered.starts_with(path)) {
            return false;
        }
        if matches!(kind, Kind::InvalidType(..)) && self.read_as_text(path) {
            return true;
        }
        let violation = Violation::new(self.place(path), problem(kind));
        self.violations.push(violation);
        match remove(&mut self.value, path) {
            Some(removed) => {
                self.altered.push(removed.to_vec());
                true
            }
            None => false,
        }
    }

    /// Records a missing setting and fills it in. Returns true if another pass can find more.
    fn note_missing<T: DeserializeOwned>(&mut self, path: Vec<String>) -> bool {
        if !self.altered.contains(&path) {
            let violation = self.missing(&path);
            self.violations.push(violation);
        }
        let filled = self.fill::<T>(&path);
        self.altered.push(path);
        filled
    }

    /// Retries a variable's text that was parsed as a number or a list as text, such as a city's code.
    fn read_as_text(&mut self, path: &[String]) -> bool {
        let Some(value) = find(&mut self.value, path) else {
            return false;
        };
        let tag = value.tag();
        let text = self
            .figment
            .get_metadata(tag)
            .and_then(|metadata| self.sources.variables.get(metadata.name.as_ref()));
        match text {
            Some(text) if !matches!(value, Value::String(..)) => {
                *value = Value::String(tag, text.clone());
                true
            }
            _ => false,
        }
    }

    /// Fills in a missing setting with a value that its type accepts.
    fn fill<T: DeserializeOwned>(&mut self, path: &[String]) -> bool {
        let Some((name, parent)) = path.split_last() else {
            return false;
        };
        for filler in fillers() {
            let mut trial = self.value.clone();
            let Some(Value::Dict(_, settings)) = find(&mut trial, parent) else {
                return false;
            };
            settings.insert(name.clone(), filler);
            let refused = trial
                .deserialize::<T>()
                .is_err_and(|e| !e.missing() && e.path == path);
            if !refused {
                self.value = trial;
                return true;
            }
        }
        false
    }

    fn missing(&self, path: &[String]) -> Violation {
        let key = path.join(".");
        let prefix = self.sources.env_prefix;
        let in_a_list = path.iter().any(|step| step.parse::<usize>().is_ok());
        let problem: Message = if prefix.is_empty() || in_a_list {
            msg::SettingMissing.into()
        } else {
            let variable = format!("{prefix}{}", path.join("__").to_uppercase());
            msg::SettingMissingVariable { variable }.into()
        };
        let field = match self.sources.file {
            Some(file) => format!("{}:{key}", file.display()),
            None => key,
        };
        Violation::new(field, problem)
    }

    /// Describes the source of the setting.
    fn place(&mut self, path: &[String]) -> String {
        let tag = (0..=path.len())
            .rev()
            .find_map(|depth| find(&mut self.value, &path[..depth]).map(|value| value.tag()));
        match tag.and_then(|tag| self.figment.get_metadata(tag)) {
            Some(metadata) => metadata.interpolate(self.figment.profile(), path),
            None => path.join("."),
        }
    }
}

/// Collects mistakes in the values of settings.
pub struct Mistakes<'m> {
    reader: SettingsReader<'m>,
}

impl Mistakes<'_> {
    /// Reports a mistake in a setting, named as in the file: `measuring.every_minutes`.
    pub fn report(&mut self, setting: &str, problem: impl Into<Message>) {
        let path: Vec<String> = setting.split('.').map(str::to_owned).collect();
        let reader = &mut self.reader;
        if !reader
            .altered
            .iter()
            .any(|altered| altered.starts_with(&path))
        {
            let field = reader.place(&path);
            reader.violations.push(Violation::new(field, problem));
        }
    }

    /// Returns the number given for a setting; `None` if none is given.
    pub(super) fn number(&mut self, path: &[String]) -> Option<u64> {
        let number = find(&mut self.reader.value, path)?.to_num()?;
        number.to_u128_lossy()?.try_into().ok()
    }

    /// Returns the names of the settings or sections that are given in a section.
    pub(super) fn names(&mut self, path: &[String]) -> Vec<String> {
        match find(&mut self.reader.value, path) {
            Some(Value::Dict(_, settings)) => settings.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Reports the mistakes found in the file or folder that a setting names.
    pub fn extend(&mut self, setting: &str, error: &Error) {
        match error.violations() {
            [] => self.report(setting, error.message()),
            found => self.reader.violations.extend_from_slice(found),
        }
    }
}

fn problem(kind: &Kind) -> Message {
    let names = |known: &[&'static str]| known.iter().copied().collect::<MessageValue>();
    match kind {
        Kind::UnknownField(_, known) => msg::SettingUnknown {
            known: names(known),
        }
        .into(),
        Kind::UnknownVariant(found, known) => msg::SettingValueUnknown {
            found,
            known: names(known),
        }
        .into(),
        other => msg::SettingValueWrong {
            cause: MessageValue::text(other),
        }
        .into(),
    }
}

fn fillers() -> [Value; 6] {
    [
        Value::from(Dict::new()),
        Value::from(Vec::<Value>::new()),
        Value::from(""),
        Value::from("127.0.0.1:1"),
        Value::from(1_u8),
        Value::from(false),
    ]
}

fn find<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    let Some((step, rest)) = path.split_first() else {
        return Some(value);
    };
    let next = match value {
        Value::Dict(_, settings) => settings.get_mut(step)?,
        Value::Array(_, items) => items.get_mut(step.parse::<usize>().ok()?)?,
        _ => return None,
    };
    find(next, rest)
}

/// Removes a setting, or the whole list that contains it; returns the path removed.
fn remove<'p>(value: &mut Value, path: &'p [String]) -> Option<&'p [String]> {
    let (name, parent) = path.split_last()?;
    match find(value, parent)? {
        Value::Dict(_, settings) => settings.remove(name).map(|_| path),
        _ => remove(value, parent),
    }
}
