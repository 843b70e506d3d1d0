//! Texts that would command, hide or compute where they are shown, at the inputs of both programs; and
//! the programs' output for people and for spreadsheet programs.

use std::fs::File;

use chengji_domain::Field;
use chengji_messages::character::unfit;
use chengji_messages::{Message, msg};
use chengji_tests::{Cluster, demo, importing, program};

const CITY: &str = "430100";

/// The refusal of a character in a text, as people read it.
fn refusal(field: Field, character: char, place: u64) -> String {
    let message = msg::TextNotValid {
        fault: forbidden(character, place),
        field: field.label(),
    };
    Message::from(message).to_string()
}

fn forbidden(character: char, place: u64) -> Message {
    let message = msg::TextCharacterForbidden {
        class: unfit(character).unwrap().label(),
        codepoint: format!("U+{:04X}", u32::from(character)),
        place,
    };
    message.into()
}

/// The demo's header and one row for each of these names and abstracts.
fn sheet(rows: &[(&str, &str)]) -> String {
    let demo = std::fs::read_to_string(demo().join("430100/catalogue.csv")).unwrap();
    let header = demo.lines().next().unwrap();
    let rows = rows.iter().zip(1..).map(|((name, summary), serial)| {
        format!(
            "1/03/001,{name},103001/0002{serial:02},长沙市民政局,1143010000699101XC,{summary},电子表格:csv,\
             编号:C(10),1,,文件,否,,每月,2025-08-15,,市级,否,1,10,"
        )
    });
    let rows: Vec<String> = rows.collect();
    format!("{header}\r\n{}\r\n", rows.join("\r\n"))
}

#[test]
fn no_cell_of_an_exported_or_printed_file_is_a_formula_and_imported_again_nothing_changes() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let hostile = sheet(&[
        (
            "=cmd|'/C calc'!A0",
            "用于检验导入行为的测试资源，供各部门引用",
        ),
        ("+1+1资源", "@SUM(A1:A9) 这是摘要内容超过十个字符的"),
        (
            "-2+3资源",
            "\"\t=HYPERLINK(\"\"http://x\"\",\"\"y\"\") 制表符开头的摘要文字\"",
        ),
        (
            "零宽\u{200b}名称\u{feff}",
            "用于检验不可见字符的测试资源，供各部门引用",
        ),
    ]);
    let file = cluster.path("hostile.csv").display().to_string();
    std::fs::write(&file, hostile).unwrap();
    let imported = node.cli(&importing(&file, &[])).ok();
    assert!(imported.says("sheet-note-invisible"), "{imported}");
    assert_eq!(node.approve(), 4);
    cluster.until_followed(CITY);
    let found = node.cli(&["directory", "search", "零宽名称"]).ok();
    assert!(found.stdout.contains("103001000204"), "{found}");

    let export = cluster.path("export.csv").display().to_string();
    node.cli(&["catalogue", "export", &export]).ok();
    let printed = node
        .cli(&["--format", "csv", "catalogue", "list"])
        .ok()
        .stdout;
    let exported = std::fs::read_to_string(&export).unwrap();
    for text in [exported.trim_start_matches('\u{FEFF}'), &printed] {
        for cell in text.split(['\n', ',']) {
            let cell = cell.trim_start_matches('"');
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t']),
                "{cell}: {text}"
            );
        }
        assert!(text.contains("'=cmd"), "{text}");
    }
    let again = node.json(&["catalogue", "import", &export]);
    assert_eq!(again["unchanged"], 4, "{again}");
}

