//! The lifecycle of an entry: a department submits, the bureau returns and approves, and a published
//! revision stays until another is published.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_messages::{Message, msg};
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::{change_request, change_response, import_request};
use chengji_store::{Batch, Key, KeyValue as _, Prefix, RocksStore};
use chengji_tests::{Ahead, Cluster, Server, demo, eventually, identity_of, importing, says};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const CITY: &str = "430200";
const CODE: &str = "206007/000001";
const DIGITS: &str = "206007000001";
/// Submits the entry with the consent of its department's head.
const SUBMIT: [&str; 5] = [
    "catalogue",
    "submit",
    CODE,
    "--consent",
    "株民函〔2026〕8号",
];

/// A file with one entry, with this abstract.
fn sheet(cluster: &Cluster, summary: &str) -> PathBuf {
    let text = fs::read_to_string(demo().join(CITY).join("catalogue-new.csv")).unwrap();
    let (header, row) = text.trim_end().split_once('\n').unwrap();
    let old = "全市对外开放的公用电动汽车充电站名称、位置、设备类型、额定功率、枪口数量与运行状态，供导航、规划选址和城市群跨市出行服务使用。";
    assert!(row.contains(old), "{row}");
    let file = cluster.path("one.csv");
    fs::write(&file, format!("{header}\n{}\n", row.replace(old, summary))).unwrap();
    file
}

fn import(node: &Server, file: &Path, flags: &[&str]) -> Value {
    node.json(&importing(file, flags))
}

fn state(node: &Server) -> (String, u64) {
    let list = node.json(&["catalogue", "pending", CODE]);
    let all = [
        "draft",
        "submitted",
        "returned",
        "taken-back",
        "published",
        "withdrawal-asked",
        "withdrawn",
    ];
    let states: Vec<&str> = all.iter().flat_map(|state| ["--state", state]).collect();
    let any = node.json(&[&["catalogue", "pending", CODE], &states[..]].concat());
    let lifecycle = &any["lifecycles"][0]["lifecycle"];
    let state = lifecycle["last"]["state"].as_str().unwrap();
    let waits = !matches!(
        state,
        "ENTRY_STATE_PUBLISHED" | "ENTRY_STATE_TAKEN_BACK" | "ENTRY_STATE_WITHDRAWN"
    );
    assert_eq!(
        list["lifecycles"].as_array().unwrap().len(),
        usize::from(waits)
    );
    let name = state.trim_start_matches("ENTRY_STATE_").to_owned();
    (name, lifecycle["newest"].as_u64().unwrap())
}

fn review(node: &Server, words: &[&str]) -> chengji_tests::Exit {
    node.cli_as(&node.reviewer, &[&["catalogue"], words].concat())
}

#[test]
fn an_entry_is_submitted_returned_corrected_and_published_by_two_people() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let short = sheet(&cluster, "充电桩信息一览表格数据");
    assert_eq!(import(node, &short, &[])["added"], 1);
    assert_eq!(state(node), ("SUBMITTED".to_owned(), 1));
    let shown = node.cli(&["catalogue", "show", CODE]).ok();
    assert!(shown.says("shown-unpublished"), "{shown}");

    // The submitter may not review it; and a reviewer gives a reason for returning it.
    node.cli(&["catalogue", "approve", CODE])
        .refused(4, &["DENIED", "review-of-own-work"]);
    review(node, &["return", CODE, "--reason", " "]).refused(3, &["1 to 1000"]);
    review(node, &["return", CODE, "--reason", "摘要未说明范围"]).ok();
    assert_eq!(state(node), ("RETURNED".to_owned(), 1));
    // Unchanged content is not a correction, and a second answer is out of turn.
    let again = import(node, &short, &[]);
    assert_eq!(again["unchanged"], 1);
    let reported = again["warnings"].as_array().unwrap();
    let reported = reported.iter().find(|one| one["column"] == "代码");
    let problem = &reported.expect("a warning at the code")["problem"];
    assert_eq!(problem["message"], "warning-still-returned-due");
    assert!(problem.to_string().contains("摘要未说明范围"), "{problem}");
    review(node, &["approve", CODE]).refused(3, &["OUT_OF_TURN", "entry-move-of-returned"]);

    let better = sheet(&cluster, "全市公共充电桩的位置、数量、功率与开放时间");
    assert_eq!(import(node, &better, &["--draft"])["revised"], 1);
    assert_eq!(state(node), ("DRAFT".to_owned(), 2));
    node.cli(&SUBMIT).ok();
    assert_eq!(state(node), ("SUBMITTED".to_owned(), 2));
    let diff = node.json(&["catalogue", "diff", CODE]);
    assert_eq!((&diff["from"], &diff["to"]), (&1.into(), &2.into()));
    assert_eq!(diff["changes"].as_array().unwrap().len(), 1, "{diff}");
    assert_eq!(diff["changes"][0]["field"], "abstract");
    review(node, &["approve", CODE]).ok();
    assert_eq!(state(node), ("PUBLISHED".to_owned(), 2));
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 2)]);
    // A revision that was never published leaves a harmless gap.
    let known = cluster.until_followed(CITY);
    assert_eq!(
        (&known["entries"], &known["quarantined"]),
        (&1.into(), &0.into())
    );

    let history = node.json(&["catalogue", "show", CODE, "--history"]);
    let moves: Vec<&str> = history["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            step["move"]
                .as_str()
                .unwrap()
                .trim_start_matches("ENTRY_MOVE_")
        })
        .collect();
    assert_eq!(moves, ["SUBMIT", "RETURN", "SAVE", "SUBMIT", "APPROVE"]);
    assert!(
        history["steps"][0]["due"]
            .as_str()
            .is_some_and(|due| due.len() == 10)
    );
    let first = node.json(&["catalogue", "show", CODE, "--revision", "1"]);
    assert_eq!(first["entry"]["abstract"], "充电桩信息一览表格数据");
}

