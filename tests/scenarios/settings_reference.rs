//! The reference of settings and the commented examples: generated from the types of the settings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use chengji_messages::{Language, help};
use chengji_runtime::settings::Overrides;
use clap::Command;
use serde_json::Value;

/// Width of the comments in the examples, columns.
const WIDTH: usize = 100;

struct Program {
    /// Its name without `chengji-`.
    name: &'static str,
    /// The command that writes the first settings.
    setup: &'static str,
    prefix: &'static str,
    schema: Value,
    serve: Command,
}

fn programs() -> [Program; 2] {
    let serve = |command: Command| command.find_subcommand("serve").unwrap().clone();
    [
        Program {
            name: "node",
            setup: "join",
            prefix: chengji_node::config::ENV_PREFIX,
            schema: chengji_node::config::schema().to_value(),
            serve: serve(chengji_node::cli::command(Language::English)),
        },
        Program {
            name: "coordinator",
            setup: "init",
            prefix: chengji_coordinator::config::ENV_PREFIX,
            schema: chengji_coordinator::config::schema().to_value(),
            serve: serve(chengji_coordinator::cli::command(Language::English)),
        },
    ]
}

/// A table of settings; the first one of a program has no name.
struct Table<'a> {
    program: &'a Program,
    name: Option<&'a str>,
    schema: &'a Value,
    /// True if there may be several, each with a name of its own.
    is_named: bool,
}

struct Setting<'a> {
    table: &'a Table<'a>,
    key: &'a str,
    schema: &'a Value,
    is_required: bool,
}

fn is_table(schema: &Value) -> bool {
    schema.get("properties").is_some() || of_named(schema).is_some()
}

/// The schema of tables that have names of their own.
fn of_named(schema: &Value) -> Option<&Value> {
    let table = schema.get("additionalProperties")?;
    is_table(table).then_some(table)
}

impl Program {
    fn tables(&self) -> Vec<Table<'_>> {
        let table = |name, schema, is_named| Table {
            program: self,
            name,
            schema,
            is_named,
        };
        let properties = self.schema["properties"].as_object().unwrap();
        let tables = properties.iter().filter(|(_, schema)| is_table(schema));
        let tables = tables.map(|(name, schema)| match of_named(schema) {
            Some(schema) => table(Some(name.as_str()), schema, true),
            None => table(Some(name.as_str()), schema, false),
        });
        [table(None, &self.schema, false)]
            .into_iter()
            .chain(tables)
            .collect()
    }
}

impl<'a> Table<'a> {
    /// The settings: required ones in the order of the type, then the others by name.
    fn settings(&'a self) -> Vec<Setting<'a>> {
        let required = self.schema["required"].as_array().into_iter().flatten();
        let required: Vec<&str> = required.filter_map(Value::as_str).collect();
        let properties = self.schema["properties"].as_object().unwrap();
        let settings = properties.iter().filter(|(_, schema)| !is_table(schema));
        let mut settings: Vec<Setting<'_>> = settings
            .map(|(key, schema)| Setting {
                table: self,
                key,
                schema,
                is_required: required.contains(&key.as_str()),
            })
            .collect();
        let rank = |key: &str| required.iter().position(|name| *name == key);
        settings.sort_by_key(|setting| rank(setting.key).unwrap_or(required.len()));
        settings
    }

    /// The heading in the file; `None` for the first table.
    fn heading(&self) -> Option<String> {
        let name = self.name?;
        Some(match self.is_named {
            true => format!("[{name}.NAME]"),
            false => format!("[{name}]"),
        })
    }

    /// The ids of the texts in other languages than English, the nearest first.
    fn ids(&self) -> [String; 2] {
        let table = self.name.map(|name| format!("-{name}")).unwrap_or_default();
        [
            format!("{}-{}{table}", help::SETTINGS, self.program.name),
            format!("{}{table}", help::SETTINGS),
        ]
    }

    /// The text of a setting, or of the table itself, with the id of a translation; `None` without one.
    fn text(&self, key: Option<&str>, language: Language) -> Option<(String, String)> {
        if language == Language::English {
            let schema = key.map_or(self.schema, |key| &self.schema["properties"][key]);
            let words: Vec<&str> = schema["description"].as_str()?.split_whitespace().collect();
            return Some((String::new(), words.join(" ")));
        }
        self.ids().into_iter().find_map(|id| {
            let text = help::text(language, &id, key)?;
            Some((id, text))
        })
    }

    fn shown(&self, key: Option<&str>, language: Language) -> String {
        let text = self.text(key, language);
        text.map(|(_, text)| text).unwrap_or_default()
    }
}

impl Setting<'_> {
    fn variable(&self) -> String {
        let own_name = if self.table.is_named { "NAME__" } else { "" };
        let table = (self.table.name).map(|name| format!("{name}__{own_name}"));
        let path = format!("{}{}", table.unwrap_or_default(), self.key);
        format!("{}{}", self.table.program.prefix, path.to_uppercase())
    }