#[test]
fn texts_that_command_or_hide_are_refused_at_every_door_with_their_place() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let code = "103001/000001";
    node.cli(&["catalogue", "withdraw", code, "--reason", "长沙\u{1b}[2J"])
        .refused(3, &[&refusal(Field::Reason, '\u{1b}', 3)]);
    let submit = [
        "request",
        "submit",
        "--provider",
        "430200",
        "--code",
        code,
        "--purpose",
        "核验\u{7}",
        "--basis",
        "《政务数据共享条例》\u{202e}",
        "--scenario",
        "窗口逐件核验",
        "--scope",
        "全部",
    ];
    node.cli(&submit).refused(
        3,
        &[
            &refusal(Field::Purpose, '\u{7}', 3),
            &refusal(Field::LegalBasis, '\u{202e}', 11),
        ],
    );
    let name = "files/a\u{200b}b.csv";
    std::fs::write(node.path("shared").join(name), "a\n1\n").unwrap();
    node.cli(&["catalogue", "mount", code, name])
        .refused(3, &[&forbidden('\u{200b}', 2).to_string(), "rename"]);
    for (name, character, place) in [("长\u{200d}沙市", '\u{200d}', 2), ("长沙\n市", '\n', 3)]
    {
        let invite = ["member", "invite", "430300", "--name", name];
        cluster
            .coordinator
            .cli(&invite)
            .refused(3, &[&refusal(Field::CityName, character, place)]);
    }
    let hidden = "演\u{200b}练";
    let suspend = ["member", "suspend", CITY, "--reason", hidden];
    let refused = refusal(Field::Reason, '\u{200b}', 2);
    let refused = &[refused.as_str()];
    cluster.coordinator.cli(&suspend).refused(3, refused);
    let remove = ["person", "remove", "officer", "--reason", hidden];
    node.cli_as(&node.manager, &remove).refused(3, refused);
    // The refusals are on lines of their own, without raw control characters.
    let audit = node.cli(&["audit", "--limit", "20"]);
    for text in [&audit.stdout, &audit.stderr] {
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}']),
            "{text}"
        );
    }
}

#[test]
fn times_have_one_zone_and_a_date_alone_is_the_end_of_its_day() {
    let cluster = Cluster::new(&[CITY]);
    cluster.coordinator.enrol("office", &["auditor"]);
    let profile = cluster.path("home/profiles/office/profile.toml");
    let run = |format: &str, tz: Option<&str>, arguments: &[&str]| {
        let mut command = program("chengji-coordinator");
        command
            .env("CHENGJI_HOME", cluster.path("home"))
            .env("CHENGJI_PROFILE", &profile)
            .env_remove("TZ")
            .envs(tz.map(|tz| ("TZ", tz)))
            .args(["--format", format])
            .args(arguments);
        command
    };
    for (tz, cut_off) in [
        (None, "2025-10-31 23:59:59 +08:00"),
        (Some("UTC"), "2025-10-31 15:59:59 +00:00"),
    ] {
        let shown = run("table", tz, &["rate", "show", "--at", "2025-10-31"])
            .output()
            .unwrap();
        let notes = String::from_utf8(shown.stderr).unwrap();
        assert!(shown.status.success() && notes.contains(cut_off), "{notes}");
        // A message shows its times in the same zone.
        let future = run("table", tz, &["rate", "show", "--at", "2099-10-31"])
            .output()
            .unwrap();
        let refusal = String::from_utf8(future.stderr).unwrap();
        let in_future = cut_off.replace("2025", "2099");
        assert!(refusal.contains(&in_future), "{refusal}");
    }
    let json = run("json", None, &["rate", "show", "--at", "2025-10-31"])
        .output()
        .unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["at"], "2025-10-31T15:59:59.999999999Z", "{json}");

    // A file gets a byte order mark, a pipe does not; no cell looks like a date to a spreadsheet program.
    let file = cluster.path("rate.csv");
    let mut command = run("csv", None, &["rate", "show"]);
    assert!(
        command
            .stdout(File::create(&file).unwrap())
            .status()
            .unwrap()
            .success()
    );
    let written = std::fs::read_to_string(&file).unwrap();
    let piped =
        String::from_utf8(run("csv", None, &["rate", "show"]).output().unwrap().stdout).unwrap();
    assert_eq!(written, format!("\u{FEFF}{piped}"));
    let cells = piped.split(['\n', ',']);
    let is_fraction = |cell: &str| {
        let parts = cell.trim().split_once('/');
        parts.is_some_and(|(first, _)| first.parse::<u64>().is_ok())
    };
    assert!(piped.contains("entries,entries_of"), "{piped}");
    assert_eq!(cells.filter(|cell| is_fraction(cell)).count(), 0, "{piped}");
}
