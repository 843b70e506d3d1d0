//! Settings: precedence of the sources, and reporting of every mistake with its place.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;

const PREFIX: &str = "CHENGJI_NODE_";

fn missing(path: &Path) -> Message {
    msg::SettingsFileMissing { path }.into()
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Settings {
    city: String,
    data: PathBuf,
    listen: Listen,
    #[serde(default)]
    workers: Option<u16>,
    #[serde(default)]
    peers: Vec<Peer>,
    #[serde(default)]
    roots: Vec<PathBuf>,
    #[serde(default)]
    log: Log,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Listen {
    address: SocketAddr,
    limit: u32,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Peer {
    city: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Log {
    #[default]
    Human,
    Json,
}

#[derive(Default, Serialize)]
struct Flags {
    city: Option<String>,
    workers: Option<i64>,
    listen: ListenFlags,
}

#[derive(Default, Serialize)]
struct ListenFlags {
    limit: Option<u32>,
}

const GOOD: &str = "
city = '430100'
data = '/var/lib/chengji'
[listen]
address = '127.0.0.1:7400'
limit = 10
";

fn as_they_are(settings: Settings, _: &mut Mistakes<'_>) -> Option<Settings> {
    Some(settings)
}

struct Written {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Written {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        std::fs::write(&file, text).unwrap();
        Self {
            _folder: folder,
            file,
        }
    }

    fn read(&self, variables: &[(&str, &str)], flags: Flags) -> Result<Settings> {
        let own = |(name, text): &(&str, &str)| (format!("{PREFIX}{name}"), (*text).to_owned());
        let sources = Sources {
            file: Some(&self.file),
            env_prefix: PREFIX,
            variables: variables.iter().map(own).collect(),
        };
        sources.read(missing, flags, as_they_are)
    }

    /// The mistakes, with the folder removed from the places.
    fn mistakes(&self, variables: &[(&str, &str)], flags: Flags) -> Vec<(String, Message)> {
        let error = self.read(variables, flags).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured, "{error:?}");
        let folder = format!("{}/", self.file.parent().unwrap().display());
        let plain = |v: &Violation| (v.field.to_string().replace(&folder, ""), v.problem.clone());
        error.violations().iter().map(plain).collect()
    }
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let written = Written::new(GOOD);
    let settings = written.read(&[], Flags::default()).unwrap();
    assert_eq!(
        (settings.city.as_str(), settings.listen.limit),
        ("430100", 10)
    );

    let variables = [
        ("LISTEN__LIMIT", "20"),
        ("DATA", "/data"),
        ("LISTEN__ADDRESS", "[::1]:9"),
    ];
    let settings = written.read(&variables, Flags::default()).unwrap();
    assert_eq!(
        (settings.listen.limit, settings.data),
        (20, PathBuf::from("/data"))
    );
    assert_eq!(settings.listen.address, "[::1]:9".parse().unwrap());

    let flags = Flags {
        listen: ListenFlags { limit: Some(30) },
        ..Flags::default()
    };
    let settings = written.read(&variables, flags).unwrap();
    assert_eq!(settings.listen.limit, 30);
    assert_eq!(settings.city, "430100");
}

#[test]
fn a_variable_that_looks_like_a_number_may_be_text() {
    let settings = Written::new(GOOD)
        .read(&[("CITY", "0430200")], Flags::default())
        .unwrap();
    assert_eq!(settings.city, "0430200");
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let written = Written::new(
        "
        colour = 'red'
        log = 'xml'
        roots = ['/a', 7, '/b']
        [listen]
        address = 'nowhere'
        port = 1
        [[peers]]
        city = '430200'
        [[peers]]
        town = '430300'
        ",
    );
    let variables = [("LISTEN__LIMIT", "many"), ("DTAA", "/data")];
    let flags = Flags {
        workers: Some(-1),
        ..Flags::default()
    };
    let mistakes = written.mistakes(&variables, flags);
    let mut places: Vec<&str> = mistakes.iter().map(|(place, _)| place.as_str()).collect();
    places.sort_unstable();
    let expected = [
        "--workers",
        "CHENGJI_NODE_DTAA",
        "CHENGJI_NODE_LISTEN__LIMIT",
        "node.toml:city",
        "node.toml:colour",
        "node.toml:data",
        "node.toml:listen.address",
        "node.toml:listen.port",
        "node.toml:log",
        "node.toml:peers.1.city",
        "node.toml:peers.1.town",
        "node.toml:roots.1",
    ];
    assert_eq!(places, expected, "{mistakes:#?}");
    let problem = |place: &str| &mistakes.iter().find(|(p, _)| p == place).unwrap().1;
    let known = |message: &Message| match message.param("known") {
        Some(MessageValue::List(known)) => known.clone(),
        other => panic!("{other:?}"),
    };
    let colour = problem("node.toml:colour");
    assert_eq!(colour.code(), "setting-unknown");
    let city_and_data: [MessageValue; 2] = ["city".into(), "data".into()];
    assert_eq!(known(colour)[..2], city_and_data);
    let variable = "CHENGJI_NODE_DATA";
    let missing: Message = msg::SettingMissingVariable { variable }.into();
    assert_eq!(problem("node.toml:data"), &missing);
    let log = problem("node.toml:log");
    assert_eq!(log.code(), "setting-value-unknown");
    let human_and_json: [MessageValue; 2] = ["human".into(), "json".into()];
    assert_eq!(known(log), human_and_json);
    let limit = problem("CHENGJI_NODE_LISTEN__LIMIT");
    assert_eq!(limit.code(), "setting-value-wrong");
}

#[test]
fn a_mistake_in_form_does_not_hide_those_in_values() {
    let written = Written::new("city = 'nowhere'\ndata = 7\n[listen]\naddress = 'x'\nlimit = 0\n");
    let sources = Sources {
        file: Some(&written.file),
        env_prefix: PREFIX,
        variables: [(format!("{PREFIX}WORKERS"), "0".to_owned())].into(),
    };
    let wrong = |city: &str| Message::from(msg::SettingValueWrong { cause: city });
    let check = |settings: Settings, mistakes: &mut Mistakes<'_>| {
        mistakes.report("city", wrong(&settings.city));
        mistakes.report("listen.limit", msg::SettingEmpty);
        mistakes.report("workers", msg::SettingEmpty);
        // The user did not write what stands here by now.
        mistakes.report("data", msg::SettingEmpty);
        mistakes.report("listen.address", msg::SettingEmpty);
        Some(settings)
    };
    let error = sources.read(missing, (), check).unwrap_err();
    let folder = format!("{}/", written.file.parent().unwrap().display());
    let mut places: Vec<String> = error
        .violations()
        .iter()
        .map(|v| v.field.to_string().replace(&folder, ""))
        .collect();
    places.sort_unstable();
    let expected = [
        "CHENGJI_NODE_WORKERS",
        "node.toml:city",
        "node.toml:data",
        "node.toml:listen.address",
        "node.toml:listen.limit",
    ];
    assert_eq!(places, expected);
    let city = error
        .violations()
        .iter()
        .find(|v| v.field.to_string().ends_with("city"));
    assert_eq!(city.unwrap().problem, wrong("nowhere"));
}

#[test]
fn a_missing_section_is_told_with_what_belongs_into_it() {
    let mistakes = Written::new("city = '430100'").mistakes(&[], Flags::default());
    let places: Vec<&str> = mistakes.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "node.toml:data",
            "node.toml:listen",
            "node.toml:listen.address",
            "node.toml:listen.limit"
        ]
    );
}

