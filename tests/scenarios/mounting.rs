//! Many files: mounted by a pattern and by a sheet, measured again by the node itself, and reviewed.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use chengji_tests::{Ahead, Cluster, Server, code_of, eventually, importing, says};
use serde_json::Value;

const CITY: &str = "430200";
const DEPARTMENT: &str = "114302000069920125";
const OTHER_DEPARTMENT: &str = "91350100M000100Y43";

/// Publishes entries with these serials, all of this cycle and class.
fn publish(node: &Server, serials: impl Iterator<Item = u64>, cycle: &str, class: &str) {
    let header = "分类,名称,代码,提供方,提供方代码,摘要,格式,共享类型,共享条件,共享方式,是否开放,更新周期,发布日期,\
                  行政层级,涉密,安全级别\n";
    let (condition, manner) = if class == "3" {
        ("《统计法》第九条", "")
    } else {
        ("", "文件")
    };
    let rows = serials.map(|serial| {
        format!(
            "2/06/001,测试条目{serial},{},株洲市民政局,{DEPARTMENT},测试,电子文件:csv,{class},\
             {condition},{manner},否,{cycle},2026-01-01,市级,否,1\n",
            code_of(serial)
        )
    });
    let text = format!("{header}{}", rows.collect::<String>());
    let file = node.path(&format!("entries-{class}-{cycle}.csv"));
    fs::write(&file, text).unwrap();
    node.json(&importing(&file, &[]));
    node.approve();
}

fn write(node: &Server, path: &str, content: &str) {
    let path = node.path("shared").join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// The outcome of a command on many, and its exit code.
fn many(node: &Server, arguments: &[&str]) -> (Value, Option<i32>) {
    let exit = node.cli(&[&["--format", "json", "catalogue"], arguments].concat());
    (exit.json(), exit.code)
}

/// The results with this outcome: codes and lines.
fn of<'a>(answer: &'a Value, outcome: &str) -> Vec<&'a Value> {
    let outcome = format!("MOUNT_OUTCOME_{outcome}");
    let results = answer["results"].as_array().unwrap().iter();
    results
        .filter(|result| result["outcome"] == outcome.as_str())
        .collect()
}

#[test]
fn files_whose_names_say_the_code_are_mounted_all_at_once() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    publish(node, 1..=200, "每年", "1");
    for serial in 1..=150 {
        write(
            node,
            &format!("bulk/206001/{serial:06}-2026.csv"),
            &format!("a\n{serial}\n"),
        );
    }
    write(node, "bulk/206001/000150.csv", "a\n1\n");
    write(node, "bulk/206001/999999.csv", "a\n1\n");
    write(node, "bulk/206001/readme.txt", "1");
    let outside = node.path("outside.csv");
    fs::write(&outside, "a\n1\n").unwrap();
    symlink(&outside, node.path("shared/bulk/206001/000160.csv")).unwrap();
    symlink(&node.folder, node.path("shared/bulk/206002")).unwrap();

    // A dry run reports everything and changes nothing.
    let head = node.head();
    let pattern = ["mount", "--pattern", "bulk/{class}/{serial}*.csv"];
    let (plan, code) = many(node, &[&pattern[..], &["--dry-run"]].concat());
    let counts = &plan["counts"];
    assert_eq!((counts["mounted"].as_u64(), code), (Some(149), Some(3)));
    let unmatched = of(&plan, "UNMATCHED");
    assert_eq!(unmatched.len(), 1, "{unmatched:?}");
    assert_eq!(unmatched[0]["path"], "bulk/206001/999999.csv");
    let twice = of(&plan, "PROBLEM");
    assert_eq!(twice.len(), 2, "{twice:?}");
    assert!(twice.iter().all(|found| found["code"] == code_of(150)));
    assert_eq!(twice[0]["problem"]["message"], "mount-several-fit");
    // The link out of the roots is not disclosed, not even as skipped.
    assert!(!plan.to_string().contains("000160"), "{plan}");
    assert_eq!(node.head(), head);
    // Without a terminal to ask, nothing is confirmed.
    let exit = node.cli(&[&["catalogue"], &pattern[..]].concat());
    exit.refused(3, &["question-unanswerable", "149", "--yes"]);
    assert_eq!(node.head(), head);

    let (done, code) = many(node, &[&pattern[..], &["--yes"]].concat());
    assert_eq!(
        (done["counts"]["mounted"].as_u64(), code),
        (Some(149), Some(3))
    );
    assert_eq!(node.head(), head + 2 * 149);
    let shown = node.json(&["catalogue", "show", &code_of(7)]);
    assert_eq!(shown["mount"]["file_name"], "000007-2026.csv");
    assert_eq!(shown["mount"]["measurement"]["rows"], 1);
    // A repetition is safe, and after a change only the change is applied.
    write(node, "bulk/206001/000007-2026.csv", "a\n1\n2\n");
    fs::remove_file(node.path("shared/bulk/206001/000150.csv")).unwrap();
    let (done, code) = many(node, &[&pattern[..], &["--yes"]].concat());
    let counts = &done["counts"];
    assert_eq!(
        [
            &counts["unchanged"],
            &counts["measured"],
            &counts["mounted"]
        ],
        [148, 1, 1]
    );
    assert_eq!(code, Some(0));
    assert_eq!(node.head(), head + 2 * 149 + 1 + 2);
    let exit = node.cli(&[
        "catalogue",
        "mount",
        "--pattern",
        "../{code}.csv",
        "--dry-run",
    ]);
    exit.refused(3, &["pattern-not-below-root"]);
    let (by_name, _) = many(node, &["mount", "--pattern", "**/{name}.csv", "--dry-run"]);
    assert_eq!(of(&by_name, "MOUNTED").len(), 0);
}

