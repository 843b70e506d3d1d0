//! The command line of a program, read in the language of its caller: the help and the refusals of what
//! cannot be read follow it, too.

use std::ffi::OsString;
use std::process::ExitCode;

use chengji_messages::Language;
use chengji_messages::language::VARIABLE;
use chengji_messages::moment::set_zone_of_process;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, Parser};

use crate::{failure, help, usage};

/// Reads the arguments of this process. Sets the language of the process: that of `--lang`, else that of the
/// environment; and its time zone, that of `TZ`.
///
/// # Errors
///
/// The exit code to end with, where help or the version was asked for, or the arguments are wrong: it was
/// printed.
pub fn parse<P: Parser>() -> Result<P, ExitCode> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let language = language_of(&arguments, |name| std::env::var(name).ok());
    language.set_of_process();
    set_zone_of_process(std::env::var("TZ").ok().as_deref());
    parse_from(arguments, language).map_err(|error| usage::report(&error, language))
}

/// Reads these arguments, the first of which is the program's name.
///
/// # Errors
///
/// As clap reports them.
pub fn parse_from<P: Parser>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    language: Language,
) -> Result<P, clap::Error> {
    let mut matches = command::<P>(language).try_get_matches_from(arguments)?;
    P::from_arg_matches_mut(&mut matches)
}

/// The definition of a command line with its help in a language.
pub fn command<P: Parser>(language: Language) -> Command {
    let command = help::localised(P::command().arg(language_argument()), language);
    let mut after = command
        .get_after_help()
        .map(|help| format!("{help}\n\n"))
        .unwrap_or_default();
    after.push_str(&failure::exit_codes(language));
    command.after_help(after)
}

fn language_argument() -> Arg {
    let chinese = PossibleValue::new(Language::Chinese.tag()).alias("zh");
    let values = PossibleValuesParser::new([PossibleValue::new(Language::English.tag()), chinese]);
    Arg::new("lang")
        .long("lang")
        .value_name("LANGUAGE")
        .global(true)
        .value_parser(values)
        .help(format!(
            "Language of tables, messages and help; by {VARIABLE} or the locale unless given"
        ))
}

/// The language that arguments ask for, else that of the environment. It is known before the arguments are
/// read, since what is said of wrong ones is said in it.
fn language_of(arguments: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Language {
    let mut arguments = arguments
        .iter()
        .skip(1)
        .map_while(|argument| match argument.to_str() {
            Some("--") => None,
            argument => Some(argument.unwrap_or_default()),
        });
    let mut chosen = None;
    while let Some(argument) = arguments.next() {
        let tag = match argument.split_once('=') {
            Some(("--lang", tag)) => Some(tag),
            None if argument == "--lang" => arguments.next(),
            _ => None,
        };
        chosen = tag.and_then(Language::of_tag).or(chosen);
    }
    chosen.unwrap_or_else(|| Language::of_environment(variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_that_of_the_arguments_else_of_the_environment() {
        let of = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            language_of(&arguments, |name| {
                (name == VARIABLE).then(|| "zh-CN".to_owned())
            })
        };
        assert_eq!(of("node status"), Language::Chinese);
        assert_eq!(of("node --lang en status"), Language::English);
        assert_eq!(of("node status --lang=en"), Language::English);
        assert_eq!(of("node status --lang en --lang zh"), Language::Chinese);
        assert_eq!(of("node status -- --lang en"), Language::Chinese);
        assert_eq!(of("node --lang fr status"), Language::Chinese);
    }
}