#[test]
fn a_rule_over_several_settings_is_told_once_and_only_when_it_is_the_users() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Raw")]
    struct Ordered;
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Raw {
        low: u32,
        high: u32,
    }
    impl TryFrom<Raw> for Ordered {
        type Error = String;

        fn try_from(raw: Raw) -> Result<Self, String> {
            (raw.low < raw.high)
                .then_some(Self)
                .ok_or_else(|| "low is not below high".to_owned())
        }
    }
    let problems = |text: &str| -> Vec<Message> {
        let written = Written::new(text);
        let error = load_file::<Ordered>(&written.file, missing).unwrap_err();
        error
            .violations()
            .iter()
            .map(|v| v.problem.clone())
            .collect()
    };
    let cause = "low is not below high";
    assert_eq!(
        problems("low = 2\nhigh = 1"),
        [Message::from(msg::SettingValueWrong { cause })]
    );
    assert_eq!(problems("low = 2"), [Message::from(msg::SettingMissing)]);
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let mistakes = Written::new("city = '430100'\ndata = \n").mistakes(&[], Flags::default());
    assert_eq!(mistakes.len(), 1);
    assert_eq!(mistakes[0].0, "node.toml:2");
}

#[test]
fn a_missing_file_says_which_and_how_to_make_one() {
    let error = load(
        Some(Path::new("/nowhere/node.toml")),
        PREFIX,
        (),
        as_they_are,
    )
    .unwrap_err();
    let missing = msg::SettingsFileMissing {
        path: "/nowhere/node.toml",
    };
    assert_eq!(error, misconfigured(missing));
}

