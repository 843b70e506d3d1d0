use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_domain::request::{Attention, DueAct, Reminder};

use super::super::samples::{MINE, catalogue, entry, granted_request, keep_request};
use super::super::transitions::{Transition, Transitions};
use super::super::{Catalogue, lifecycles};
use super::*;

fn code() -> ResourceCode {
    entry(1, "区划", MINE, &[]).code
}

/// A request for the entry with a running grant.
fn running(seq: u64) -> RequestRecord {
    granted_request(seq, &code(), "2026-12-31T00:00:00Z".parse().unwrap())
}

fn by(catalogue: &Catalogue, name: &str) -> Transitions {
    let mut editor = catalogue.node_editor();
    editor.by = format!("city/430200/person/{name}").parse().unwrap();
    Transitions::new(catalogue, editor)
}

/// Publishes a revision of the entry with this region; the node stops before it marks any request.
async fn publish(catalogue: &Catalogue, region: &str) {
    let mut content = entry(1, "区划", MINE, &[]);
    content.region = Some(region.parse().unwrap());
    let (author, reviewer) = (by(catalogue, "bian.zhi"), by(catalogue, "shen.he"));
    let at = catalogue.own.now();
    let job = move |tx: &mut Tx<'_>| {
        author.import(tx, &content, false, at)?;
        let record = lifecycles::existing(tx, &content.code)?;
        let seen = (record.lifecycle.newest, record.steps);
        let approval = Transition {
            mv: Move::Approve,
            at,
            reason: "",
        };
        reviewer.change(tx, &content.code, seen, approval)
    };
    catalogue.own.ledger.write(job).await.unwrap();
}

/// The number of requests that are marked, and whether more are to be marked.
fn marked(own: &OwnLog) -> (usize, bool) {
    let requests = request_table::REQUESTS.all();
    let requests = requests.collect(own.ledger.kv().as_ref()).unwrap();
    let marked = requests.iter().filter(|(_, record)| record.outside_region);
    (marked.count(), first(own).unwrap().is_some())
}

#[tokio::test]
async fn a_region_without_the_consumer_of_a_running_grant_asks_for_attention_until_it_is_widened() {
    let catalogue = catalogue(&[]);
    let own = &catalogue.own;
    publish(&catalogue, "cluster").await;
    let request = running(1);
    let id = request.history.id;
    keep_request(&own.ledger, request).await;
    for (region, expected) in [
        ("430200", vec![Attention::OutsideRegion]),
        ("province", Vec::new()),
    ] {
        publish(&catalogue, region).await;
        mark_grants(own).await;
        let noted = request_table::existing(own.ledger.kv().as_ref(), id).unwrap();
        assert_eq!(noted.attention(own.city), expected, "{region}");
        assert_eq!(first(own).unwrap(), None);
    }
}

#[tokio::test]
async fn a_node_that_stops_while_it_marks_grants_goes_on_at_its_next_start() {
    let catalogue = catalogue(&[]);
    let own = &catalogue.own;
    publish(&catalogue, "province").await;
    for seq in 1..=40 {
        let mut request = running(seq);
        request.history.submission.purpose = "核".repeat(4_000);
        keep_request(&own.ledger, request).await;
    }
    publish(&catalogue, "430200").await;
    assert_eq!(marked(own), (0, true));

    let (city, now) = (own.city, own.now());
    let job = move |tx: &mut Tx<'_>| mark_some(tx, (city, &code()), now, None);
    let passed = own.ledger.write(job).await.unwrap();
    let (some, is_left) = marked(own);
    assert!(passed.is_some() && is_left);
    assert!((1..40).contains(&some), "{some}");
    mark_grants(own).await;
    assert_eq!(marked(own), (40, false));
}

#[tokio::test]
async fn a_record_without_room_for_the_note_keeps_no_other_from_it() {
    let catalogue = catalogue(&[]);
    let own = &catalogue.own;
    publish(&catalogue, "province").await;
    let mut full = running(1);
    full.history.submission.purpose = "x".repeat(10_000);
    let reminder = Reminder {
        at: Timestamp::UNIX_EPOCH,
        act: DueAct::Answer,
        deadline: Deadline::certain("2026-12-07".parse().unwrap()),
        overdue: false,
    };
    let most = request_table::MAX_WITHOUT_STOPS;
    while request_table::size(&full).unwrap() <= most {
        full.reminders.extend([reminder; 16]);
    }
    full.reminders.truncate(full.reminders.len() - 16);
    let room = most - request_table::size(&full).unwrap();
    full.history.submission.purpose += &"x".repeat(room);
    for request in [full, running(2)] {
        keep_request(&own.ledger, request).await;
    }
    publish(&catalogue, "430200").await;
    mark_grants(own).await;
    assert_eq!(marked(own), (1, false));
}
