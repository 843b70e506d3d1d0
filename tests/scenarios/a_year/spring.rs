//! March to May: disputes and their ends, misuses, amendments, the end of a period, and an incident.

use std::path::{Path, PathBuf};

use chengji_tests::{Server, eventually};

use super::share::{CHANGSHA, CITIES, Share, Year, ZHUZHOU};
use super::{
    AGREED, AMENDMENT, ANSWER, DISPOSAL, DISPOSED, ENDING, INCIDENT, MENDING, MISUSE, OFFER,
    REFUSAL, worklists,
};
use crate::notifications::receiver::Answer;

/// An overdue answer is disputed, decided, refused by a stand-in, mediated and granted. A misuse is to be mended, and a
/// grant is amended. Returns the profile of the stand-in.
pub(super) fn march(
    year: &Year,
    festival: &Share<'_>,
    [life, misused, settled]: [&Share<'_>; 3],
) -> PathBuf {
    worklists::agree(year, &CITIES);
    festival.referred("逾期未答复", &[]);
    let anew = ["--reason", "应当答复", "--answer-anew"];
    festival.decided("湘政函〔2026〕3号", &anew);
    festival.until("ROUTED", &[ANSWER]);
    festival.until_deadline("2026-03-23");
    let stand_in = refused_by_a_stand_in(year.cluster.node(ZHUZHOU), festival);
    festival.until("REFUSED", &[]);
    festival.referred("理由不充分", &[]);
    let agreement = [
        "--agreement",
        "按核验方式提供",
        "--document",
        "湘数协〔2026〕2号",
    ];
    festival.by_coordinator("mediate", &agreement);
    festival.until("REFUSED", &[]);
    festival.by_provider("grant", &[]);
    festival.until("GRANTED", &[OFFER]);
    festival.offered();
    settled.offered();

    misused.by_provider(
        "suspend",
        &[&MISUSE[..], &["--mend-by", "2026-03-20"]].concat(),
    );
    misused.until("SUSPENDED", &[MENDING]);
    let wider = [
        "--reason",
        "新增参保核验",
        "--scope",
        "机构名称、等级、地址",
    ];
    life.by_consumer("ask-amendment", &wider);
    life.until("GRANTED", &[AMENDMENT]);
    year.notices.answers(Answer::Redirects);
    life.by_provider("amend", &[]);
    life.until("GRANTED", &[]);
    let changsha = year.cluster.node(CHANGSHA);
    year.notices.until_failing(changsha, "webhook-redirects");
    stand_in
}

/// A person who stands in for the officer has the officer's worklist, and refuses.
fn refused_by_a_stand_in(zhuzhou: &Server, request: &Share<'_>) -> PathBuf {
    let stand_in = zhuzhou.enrol("li.lei", &["consumer"]);
    let delegate = ["person", "delegate", "li.lei", "--role", "approver"];
    let time = ["--until", "2026-03-20T18:00:00+08:00", "--reason", "年休假"];
    zhuzhou.json(&[&delegate[..], &time].concat());
    eventually("the stand-in has something to do", || {
        let todo = zhuzhou.json_as(&stand_in, &["todo"]);
        let items = todo["items"].as_array()?;
        (!items.is_empty()).then_some(())
    });
    let officer = format!("city/{ZHUZHOU}/person/officer");
    worklists::agrees(zhuzhou, ZHUZHOU, &stand_in, &officer);
    let refuse = [&["request", "refuse", &request.id][..], &REFUSAL].concat();
    zhuzhou.cli_as(&stand_in, &refuse).ok();
    stand_in
}

/// The delegation of a stand-in ends. A period has ended, and the data is disposed of. A misuse that was not mended
/// ends a grant, which a decision lets stand; another is mended.
pub(super) fn april(year: &Year, stand_in: &Path, [life, misused, settled]: [&Share<'_>; 3]) {
    year.on("2026-04-01T10:00:00+08:00");
    year.notices.replay(year.cluster.node(CHANGSHA));
    let todo = year.cluster.node(ZHUZHOU).json_as(stand_in, &["todo"]);
    assert_eq!(todo["items"].as_array().map(Vec::len), Some(0), "{todo}");
    year.check_deadlines();
    settled.until("LAPSED", &[DISPOSAL]);
    settled.by_consumer("close", &DISPOSED);
    settled.until("CLOSED", &[]);

    misused.until_chased("MENDING");
    misused.by_consent_of(&year.authority, "terminate", &ENDING);
    misused.until("TERMINATED", &[DISPOSAL]);
    misused.referred("已按期整改", &[DISPOSAL]);
    let stands = ["--reason", "整改不属实", "--stands"];
    misused.decided("湘政函〔2026〕6号", &stands);
    misused.until("TERMINATED", &[DISPOSAL]);

    life.by_provider(
        "suspend",
        &[&MISUSE[..], &["--mend-by", "2026-04-20"]].concat(),
    );
    life.until("SUSPENDED", &[MENDING]);
    life.by_consumer("report-mended", &["--statement", "已停用超范围的查询"]);
    life.until("SUSPENDED", &[]);
    life.by_provider("resume", &["--reason", "整改属实"]);
    life.until("GRANTED", &[]);

    year.on("2026-04-24T10:00:00+08:00");
    changed(life, "仅限核验");
    let purpose = ["--reason", "新增业务", "--purpose", "医保基金监管"];
    life.by_consumer("ask-amendment", &purpose);
    life.until("GRANTED", &[AMENDMENT]);
    life.by_provider("decline-amendment", &REFUSAL);
    life.until("GRANTED", &[]);
    life.by_consumer("dispute", &["--reason", "属于同一事项"]);
    life.until("DISPUTED", &[]);
    life.by_consumer("withdraw-dispute", &["--reason", "另行申请"]);
    life.until("GRANTED", &[]);
}

/// The provider changes the conditions of a grant after consulting the consumer.
fn changed(share: &Share<'_>, conditions: &str) {
    let change = [&ENDING[..], &["--new-conditions", conditions]].concat();
    share.by_provider("consult", &change);
    share.until_shown("the consultation", |shown| {
        shown["consultation"]["change"]["conditions"] == conditions
    });
    share.by_consumer("answer-consultation", &AGREED);
    share.until_shown("the answer", |shown| {
        shown["consultation"]["answer"]["agrees"] == true
    });
    share.by_provider("change", &[]);
    share.until_shown("the change", |shown| {
        shown["grant"]["conditions"] == conditions
    });
}

/// A late disposal is chased; an incident stops deliveries, is followed up by a change, and the stop is lifted.
pub(super) fn may(year: &Year, [life, misused]: [&Share<'_>; 2]) {
    year.on("2026-05-18T10:00:00+08:00");
    year.check_deadlines();
    misused.until_chased("DISPOSAL");
    misused.by_consumer(
        "close",
        &[&["--cause", "not-needed"], &DISPOSED[..]].concat(),
    );
    misused.until("CLOSED", &[]);

    year.cluster.stop(ZHUZHOU, &life.id, "疑似泄露");
    life.until("SUSPENDED", &[INCIDENT]);
    changed(life, "仅限内网核验");
    life.by_provider("lift-stop", &["--reason", "已排除"]);
    life.until("GRANTED", &[]);
}
