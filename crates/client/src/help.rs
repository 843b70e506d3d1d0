//! The help of a command line in another language than English.
//!
//! A command's text has the id `help-PROGRAM-PATH`, or `help-PATH` where both programs have the command; an
//! argument's is the attribute of its name, else that of [`SHARED`]. `.long` is what `--help` says further,
//! `.after` what comes after the arguments, `.NAME-long` and `.NAME-VALUE` what `--help` says further of an
//! argument and of its possible values. The placeholders for values are made of the words in [`PLACEHOLDERS`].

use chengji_messages::{Language, Message, help, msg};
use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, Command};

/// The message whose attributes are the arguments that many commands have.
pub const SHARED: &str = "help-arguments";
/// The message whose attributes are the words of placeholders for values, such as `FILE`.
pub const PLACEHOLDERS: &str = "help-placeholders";
/// The attribute of it for the command that clap adds to each command with commands.
const HELP_COMMAND: &str = "help-command";

/// A command line with its help in a language. A text that the language lacks stays English.
pub fn localised(command: Command, language: Language) -> Command {
    let command = without_empty_defaults(command);
    if language == Language::English {
        return command;
    }
    let mut command = command;
    // Adds what clap adds: `--help`, `--version`, the command `help`, and global arguments in each command.
    command.build();
    let program = command.get_name().trim_start_matches("chengji-").to_owned();
    let texts = Texts {
        program,
        path: Vec::new(),
        language,
    };
    in_language(command, &texts)
}

/// No default is shown that is nothing.
fn without_empty_defaults(mut command: Command) -> Command {
    for subcommand in command.get_subcommands_mut() {
        *subcommand = without_empty_defaults(std::mem::take(subcommand));
    }
    command.mut_args(|argument| {
        let is_empty = matches!(argument.get_default_values(), [one] if one.is_empty());
        argument.hide_default_value(is_empty)
    })
}

/// The texts of one command.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The program's name without `chengji-`.
    pub program: String,
    /// The names of the command and of those it is under; none for the program itself.
    pub path: Vec<String>,
    /// The language.
    pub language: Language,
}

impl Texts {
    /// The ids that a text is looked up by, the nearest first.
    fn ids(&self) -> Vec<String> {
        let id = |parts: &[&str]| {
            let parts: Vec<&str> = ["help"].iter().chain(parts).copied().collect();
            parts.join("-")
        };
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let own = id(&[&[self.program.as_str()][..], &path].concat());
        match path.is_empty() {
            true => vec![own],
            false => vec![own, id(&path)],
        }
    }

    /// Returns the place of a command's text, or of one of its attributes; `None` without one.
    pub fn of_command(&self, attribute: Option<&str>) -> Option<(String, String)> {
        self.ids().into_iter().find_map(|id| {
            let text = help::text(self.language, &id, attribute)?;
            Some((id, text))
        })
    }

    /// Returns the place of an argument's text, and the text.
    pub fn of_argument(&self, attribute: &str) -> Option<(String, String)> {
        self.of_command(Some(attribute)).or_else(|| {
            let text = help::text(self.language, SHARED, Some(attribute))?;
            Some((SHARED.to_owned(), text))
        })
    }

    fn command(&self, attribute: Option<&str>) -> Option<String> {
        self.of_command(attribute).map(|(_, text)| text)
    }

    fn argument(&self, attribute: &str) -> Option<String> {
        self.of_argument(attribute).map(|(_, text)| text)
    }

    fn under(&self, command: &str) -> Self {
        let mut path = self.path.clone();
        // The commands below `help` are those beside it.
        path.extend(Some(command.to_owned()).filter(|name| name != "help"));
        Self {
            path,
            ..self.clone()
        }
    }
}

/// The name of an argument in the catalogue: its long flag's, else its own.
pub fn name_of(argument: &Arg) -> &str {
    argument
        .get_long()
        .unwrap_or_else(|| argument.get_id().as_str())
}

fn in_language(mut command: Command, texts: &Texts) -> Command {
    for subcommand in command.get_subcommands_mut() {
        let texts = texts.under(subcommand.get_name());
        *subcommand = in_language(std::mem::take(subcommand), &texts);
    }
    let about = match command.get_name() {
        "help" => texts.argument(HELP_COMMAND),
        _ => texts.command(None),
    };
    if let Some(about) = about {
        let long = texts.command(Some("long"));
        let long = long.filter(|_| command.get_long_about().is_some());
        command = match long {
            Some(long) => command.long_about(format!("{about}\n\n{long}")),
            None => command.long_about(None),
        };
        command = command.about(about);
    }
    if let Some(after) = texts.command(Some("after")) {
        command = command.after_help(after);
    }
    let mut command = command.mut_args(|argument| {
        let argument = placeholders_in_language(argument, texts.language);
        argument_in_language(argument, texts)
    });
    let usage = usage(&command.render_usage(), texts.language);
    let template = template(&command, texts.language);
    command.override_usage(usage).help_template(template)
}

