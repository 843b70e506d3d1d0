//! The reference of all commands: generated from the command lines themselves, in both languages.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chengji_messages::Language;
use clap::Command;

/// Width of the help texts, columns.
const WIDTH: usize = 100;

/// The page of a language.
fn page(language: Language) -> PathBuf {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    match language {
        Language::English => docs.join("reference/commands.md"),
        Language::Chinese => docs.join("zh-CN/reference/commands.md"),
    }
}

fn reference(language: Language) -> String {
    let introduction = match language {
        Language::English => {
            "# Commands\n\nAll commands with their options, as `--help` prints them; those that every command \
             has are listed with the program. Conventions and exit codes: [Command lines](command-line.md). This page is \
             generated.\n"
        }
        Language::Chinese => {
            "# 命令\n\n全部命令及其选项，与 `--help` 的输出一致；各命令共有的选项列于程序之下。通用约定与退出码见[命令行](command-line.md)。\
             本页自动生成。\n"
        }
    };
    let mut text = introduction.to_owned();
    for program in [
        chengji_node::cli::command(language),
        chengji_coordinator::cli::command(language),
    ] {
        let mut program = without_values(program.term_width(WIDTH));
        program.build();
        describe(&mut program, 2, &mut text);
    }
    text
}

/// Hides the values of environment variables, which differ by machine.
fn without_values(mut command: Command) -> Command {
    for subcommand in command.get_subcommands_mut() {
        *subcommand = without_values(std::mem::take(subcommand));
    }
    command.mut_args(|argument| argument.hide_env_values(true))
}

/// Hides the options that every command has; they are shown with the program.
fn without_common(command: Command) -> Command {
    command.mut_args(|argument| {
        let is_common = argument.is_global_set() || argument.get_id() == "help";
        argument.hide(is_common)
    })
}

/// Adds a command and those below it.
fn describe(command: &mut Command, level: usize, text: &mut String) {
    let name = command
        .get_bin_name()
        .unwrap_or(command.get_name())
        .to_owned();
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.trim().lines().map(str::trim_end).collect();
    let heading = "#".repeat(level.min(3));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n{heading} {name}\n\n```text\n{}\n```\n",
        lines.join("\n")
    );
    for subcommand in command.get_subcommands_mut() {
        if subcommand.get_name() != "help" {
            *subcommand = without_common(std::mem::take(subcommand));
            describe(subcommand, level + 1, text);
        }
    }
}

#[test]
fn the_reference_of_commands_is_that_of_the_programs() {
    for language in Language::ALL {
        let page = page(language);
        let found = fs::read_to_string(&page).unwrap_or_default();
        assert!(
            found == reference(language),
            "{} differs: cargo test -p chengji-tests --test scenarios -- --ignored generate_the_reference",
            page.display()
        );
    }
}

#[test]
#[ignore = "writes the pages"]
fn generate_the_reference_of_commands() {
    for language in Language::ALL {
        fs::write(page(language), reference(language)).unwrap();
    }
}
