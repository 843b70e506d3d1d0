//! Catalogue files as people send them: with mistakes, in old encodings, with forbidden content.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_tests::{Cluster, Server, demo, importing};

const CITY: &str = "430200";
/// The secret row of the demo data, line 63.
const SECRET: &str = "重点防护目标分布资料";
const MISTAKES: [u64; 5] = [9, 22, 37, 53, 63];

fn import(node: &Server, file: &Path, flags: &[&str]) -> chengji_tests::Exit {
    node.cli(&importing(file, flags))
}

fn catalogue() -> PathBuf {
    demo().join(CITY).join("catalogue.csv")
}

#[test]
fn every_mistake_of_a_file_is_told_at_once_and_nothing_is_written() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let before = node.head();
    let mistakes = [
        "line 9",
        "line 22",
        "line 37",
        "line 53",
        "line 63",
        "provider code",
    ];
    let reported = import(node, &catalogue(), &[]).refused(3, &mistakes);
    assert!(reported.says("import-refused-whole"), "{reported}");
    assert!(
        !reported.stderr.contains(SECRET),
        "the secret row is repeated: {reported}"
    );

    let reported = import(node, &catalogue(), &["--format", "json"]);
    assert_eq!(reported.code, Some(3), "{reported}");
    let summary = reported.json();
    let lines: Vec<u64> = summary["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, MISTAKES);
    assert_eq!(summary["accepted"], false);

    // A dry run reports the outcome, and writes nothing either.
    import(node, &catalogue(), &["--dry-run"]).refused(3, &mistakes);
    let dry = import(node, &catalogue(), &["--dry-run", "--skip-invalid"]).ok();
    assert!(dry.says("import-result-dry-run"), "{dry}");
    assert_eq!((node.head(), node.catalogue()), (before, Vec::new()));

    // Valid rows are imported; a second import changes nothing.
    let summary = node.import("catalogue.csv");
    assert_eq!(
        (&summary["added"], &summary["invalid"]),
        (&68.into(), &5.into())
    );
    let (head, catalogue) = (node.head(), node.catalogue());
    let again = node.import("catalogue.csv");
    assert_eq!(
        (&again["added"], &again["revised"]),
        (&0.into(), &0.into()),
        "{again}"
    );
    assert_eq!(again["unchanged"], 68);
    assert_eq!((node.head(), node.catalogue()), (head, catalogue));
}

#[test]
fn a_secret_row_leaves_no_trace() {
    let cluster = Cluster::of_processes(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    let said = [node.output(), cluster.coordinator.output()].concat();
    node.kill9();
    cluster.coordinator.kill9();
    for server in [node, &cluster.coordinator] {
        let data = server.path("data");
        // The search finds stored text, so it would find the secret, too.
        assert!(contains(&data, "株洲市行政区划代码"), "{}", data.display());
        for trace in [SECRET, "304002000007", "304002/000007", "演示用涉密条目"] {
            assert!(!contains(&data, trace), "{trace} in {}", data.display());
            assert!(!said.contains(trace), "{trace} was logged");
        }
    }
}

/// Returns true if any file of the folder contains this text.
fn contains(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|found| {
        let path = found.unwrap().path();
        if path.is_dir() {
            return contains(&path, text);
        }
        let bytes = fs::read(&path).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[test]
fn old_encodings_are_read_and_missing_columns_told() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let before = node.head();
    let text = fs::read_to_string(demo().join(CITY).join("catalogue-new.csv")).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let file = cluster.path("file.csv");

    fs::write(
        &file,
        text.replace("代码,提供方,", "代码,")
            .replace("摘要", "概要"),
    )
    .unwrap();
    import(node, &file, &[]).refused(3, &["提供方", "摘要", "概要"]);
    fs::write(&file, "").unwrap();
    import(node, &file, &[]).refused(3, &["error:", "remedy:"]);
    import(node, &cluster.path("none.csv"), &[]).refused(3, &["none.csv", "remedy:"]);
    assert_eq!(node.head(), before);

    let (encoded, _, unmappable) = encoding_rs::GB18030.encode(text);
    assert!(!unmappable && encoded.as_ref() != text.as_bytes());
    fs::write(&file, &encoded).unwrap();
    let reported = import(node, &file, &[]).ok();
    assert!(reported.stderr.contains("GB18030"), "{reported}");
    assert_eq!(node.approve(), 1);
    let shown = node.json(&["catalogue", "show", "206007/000001"]);
    assert_eq!(shown["entry"]["name"], "株洲市充电桩分布");
    assert_eq!(shown["revision"], 1);
}

#[test]
fn an_import_that_leaves_every_row_out_is_not_told_to_leave_them_out() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let text = fs::read_to_string(catalogue()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let file = cluster.path("wrong.csv");
    fs::write(&file, format!("{}\n{}\n", lines[0], lines[52])).unwrap();
    import(node, &file, &[]).refused(3, &["--skip-invalid"]);
    let done = import(node, &file, &["--skip-invalid"]).ok();
    assert!(done.says("count-left-out"), "{done}");
    assert!(!done.says("import-refused-whole"), "{done}");
    let export = cluster.path("all.csv").display().to_string();
    node.cli(&["catalogue", "export", &export, "--all"])
        .refused(3, &["option-of-other-files"]);
    assert!(!Path::new(&export).exists());
}
