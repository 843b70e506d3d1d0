//! June to the new year: rules, consents and departments that change, usage records, and the end of a share.

use chengji_tests::{Server, eventually};

use super::share::{CHANGSHA, CITIES, HOSPITALS, Share, XIANGTAN, Year, ZHUZHOU};
use super::{AGREED, ANSWER, CONSULTATION, DISPOSAL, DISPOSED, ENDING, OFFER, REFUSAL, worklists};
use crate::jurisdiction::SUCCESSOR;
use crate::rules::{HUNAN, NOTICE, number, table};
use crate::usage::{EFFECT, missing, recorded};

/// The province sets shorter times, for requests made from then on. An entry is granted by a rule with the head's
/// standing consent.
pub(super) fn june(year: &Year) {
    year.on("2026-06-10T10:00:00+08:00");
    let zhuzhou = year.cluster.node(ZHUZHOU);
    let before = year.ask(CHANGSHA, ZHUZHOU);
    before.until("ROUTED", &[ANSWER]);
    let hunan = table(&year.cluster, "hunan.csv", HUNAN);
    year.cluster.coordinator.json(&["rules", "set", &hunan]);
    eventually("the node has the rules", || {
        (number(zhuzhou, "conditional_answer")["working_days"] == 3).then_some(())
    });
    let by_people = year.ask(CHANGSHA, ZHUZHOU);
    by_people.until("ROUTED", &[ANSWER]);
    by_people.until_deadline("2026-06-15");
    before.until_deadline("2026-06-25");
    worklists::agree(year, &CITIES);
    before.by_provider("refuse", &REFUSAL);
    before.until("REFUSED", &[]);
    by_people.by_provider("grant", &["--conditions", "仅限核验"]);
    by_people.until("GRANTED", &[OFFER]);
    by_people.offered();

    let rule = ["grant-rule", "set", HOSPITALS, "--purpose", "跨市核验"];
    zhuzhou.json(&[&rule[..], &["--max-days", "1830"]].concat());
    let head = zhuzhou.enrol("head", &["consenter"]);
    let consent = ["consent", "give-standing", HOSPITALS];
    let until = ["--until", "2026-07-10T00:00:00+08:00"];
    let consent = [&consent[..], &until].concat();
    zhuzhou.cli_as(&head, &consent).ok();
    let by_machine = year.ask(CHANGSHA, ZHUZHOU);
    by_machine.until_shown("the grant by a rule", |shown| {
        shown["grant"]["automatic"] == true
    });
    zhuzhou.json(&["grant-rule", "end", HOSPITALS, "--reason", "条件变化"]);
}

/// The successor of a merged department answers; the use of data is recorded when a period is over.
pub(super) fn july(year: &Year, life: &Share<'_>) {
    year.on("2026-07-03T10:00:00+08:00");
    let (changsha, zhuzhou) = (year.cluster.node(CHANGSHA), year.cluster.node(ZHUZHOU));
    let shown = zhuzhou.json(&["catalogue", "show", HOSPITALS]);
    let old = shown["entry"]["provider_code"].as_str().unwrap();
    let profile = zhuzhou.enrol_in(SUCCESSOR, "shen.pi", &["approver"]);
    let merged = year.ask(CHANGSHA, ZHUZHOU);
    merged.until("ROUTED", &[ANSWER]);
    let succeed = ["department", "succeed", old, SUCCESSOR];
    let basis = ["--since", "2026-07-01", "--document", "株编办〔2026〕12号"];
    let succeed = [&succeed[..], &basis].concat();
    zhuzhou.cli_as(&zhuzhou.manager, &succeed).ok();
    let todo = zhuzhou.json_as(&profile, &["todo"]);
    let mut items = todo["items"].as_array().unwrap().iter();
    assert!(
        items.any(|item| item["request"] == merged.id.as_str()),
        "{todo}"
    );
    let grant = ["request", "grant", &merged.id, "--conditions", "仅限核验"];
    zhuzhou.cli_as(&profile, &grant).ok();
    merged.until("GRANTED", &[OFFER]);
    merged.offered();

    year.on("2026-07-27T10:00:00+08:00");
    let of_life = |node: &Server, words: &[&str]| {
        let mut grants = missing(node, words).into_iter();
        grants.find(|grant| grant["request"] == life.id.as_str())
    };
    let from = ["--from", CHANGSHA];
    let period = of_life(changsha, &[][..]).expect("a period is over");
    assert!(of_life(zhuzhou, &from[..]).is_some());
    let day = |field: &str| period[field].as_str().unwrap();
    let days = (day("from"), day("to"));
    assert_eq!(days, ("2026-01-12", "2026-07-11"));
    recorded(changsha, &life.id, days, "按约定使用").ok();
    for (node, words) in [(changsha, &[][..]), (zhuzhou, &from[..])] {
        assert_eq!(of_life(node, words), None);
    }
    let read = ["usage", "read", "--request", &life.id];
    let read = zhuzhou.json(&[&read[..], &from].concat());
    assert_eq!(read["records"][0]["usage"]["effect"], EFFECT, "{read}");
}

/// A share is ended after a consultation, filed with the authority, and closed.
pub(super) fn ended(year: &Year, life: &Share<'_>) {
    year.on("2026-08-20T10:00:00+08:00");
    life.by_provider("consult", &ENDING);
    life.until("GRANTED", &[CONSULTATION]);
    life.by_consumer("answer-consultation", &AGREED);
    life.until("GRANTED", &[]);
    life.by_provider("terminate", &ENDING);
    life.until("TERMINATED", &[DISPOSAL]);
    life.by_consumer("close", &DISPOSED);
    life.until("CLOSED", &[]);
}

/// 湘潭 asks with the consent of its head in the exchange, and answers a request of the eve of National Day. Returns the
/// grant to it and the grant by it.
pub(super) fn autumn(year: &Year) -> [Share<'_>; 2] {
    year.on("2026-09-10T10:00:00+08:00");
    let asked = year.ask_with_consent(HOSPITALS);
    asked.until("ROUTED", &[ANSWER]);
    asked.by_provider("grant", &["--conditions", "仅限核验"]);
    asked.until("GRANTED", &[OFFER]);
    asked.offered();
    asked.fetched();

    year.on("2026-09-30T10:00:00+08:00");
    let eve = year.ask(CHANGSHA, XIANGTAN);
    eve.until("ROUTED", &[ANSWER]);
    // After the holiday come two working days and a working Saturday.
    eve.until_deadline("2026-10-10");
    eve.by_consent_of(&year.head, "grant", &["--conditions", "仅限核验"]);
    eve.until("GRANTED", &[OFFER]);
    [asked, eve]
}

/// A last day in a year without a notice is moved by the notice.
pub(super) fn new_year(year: &Year) {
    year.on("2026-12-29T10:00:00+08:00");
    let moved = year.ask(CHANGSHA, ZHUZHOU);
    let routed = moved.until("ROUTED", &[ANSWER]);
    assert_eq!(routed["deadline"], "2027-01-04", "{routed}");
    assert_eq!(routed["deadline_provisional"], true, "{routed}");
    let notice = table(&year.cluster, "2027.csv", NOTICE);
    let set = ["rules", "holidays", "set", &notice];
    year.cluster.coordinator.json(&set);
    moved.until_deadline("2027-01-05");
    year.on("2027-01-05T09:00:00+08:00");
    moved.by_provider("grant", &[]);
    moved.until("GRANTED", &[OFFER]);
}