#[test]
fn a_sheet_is_mounted_but_for_its_wrong_rows_and_taken_away_by_another() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    publish(node, 1..=200, "每年", "1");
    publish(node, 300..=300, "每年", "3");
    for serial in 1..=200 {
        write(node, &format!("资料/第{serial}号.csv"), "a\n1\n");
    }
    let outside = node.path("outside.csv");
    fs::write(&outside, "a\n1\n").unwrap();
    symlink(&outside, node.path("shared/link.csv")).unwrap();
    let wrong = [
        (code_of(999), "资料/第1号.csv", "entry-not-published"),
        (code_of(300), "资料/第1号.csv", "entry-not-shared"),
        (code_of(191), "资料/没有.csv", "source-unreadable"),
        (code_of(192), "../outside.csv", "mount-outside-roots"),
        (code_of(193), "/etc/passwd", "mount-outside-roots"),
        (code_of(194), "/etc/no-such-file", "mount-outside-roots"),
        (code_of(195), "link.csv", "mount-outside-roots"),
        (code_of(196), "", "sheet-pair-without-file"),
        (
            "1.03E+11".to_owned(),
            "资料/第1号.csv",
            "sheet-code-became-number",
        ),
        (code_of(197), "资料/第1号.csv", "mount-code-twice"),
        (code_of(197), "资料/第2号.csv", "mount-code-twice"),
    ];
    let mut text = "代码,文件\n\n".to_owned();
    for (code, path, _) in &wrong {
        text += &format!("{code},{path}\n");
    }
    for serial in 1..=190 {
        text += &format!("{},资料/第{serial}号.csv\n", code_of(serial));
    }
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    let sheet = node.path("mounts.csv");
    fs::write(&sheet, &gb18030).unwrap();
    let from = ["mount", "--from", sheet.to_str().unwrap()];

    let head = node.head();
    let (plan, code) = many(node, &[&from[..], &["--dry-run"]].concat());
    assert_eq!((node.head(), code), (head, Some(3)));
    let reported = of(&plan, "PROBLEM");
    assert_eq!(reported.len(), wrong.len(), "{reported:?}");
    for (result, (line, (code, _, why))) in reported.iter().zip((3..).zip(&wrong)) {
        assert_eq!(
            (result["line"].as_u64(), &result["code"]),
            (Some(line), &Value::from(code.as_str()))
        );
        assert_eq!(result["problem"]["message"], *why, "{result}");
    }
    let (done, _) = many(node, &[&from[..], &["--yes"]].concat());
    assert_eq!(done["counts"]["mounted"], 190);
    assert_eq!(node.head(), head + 2 * 190);
    let exit = node.cli(&[&["catalogue"], &from[..], &["--yes"]].concat());
    exit.refused(3, &["190 unchanged", "11 problem"]);

    another_department_mounts_nothing(node, &from);
    looked_over_and_taken_away(node, &sheet);
}