    /// The flag of `serve` for this setting.
    fn flag(&self) -> Option<String> {
        let mut arguments = self.table.program.serve.get_arguments();
        let argument = arguments.find(|argument| argument.get_id() == self.key)?;
        let is_top = self.table.name.is_none();
        is_top.then(|| format!("--{}", argument.get_long().unwrap()))
    }

    /// The possible values of a setting that has a few.
    fn choices(&self) -> Vec<&str> {
        choices_of(self.schema)
    }

    /// The kind of value, its unit and range.
    fn value(&self, language: Language) -> String {
        let (or, to, least, comma) = match language {
            Language::English => (" or ", "to", "at least", ", "),
            Language::Chinese => (" 或 ", "至", "不小于", "，"),
        };
        let choices = self.choices();
        if !choices.is_empty() {
            let choices: Vec<String> = choices.iter().map(|name| format!("`{name}`")).collect();
            return choices.join(or);
        }
        let kind = kind(self.schema, language);
        let bound = |name: &str| self.schema[name].as_u64();
        match (bound("minimum").unwrap_or(0), bound("maximum")) {
            (min, Some(max)) => format!("{kind}{comma}{min} {to} {max}"),
            (0, None) => kind.to_owned(),
            (min, None) => format!("{kind}{comma}{least} {min}"),
        }
    }

    fn default(&self, language: Language) -> String {
        let default = &self.schema["default"];
        match (self.is_required, default) {
            (true, _) if language == Language::English => "required".to_owned(),
            (true, _) => "必填".to_owned(),
            (false, Value::Null) => "–".to_owned(),
            (false, Value::String(text)) => format!("`{text}`"),
            (false, number) if self.schema["x-value"] == "bytes" => {
                format!("`{number}` ({})", binary(number.as_u64().unwrap()))
            }
            (false, other) => format!("`{other}`"),
        }
    }

    /// The line of the example: active if it is required or has a default to show.
    fn line(&self) -> String {
        let example = &self.schema["examples"][0];
        match (self.is_required, example) {
            (true, _) => {
                assert!(!example.is_null(), "{} has no example", self.key);
                format!("{} = {example}", self.key)
            }
            (false, Value::Null) => format!("{} = {}", self.key, self.schema["default"]),
            (false, _) => format!("# {} = {example}", self.key),
        }
    }
}

/// The values of an enum, also of one that may be omitted.
fn choices_of(schema: &Value) -> Vec<&str> {
    let items = |name: &str| schema[name].as_array().into_iter().flatten();
    let described = items("oneOf").filter_map(|choice| choice["const"].as_str());
    let plain = items("enum").filter_map(Value::as_str);
    let optional = items("anyOf").flat_map(choices_of);
    described.chain(plain).chain(optional).collect()
}

