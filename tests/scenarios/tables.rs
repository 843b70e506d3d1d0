//! Code tables in a folder: programs use them, report it, and do not start with wrong ones.

use std::fs;
use std::path::Path;

use chengji_domain::calendar::{Rule, local_date};
use chengji_domain::tables::{Given, Table, Tables};
use chengji_tests::{Cluster, Input, Server, demo, says};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

/// Exports a table into the server's folder of tables, changes it, and sets the folder in the settings.
fn replace(server: &Server, table: Table, change: impl FnOnce(String) -> String) {
    let folder = server.path("tables");
    let shown = folder.display().to_string();
    server.cli(&["tables", "export", &shown, table.name()]).ok();
    let file = folder.join(table.file());
    let text = fs::read_to_string(&file).unwrap();
    let shipped = ["cn-2026.1", "cn-2026.2"];
    let text = shipped.iter().fold(change(text), |text, version| {
        text.replace(version, "local.7")
    });
    fs::write(&file, text).unwrap();
    server.cli(&["tables", "check", &shown]).ok();
    let settings = fs::read_to_string(&server.config).unwrap();
    if !settings.contains("tables =") {
        fs::write(&server.config, format!("{settings}tables = 'tables'\n")).unwrap();
    }
}

/// A notice that makes the next three weeks holidays.
fn holidays(text: String, today: Date) -> String {
    let head = text.lines().filter(|line| !line.starts_with("20"));
    let mut lines: Vec<String> = head.map(str::to_owned).collect();
    for day in today.series(1.day()).skip(1).take(21) {
        lines.push(format!("{0},{day},off,测试,{0}号", day.year()));
    }
    lines.join("\r\n")
}

/// The tables in a folder, parsed by the domain.
fn tables(folder: &Path) -> Tables {
    let given = Table::ALL.into_iter().filter_map(|table| {
        let place = table.file();
        let text = fs::read_to_string(folder.join(&place)).ok()?;
        Some((table, Given { place, text }))
    });
    Tables::read(&given.collect()).unwrap()
}

/// Both programs report the tables in use, in the log and by command.
fn both_name_their_tables(coordinator: &Server, zhuzhou: &Server) {
    let folder = coordinator.path("tables");
    assert!(
        coordinator
            .output()
            .contains("table=working-days version=local.7"),
        "{}",
        coordinator.output()
    );
    assert!(
        zhuzhou
            .output()
            .contains("table=divisions version=cn-2026.1 from=\"built in\""),
        "{}",
        zhuzhou.output()
    );
    let config = coordinator.config.display().to_string();
    let list = coordinator.json(&["tables", "list", "--config", &config]);
    let rules = &list["tables"][1];
    let file = folder.join("deadline-rules.csv").display().to_string();
    assert_eq!(
        (&rules["name"], &rules["version"], &rules["rows"]),
        (&"deadline-rules".into(), &"local.7".into(), &18.into())
    );
    assert_eq!(
        (&rules["file"], &list["tables"][3]["file"]),
        (&file.into(), &"".into())
    );
    let built_in = zhuzhou.json(&["tables", "list"]);
    assert_eq!(built_in["tables"][1]["version"], "cn-2026.2");
}

#[test]
fn deadlines_follow_the_tables_of_the_settings() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (coordinator, zhuzhou) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    let today = local_date(chengji_clock::now());
    replace(coordinator, Table::WorkingDays, |text| {
        holidays(text, today)
    });
    replace(coordinator, Table::DeadlineRules, |text| {
        text.replace("CN,", "长株潭,")
            .replace("conditional_answer,10", "conditional_answer,3")
    });
    replace(zhuzhou, Table::DeadlineRules, |text| {
        text.replace("extension_at_most,10", "extension_at_most,1")
    });
    for server in [coordinator, zhuzhou] {
        server.terminate();
        server.start();
    }

    both_name_their_tables(coordinator, zhuzhou);
    let folder = coordinator.path("tables");

    // Three working days, and none before the holidays are over.
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let id = cluster.submit(Input {
        consumer: CHANGSHA,
        provider: ZHUZHOU,
        code: HOSPITALS,
    });
    let routed = cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let steps = routed["steps"].as_array().unwrap();
    let at: Timestamp = steps.last().unwrap()["at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let due = |tables: &Tables| {
        let from = local_date(at);
        let days = tables.rules.days(Rule::ConditionalAnswer, from);
        tables.calendar.after(from, days).date
    };
    let (local, national) = (due(&tables(&folder)), due(&Tables::built_in().unwrap()));
    assert!(local > national, "{local} {national}");
    assert_eq!(routed["deadline"], local.to_string());

    // The node's own rules allow one working day more.
    let extend = ["request", "extend", &id, "--reason", "需会商", "--days"];
    zhuzhou
        .cli(&[&extend[..], &["2"]].concat())
        .refused(3, &["extension-out-of-range"]);
    zhuzhou.json(&[&extend[..], &["1"]].concat());
}

