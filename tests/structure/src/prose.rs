//! Finds text for people outside the catalogues of messages, and messages that no source uses.
//!
//! A text in the sources is in one language at most: a literal in English and Chinese cannot be shown to a
//! reader of either. Messages are data, rendered in the reader's language.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Literal, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::LitStr;
use walkdir::WalkDir;

use crate::finding::Finding;
use crate::source::{Module, SourceError};

/// Messages with this prefix are looked up by the command that they help with.
const HELP: &str = "help-";

/// Text for people in sources outside tests.
#[derive(Debug, Default)]
pub struct Prose {
    /// Literals in English and Chinese.
    pub two_languages: Vec<Finding>,
    /// All identifiers: the messages that are used are among them.
    pub names: BTreeSet<String>,
}

/// Adds the text of a module.
pub fn prose(module: &Module, found: &mut Prose) {
    for item in &module.items {
        add(&module.file, item.to_token_stream(), found);
    }
}

fn add(file: &Path, tokens: TokenStream, found: &mut Prose) {
    let mut is_attribute = false;
    for token in tokens {
        match token {
            // Documentation may name the terms of both languages.
            TokenTree::Group(_) if is_attribute => {}
            TokenTree::Group(group) => add(file, group.stream(), found),
            TokenTree::Literal(literal) => add_literal(file, &literal, found),
            TokenTree::Ident(name) => {
                found.names.insert(name.to_string());
            }
            TokenTree::Punct(mark) => {
                is_attribute = mark.as_char() == '#' && mark.spacing() == Spacing::Alone
                    || is_attribute && mark.as_char() == '!';
                continue;
            }
        }
        is_attribute = false;
    }
}

fn add_literal(file: &Path, literal: &Literal, found: &mut Prose) {
    let text = syn::parse_str::<LitStr>(&literal.to_string()).map(|text| text.value());
    if text.is_ok_and(|text| is_of_two_languages(&text)) {
        found.two_languages.push(Finding::new(
            file,
            literal.span().start().line,
            format!("a text in two languages: {literal}"),
            "make it a message of the catalogues",
        ));
    }
}

/// Returns true for a text with Chinese characters and a Latin word outside placeholders.
fn is_of_two_languages(text: &str) -> bool {
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let outside = text
        .split('{')
        .enumerate()
        .map(|(n, part)| match part.split_once('}') {
            Some((_, after)) if n > 0 => after,
            _ => part,
        });
    let mut words = outside.flat_map(|part| part.split(|c: char| !c.is_ascii_alphabetic()));
    text.contains(is_han) && words.any(|word| word.len() > 1)
}

/// The messages of a catalogue folder that none of the names belongs to.
///
/// # Errors
///
/// [`SourceError`] if a file cannot be read.
pub fn unused_messages(
    catalogue: &Path,
    names: &BTreeSet<String>,
) -> Result<Vec<Finding>, SourceError> {
    let mut found = Vec::new();
    let files = WalkDir::new(catalogue).sort_by_file_name().into_iter();
    let files = files
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path);
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "ftl")) {
        let text = std::fs::read_to_string(&file).map_err(|error| SourceError::Read {
            file: file.clone(),
            error,
        })?;
        for (line, id) in (1..).zip(text.lines()).filter_map(message) {
            if !id.starts_with(HELP) && !names.contains(&type_of(id)) {
                found.push(Finding::new(
                    &file,
                    line,
                    format!("no source uses the message {id}"),
                    "remove it",
                ));
            }
        }
    }
    Ok(found)
}

/// The id of the message that begins in a line.
fn message((number, line): (usize, &str)) -> Option<(usize, &str)> {
    let (id, _) = line.split_once('=')?;
    let id = id.trim_end();
    let is_id = id.starts_with(|c: char| c.is_ascii_lowercase())
        && (id.chars()).all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_id.then_some((number, id))
}

/// The type that is generated for a message.
fn type_of(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let mut characters = word.chars();
        let first = characters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_two_languages_are_found_wherever_they_are() {
        let source = "/// Documentation 文档\n\
             fn f() {\n\
             format!(\"not found 不存在: {name}\");\n\
             let data = [\"不存在\", \"{name} 不存在\", \"not found\"];\n\
             msg::NotFound\n\
             }";
        let module = Module {
            path: Vec::new(),
            file: "a.rs".into(),
            items: syn::parse_file(source).unwrap().items,
        };
        let mut found = Prose::default();
        prose(&module, &mut found);
        let lines = |found: &[Finding]| -> Vec<String> {
            let shown = found.iter().map(ToString::to_string);
            shown
                .map(|f| f.split(": ").next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(lines(&found.two_languages), ["a.rs:3"]);
        assert!(found.names.contains("NotFound"));
    }

    #[test]
    fn a_message_that_no_source_names_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let text = "# One = two\nnot-found = x\n    .remedy = y\ntoo-late = z\nhelp-log = h\n";
        std::fs::write(folder.path().join("a.ftl"), text).unwrap();
        let names = BTreeSet::from(["NotFound".to_owned()]);
        let found = unused_messages(folder.path(), &names).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().contains("a.ftl:4: "), "{}", found[0]);
    }
}
