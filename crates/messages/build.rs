//! Reads the catalogues of all languages, compares them, and generates a type for each message with
//! its parameters as fields, so that a missing message or parameter fails the build.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};

/// The language that the generated types are documented in.
const SOURCE: &str = "en";
const OTHERS: [&str; 1] = ["zh-CN"];

/// Prefix of the messages of command-line help, which are looked up by command and have no type.
const HELP: &str = "help-";

/// Rust keywords, not allowed as parameter names.
const RESERVED: [&str; 8] = ["as", "for", "in", "match", "mod", "move", "ref", "type"];

#[derive(Debug, Default)]
struct Message {
    text: String,
    file: String,
    params: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

type Catalogue = BTreeMap<String, Message>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=catalogue");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let source = catalogue(SOURCE, &out)?;
    let mut wrong = Vec::new();
    let mut help = String::new();
    for language in OTHERS {
        let other = catalogue(language, &out)?;
        compare(&source, &other, language, &mut wrong);
        help.push_str(&help_of(&other));
    }
    wrong.extend(reserved(&source));
    if !wrong.is_empty() {
        return Err(wrong.join("\n").into());
    }
    fs::write(out.join("messages.rs"), types(&source))?;
    fs::write(out.join("help.rs"), format!("&[{help}]"))?;
    Ok(())
}

/// Reads and concatenates all files of a language.
fn catalogue(language: &str, out: &Path) -> Result<Catalogue, Box<dyn Error>> {
    let folder = Path::new("catalogue").join(language);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "ftl"));
    files.sort();
    let (mut catalogue, mut whole) = (Catalogue::new(), String::new());
    for file in &files {
        let name = file.display().to_string();
        let text = fs::read_to_string(file)?;
        let resource = fluent_syntax::parser::parse(text.as_str())
            .map_err(|(_, errors)| format!("{name}: {errors:?}"))?;
        for entry in resource.body {
            let Entry::Message(found) = entry else {
                continue;
            };
            let mut message = Message {
                file: name.clone(),
                ..Message::default()
            };
            if let Some(value) = &found.value {
                message.text = source_of(value);
                params(value, &mut message.params);
            }
            for attribute in &found.attributes {
                message.attributes.insert(attribute.id.name.to_owned());
                params(&attribute.value, &mut message.params);
            }
            if catalogue
                .insert(found.id.name.to_owned(), message)
                .is_some()
            {
                return Err(format!("{name}: {} is there twice", found.id.name).into());
            }
        }
        whole.push_str(&text);
        whole.push('\n');
    }
    fs::write(out.join(format!("{language}.ftl")), whole)?;
    Ok(catalogue)
}

/// Adds the variables of a pattern.
fn params(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            params_of(expression, found);
        }
    }
}

fn params_of(expression: &Expression<&str>, found: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => params_inline(inline, found),
        Expression::Select { selector, variants } => {
            params_inline(selector, found);
            for variant in variants {
                params(&variant.value, found);
            }
        }
    }
}

fn params_inline(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => arguments_of(arguments, found),
        InlineExpression::Placeable { expression } => params_of(expression, found),
        _ => {}
    }
}

fn arguments_of(arguments: &CallArguments<&str>, found: &mut BTreeSet<String>) {
    for argument in &arguments.positional {
        params_inline(argument, found);
    }
    for argument in &arguments.named {
        params_inline(&argument.value, found);
    }
}

/// Renders a pattern's approximate source, for documentation.
fn source_of(pattern: &Pattern<&str>) -> String {
    let elements = pattern.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } => (*value).to_owned(),
        PatternElement::Placeable { expression } => {
            let mut names = BTreeSet::new();
            params_of(expression, &mut names);
            format!("{{{}}}", names.into_iter().collect::<Vec<_>>().join(", "))
        }
    });
    elements.collect()
}