#[test]
fn what_waits_can_be_read_in_bulk_and_one_by_one_before_anything_is_published() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let file = node.path("shared/catalogue.csv");
    import(node, &file, &["--skip-invalid"]);
    let code = "103001/000001";
    let shown = review(node, &["show", code]).ok();
    assert!(shown.says("shown-unpublished"), "{shown}");
    assert!(shown.stdout.contains(":C("), "{shown}");
    review(node, &["show", "999999/999999"]).refused(3, &["NOT_FOUND", "entry-not-published"]);
    let diff = node.json(&["catalogue", "diff", code]);
    assert_eq!((&diff["from"], &diff["to"]), (&0.into(), &1.into()));
    let changes = diff["changes"].as_array().unwrap();
    assert!(changes.iter().all(|change| change["before"] == ""));
    assert!(
        changes.iter().any(|change| change["field"] == "name"),
        "{diff}"
    );

    let exported = |name: &str, words: &[&str]| {
        let file = cluster.path(name).display().to_string();
        review(node, &[&["export", &file], words].concat()).ok();
        fs::read_to_string(file).unwrap().lines().count() - 1
    };
    assert_eq!(exported("published.csv", &[]), 0);
    assert_eq!(exported("waiting.csv", &["--state", "submitted"]), 68);
    let all = cluster.path("waiting.csv");
    assert_eq!(import(node, &all, &[])["unchanged"], 68);
    let some = ["--state", "submitted", "--class", "2"];
    let second = exported("second.csv", &some);
    assert!((1..68).contains(&second), "{second}");

    // Published entries are filtered in the same way.
    assert_eq!(node.approve(), 68);
    assert_eq!(exported("class2.csv", &["--class", "2"]), second);
    assert_eq!(exported("one.csv", &[code]), 1);
    let entry = &node.json(&["catalogue", "show", code])["entry"];
    let department = entry["provider_code"].as_str().unwrap();
    let list = node.json(&["catalogue", "list", "--department", department]);
    let records = list["records"].as_array().unwrap();
    assert!(!records.is_empty() && records.len() < 68);
    let theirs = |record: &Value| record["entry"]["provider_code"] == department;
    assert!(records.iter().all(theirs), "{list}");
    let sheet = exported("department.csv", &["--department", department]);
    assert_eq!(sheet, records.len());
}

#[test]
fn an_option_that_cannot_apply_to_an_export_is_refused() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    for (name, words) in [
        ("x.csv", &["--all"][..]),
        ("x.xlsx", &["--name", "株洲市"]),
        ("x.jsonld", &["--state", "submitted"]),
        ("x.jsonld", &["--encoding", "gb18030"]),
        ("x.csv", &["--department", "1234"]),
        ("x.csv", &["999999/999999"]),
        ("x.jsonld", &["999999/999999"]),
        ("x.jsonld", &[CODE, "999999/999999"]),
    ] {
        let file = cluster.path(name);
        let path = file.display().to_string();
        let exit = node.cli(&[&["catalogue", "export", &path], words].concat());
        exit.refused(3, &[]);
        assert!(!file.exists(), "{words:?}");
    }
}

