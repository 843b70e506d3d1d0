//! The help of both programs, in both languages.

use std::collections::BTreeSet;

use chengji_client::help::{PLACEHOLDERS, SHARED, Texts, name_of, words_of};
use chengji_messages::{Language, help};
use clap::{Arg, Command};

fn programs(language: Language) -> [Command; 2] {
    [
        chengji_node::cli::command(language),
        chengji_coordinator::cli::command(language),
    ]
}

/// Texts of the catalogue that no command has, and texts that commands lack.
#[derive(Default)]
struct Found {
    used: BTreeSet<(String, Option<String>)>,
    missing: Vec<String>,
}

impl Found {
    fn command(&mut self, texts: &Texts, attribute: Option<&str>) {
        match texts.of_command(attribute) {
            Some((id, _)) => self.note(id, attribute),
            None => self.missing.push(format!("{texts:?} {attribute:?}")),
        }
    }

    fn argument(&mut self, texts: &Texts, attribute: &str) {
        match texts.of_argument(attribute) {
            Some((id, _)) => self.note(id, Some(attribute)),
            None => self.missing.push(format!("{texts:?} .{attribute}")),
        }
    }

    fn placeholder(&mut self, word: &str) {
        match help::text(Language::Chinese, PLACEHOLDERS, Some(word)) {
            Some(_) => self.note(PLACEHOLDERS.to_owned(), Some(word)),
            None => self.missing.push(format!("{PLACEHOLDERS} .{word}")),
        }
    }

    fn note(&mut self, id: String, attribute: Option<&str>) {
        self.used.insert((id, attribute.map(str::to_owned)));
    }
}

/// Looks up a text for each that the English command has.
fn look_up(command: &Command, texts: &Texts, found: &mut Found) {
    found.command(texts, None);
    let about = command.get_about().map(ToString::to_string);
    let long = command.get_long_about().map(ToString::to_string);
    if long.is_some() && long != about {
        found.command(texts, Some("long"));
    }
    // The exit codes at the end of a program's help are messages.
    let after = command.get_after_help().map(ToString::to_string);
    if after.is_some_and(|after| !after.starts_with("Exit codes:")) {
        found.command(texts, Some("after"));
    }
    for argument in command.get_arguments() {
        look_up_argument(argument, texts, found);
    }
    for subcommand in command.get_subcommands() {
        let mut path = texts.path.clone();
        path.push(subcommand.get_name().to_owned());
        let texts = Texts {
            path,
            ..texts.clone()
        };
        look_up(subcommand, &texts, found);
    }
}

fn look_up_argument(argument: &Arg, texts: &Texts, found: &mut Found) {
    let name = name_of(argument);
    found.argument(texts, name);
    let help = argument.get_help().map(ToString::to_string);
    let long = argument.get_long_help().map(ToString::to_string);
    if long.is_some() && long != help {
        found.argument(texts, &format!("{name}-long"));
    }
    // Flags have a name of a value, too, which is not shown.
    let placeholders = argument.get_value_names().unwrap_or_default();
    let shown = placeholders
        .iter()
        .filter(|_| argument.get_action().takes_values());
    for word in shown.flat_map(|placeholder| words_of(placeholder)) {
        found.placeholder(word);
    }
    for value in argument.get_possible_values() {
        if value.get_help().is_some() {
            found.argument(texts, &format!("{name}-{}", value.get_name()));
        }
    }
}

#[test]
fn every_command_and_argument_has_chinese_help_and_there_is_no_other() {
    let mut found = Found::default();
    for command in programs(Language::English) {
        let texts = Texts {
            program: command.get_name().trim_start_matches("chengji-").to_owned(),
            path: Vec::new(),
            language: Language::Chinese,
        };
        look_up(&command, &texts, &mut found);
    }
    for added in ["help", "version", "help-command"] {
        found.note(SHARED.to_owned(), Some(added));
    }
    assert_eq!(found.missing, Vec::<String>::new());
    let mut unused = Vec::new();
    let of_commands = |(id, ..): &&(&str, bool, &[&str])| !id.starts_with(help::SETTINGS);
    for (id, has_value, attributes) in help::ALL.iter().filter(of_commands) {
        let value = has_value.then_some(None);
        let attributes = attributes.iter().map(|name| Some((*name).to_owned()));
        for attribute in value.into_iter().chain(attributes) {
            if !found.used.contains(&((*id).to_owned(), attribute.clone())) {
                unused.push(format!("{id} {attribute:?}"));
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
}

fn is_chinese(text: &str) -> bool {
    text.contains(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The whole help of a command and of those under it.
fn rendered(command: &mut Command, out: &mut Vec<(String, String)>) {
    let name = command.get_bin_name().unwrap_or_default().to_owned();
    let help = command.render_long_help().to_string();
    let brief = command.render_help().to_string();
    out.extend([(name.clone(), help), (name, brief)]);
    for subcommand in command.get_subcommands_mut() {
        rendered(subcommand, out);
    }
}

#[test]
fn help_is_in_one_language() {
    for language in Language::ALL {
        for mut program in programs(language) {
            program.build();
            let mut helps = Vec::new();
            rendered(&mut program, &mut helps);
            assert!(helps.len() > 80);
            for (name, help) in helps {
                match language {
                    Language::English => assert!(!is_chinese(&help), "{name}: {help}"),
                    Language::Chinese => {
                        for english in [
                            "Usage", "Print ", "default:", "OPTIONS", "Example", "env:", "values:",
                        ] {
                            assert!(!help.contains(english), "{name}: {english}: {help}");
                        }
                        let first = help.lines().next().unwrap_or_default();
                        assert!(is_chinese(first), "{name}: {first}");
                    }
                }
            }
        }
    }
}

/// The commands in the examples at the end of a help.
fn examples(command: &Command, out: &mut Vec<String>) {
    let after = command.get_after_help().map(ToString::to_string);
    for line in after.unwrap_or_default().lines() {
        if let Some(example) = line.strip_prefix("  chengji-") {
            out.push(format!("chengji-{example}"));
        }
    }
    for subcommand in command.get_subcommands().filter(|c| c.get_name() != "help") {
        examples(subcommand, out);
    }
}

/// The words of a command as a shell reads them; pipes and redirections end it.
fn words(example: &str) -> Vec<String> {
    let example = example.split(" | ").next().unwrap_or_default();
    let example = example.split(" || ").next().unwrap_or_default();
    let example = example.split(" > ").next().unwrap_or_default();
    let example = example.split(" < ").next().unwrap_or_default();
    let mut words = Vec::new();
    for (n, part) in example.split('\'').enumerate() {
        match n % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

#[test]
fn the_examples_of_the_help_are_commands() {
    let counts = Language::ALL.map(|language| {
        let mut checked = 0;
        for program in programs(language) {
            let mut found = Vec::new();
            examples(&program, &mut found);
            for example in found {
                let words = words(&example);
                let mut program = programs(language)
                    .into_iter()
                    .find(|known| known.get_name() == words[0])
                    .unwrap();
                if let Err(error) = program.try_get_matches_from_mut(&words) {
                    panic!("{example}\n{error}");
                }
                checked += 1;
            }
        }
        checked
    });
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0] > 40, "{counts:?}");
}