fn compare(source: &Catalogue, other: &Catalogue, language: &str, wrong: &mut Vec<String>) {
    // The command line itself is the English source of the help.
    for (id, message) in source.iter().filter(|(id, _)| !id.starts_with(HELP)) {
        let Some(translated) = other.get(id) else {
            wrong.push(format!("{}: {id} is missing in {language}", message.file));
            continue;
        };
        if translated.params != message.params {
            wrong.push(format!(
                "{}: {id} has the parameters {:?}, in {SOURCE} {:?}",
                translated.file, translated.params, message.params
            ));
        }
        if translated.attributes != message.attributes {
            wrong.push(format!(
                "{}: {id} has the attributes {:?}, in {SOURCE} {:?}",
                translated.file, translated.attributes, message.attributes
            ));
        }
    }
    for (id, message) in other.iter().filter(|(id, _)| !id.starts_with(HELP)) {
        if !source.contains_key(id) {
            wrong.push(format!("{}: {id} is missing in {SOURCE}", message.file));
        }
    }
}

fn reserved(source: &Catalogue) -> Vec<String> {
    let messages = source.iter().flat_map(|(id, message)| {
        let params = message.params.iter().map(move |param| (id, message, param));
        params.filter(|(_, _, param)| RESERVED.contains(&param.as_str()) || param.contains('-'))
    });
    messages
        .map(|(id, message, param)| {
            format!("{}: {id}: no parameter can be named {param}", message.file)
        })
        .collect()
}

/// Generates a struct for each message, and the list of all.
fn types(source: &Catalogue) -> String {
    let typed = source.iter().filter(|(id, _)| !id.starts_with(HELP));
    let structs = typed.clone().map(|(id, message)| a_struct(id, message));
    let all = typed.map(|(id, message)| {
        format!(
            "(\"{id}\", &{:?}),",
            message.params.iter().collect::<Vec<_>>()
        )
    });
    let (structs, all) = (structs.collect::<String>(), all.collect::<String>());
    format!(
        "{structs}
        /// Every message by its code, with the names of its parameters.
        pub const ALL: &[(&str, &[&str])] = &[{all}];"
    )
}

/// Generates the struct of a message, with a field for each parameter, and its conversions.
fn a_struct(id: &str, message: &Message) -> String {
    let (name, doc) = (camel(id), documentation(&message.text));
    let params: Vec<&str> = message.params.iter().map(String::as_str).collect();
    let join = |part: &dyn Fn(usize, &str) -> String, separator: &str| {
        let parts: Vec<String> = params
            .iter()
            .enumerate()
            .map(|(n, param)| part(n, param))
            .collect();
        parts.join(separator)
    };
    let fields = join(
        &|n, param| format!("/// The parameter `{param}`.\npub {param}: P{n}"),
        ", ",
    );
    let bounds = join(&|n, _| format!("P{n}: Into<Value>"), ", ");
    let types = join(&|n, _| format!("P{n}"), ", ");
    let values = join(
        &|_, param| format!("(\"{param}\", message.{param}.into())"),
        ", ",
    );
    let (shape, whole) = match params.is_empty() {
        true => (format!("{name};"), name),
        false => (
            format!("{name}<{types}> {{ {fields} }}"),
            format!("{name}<{types}>"),
        ),
    };
    let argument = if params.is_empty() { "_" } else { "message" };
    format!(
        "#[doc = \"`{id}`: {doc}\"]
        #[derive(Clone, Copy, Debug)]
        pub struct {shape}
        impl<{bounds}> From<{whole}> for Message {{
            fn from({argument}: {whole}) -> Self {{ Self::known(\"{id}\", vec![{values}]) }}
        }}
        impl<{bounds}> From<{whole}> for Value {{
            fn from(message: {whole}) -> Self {{ Message::from(message).into() }}
        }}"
    )
}

/// Converts the text of a message to one line of documentation.
fn documentation(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = lines.join(" ").replace(['[', ']', '<', '>', '`', '\\'], "");
    line.replace('"', "'")
}

/// The texts of help by their ids, with whether there is a value and the names of the attributes.
fn help_of(catalogue: &Catalogue) -> String {
    let texts = catalogue.iter().filter(|(id, _)| id.starts_with(HELP));
    let texts = texts.map(|(id, message)| {
        let has_value = !message.text.is_empty();
        let attributes: Vec<&String> = message.attributes.iter().collect();
        format!("(\"{id}\", {has_value}, &{attributes:?}),")
    });
    texts.collect()
}

fn camel(id: &str) -> String {
    let words = id.split(['-', '_']).map(|word| {
        let mut characters = word.chars();
        let first = characters.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(characters).collect::<String>()
    });
    words.collect()
}
