//! January and February: requests until they are granted, and a correction with the revision for it.

use std::fs;

use chengji_tests::{Cluster, Input, Server, eventually};
use serde_json::Value;

use super::share::{CHANGSHA, CITIES, Share, XIANGTAN, Year, ZHUZHOU};
use super::{ANSWER, NOT_SHARED, OFFER, PILES, REFUSAL, SUPPLEMENT, worklists};
use crate::notifications::receiver::Answer;

/// Four requests: one withdrawn, one supplemented, one answered after an extension, one refused and settled.
pub(super) fn january(year: &Year) -> [Share<'_>; 3] {
    let requests = [ZHUZHOU, XIANGTAN, ZHUZHOU].map(|provider| year.ask(CHANGSHA, provider));
    let [life, misused, settled] = &requests;
    let withdrawn = year.ask(CHANGSHA, ZHUZHOU);
    for request in [life, misused, settled, &withdrawn] {
        request.until("ROUTED", &[ANSWER]);
        request.until_deadline("2026-01-19");
    }
    withdrawn.by_consumer("withdraw", &["--reason", "不再需要"]);
    withdrawn.until("WITHDRAWN", &[]);
    life.by_provider("ask", &["--missing", "用途说明"]);
    life.until("INCOMPLETE", &[SUPPLEMENT]);
    worklists::agree(year, &CITIES);

    year.on("2026-01-12T10:00:00+08:00");
    // The five working days without the papers do not count.
    life.by_consumer("supplement", &["--text", "用于异地就医结算核验"]);
    life.until("SUPPLEMENTED", &[ANSWER]);
    life.until_deadline("2026-01-26");
    let grant = ["--days", "365", "--disposal", "到期销毁"];
    life.by_provider("grant", &[&grant[..], &["--records-every", "6"]].concat());
    let extend = ["--reason", "需会商", "--days", "5"];
    misused.by_consent_of(&year.authority, "extend", &extend);
    misused.until_deadline("2026-01-26");
    misused.by_consent_of(&year.head, "grant", &["--days", "300"]);
    for granted in [life, misused] {
        granted.until("GRANTED", &[OFFER]);
        granted.by_provider("offer", &["--note", "数据截至上月末"]);
        let offered = granted.until("GRANTED", &[]);
        let since = &offered["not_fetched_since"];
        assert_eq!(*since, offered["offered_at"], "{offered}");
        granted.fetched();
    }
    settle(settled);
    requests
}

/// A refusal is disputed and settled: the consumer proposes, and accepts the grant that the provider proposes instead.
fn settle(settled: &Share<'_>) {
    settled.by_provider("refuse", &REFUSAL);
    settled.until("REFUSED", &[]);
    settled.by_consumer("dispute", &["--reason", "用途合法"]);
    settled.until("DISPUTED", &[]);
    let proposed = |text: &'static str| {
        settled.until_shown(text, |shown| shown["settlement"]["text"] == text);
    };
    settled.by_consumer("propose-settlement", &["--text", "缩小范围"]);
    proposed("缩小范围");
    let grant = ["--text", "先行试用", "--new-days", "60"];
    let paper = ["--paper", "株数函〔2026〕3号"];
    settled.by_provider("propose-settlement", &[&grant[..], &paper].concat());
    proposed("先行试用");
    settled.by_consumer("accept-settlement", &["--text", "同意"]);
    settled.until("GRANTED", &[OFFER]);
}

/// An error in received data is corrected by a revision, whose time is extended.
pub(super) fn corrected(cluster: &Cluster, request: &str) {
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let file = ["correction", "file", request, "--field", "经度"];
    let filed = changsha.json(&[&file[..], &["--problem", "坐标有偏差"]].concat());
    let id = filed["id"].as_str().unwrap();
    let received = zhuzhou.until_matter("correction", id, "ASSIGNED");
    assert_eq!(received["deadline"], "2026-02-14", "{received}");
    zhuzhou.has_to_do("CORRECTION", id);
    zhuzhou.json(&["correction", "accept", id]);
    changsha.until_matter("correction", id, "ACCEPTED");

    let noted = ["catalogue", "change-noted", PILES, "--on", "2026-02-02"];
    let noted = zhuzhou.json(&noted);
    assert_eq!(noted["change"]["due"], "2026-02-14", "{noted}");
    let extend = ["catalogue", "extend", PILES, "--days", "5"];
    let consent = ["--consent", "株数函〔2026〕5号"];
    let extended = zhuzhou.json(&[&extend[..], &consent].concat());
    assert_eq!(extended["change"]["due"], "2026-02-28", "{extended}");
    let todo = zhuzhou.json(&["todo"]);
    let mut items = todo["items"].as_array().unwrap().iter();
    let is_update =
        |item: &Value| item["kind"] == "TODO_KIND_UPDATE" && item["deadline"] == "2026-02-28";
    assert!(items.any(is_update), "{todo}");
    revise(zhuzhou);
    let left = zhuzhou.json(&["catalogue", "pending", "--change-noted"]);
    let left = left["lifecycles"].as_array();
    assert!(left.is_none_or(Vec::is_empty), "{left:?}");

    zhuzhou.json(&["correction", "correct", id, "--note", "已更正"]);
    changsha.until_matter("correction", id, "CORRECTED");
    eventually("长沙 is told of the correction", || {
        let listed = changsha.try_json(&["correction", "notices"])?;
        (!listed["notices"].as_array()?.is_empty()).then_some(())
    });
    changsha.json(&["correction", "acknowledge", id]);
}

/// A request is rejected while the receiver of 长沙's notifications is down, for two days from now on.
pub(super) fn rejected(year: &Year) {
    let changsha = year.cluster.node(CHANGSHA);
    year.notices.answers(Answer::Fails);
    let rejected = year.cluster.submit(Input {
        consumer: CHANGSHA,
        provider: XIANGTAN,
        code: NOT_SHARED,
    });
    year.cluster.until_state(CHANGSHA, &rejected, "REJECTED");
    year.notices.until_failing(changsha, "webhook-answered");
}

/// 株洲 publishes another revision of the unconditional resource.
fn revise(zhuzhou: &Server) {
    let file = zhuzhou.path("shared/catalogue-new.csv");
    let content = fs::read_to_string(&file).unwrap();
    let revised = content.replace("供导航", "供停车诱导、导航");
    assert_ne!(revised, content);
    fs::write(&file, revised).unwrap();
    zhuzhou.import("catalogue-new.csv");
}