#[test]
fn what_is_published_stays_while_a_revision_or_a_withdrawal_is_on_its_way() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    let revised = sheet(&cluster, "全市公共充电桩的位置、数量、功率与收费标准");
    assert_eq!(import(node, &revised, &[])["revised"], 1);
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 1)]);
    node.cli(&["catalogue", "take-back", CODE]).ok();
    assert_eq!(state(node), ("TAKEN_BACK".to_owned(), 2));
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 1)]);

    node.cli(&["catalogue", "withdraw", CODE, "--reason", "机构改革"])
        .ok();
    assert_eq!(state(node).0, "WITHDRAWAL_ASKED");
    let summary = node.cli(&importing(&revised, &[]));
    summary.refused(3, &["entry-move-of-withdrawal-asked"]);
    review(node, &["return", CODE, "--reason", "仍在使用"]).ok();
    assert_eq!(state(node).0, "PUBLISHED");
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 1)]);

    node.withdraw(CODE, "机构改革");
    assert_eq!(state(node).0, "WITHDRAWN");
    assert_eq!(node.catalogue(), []);
    node.cli(&importing(&revised, &[]))
        .refused(3, &["import-code-used-up"]);
    // The cluster only learns publications and withdrawals.
    cluster.until_followed(CITY);
    let auditor = node.enrol("shen.ji", &["auditor"]);
    let own = node.cli_as(&auditor, &["log", "show"]).ok().stdout;
    assert!(
        says(&own, "fact-withdrawal-declined") && own.contains("仍在使用"),
        "{own}"
    );
    let outside = cluster.coordinator.enrol("office", &["auditor"]);
    let reported = node.cli_here(&outside, &["log", "show"]).ok().stdout;
    assert!(says(&reported, "fact-withdrawn"), "{reported}");
    assert!(
        says(&reported, "fact-hidden") && !reported.contains("仍在使用"),
        "{reported}"
    );
    eventually("the directory has no such entry", || {
        let found = node.try_json(&["directory", "search", "充电桩"])?;
        (found["total"].is_null() || found["total"] == 0).then_some(())
    });
}

#[test]
fn many_are_reviewed_at_once_after_a_count_and_a_yes() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let file = node.path("shared/catalogue.csv");
    import(node, &file, &["--skip-invalid"]);
    let waiting = |words: &[&str]| {
        let list = node.json(&[&["catalogue", "pending"], words].concat());
        list["lifecycles"].as_array().unwrap().len()
    };
    assert_eq!(waiting(&[]), 68);
    assert_eq!(waiting(&["--overdue"]), 0);
    assert_eq!(waiting(&["--by", "officer"]), 68);
    assert_eq!(waiting(&["--by", "reviewer"]), 0);
    let second = waiting(&["--class", "2"]);
    assert!((1..68).contains(&second), "{second}");

    // There is no terminal to ask, so `--yes` is required; and the selection must not be empty.
    review(node, &["approve", "--class", "2"]).refused(3, &["--yes"]);
    review(node, &["approve"]).refused(3, &["--all"]);
    review(node, &["approve", "999999/999999"]).refused(3, &["NOT_FOUND", "999999/999999"]);
    assert_eq!(node.catalogue(), []);
    review(node, &["approve", "--class", "2", "--yes"]).ok();
    assert_eq!(node.catalogue().len(), second);
    review(
        node,
        &["return", "--under", "3", "--reason", "请补充摘要", "--yes"],
    )
    .ok();
    let rest = waiting(&["--state", "submitted"]);
    assert_eq!(node.approve(), rest as u64);
    let returned = waiting(&["--state", "returned"]);
    assert_eq!(node.catalogue().len() + returned, 68);
    // A consumer cannot move entries.
    let consumer = node.enrol("he.lan", &["consumer"]);
    node.cli_as(&consumer, &["catalogue", "approve", "103001/000001"])
        .refused(4, &["DENIED", "reviewer"]);
}

#[test]
fn a_move_counts_for_what_its_maker_saw_and_an_import_for_all_it_announced() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let both = node.enrol("sun.li", &["publisher", "reviewer"]);
    let file = sheet(&cluster, "全市公共充电桩的位置、数量、功率与开放时间");
    node.cli_as(&both, &importing(&file, &["--draft"])).ok();
    node.cli(&SUBMIT).ok();
    // The author may not review it either, even if another submitted it.
    node.cli_as(&both, &["catalogue", "approve", CODE])
        .refused(4, &["DENIED", "review-of-own-work"]);
    node.approve();

    // An approval of the submitted revision does not cover the withdrawal requested since then.
    let revised = sheet(&cluster, "全市公共充电桩的位置、数量、功率与收费标准");
    import(node, &revised, &[]);
    node.cli(&["catalogue", "take-back", CODE]).ok();
    node.cli(&["catalogue", "withdraw", CODE, "--reason", "机构改革"])
        .ok();
    let seen = v1::EntryRevision {
        code: DIGITS.to_owned(),
        revision: 2,
        steps: 4,
    };
    let start = v1::ChangeStart {
        r#move: v1::EntryMove::Approve.into(),
        reason: String::new(),
        consent: None,
    };
    let entries = v1::ChangeEntries {
        entries: vec![seen],
    };
    let steps = [
        change_request::Step::Start(start),
        change_request::Step::Entries(entries),
    ];
    let steps = steps.map(|step| v1::ChangeRequest { step: Some(step) });
    let reviewer = cluster.channel(&identity_of(&node.reviewer), node);
    let summary = cluster.wait(async {
        let mut client = CatalogueServiceClient::new(reviewer);
        let mut responses = client
            .review(tokio_stream::iter(steps))
            .await
            .unwrap()
            .into_inner();
        loop {
            let item = responses
                .message()
                .await
                .unwrap()
                .and_then(|item| item.event);
            if let change_response::Event::Summary(summary) = item.expect("a summary") {
                return summary;
            }
        }
    });
    let refused = summary.problems[0].problem.as_ref().unwrap();
    assert_eq!((summary.moved, refused.code.as_str()), (0, "CONFLICT"));
    assert_eq!(node.catalogue(), [(DIGITS.to_owned(), 1)]);

    import_that_ends_early(&cluster, node);
}