#[test]
fn a_sheet_is_read_by_the_names_of_the_node_it_is_for() {
    let cluster = Cluster::new(&[ZHUZHOU]);
    let node = cluster.node(ZHUZHOU);
    let file = cluster.path("ours.csv");
    let text = fs::read_to_string(demo().join(ZHUZHOU).join("catalogue.csv")).unwrap();
    let first = text.lines().take(2).collect::<Vec<_>>().join("\n");
    let ours = [
        ("电子表格:csv", "报表"),
        ("不定期", "想起来就更新"),
        (":C(60)", ":文字(60)"),
    ];
    let sheet = ours.iter().fold(first, |sheet, (term, name)| {
        assert!(sheet.contains(term), "{term} in {sheet}");
        sheet.replace(term, name)
    });
    fs::write(&file, sheet).unwrap();
    let file = file.display().to_string();
    let import = ["catalogue", "import", file.as_str(), "--draft"];
    node.cli(&import)
        .refused(3, &["想起来就更新", "报表", "文字"]);

    replace(node, Table::Terms, |text| {
        format!(
            "{text}update_cycle,不定期,想起来就更新\nformat,电子表格,报表\nitem_type,字符型,文字\n"
        )
    });
    node.terminate();
    node.start();
    let reported = node.cli(&import).ok().stderr;
    assert!(says(&reported, "sheet-note-named"), "{reported}");
    for column in ["update cycle", "formats", "items"] {
        assert!(
            reported.contains(&format!("note: {column}: ")),
            "{reported}"
        );
    }
    let listed = node.json(&["catalogue", "show", "103001/000001", "--revision", "1"]);
    let entry = &listed["entry"];
    assert_eq!(entry["update_cycle"], "UPDATE_CYCLE_IRREGULAR", "{entry}");
    assert_eq!(entry["formats"][0]["kind"], "FORMAT_KIND_SPREADSHEET");
    assert_eq!(entry["items"][1]["type"], "ITEM_TYPE_TEXT");
}

#[test]
fn wrong_tables_do_not_let_a_program_start() {
    let cluster = Cluster::prepared(&[CHANGSHA]);
    for server in [&cluster.coordinator, cluster.node(CHANGSHA)] {
        replace(server, Table::DeadlineRules, |text| text);
        replace(server, Table::Divisions, |text| text);
        let file = server.path("tables/deadline-rules.csv");
        let text = fs::read_to_string(&file)
            .unwrap()
            .replace("catalogue_review,2", "catalogue_review,two");
        let line = text.lines().position(|line| line.contains(",two")).unwrap() + 1;
        fs::write(&file, text).unwrap();
        fs::write(server.path("tables/holidays.csv"), "").unwrap();
        let place = format!(
            "{}:{line}: working_days of catalogue_review is 'two'",
            file.display()
        );
        let reported = [
            place.as_str(),
            "tables-file-unknown",
            "holidays.csv",
            "remedy:",
        ];
        server.does_not_start(&server.config).refused(1, &reported);
        let folder = server.path("tables").display().to_string();
        server
            .cli(&["tables", "check", &folder])
            .refused(1, &reported);
    }
}

#[test]
fn a_city_is_invited_by_a_code_that_ended_with_a_warning() {
    let cluster = Cluster::new(&[]);
    let invite = |city: &str| {
        let invited = cluster
            .coordinator
            .cli(&["member", "invite", city, "--name", "某市"]);
        invited.ok().stderr
    };
    let warning = invite("371200");
    assert!(
        says(&warning, "division-ended-on") && warning.contains("2018-12-25"),
        "{warning}"
    );
    assert!(
        says(&warning, "division-succeeded") && warning.contains("370100 济南市"),
        "{warning}"
    );
    assert!(says(&invite("439900"), "division-unknown"));
    assert_eq!(invite("430100"), "");
}