fn kind(schema: &Value, language: Language) -> &'static str {
    let types = &schema["type"];
    let is_integer = types == "integer" || types[0] == "integer";
    let (english, chinese) = match schema["x-value"].as_str() {
        Some("bytes") => ("bytes", "字节"),
        Some("seconds") => ("seconds", "秒"),
        Some("minutes") => ("minutes", "分钟"),
        Some("hours") => ("hours", "小时"),
        Some("days") => ("days", "天"),
        Some("socket") => ("IP address and port", "IP 地址和端口"),
        Some("endpoint") => ("host and port", "主机和端口"),
        Some("file") => ("file", "文件"),
        Some("folder") => ("folder", "文件夹"),
        Some("folders") => ("folders", "文件夹列表"),
        Some("ranges") => ("ranges of addresses", "网段列表"),
        Some("mail") => ("mail address", "邮件地址"),
        Some("text") => ("text", "文本"),
        None if is_integer => ("number", "整数"),
        None if types == "string" => ("text", "文本"),
        None if types == "boolean" => ("`true` or `false`", "`true` 或 `false`"),
        other => panic!("{other:?} of {schema}"),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// A number of bytes in the largest binary unit that divides it.
fn binary(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let divides = |(power, _): &(u32, &str)| bytes > 0 && bytes.is_multiple_of(1 << power);
    match units.into_iter().find(divides) {
        Some((power, unit)) => format!("{} {unit}", bytes >> power),
        None => format!("{bytes} B"),
    }
}

/// The page of a language.
fn page(language: Language) -> PathBuf {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    match language {
        Language::English => docs.join("reference/settings.md"),
        Language::Chinese => docs.join("zh-CN/reference/settings.md"),
    }
}

fn reference(language: Language) -> String {
    let (introduction, heading) = match language {
        Language::English => (
            "# All settings\n\nEvery setting of the two programs, with its environment variable and the flag of \
             `serve` if there is one. Flags win over\nthe environment, and the environment over the file; relative \
             paths start at the folder of the settings file.\nExamples to copy: [a node](../../deploy/node.toml), \
             [the coordinator](../../deploy/coordinator.toml). See also\n[Settings](../operations/settings.md). \
             This page is generated.\n",
            "| setting | value | default | meaning |\n|---|---|---|---|\n",
        ),
        Language::Chinese => (
            "# 全部配置项\n\n两个程序的全部配置项，及其环境变量和 `serve` 的命令行参数（有的话）。命令行参数优先于环境变量，环境变量优先于\
             配置文件；\n相对路径从配置文件所在目录算起。可供复制的示例：[节点](../../../deploy/node.toml)、\
             [协调机构](../../../deploy/coordinator.toml)。\n另见[配置](../operations/settings.md)。本页自动生成。\n",
            "| 配置项 | 取值 | 默认值 | 说明 |\n|---|---|---|---|\n",
        ),
    };
    let mut text = introduction.to_owned();
    for program in programs() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n## chengji-{}\n", program.name);
        for table in program.tables() {
            if let Some(heading) = table.heading() {
                let about = table.shown(None, language);
                let _ = write!(text, "\n### `{heading}`\n\n{about}\n");
            }
            let _ = write!(text, "\n{heading}");
            for setting in table.settings() {
                let names = [Some(setting.key.to_owned()), Some(setting.variable())];
                let names = names.into_iter().chain([setting.flag()]).flatten();
                let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                let cells = [
                    names.join("<br>"),
                    setting.value(language),
                    setting.default(language),
                    table.shown(Some(setting.key), language),
                ];
                let cells = cells.map(|cell| cell.replace('|', "\\|"));
                let _ = writeln!(text, "| {} |", cells.join(" | "));
            }
        }
    }
    text
}

/// The commented example of a program.
fn example_file(program: &Program) -> PathBuf {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    deploy.join(format!("{}.toml", program.name))
}

