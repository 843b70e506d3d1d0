//! Paths in JSON objects: the values at a path, and the members that no path begins with.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use serde_json::{Map, Value};

use super::columns::of_secrecy;
use super::headings::{clipped, mentions_secrecy};
use super::layout::{InvalidValue, Layout, Picked};
use super::records::trimmed;

/// Maximum number of unused members listed.
const MAX_NAMED: usize = 50;

/// The values at a path: names joined by `.`. A list denotes each of its elements, with or without `[]`
/// after its name; a list of objects with `key` and `value` is read as one object.
pub(super) fn at_path<'v>(object: &'v Map<String, Value>, path: &str) -> Picked<'v> {
    let mut found = Vec::new();
    walk_object(object, &path.replace("[]", ""), &mut found)?;
    found.retain(|text| !trimmed(text).is_empty());
    Ok(found)
}

fn walk<'v>(
    value: &'v Value,
    path: &str,
    found: &mut Vec<Cow<'v, str>>,
) -> std::result::Result<(), InvalidValue> {
    match value {
        Value::Array(list) => list.iter().try_for_each(|value| walk(value, path, found)),
        Value::Object(object) if path.is_empty() => Err(InvalidValue {
            value: Value::Object(object.clone())
                .to_string()
                .chars()
                .take(100)
                .collect(),
        }),
        Value::Object(object) => walk_object(object, path, found),
        // A path that continues from here finds nothing.
        scalar => {
            found.extend(text_of(scalar).filter(|_| path.is_empty()));
            Ok(())
        }
    }
}

fn text_of(scalar: &Value) -> Option<Cow<'_, str>> {
    match scalar {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(yes) => Some(Cow::Borrowed(if *yes { "是" } else { "否" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn walk_object<'v>(
    object: &'v Map<String, Value>,
    path: &str,
    found: &mut Vec<Cow<'v, str>>,
) -> std::result::Result<(), InvalidValue> {
    // A name may contain dots.
    if let Some(value) = object.get(path) {
        return walk(value, "", found);
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    if let Some(value) = object.get(name) {
        return walk(value, rest, found);
    }
    match (
        object.get("key").and_then(Value::as_str),
        object.get("value"),
    ) {
        (Some(key), Some(value)) if key == path => walk(value, "", found),
        (Some(key), Some(value)) if key == name => walk(value, rest, found),
        _ => Ok(()),
    }
}

/// The members of a file's objects that a map does not use.
#[derive(Debug)]
pub(super) struct Unused<'l> {
    used: BTreeSet<&'l str>,
    met: BTreeSet<String>,
    /// True if an object has a member that the map uses.
    fits: bool,
}

impl<'l> Unused<'l> {
    pub(super) fn new(layout: &'l Layout) -> Self {
        let first = |path: &'l str| path.split(['.', '[']).next().unwrap_or(path);
        let names = layout.columns().flat_map(|path| [path, first(path)]);
        Self {
            used: names.collect(),
            met: BTreeSet::new(),
            fits: false,
        }
    }

    /// Records the members of an object of the file.
    pub(super) fn meet(&mut self, object: &Map<String, Value>) {
        for name in object.keys() {
            let used = self.used.contains(name.as_str());
            self.fits |= used;
            let room = self.met.len() < MAX_NAMED || mentions_secrecy(name);
            if !used && room && !self.met.contains(name) {
                self.met.insert(name.clone());
            }
        }
    }

    /// Refuses a file without any member that the map uses, or with an unused member that may mark
    /// records as secret.
    pub(super) fn check(&self, layout: &Layout, file: &str) -> Result<()> {
        let secret: Vec<_> = of_secrecy(self.met.iter().map(String::as_str)).collect();
        let map = layout.name();
        if !secret.is_empty() {
            let message = msg::MapMemberOfSecrecy { file, map };
            return Err(Error::new(ErrorCode::InvalidArgument, message).with_violations(secret));
        }
        if !self.fits && !self.used.is_empty() {
            let message = msg::MapFitsNoRecord { file, map };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(())
    }

    /// The note about unused members.
    pub(super) fn note(&self) -> Option<Message> {
        let members: Vec<String> = self.met.iter().map(|name| clipped(name)).collect();
        (!members.is_empty()).then(|| msg::MapMembersUnused { members }.into())
    }
}