#[test]
fn without_a_file_environment_and_flags_may_be_enough() {
    let variables = [
        ("CITY", "430100"),
        ("DATA", "/d"),
        ("LISTEN__ADDRESS", "127.0.0.1:1"),
    ];
    let own = |(name, text): (&str, &str)| (format!("{PREFIX}{name}"), text.to_owned());
    let sources = Sources {
        file: None,
        env_prefix: PREFIX,
        variables: variables.into_iter().map(own).collect(),
    };
    let flags = Flags {
        listen: ListenFlags { limit: Some(1) },
        ..Flags::default()
    };
    assert!(sources.read(missing, flags, as_they_are).is_ok());
    let error = sources.read(missing, (), as_they_are).unwrap_err();
    assert_eq!(
        error.violations()[0].field,
        "listen.limit".to_owned().into()
    );
}

#[test]
fn numbers_outside_the_ranges_of_the_schema_are_mistakes() {
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Ranged {
        #[schemars(range(min = 1, max = 720))]
        hours: u32,
        table: Table,
        #[serde(default)]
        named: BTreeMap<String, Table>,
    }
    #[derive(Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    struct Table {
        #[schemars(range(min = 2))]
        size: u64,
    }
    impl Default for Table {
        fn default() -> Self {
            Self { size: 3 }
        }
    }
    let read = |hours: u64, size: u64| {
        let written = Written::new(&format!("hours = {hours}\n[table]\nsize = {size}"));
        let check = |read: Ranged, _: &mut Mistakes<'_>| {
            let sizes = read.named.values().map(|table| table.size);
            Some((read.hours, sizes.fold(read.table.size, u64::max)))
        };
        load(Some(&written.file), "CHENGJI_RANGED_", (), check)
    };
    assert_eq!(read(1, 3).unwrap(), (1, 3));
    assert_eq!(read(720, 2).unwrap(), (720, 2));
    let problems = |hours: u64, size: u64| -> Vec<Message> {
        let error = read(hours, size).unwrap_err();
        let violations = error.violations().iter();
        violations.map(|v| v.problem.clone()).collect()
    };
    let hours = |found: u64| {
        Message::from(msg::SettingOutOfRange {
            found,
            least: 1_u64,
            most: 720_u64,
        })
    };
    let size = Message::from(msg::SettingTooSmall {
        found: 1_u64,
        least: 2_u64,
    });
    assert_eq!(problems(0, 1), [hours(0), size.clone()]);
    assert_eq!(problems(721, 3), [hours(721)]);

    let text = "hours = 1\n[table]\n[named.a]\nsize = 2\n[named.b]\nsize = 1";
    let written = Written::new(text);
    let check = |_: Ranged, _: &mut Mistakes<'_>| Some(());
    let named = load(Some(&written.file), "CHENGJI_RANGED_", (), check).unwrap_err();
    let [wrong] = named.violations() else {
        panic!("{named:?}")
    };
    assert!(
        wrong.field.to_string().ends_with("named.b.size"),
        "{named:?}"
    );
    assert_eq!(wrong.problem, size);
}
