//! Ranges of numbers, checked by the schema of the settings, also in sections whose names are free.

use chengji_messages::{Message, msg};
use serde_json::Value as Json;

use super::mistakes::Mistakes;

impl Mistakes<'_> {
    /// Reports every number outside the range that the schema gives its setting.
    pub(super) fn report_out_of_range(&mut self, schema: &Json) {
        let mut path = Vec::new();
        self.check_ranges(schema, &mut path);
    }

    fn check_ranges(&mut self, schema: &Json, path: &mut Vec<String>) {
        let properties = schema.get("properties").and_then(Json::as_object);
        for (name, setting) in properties.into_iter().flatten() {
            path.push(name.clone());
            let found = self.number(path);
            if let Some(problem) = found.and_then(|found| problem(found, setting)) {
                self.report(&path.join("."), problem);
            }
            self.check_ranges(setting, path);
            path.pop();
        }
        let Some(section) = schema
            .get("additionalProperties")
            .filter(|of_all| of_all.is_object())
        else {
            return;
        };
        for name in self.names(path) {
            path.push(name);
            self.check_ranges(section, path);
            path.pop();
        }
    }
}

fn problem(found: u64, setting: &Json) -> Option<Message> {
    let bound = |name: &str| setting.get(name).and_then(Json::as_u64);
    let least = bound("minimum").unwrap_or_default();
    match bound("maximum") {
        Some(most) => (!(least..=most).contains(&found)).then(|| {
            let problem = msg::SettingOutOfRange { found, least, most };
            problem.into()
        }),
        None => (found < least).then(|| msg::SettingTooSmall { found, least }.into()),
    }
}
