//! A year in a cluster: twelve months of three cities by a moved clock, with every move and every deadline of requests at
//! least once, and with what grows around them: demands, corrections, revisions, rules, regions, consents, stand-ins,
//! merged departments, usage records, worklists, notifications, a coordinator that is away and a city that leaves. In the
//! end the books of all parties agree.

mod away;
mod books;
mod later;
mod members;
mod notices;
mod share;
mod spring;
mod winter;
mod worklists;

use self::later::{autumn, ended, july, june, new_year};
use self::share::{CHANGSHA, Year, ZHUZHOU};
use self::spring::{april, march, may};
use self::winter::{corrected, january, rejected};
use crate::demands;

/// An unconditional resource of 株洲.
const PILES: &str = "206007/000001";
/// A resource of 湘潭 that is not shared.
const NOT_SHARED: &str = "305003/000011";

const ENDING: [&str; 4] = [
    "--reason",
    "系统停用",
    "--basis",
    "《政务数据共享条例》第二十七条",
];
const MISUSE: [&str; 4] = [
    "--reason",
    "超出授权用途",
    "--basis",
    "《政务数据共享条例》第二十七条",
];
const REFUSAL: [&str; 4] = [
    "--reason",
    "用途不符",
    "--basis",
    "《政务数据共享条例》第二十一条",
];
const AGREED: [&str; 3] = ["--agree", "--text", "同意"];
const DISPOSED: [&str; 4] = [
    "--statement",
    "副本及备份均已销毁",
    "--evidence",
    "长数销〔2026〕7号",
];

// The acts, with the parties that owe them.
const ANSWER: (&str, &str) = ("ANSWER", "PROVIDER");
const SUPPLEMENT: (&str, &str) = ("SUPPLEMENT", "CONSUMER");
const OFFER: (&str, &str) = ("OFFER", "PROVIDER");
const AMENDMENT: (&str, &str) = ("AMENDMENT", "PROVIDER");
const MENDING: (&str, &str) = ("MENDING", "CONSUMER");
const CONSULTATION: (&str, &str) = ("CONSULTATION", "CONSUMER");
const INCIDENT: (&str, &str) = ("INCIDENT", "PROVIDER");
const DISPOSAL: (&str, &str) = ("DISPOSAL", "CONSUMER");

#[test]
fn a_year_has_every_move_and_every_deadline_and_the_books_of_all_parties_agree() {
    let year = Year::begin();
    let piles = demands::met(&year.cluster);
    year.publish();
    let [life, misused, settled] = january(&year);
    year.on("2026-02-02T10:00:00+08:00");
    corrected(&year.cluster, &piles);
    year.on("2026-02-12T10:00:00+08:00");
    rejected(&year);
    // The last minutes of the working Saturday before Spring Festival.
    year.on("2026-02-14T23:58:00+08:00");
    year.check_deadlines();
    let festival = year.ask(CHANGSHA, ZHUZHOU);
    festival.until("ROUTED", &[ANSWER]);
    festival.until_deadline("2026-03-06");
    settled.until_chased("OFFER");
    year.notices.is_back_after("2026-02-14T00:00:00+08:00");
    away::for_a_week(&year, &festival);
    members::within_a_region(&year);
    let stand_in = march(&year, &festival, [&life, &misused, &settled]);
    april(&year, &stand_in, [&life, &misused, &settled]);
    may(&year, [&life, &misused]);
    june(&year);
    july(&year, &life);
    ended(&year, &life);
    let with_xiangtan = autumn(&year);
    new_year(&year);
    books::agree(&year);
    members::left(&year, with_xiangtan.each_ref());
    year.notices.agree(&year.cluster);
}