/// An import that ends early looks like a complete one; nothing of it is written.
fn import_that_ends_early(cluster: &Cluster, node: &Server) {
    let head = node.head();
    let start = v1::ImportStart {
        entries: 2,
        ..v1::ImportStart::default()
    };
    let one = v1::ImportEntry {
        line: 1,
        entry: Some(chengji_tests::entry(1, 100)),
    };
    let steps = [
        import_request::Step::Start(start),
        import_request::Step::Entries(v1::ImportEntries { entries: vec![one] }),
    ];
    let steps = steps.map(|step| v1::ImportRequest { step: Some(step) });
    let publisher = cluster.channel(&node.officer(), node);
    let reported = cluster.wait(async {
        let mut client = CatalogueServiceClient::new(publisher);
        let mut responses = client
            .import(tokio_stream::iter(steps))
            .await
            .unwrap()
            .into_inner();
        loop {
            match responses.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the import ended well"),
                Err(status) => return status,
            }
        }
    });
    let cut_off = msg::ImportCutOff {
        came: 1_u32,
        said: 2_u32,
    };
    assert_eq!(*to_error(&reported).message(), Message::from(cut_off));
    assert_eq!(node.head(), head);
}

#[test]
fn a_move_has_the_time_at_which_it_is_made_and_not_that_of_its_stream() {
    let cluster = Cluster::prepared(&[CITY]);
    let node = cluster.node(CITY);
    let ahead = Ahead::default();
    cluster.coordinator.start();
    node.start_at(ahead.clock());
    import(
        node,
        &sheet(&cluster, "全市公共充电桩的位置、数量、功率与开放时间"),
        &[],
    );

    let reviewer = cluster.channel(&identity_of(&node.reviewer), node);
    cluster.wait(async {
        let (messages, stream) = tokio::sync::mpsc::channel(4);
        let step = |step| v1::ChangeRequest { step: Some(step) };
        let start = v1::ChangeStart {
            r#move: v1::EntryMove::Approve.into(),
            reason: String::new(),
            consent: None,
        };
        messages
            .send(step(change_request::Step::Start(start)))
            .await
            .unwrap();
        let mut client = CatalogueServiceClient::new(reviewer);
        let stream = tokio_stream::wrappers::ReceiverStream::new(stream);
        let mut responses = client.review(stream).await.unwrap().into_inner();
        // The stream has begun; the move follows a day later.
        ahead.by(24);
        let seen = v1::EntryRevision {
            code: DIGITS.to_owned(),
            revision: 1,
            steps: 1,
        };
        let entries = v1::ChangeEntries {
            entries: vec![seen],
        };
        messages
            .send(step(change_request::Step::Entries(entries)))
            .await
            .unwrap();
        drop(messages);
        while responses.message().await.unwrap().is_some() {}
    });
    let history = node.json(&["catalogue", "show", CODE, "--history"]);
    let at = |step: usize| -> Timestamp {
        let at = history["steps"][step]["at"].as_str().unwrap();
        at.parse().unwrap()
    };
    assert!(
        at(1).duration_since(at(0)) >= SignedDuration::from_hours(24),
        "{history}"
    );
}

#[test]
fn an_import_that_cannot_be_finished_keeps_no_node_from_serving() {
    let cluster = Cluster::of_processes(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    node.kill9();
    let store = RocksStore::open(&node.path("data")).unwrap();
    let mut batch = Batch::new();
    let mark = Key::new(Prefix::ImportUnderWay).finish();
    batch.put(mark, b"no record".to_vec());
    store.commit(&batch).unwrap();
    drop(store);

    node.start();
    assert_eq!(node.catalogue().len(), 1);
    let file = sheet(&cluster, "全市公共充电桩的位置、数量、功率与收费标准");
    let refused = node.cli(&importing(&file, &[]));
    assert_ne!(refused.code, Some(0), "{refused}");
    assert!(refused.stderr.contains("STORAGE_DAMAGED"), "{refused}");
    assert_eq!(node.catalogue().len(), 1);
}
