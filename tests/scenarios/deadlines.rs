//! Edge cases of deadlines: a late answer stays late, and a date that a notice may still move is marked
//! as such.

use chengji_domain::calendar::end_of_day;
use chengji_messages::{Message, msg};
use chengji_tests::{Cluster, Server, eventually, importing};
use jiff::{SignedDuration, Timestamp};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// A conditional resource of 株洲.
const HOSPITALS: &str = "201001/000001";

#[test]
fn an_overdue_answer_cannot_be_put_off_and_stays_late() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let [disputed, granted] = [(); 2].map(|()| cluster.ask(HOSPITALS));
    let routed = cluster.until_state(ZHUZHOU, &disputed, "ROUTED");
    cluster.until_state(ZHUZHOU, &granted, "ROUTED");

    let deadline = routed["deadline"].as_str().unwrap().parse().unwrap();
    let moment = end_of_day(deadline) + SignedDuration::from_secs(20);
    for server in [&cluster.coordinator, changsha, zhuzhou] {
        server.move_clock(moment.duration_since(chengji_clock::now()));
    }
    let overdue = || zhuzhou.json(&["request", "show", &disputed])["overdue"] == true;
    eventually("the answer is overdue", || overdue().then_some(()));
    for put_off in [
        &["extend", &disputed, "--reason", "需会商", "--days", "5"][..],
        &["ask", &disputed, "--missing", "用途说明"],
    ] {
        zhuzhou
            .cli(&[&["request"], put_off].concat())
            .refused(3, &["move-rule-deadline-passed"]);
    }
    assert!(overdue());
    changsha.json(&["request", "dispute", &disputed, "--reason", "逾期未答复"]);
    cluster.until_state(ZHUZHOU, &disputed, "DISPUTED");

    zhuzhou.json(&["request", "grant", &granted]);
    let late = cluster.until_state(CHANGSHA, &granted, "GRANTED");
    let answered: Timestamp = late["answered_late"].as_str().unwrap().parse().unwrap();
    assert!(answered > end_of_day(deadline), "{late}");
    let shown = changsha.cli(&["request", "show", &granted]).ok();
    let title = Message::from(msg::ColumnAnsweredLate).to_string();
    assert!(shown.stdout.contains(&title), "{shown}");
}

#[test]
fn a_deadline_in_a_year_without_a_notice_is_marked_wherever_it_is_shown() {
    const WARNING: &str = "no holiday notice for this year";
    let eve: Timestamp = "2026-12-31T23:55:00+08:00".parse().unwrap();
    let ahead = eve.duration_since(chengji_clock::now());
    let cluster = Cluster::at(ahead, &[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let servers = [&cluster.coordinator, changsha, zhuzhou];
    for server in servers {
        assert_eq!(server.json(&["status"])["missing_notices"][0], 2027);
        let status = server.cli(&["status"]).ok();
        let title = Message::from(msg::ColumnNoHolidayNotice).to_string();
        assert!(status.stdout.contains(&title), "{status}");
    }
    zhuzhou.import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    let id = cluster.ask(HOSPITALS);

    // Ten working days after New Year's Eve; 1 January is a holiday.
    let routed = cluster.until_state(ZHUZHOU, &id, "ROUTED");
    assert_eq!(routed["deadline"], "2027-01-15", "{routed}");
    assert_eq!(routed["deadline_provisional"], true, "{routed}");
    for command in [
        &["request", "show", &id][..],
        &["request", "list"],
        &["--format", "csv", "request", "show", &id],
        &["--format", "csv", "request", "list"],
    ] {
        let shown = zhuzhou.cli(command).ok();
        assert!(shown.stdout.contains("2027-01-15 (provisional"), "{shown}");
    }
    let file = zhuzhou.path("shared/catalogue-new.csv");
    zhuzhou.json(&importing(&file, &[]));
    let pending = zhuzhou.json(&["catalogue", "pending"]);
    let last = &pending["lifecycles"][0]["lifecycle"]["last"];
    assert_eq!(last["due"], "2027-01-05", "{pending}");
    assert_eq!(last["due_provisional"], true, "{pending}");
    let pending = zhuzhou.cli(&["catalogue", "pending"]).ok();
    assert!(
        pending.stdout.contains("2027-01-05 (provisional"),
        "{pending}"
    );

    // A running program repeats it once on each day.
    let warnings = |server: &Server| server.output().matches(WARNING).count();
    assert!(servers.iter().all(|server| warnings(server) == 1));
    for server in servers {
        server.move_clock(ahead + SignedDuration::from_mins(6));
    }
    for server in servers {
        eventually("the next day's warning", || {
            (warnings(server) == 2).then_some(())
        });
    }
}
