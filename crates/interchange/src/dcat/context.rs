//! Resolves the names in a file by its `@context` of prefixes, terms and aliases. Every name for
//! `http://purl.org/dc/terms/title` in a file becomes `dct:title`.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// This software's prefixes. A file with a context of its own may bind them differently.
const PREFIXES: [(&str, &str); 8] = [
    ("chengji", "urn:chengji:catalogue#"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("dcterms", "http://purl.org/dc/terms/"),
];
/// Maximum depth of definitions that refer to each other.
const MAX_DEPTH: usize = 8;

/// The meanings of the names in a file.
#[derive(Debug, Default)]
pub(super) struct Context(HashMap<String, String>);

impl Context {
    /// Reads a `@context`. A remote one is not fetched: the usual prefixes then have their usual meaning,
    /// and other names have none.
    pub(super) fn learn(&mut self, context: &Value) {
        match context {
            Value::Array(contexts) => contexts.iter().for_each(|context| self.learn(context)),
            Value::Object(terms) => {
                for (term, definition) in terms {
                    let iri = match definition {
                        Value::String(iri) => Some(iri.as_str()),
                        definition => definition.get("@id").and_then(Value::as_str),
                    };
                    if let Some(iri) = iri {
                        self.0.insert(term.clone(), iri.to_owned());
                    }
                }
            }
            _ => {}
        }
    }

    /// A value with this software's names in place of the file's.
    pub(super) fn ours(&self, value: Value) -> Value {
        match value {
            Value::Array(values) => {
                Value::Array(values.into_iter().map(|value| self.ours(value)).collect())
            }
            Value::Object(members) => {
                let members = members
                    .into_iter()
                    .map(|(name, value)| self.member(&name, value));
                Value::Object(members.collect::<Map<_, _>>())
            }
            value => value,
        }
    }

    /// This software's name of a property or class.
    pub(super) fn name(&self, name: &str) -> String {
        let iri = self.expanded(name, MAX_DEPTH);
        let ours = PREFIXES
            .iter()
            .find_map(|(prefix, of)| Some((prefix, iri.strip_prefix(of)?)));
        match ours {
            Some((prefix, rest)) => format!("{prefix}:{rest}"),
            None => iri,
        }
    }

    fn member(&self, name: &str, value: Value) -> (String, Value) {
        let name = self.name(name);
        let value = match (name.as_str(), value) {
            ("@type", Value::String(class)) => Value::String(self.name(&class)),
            ("@type", Value::Array(classes)) => {
                let class = |class: Value| match class {
                    Value::String(class) => Value::String(self.name(&class)),
                    other => other,
                };
                Value::Array(classes.into_iter().map(class).collect())
            }
            (_, value) => self.ours(value),
        };
        (name, value)
    }

    fn expanded(&self, name: &str, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return name.to_owned();
        };
        if let Some(iri) = self.0.get(name).filter(|iri| *iri != name) {
            return self.expanded(iri, depth);
        }
        let Some((prefix, rest)) = name
            .split_once(':')
            .filter(|(_, rest)| !rest.starts_with("//"))
        else {
            return name.to_owned();
        };
        let usual = || {
            PREFIXES
                .iter()
                .find(|(ours, _)| *ours == prefix)
                .map(|(_, iri)| *iri)
        };
        match self.0.get(prefix).map(String::as_str).or_else(usual) {
            Some(iri) => format!("{iri}{rest}"),
            None => name.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_a_file_calls_them_names_are_ours() {
        let mut context = Context::default();
        context.learn(&json!([
            "https://example.org/context.jsonld",
            {
                "terms": "http://purl.org/dc/terms/",
                "title": "terms:title",
                "id": "@id",
                "loop": "loop",
                "a": "b", "b": "a",
                "publisher": { "@id": "dct:publisher", "@type": "@id" },
                "foaf": "https://example.org/other#"
            }
        ]));
        for (theirs, ours) in [
            ("terms:title", "dct:title"),
            ("title", "dct:title"),
            ("dcterms:title", "dct:title"),
            ("http://purl.org/dc/terms/title", "dct:title"),
            ("publisher", "dct:publisher"),
            ("id", "@id"),
            ("foaf:name", "https://example.org/other#name"),
            ("loop", "loop"),
            ("unknown", "unknown"),
            ("urn:chengji:catalogue#open", "chengji:open"),
        ] {
            assert_eq!(context.name(theirs), ours, "{theirs}");
        }
        let value = json!({ "id": "x", "@type": ["http://www.w3.org/ns/dcat#Dataset"], "a": [] });
        let value = context.ours(value);
        assert_eq!(value["@id"], "x");
        assert_eq!(value["@type"][0], "dcat:Dataset");
    }
}
