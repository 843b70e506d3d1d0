//! What a submission needs besides its content, and changes that an entry has to follow.

use chengji_tests::{Cluster, PAPERS, Server};

const CITY: &str = "430200";
const CODE: &str = "206007/000001";

fn import(node: &Server, flags: &[&str]) -> chengji_tests::Exit {
    let file = node.path("shared/catalogue-new.csv").display().to_string();
    node.cli(&[&["catalogue", "import", &file], flags].concat())
}

#[test]
fn a_catalogue_without_papers_is_refused_unless_options_name_them() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let head = node.head();
    import(node, &[]).refused(
        3,
        &[
            "submission-without-secrecy-assessment",
            "submission-without-personal-information-assessment",
            "submission-without-consent",
        ],
    );
    assert_eq!(node.head(), head);
    // A draft may lack them; it is submitted once it has them.
    import(node, &["--draft"]).ok();
    node.cli(&["catalogue", "submit", CODE]).refused(3, &[]);
    import(node, &PAPERS).ok();
    let history = node.json(&["catalogue", "show", CODE, "--history"]);
    let steps = history["steps"].as_array().unwrap();
    let consent = &steps.last().unwrap()["consent"]["paper"]["number"];
    assert_eq!(consent, "数函〔2026〕1号");
    node.approve();
    let shown = node.json(&["catalogue", "show", CODE]);
    let entry = &shown["entry"];
    let outcome = &entry["secrecy_assessment"]["outcome"];
    assert_eq!(outcome, "ASSESSMENT_OUTCOME_NO_RISK", "{entry}");
    // What is published is imported again without a difference.
    assert_eq!(import(node, &PAPERS).ok().code, Some(0));
}

#[test]
fn a_noted_change_is_shown_until_a_revision_follows_it() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue-new.csv");
    let noted = ["catalogue", "change-noted", CODE, "--on"];
    node.cli(&[&noted[..], &["2999-01-01"]].concat())
        .refused(3, &["change-in-future"]);
    let noted = node.json(&[&noted[..], &["2026-11-02"]].concat());
    assert_eq!(noted["change"]["on"], "2026-11-02", "{noted}");
    let extend = ["catalogue", "extend", CODE, "--days", "9"];
    node.cli(&extend).refused(3, &["extension-without-consent"]);
    let listed = node.json(&["catalogue", "pending", "--change-noted"]);
    assert_eq!(listed["lifecycles"].as_array().unwrap().len(), 1);
    node.withdraw(CODE, "机构改革");
    let listed = node.json(&["catalogue", "pending", "--change-noted"]);
    let left = listed["lifecycles"].as_array();
    assert!(left.is_none_or(Vec::is_empty), "{listed}");
}
