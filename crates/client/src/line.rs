//! Parses the command line of a program in the language of its caller: help and usage errors are in that
//! language, too. Runs the command that it names.

use std::ffi::OsString;
use std::process::ExitCode;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::language::VARIABLE;
use chengji_messages::moment::set_zone_of_process;
use chengji_messages::{Language, msg};
use chengji_runtime::shutdown;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, Parser, ValueEnum};

use crate::output::Format;
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
    parse_from(arguments.clone(), language).map_err(|error| {
        let format = format_of(&arguments);
        match parse_from::<P>(arguments, Language::English) {
            // JSON is in no language: the names of arguments in it are those of the definition.
            Err(defined) if format == Format::Json && error.use_stderr() => {
                usage::report(&defined, language, format)
            }
            _ => usage::report(&error, language, format),
        }
    })
}

/// Runs the command that was read; every failure is reported with its remedy. Returns the exit code to end with.
pub fn run(format: Format, command: impl Future<Output = Result<ExitCode, Error>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => {
            let done = runtime.block_on(command);
            shutdown::end(runtime);
            done
        }
        Err(cause) => Err(Error::new(
            ErrorCode::Misconfigured,
            msg::ProgramCannotStart { cause },
        )),
    };
    done.unwrap_or_else(|error| failure::report(&error, format))
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
    let tags = values_of("--lang", arguments).into_iter();
    let chosen = tags.filter_map(Language::of_tag).next_back();
    chosen.unwrap_or_else(|| Language::of_environment(variable))
}

/// The form of output that arguments ask for, also of the refusal of wrong ones.
fn format_of(arguments: &[OsString]) -> Format {
    let names = values_of("--format", arguments).into_iter();
    let mut chosen = names.filter_map(|name| Format::from_str(name, false).ok());
    chosen.next_back().unwrap_or_default()
}

/// The values of an option in arguments that have not been read.
fn values_of<'a>(option: &str, arguments: &'a [OsString]) -> Vec<&'a str> {
    let mut arguments = arguments
        .iter()
        .skip(1)
        .map_while(|argument| match argument.to_str() {
            Some("--") => None,
            argument => Some(argument.unwrap_or_default()),
        });
    let mut values = Vec::new();
    while let Some(argument) = arguments.next() {
        values.extend(match argument.split_once('=') {
            Some((name, value)) if name == option => Some(value),
            None if argument == option => arguments.next(),
            _ => None,
        });
    }
    values
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
        for (line, language) in [
            ("node status", Language::Chinese),
            ("node --lang en status", Language::English),
            ("node status --lang=en", Language::English),
            ("node status --lang en --lang zh", Language::Chinese),
            ("node status -- --lang en", Language::Chinese),
            ("node --lang fr status", Language::Chinese),
        ] {
            assert_eq!(of(line), language, "{line}");
        }
    }

    #[test]
    fn the_format_is_known_before_the_arguments_are_read() {
        for (line, format) in [
            ("node nonsense", Format::Table),
            ("node --format json nonsense", Format::Json),
            ("node nonsense --format=csv", Format::Csv),
            ("node --format xml nonsense", Format::Table),
            ("node nonsense -- --format json", Format::Table),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(format_of(&arguments), format, "{line}");
        }
    }
}
