//! Impossible requests, and moves out of turn: refused, with the reason.

use chengji_tests::{Cluster, Input, eventually, submission};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

fn ask(cluster: &Cluster, provider: &str, code: &str) -> String {
    cluster.submit(Input {
        consumer: CHANGSHA,
        provider,
        code,
    })
}

#[test]
fn requests_that_cannot_be_routed_are_rejected_with_the_reason() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    zhuzhou.withdraw("103001/000001", "机构改革");
    cluster.until_followed(ZHUZHOU);
    let cases = [
        (
            ZHUZHOU,
            "305003/000034",
            "NOT_SHARED",
            "resource-not-shared",
        ),
        (
            ZHUZHOU,
            "999999/999999",
            "NO_SUCH_RESOURCE",
            "resource-unknown",
        ),
        (
            ZHUZHOU,
            "103001/000001",
            "NO_SUCH_RESOURCE",
            "resource-withdrawn",
        ),
        ("430300", "103001/000001", "NOT_A_MEMBER", "member-unknown"),
    ];
    for (provider, code, reason, message) in cases {
        let id = ask(&cluster, provider, code);
        let rejected = cluster.until_state(CHANGSHA, &id, "REJECTED");
        let reported = &rejected["steps"][0]["move"]["reject"];
        assert_eq!(
            reported["reason"],
            format!("REJECT_REASON_{reason}"),
            "{reported}"
        );
        assert_eq!(reported["problem"]["message"], message, "{reported}");
        changsha.cli(&["fetch", &id]).refused(4, &["NO_GRANT"]);
    }
    // Errors that the node can detect by itself are returned at once.
    let submit =
        |provider: &str, more: &[&str]| changsha.cli(&submission(provider, "103001/000001", more));
    submit(CHANGSHA, &[]).refused(3, &["own-resource-needs-no-request", "INVALID_ARGUMENT"]);
    submit(ZHUZHOU, &["--days", "0"])
        .refused(3, &["field-period-days", "request-period-out-of-range"]);
    submit("430101", &[]).refused(3, &["430101"]);
    submit(ZHUZHOU, &["--manner", "mail"]).refused(3, &["manner"]);
    changsha
        .cli(&["request", "show", "430100-1-999"])
        .refused(3, &["NOT_FOUND"]);
    changsha
        .cli(&["fetch", "430100-1-999"])
        .refused(3, &["NOT_FOUND"]);
    // After a withdrawal at the provider, the entry can neither be mounted nor withdrawn again.
    let again = ["catalogue", "withdraw", "103001/000001", "--reason", "x"];
    zhuzhou.cli(&again).refused(3, &["OUT_OF_TURN"]);
}

/// Records the decision that the provider has to answer again.
fn decide(id: &str) -> [&str; 10] {
    [
        "request",
        "decide",
        id,
        "--government",
        "省人民政府",
        "--document",
        "〔2026〕9号",
        "--reason",
        "依据不足",
        "--answer-anew",
    ]
}

/// The coordinator is no superior authority by default: it refers the dispute before it records the decision.
fn refer_and_decide(cluster: &Cluster, id: &str) {
    eventually("the coordinator sees the dispute", || {
        let shown = cluster.coordinator.try_json(&["request", "show", id])?;
        (shown["state"] == "REQUEST_STATE_DISPUTED").then_some(())
    });
    let unreferred = cluster.coordinator.cli(&decide(id));
    unreferred.refused(3, &["dispute-not-referred"]);
    let words = ["--authority", "省数据局", "--reason", "协商未果"];
    let refer = [&["request", "refer", id][..], &words].concat();
    cluster.coordinator.json(&refer);
    cluster.until_state(CHANGSHA, id, "REFERRED");
    cluster.coordinator.json(&decide(id));
}

#[test]
fn moves_out_of_turn_are_refused_and_change_nothing() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let id = ask(&cluster, ZHUZHOU, "201001/000001");
    cluster.until_state(CHANGSHA, &id, "ROUTED");
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    let turn = &["OUT_OF_TURN"];

    // The consumer does not answer its own request, the provider does not take it back.
    changsha.cli(&["request", "grant", &id]).refused(3, turn);
    changsha
        .cli(&["request", "supplement", &id, "--text", "x"])
        .refused(3, turn);
    changsha
        .cli(&["request", "dispute", &id, "--reason", "x"])
        .refused(3, turn);
    zhuzhou
        .cli(&["request", "withdraw", &id, "--reason", "x"])
        .refused(3, turn);
    zhuzhou
        .cli(&[
            "request",
            "stop",
            &id,
            "--cause",
            "suspended",
            "--reason",
            "x",
        ])
        .refused(3, turn);
    zhuzhou
        .cli(&["request", "extend", &id, "--reason", "x", "--days", "11"])
        .refused(3, &["extension-out-of-range"]);

    // Asking for more is possible once.
    zhuzhou.json(&["request", "ask", &id, "--missing", "经办人授权"]);
    cluster.until_state(CHANGSHA, &id, "INCOMPLETE");
    zhuzhou.cli(&["request", "grant", &id]).refused(3, turn);
    changsha.json(&["request", "supplement", &id, "--text", "见附件"]);
    cluster.until_state(ZHUZHOU, &id, "SUPPLEMENTED");
    zhuzhou
        .cli(&["request", "ask", &id, "--missing", "x"])
        .refused(3, turn);
    zhuzhou.json(&["request", "refuse", &id, "--reason", "r", "--basis", "b"]);
    zhuzhou.cli(&["request", "grant", &id]).refused(3, turn);

    cluster.until_state(CHANGSHA, &id, "REFUSED");
    cluster.coordinator.cli(&decide(&id)).refused(3, turn);
    changsha.json(&["request", "dispute", &id, "--reason", "依据不足"]);
    refer_and_decide(&cluster, &id);
    cluster.until_state(ZHUZHOU, &id, "ROUTED");
    zhuzhou.json(&["request", "grant", &id]);
    cluster.until_state(CHANGSHA, &id, "GRANTED");
    changsha.json(&[
        "request",
        "close",
        &id,
        "--statement",
        "用途已实现，数据已销毁",
    ]);
    cluster.until_state(ZHUZHOU, &id, "CLOSED");
    let shown = zhuzhou.json(&["request", "show", &id]);
    assert_eq!(
        shown["refused_moves"].as_array().unwrap().len(),
        0,
        "{shown}"
    );
    changsha.cli(&["fetch", &id]).refused(4, &["NO_GRANT"]);
}
