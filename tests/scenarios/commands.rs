//! The commands in messages and documents exist in the programs.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_messages::Language;
use clap::Command;

use crate::documents::Pages;

/// Placeholder for a program's name in a message: `'{} person join'`.
const SOME_PROGRAM: &str = "{}";

fn programs() -> [Command; 2] {
    let mut programs = [
        chengji_node::cli::command(Language::English),
        chengji_coordinator::cli::command(Language::English),
    ];
    for program in &mut programs {
        program.build();
    }
    programs
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Follows the words of a command down to the last subcommand; returns the mistake, if any.
fn mistake(program: &Command, words: &[&str]) -> Option<String> {
    let mut command = program;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if let Some(flag) = word.strip_prefix("--") {
            let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
            let known = command
                .get_arguments()
                .find(|argument| argument.get_long() == Some(name));
            let Some(known) = known else {
                return Some(format!("{} has no --{name}", command.get_name()));
            };
            if value.is_empty() && known.get_action().takes_values() {
                words.next();
            }
        } else if let Some(below) = command.find_subcommand(word) {
            command = below;
        } else if command.get_positionals().next().is_none() {
            return Some(format!("{} takes no {word}", command.get_name()));
        }
    }
    None
}

/// The program's name and the words after it in a quoted text; `None` if it is not a command.
fn as_command<'q>(
    quoted: &'q str,
    programs: &[Command],
) -> Option<(Option<&'q str>, Vec<&'q str>)> {
    let words: Vec<&str> = quoted.split_whitespace().collect();
    let (first, rest) = words.split_first()?;
    if programs.iter().any(|program| program.get_name() == *first) {
        return Some((Some(first), rest.to_vec()));
    }
    let words = if *first == SOME_PROGRAM { rest } else { &words };
    let noun = words.first()?;
    let is_noun = |program: &Command| program.find_subcommand(noun).is_some();
    programs.iter().any(is_noun).then(|| (None, words.to_vec()))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            sources(&path, found);
        } else if name.ends_with(".ftl") || name.ends_with(".rs") && !name.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// The texts between single quotes in a source file, with continued strings joined.
fn quoted(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut joined = String::new();
    for line in source.lines() {
        match line.strip_suffix('\\') {
            Some(begins) => joined.push_str(begins.trim_start()),
            None => {
                joined.push_str(line.trim_start());
                joined.push('\n');
            }
        }
    }
    let mut found = Vec::new();
    for line in joined.lines() {
        let parts: Vec<&str> = line.split(['\'', '“', '”']).collect();
        // In a line with an apostrophe the opening quote is ambiguous, so both readings are tried.
        found.extend(parts.iter().skip(1).map(|part| (*part).to_owned()));
    }
    found
}

#[test]
fn every_command_that_a_message_names_exists() {
    let programs = programs();
    let mut files = Vec::new();
    for folder in ["crates", "node/src", "coordinator/src", "proto/src"] {
        sources(&root().join(folder), &mut files);
    }
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for file in files {
        for quoted in quoted(&fs::read_to_string(&file).unwrap()) {
            let Some((program, words)) = as_command(&quoted, &programs) else {
                continue;
            };
            checked += 1;
            let meant = programs
                .iter()
                .filter(|known| program.is_none_or(|name| name == known.get_name()));
            let mistakes: Vec<_> = meant.map(|known| mistake(known, &words)).collect();
            if mistakes.iter().all(Option::is_some) {
                wrong.push(format!("{}: '{quoted}': {mistakes:?}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(checked > 20, "only {checked} commands were found");
}

#[test]
fn a_command_that_is_none_is_noticed() {
    let programs = programs();
    for (quoted, is_right) in [
        ("chengji-node person join --as NAME", true),
        ("{} person join --as NAME", true),
        ("status", true),
        ("chengji-coordinator init --as NAME", false),
        ("chengji-coordinator catalogue mount", false),
        ("person frobnicate", false),
        ("chengji-node request show {id}", true),
    ] {
        let (program, words) = as_command(quoted, &programs).unwrap();
        let meant = programs
            .iter()
            .filter(|known| program.is_none_or(|name| name == known.get_name()));
        let right = meant
            .map(|known| mistake(known, &words))
            .any(|m| m.is_none());
        assert_eq!(right, is_right, "{quoted}");
    }
}

/// The commands in the shell examples of a document: continued lines joined, comments, pipes and
/// redirections left out.
fn examples(document: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut blocks = document.split("```");
    while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
        let Some(script) = block.strip_prefix("sh\n") else {
            continue;
        };
        for line in script.replace("\\\n", " ").lines() {
            let command = line.split([';', '|', '>', '&']).next().unwrap();
            let command = command.split(" #").next().unwrap().trim();
            if command.starts_with("chengji-") {
                found.push(command.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_example_of_the_documents_is_a_command() {
    for (readme, pages) in [
        ("README.md", Pages::English),
        ("README.zh-CN.md", Pages::Chinese),
    ] {
        let mut documents = pages.all();
        documents.push(root().join(readme));
        let mut checked = 0;
        for document in documents {
            for example in examples(&fs::read_to_string(&document).unwrap()) {
                checked += 1;
                let words: Vec<String> = example
                    .split_whitespace()
                    .map(|word| word.trim_matches(['\'', '"']).to_owned())
                    .collect();
                let place = document.display();
                let program = programs()
                    .into_iter()
                    .find(|known| known.get_name() == words[0])
                    .unwrap_or_else(|| panic!("{place}: {example}"));
                if let Err(error) = program.try_get_matches_from(&words) {
                    panic!("{place}: {example}\n{error}");
                }
            }
        }
        assert!(checked > 70, "{readme} and its pages: {checked} examples");
    }
}