/// A department's publisher acts on its own entries only.
fn another_department_mounts_nothing(node: &Server, from: &[&str]) {
    let invite = ["--department", OTHER_DEPARTMENT];
    let other = enrol_of_department(node, "wang.wu", &invite);
    let exit = node.cli_as(
        &other,
        &[&["--format", "json", "catalogue"], from, &["--dry-run"]].concat(),
    );
    assert!(of(&exit.json(), "MOUNTED").is_empty() && of(&exit.json(), "UNCHANGED").is_empty());
    let by_name = [
        "--format",
        "json",
        "catalogue",
        "mount",
        "--pattern",
        "**/第*号.csv",
        "--dry-run",
    ];
    node.cli_as(&other, &by_name)
        .refused(3, &["pattern-invalid"]);
}

fn looked_over_and_taken_away(node: &Server, sheet: &Path) {
    fs::remove_file(node.path("shared/资料/第5号.csv")).unwrap();
    // A node checks its files when it starts.
    node.terminate();
    node.start();
    let status = eventually("the files are checked", || {
        let status = node.json(&["catalogue", "status"]);
        (!status["checked_at"].is_null()).then_some(status)
    });
    // Class 3 needs no mount.
    assert_eq!(status["counts"]["entries"], 200, "{}", status["counts"]);
    assert_eq!(status["counts"]["unmounted"], 10);
    assert_eq!(status["counts"]["gone"], 1);
    assert_eq!(status["counts"]["fresh"], 189);
    assert_eq!(status["entries"].as_array().unwrap().len(), 11);
    let gone = node.json(&["catalogue", "status", "--only", "gone"]);
    assert_eq!(gone["entries"][0]["code"], code_of(5));
    assert!(!gone.to_string().contains("shared"), "{gone}");
    let none = [
        "catalogue",
        "status",
        "--department",
        OTHER_DEPARTMENT,
        "--check",
    ];
    assert_eq!(node.json(&none)["counts"]["entries"], 0);
    let exit = node.cli(&["catalogue", "status", "--check"]);
    assert_eq!(exit.code, Some(1), "{exit}");
    assert!(says(&exit.stdout, "freshness-gone"), "{exit}");
    let csv = node.cli(&["--format", "csv", "catalogue", "status"]).ok();
    assert_eq!(csv.stdout.lines().count(), 12, "{csv}");

    let head = node.head();
    let (first, second) = (code_of(1), code_of(2));
    let two = ["unmount", &first, &second, "--reason", "数据源迁移"];
    let (plan, _) = many(node, &[&two[..], &["--dry-run"]].concat());
    assert_eq!((of(&plan, "UNMOUNTED").len(), node.head()), (2, head));
    let (done, code) = many(node, &[&two[..], &["--yes"]].concat());
    assert_eq!((of(&done, "UNMOUNTED").len(), code), (2, Some(0)));
    assert_eq!(node.head(), head + 2);
    let all = [
        "unmount",
        "--from",
        sheet.to_str().unwrap(),
        "--reason",
        "数据源迁移",
        "--yes",
    ];
    let (done, _) = many(node, &all);
    assert_eq!(done["counts"]["unmounted"], 188, "{}", done["counts"]);
    let unmounted = node.json(&["catalogue", "status"])["counts"]["unmounted"].clone();
    assert_eq!(unmounted, 200);
}

fn enrol_of_department(node: &Server, name: &str, more: &[&str]) -> std::path::PathBuf {
    let invite = [
        "--format",
        "json",
        "person",
        "invite",
        name,
        "--role",
        "publisher",
    ];
    let invited = node
        .cli_as(&node.manager, &[&invite[..], more].concat())
        .ok()
        .json();
    let invitation = invited["invitation"].as_str().unwrap();
    node.cli(&["person", "join", invitation]).ok();
    node.home
        .join("profiles")
        .join(format!("{name}@{CITY}"))
        .join("profile.toml")
}

/// A node with a few mounted files, and its clock.
struct Kept<'a> {
    node: &'a Server,
    ahead: Ahead,
}