/// The words in the name of a placeholder; the rest, such as `.xlsx`, is the same in every language.
pub fn words_of(placeholder: &str) -> impl Iterator<Item = &str> {
    let words = placeholder.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    words.filter(|word| !word.is_empty())
}

fn placeholders_in_language(argument: Arg, language: Language) -> Arg {
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<String> = names
        .iter()
        .map(|name| placeholder(name, language))
        .collect();
    match names.is_empty() || !argument.get_action().takes_values() {
        true => argument,
        false => argument.value_names(names),
    }
}

/// A placeholder with its words in a language; a word that the language lacks stays as it is.
fn placeholder(name: &str, language: Language) -> String {
    let (mut placeholder, mut rest) = (String::new(), name);
    for word in words_of(name) {
        let (before, after) = rest.split_once(word).unwrap_or((rest, ""));
        placeholder.push_str(before);
        let text = help::text(language, PLACEHOLDERS, Some(word));
        placeholder.push_str(text.as_deref().unwrap_or(word));
        rest = after;
    }
    placeholder + rest
}

/// Returns clap's names for the arguments of a line, in a language.
pub(crate) fn usage(usage: &StyledStr, language: Language) -> String {
    let usage = usage.to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let (options, command) = (
        Message::from(msg::UsageOptions).render(language),
        Message::from(msg::UsageCommand).render(language),
    );
    usage
        .replace("[OPTIONS]", &format!("[{options}]"))
        .replace("<COMMAND>", &format!("<{command}>"))
        .replace("[COMMAND]", &format!("[{command}]"))
}

/// As clap's own, with the headings in a language.
fn template(command: &Command, language: Language) -> StyledStr {
    let style = command.get_styles().get_header();
    let heading = |heading: Message| format!("{style}{}{style:#}", heading.render(language));
    let mut template = format!(
        "{{before-help}}{{about-with-newline}}\n{} {{usage}}",
        heading(msg::UsageHeading.into())
    );
    let mut section = |title: Message, tag: &str| {
        template.push_str(&format!("\n\n{}\n{{{tag}}}", heading(title)));
    };
    if command.has_subcommands() {
        section(msg::CommandsHeading.into(), "subcommands");
    }
    if command.get_positionals().next().is_some() {
        section(msg::ArgumentsHeading.into(), "positionals");
    }
    section(msg::OptionsHeading.into(), "options");
    template.push_str("{after-help}");
    template.into()
}

fn argument_in_language(argument: Arg, texts: &Texts) -> Arg {
    let name = name_of(&argument).to_owned();
    let Some(help) = texts.argument(&name) else {
        return argument;
    };
    let language = texts.language;
    let values = match argument.is_hide_possible_values_set() {
        true => Vec::new(),
        false => argument.get_possible_values(),
    };
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    let possible = Some(&names).filter(|names| !names.is_empty()).map(|names| {
        let values = names.clone();
        Message::from(msg::PossibleValues { values }).render(language)
    });
    let further = texts.argument(&format!("{name}-long"));
    let described = names.iter().filter_map(|value| {
        let text = texts.argument(&format!("{name}-{value}"))?;
        Some(format!("- {value}: {text}"))
    });
    let described: Vec<String> = described.collect();
    let mut brief = vec![help.clone()];
    let mut long = vec![help];
    long.extend(further);
    for note in notes(&argument) {
        brief.push(note.render(language));
        long.push(note.render(language));
    }
    brief.extend(possible.clone());
    if described.is_empty() {
        long.extend(possible);
    } else {
        let heading = Message::from(msg::PossibleValuesHeading).render(language);
        long.push(format!("{heading}\n{}", described.join("\n")));
    }
    argument
        .help(brief.join(" "))
        .long_help(long.join("\n\n"))
        .hide_default_value(true)
        .hide_env(true)
        .hide_possible_values(true)
}

/// The default of an argument, and the variable of the environment that it is read from.
fn notes(argument: &Arg) -> Vec<Message> {
    let mut notes = Vec::new();
    let takes_value = argument.get_action().takes_values();
    if takes_value
        && !argument.is_hide_default_value_set()
        && !argument.get_default_values().is_empty()
    {
        let values = argument.get_default_values().iter();
        let values: Vec<String> = values
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        notes.push(
            msg::ArgumentDefault {
                value: values.join(" "),
            }
            .into(),
        );
    }
    if let Some(variable) = argument.get_env() {
        let variable = variable.to_string_lossy();
        notes.push(
            msg::ArgumentVariable {
                variable: &*variable,
            }
            .into(),
        );
    }
    notes
}