fn example(program: &Program) -> String {
    let Program {
        name,
        setup,
        prefix,
        ..
    } = program;
    let mut text = String::new();
    let introduction = format!(
        "All settings of chengji-{name}, generated from their types. '{setup}' writes a file with the required ones. \
         Lines without # are required, or give the default. Each setting can also be given in the environment, as \
         {prefix}SETTING or {prefix}TABLE__SETTING in capitals. Relative paths start at the folder of this file."
    );
    comment(&introduction, &mut text);
    for table in program.tables() {
        // Tables with names are left out as a whole: their settings together are of no one table.
        let mark = if table.is_named { "#" } else { "" };
        if let Some(heading) = table.heading() {
            text.push('\n');
            comment(&table.shown(None, Language::English), &mut text);
            text.push_str(&format!("{mark}{heading}\n"));
        }
        for setting in table.settings() {
            let about = table.shown(Some(setting.key), Language::English);
            let value = setting.value(Language::English);
            text.push('\n');
            comment(&format!("{about} Value: {value}."), &mut text);
            let line = setting.line();
            let line = match table.is_named {
                true => format!("#{}", line.trim_start_matches("# ")),
                false => line,
            };
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// Adds a comment, wrapped at the width.
fn comment(text: &str, out: &mut String) {
    let mut line = "#".to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = "#".to_owned();
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

/// All generated files with their texts.
fn generated() -> Vec<(PathBuf, String)> {
    let pages = Language::ALL.map(|language| (page(language), reference(language)));
    let examples = programs().map(|program| (example_file(&program), example(&program)));
    pages.into_iter().chain(examples).collect()
}

#[test]
fn the_reference_and_the_examples_of_settings_are_those_of_the_types() {
    for (file, text) in generated() {
        let found = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            found == text,
            "{} differs: cargo test -p chengji-tests --test scenarios -- --ignored generate_the_reference",
            file.display()
        );
    }
}

#[test]
#[ignore = "writes the pages and the examples"]
fn generate_the_reference_of_settings() {
    for (file, text) in generated() {
        fs::write(file, text).unwrap();
    }
}

#[test]
fn every_setting_has_a_text_in_both_languages_and_there_is_no_other() {
    let (mut missing, mut used) = (Vec::new(), BTreeSet::new());
    for program in programs() {
        for table in program.tables() {
            let settings = table.settings();
            let keys = settings.iter().map(|setting| Some(setting.key));
            let own = table.name.is_some().then_some(None);
            for (key, language) in own
                .into_iter()
                .chain(keys)
                .flat_map(|key| Language::ALL.map(|language| (key, language)))
            {
                match table.text(key, language) {
                    Some((id, _)) => used.insert((id, key.map(str::to_owned))),
                    None => {
                        missing.push((table.ids(), key.map(str::to_owned), language));
                        false
                    }
                };
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
    let of_settings = |(id, ..): &&(&str, bool, &[&str])| id.starts_with(help::SETTINGS);
    for (id, has_value, attributes) in help::ALL.iter().filter(of_settings) {
        let value = has_value.then_some(None);
        let attributes = attributes.iter().map(|name| Some((*name).to_owned()));
        for attribute in value.into_iter().chain(attributes) {
            let text = ((*id).to_owned(), attribute);
            assert!(used.contains(&text), "no setting has {text:?}");
        }
    }
}

/// The settings that a program reads from a file, as text.
fn read(program: &Program, file: &Path) -> String {
    let none = Overrides::default();
    match program.name {
        "node" => format!(
            "{:#?}",
            chengji_node::config::Settings::load(file, &none).unwrap()
        ),
        _ => format!(
            "{:#?}",
            chengji_coordinator::config::Settings::read(file, &none).unwrap()
        ),
    }
}

#[test]
fn the_examples_give_the_defaults_and_all_their_settings_are_accepted() {
    for program in programs() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        let read = |text: &str| {
            fs::write(&file, text).unwrap();
            read(&program, &file)
        };
        let example = example(&program);
        let tables = program.tables();
        let required = tables[0].settings();
        let required = required.iter().filter(|setting| setting.is_required);
        let required: String = required.map(|setting| setting.line() + "\n").collect();
        let defaults = read(&required);
        assert_eq!(read(&example), defaults);

        for name in ["tables", "shared"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let all: Vec<&str> = example
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") => setting,
                _ => line,
            })
            .collect();
        let all = all.join("\n").replace("/srv/chengji/shared", "shared");
        assert_ne!(read(&all), defaults);
    }
}
