//! Code tables in a folder: programs use them, report it, and do not start with wrong ones.

use std::fs;

use chengji_domain::tables::Table;
use chengji_tests::{Cluster, Server, demo, says};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// Exports a table into the server's folder of tables, changes it, and sets the folder in the settings.
fn replace(server: &Server, table: Table, change: impl FnOnce(String) -> String) {
    let folder = server.path("tables");
    let shown = folder.display().to_string();
    server.cli(&["tables", "export", &shown, table.name()]).ok();
    let file = folder.join(table.file());
    let text = fs::read_to_string(&file).unwrap();
    let shipped = ["cn-2026.1", "cn-2026.2", "cn-2026.3"];
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

#[test]
fn programs_name_the_tables_in_use() {
    let cluster = Cluster::of_processes(&[ZHUZHOU]);
    let (coordinator, zhuzhou) = (&cluster.coordinator, cluster.node(ZHUZHOU));
    replace(coordinator, Table::Divisions, |text| text);
    for server in [coordinator, zhuzhou] {
        server.terminate();
        server.start();
    }
    for (server, named) in [
        (coordinator, "table=divisions version=local.7"),
        (
            zhuzhou,
            "table=divisions version=cn-2026.1 from=\"built in\"",
        ),
    ] {
        let output = server.output();
        assert!(output.contains(named), "{output}");
    }
    let config = coordinator.config.display().to_string();
    let list = coordinator.json(&["tables", "list", "--config", &config]);
    let divisions = &list["tables"][0];
    let file = coordinator
        .path("tables/divisions.csv")
        .display()
        .to_string();
    assert_eq!(
        (&divisions["name"], &divisions["version"]),
        (&"divisions".into(), &"local.7".into())
    );
    assert_eq!(
        (&divisions["file"], &list["tables"][1]["file"]),
        (&file.into(), &"".into())
    );
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
        replace(server, Table::Divisions, |text| text);
        replace(server, Table::Terms, |text| text);
        let file = server.path("tables/terms.csv");
        let text = fs::read_to_string(&file).unwrap();
        let text = format!("{text}formats,数据库,库\n");
        fs::write(&file, &text).unwrap();
        let line = text.lines().count();
        fs::write(server.path("tables/holidays.csv"), "").unwrap();
        let place = format!("{}:{line}: vocabulary is 'formats'", file.display());
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