impl Kept<'_> {
    fn mount(&self, serial: u64) -> Value {
        self.node.json(&["catalogue", "show", &code_of(serial)])["mount"].clone()
    }

    /// Waits until the node has found this number of changes by itself.
    fn until_changes(&self, serial: u64, changes: u64) -> Value {
        eventually(&format!("{changes} changes of {serial} are found"), || {
            let mount = self.mount(serial);
            (mount["changes"] == changes).then_some(mount)
        })
    }

    fn status(&self, serial: u64) -> Value {
        let which = "unmounted,gone,never-measured,stale,contradicted,fresh";
        let status = self.node.json(&["catalogue", "status", "--only", which]);
        let entries = status["entries"].as_array().unwrap();
        let found = entries
            .iter()
            .find(|entry| entry["code"] == code_of(serial));
        found.unwrap().clone()
    }
}

/// Mounts become stale at a node that does not measure.
fn becomes_stale_unmeasured(kept: &Kept<'_>) {
    let node = kept.node;
    let settings = fs::read_to_string(&node.config).unwrap();
    fs::write(
        &node.config,
        format!("{settings}[measuring]\nevery_minutes = 0\n"),
    )
    .unwrap();
    node.terminate();
    node.start_at(kept.ahead.clock());
    kept.ahead.by(24 * 14);
    let head = node.head();
    for serial in 1..=3 {
        assert_eq!(kept.status(serial)["freshness"], "ENTRY_FRESHNESS_STALE");
    }
    assert_eq!(kept.status(4)["freshness"], "ENTRY_FRESHNESS_FRESH");
    assert_eq!(node.head(), head);
}

#[test]
fn the_node_measures_by_itself_what_changed_and_what_is_due() {
    let cluster = Cluster::prepared(&[CITY]);
    let node = cluster.node(CITY);
    let kept = Kept {
        node,
        ahead: Ahead::default(),
    };
    cluster.coordinator.start();
    node.start_at(kept.ahead.clock());
    publish(node, 1..=3, "每日", "1");
    publish(node, 4..=4, "每年", "1");
    for serial in 1..=4 {
        write(node, &format!("{}.csv", code_of(serial)), "a\n1\n");
    }
    many(node, &["mount", "--pattern", "{code}.csv", "--yes"]);
    let first = kept.mount(1);
    assert_eq!(
        (&first["changes"], &first["changed_at"]),
        (&Value::from(0), &Value::Null)
    );

    // One is rewritten with the same content, one changes, one is removed: within an hour the change is
    // on record, and nothing else.
    let head = node.head();
    write(node, &format!("{}.csv", code_of(1)), "a\n1\n");
    fs::remove_file(node.path("shared").join(format!("{}.csv", code_of(2)))).unwrap();
    write(node, &format!("{}.csv", code_of(4)), "a\n1\n2\n");
    kept.ahead.by(1);
    let changed = kept.until_changes(4, 1);
    assert_eq!(changed["measurement"]["rows"], 2);
    assert_eq!(changed["changed_at"], changed["measurement"]["measured_at"]);
    assert_eq!(node.head(), head + 1);
    assert_eq!(kept.mount(1), first);
    assert_eq!(kept.status(2)["freshness"], "ENTRY_FRESHNESS_GONE");

    // Before the day is over, daily sources were measured again, though nothing changed.
    kept.ahead.by(20);
    let again = eventually("the daily ones are measured again", || {
        let (one, three) = (kept.mount(1), kept.mount(3));
        let again = |mount: &Value| {
            mount["measurement"]["measured_at"] != first["measurement"]["measured_at"]
        };
        (again(&one) && again(&three)).then_some(one)
    });
    assert_eq!(
        (&again["changes"], &again["first_measured_at"]),
        (&Value::from(0), &first["first_measured_at"])
    );
    assert_eq!(kept.mount(4), changed);

    // A source that stays the same for weeks is not daily; one that is put back is found again.
    write(node, &format!("{}.csv", code_of(2)), "a\n9\n");
    kept.ahead.by(24 * 12);
    kept.until_changes(2, 1);
    let contradicted = eventually("the contradiction is reported", || {
        let status = kept.status(3);
        (status["freshness"] == "ENTRY_FRESHNESS_CONTRADICTED").then_some(status)
    });
    assert_eq!(contradicted["unchanged_days"], 12);
    assert_eq!(contradicted["fitting_cycle"], "UPDATE_CYCLE_MONTHLY");

    becomes_stale_unmeasured(&kept);
}
