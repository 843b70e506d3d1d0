use chengji_domain::Digest;
use chengji_domain::access::{Rights, Role};
use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::fact::Delivery;
use chengji_domain::request::RequestRecord;
use chengji_domain::succession::{RecordedSuccession, Succession};
use chengji_proto::service::Respond;
use chengji_store::{Ledger, MemoryStore, Tx};
use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE, entries as samples, requests};

use super::*;
use crate::catalogue::entries;
use crate::delivery::receipts::End;
use crate::requests::records;

const OWN: &str = "430200";

fn now() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

fn caller(department: Option<&str>) -> Caller {
    let department = department.map(|code| code.parse().unwrap());
    let rights = Rights::new([Role::Approver], department).unwrap();
    Caller::new(
        format!("city/{OWN}/person/shen.pi").parse().unwrap(),
        rights,
    )
}

/// A city that was asked for an entry of one department and has delivered it, and that asks for another department.
async fn service() -> NodeReportService {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
    let own = OwnLog {
        city: OWN.parse().unwrap(),
        ledger,
        clock: Arc::new(now),
    };
    let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
    let resource = format!("{OWN}:{}", samples::code(1));
    let asked = requests::submitted("430100-1-7-AAAAAAAAAAAAA", &resource, now());
    let mut asking = requests::submitted("430200-1-9-AAAAAAAAAAAAA", "430100:103001000001", now());
    asking.submission.department = OTHER_CREDIT_CODE.parse().ok();
    let delivery = Delivery {
        request: asked.id,
        code: entry.code.clone(),
        revision: 1,
        bytes: 900,
        digest: Digest([3; 32]),
        rows: None,
    };
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| {
        entries::put(tx, &EntryRecord::new(entry, 1, now()))?;
        records::put(tx, &RequestRecord::new(asked))?;
        records::put(tx, &RequestRecord::new(asking))?;
        let sent = End::Sent {
            consumer: "430100".parse()?,
            resumed_at: 0,
            vouched: None,
        };
        receipts::write(&log, tx, &log.node(), now(), delivery, sent).map(drop)
    };
    own.ledger.write(job).await.unwrap();
    NodeReportService {
        own,
        rules: CurrentRules::built_in().unwrap(),
        turns: turns(),
        kept: Arc::default(),
    }
}

fn report(
    service: &NodeReportService,
    by: &Caller,
    (month, city, department): (&str, &str, &str),
) -> Result<v1::MonthReport> {
    let asked = v1::MonthReportRequest {
        month: month.to_owned(),
        city: city.to_owned(),
        department: department.to_owned(),
        page: None,
    };
    v1::MonthReport::respond(service.report(by, &asked, &Awaited::default())?)
}

/// Of each row: the department, requests received and made, and bytes sent.
fn rows(report: &v1::MonthReport) -> Vec<(&str, [u64; 3])> {
    let rows = report.rows.iter().map(|row| {
        let figures = row.figures.as_ref().unwrap();
        let submitted =
            |requests: &Option<v1::ReportRequests>| requests.as_ref().unwrap().submitted;
        let numbers = [
            submitted(&figures.provided),
            submitted(&figures.requested),
            figures.sent.as_ref().unwrap().bytes,
        ];
        (row.department.as_str(), numbers)
    });
    rows.collect()
}

#[tokio::test]
async fn the_bureau_sees_all_departments_and_a_department_itself() {
    let service = service().await;
    let mut expected = [(CREDIT_CODE, [1, 0, 900]), (OTHER_CREDIT_CODE, [0, 1, 0])];
    expected.sort_unstable();
    let whole = report(&service, &caller(None), ("2026-11", "", "")).unwrap();
    assert_eq!(rows(&whole), expected);
    assert_eq!(whole.city, OWN);
    let total = whole.total.as_ref().unwrap();
    assert_eq!(total.provided.as_ref().unwrap().submitted, 1);
    assert_eq!(total.sent.as_ref().unwrap().deliveries, 1);
    let own = whole.position.as_ref().unwrap();
    assert_eq!(own.seq, service.own.ledger.head().seq);
    let delivered = whole.rows.iter().find(|row| row.department == CREDIT_CODE);
    let delivered = delivered.unwrap();
    let first = delivered.first_delivery.as_ref().unwrap();
    assert_eq!((first.seq, first.epoch), (0, 1));
    assert!(!delivered.name.is_empty());
    // The one entry is not mounted.
    let freshness = whole.freshness.as_ref().unwrap();
    let counts = freshness.counts.iter();
    let counts: Vec<_> = counts
        .map(|of| (of.freshness.as_str(), of.entries))
        .collect();
    assert_eq!(counts, [("unmounted", 1)]);

    for (department, row) in expected {
        for by in [caller(None), caller(Some(department))] {
            let one = report(&service, &by, ("2026-11", OWN, department)).unwrap();
            assert_eq!(rows(&one), [(department, row)]);
            assert!(one.freshness.is_none());
        }
        let itself = report(&service, &caller(Some(department)), ("2026-11", "", ""));
        assert_eq!(rows(&itself.unwrap()), [(department, row)]);
    }
    let auditor = Caller::new("auditor/office".parse().unwrap(), Rights::NONE);
    let audited = report(&service, &auditor, ("2026-11", "", "")).unwrap();
    assert_eq!(rows(&audited), expected);
    let other = caller(Some(CREDIT_CODE));
    let other = report(&service, &other, ("2026-11", "", OTHER_CREDIT_CODE));
    assert_eq!(other.unwrap_err().code(), ErrorCode::Denied);
}

#[tokio::test]
async fn the_pages_of_a_report_are_of_one_count() {
    let service = service().await;
    let page = |cursor: String| {
        let asked = v1::MonthReportRequest {
            month: "2026-11".to_owned(),
            page: Some(v1::PageRequest { size: 1, cursor }),
            ..v1::MonthReportRequest::default()
        };
        let report = service.report(&caller(None), &asked, &Awaited::default());
        v1::MonthReport::respond(report?)
    };
    let first = page(String::new()).unwrap();
    // A further request of the second department, which the second page does not count yet.
    let mut asking = requests::submitted("430200-1-10-AAAAAAAAAAAAA", "430100:103001000001", now());
    asking.submission.department = OTHER_CREDIT_CODE.parse().ok();
    let put = move |tx: &mut Tx<'_>| records::put(tx, &RequestRecord::new(asking));
    service.own.ledger.write(put).await.unwrap();
    let second = page(first.next_cursor.clone()).unwrap();
    assert_eq!(second.total, first.total);
    let departments = [&first, &second].map(|page| page.rows[0].department.as_str());
    assert_ne!(departments[0], departments[1]);
    assert_eq!((first.rows.len(), second.rows.len()), (1, 1));
    assert_eq!(second.next_cursor, "");
    let anew = page(String::new()).unwrap().total.unwrap();
    let anew = anew.requested.unwrap();
    assert_eq!(anew.submitted, 2);
    // Pages of two counts would make up no report.
    for _ in 0..4 {
        page(String::new()).unwrap();
    }
    let expired = page(first.next_cursor).unwrap_err();
    assert_eq!(expired.code(), ErrorCode::CursorExpired);
}

#[tokio::test]
async fn a_successor_shows_what_belongs_to_it_from_the_month_of_the_merger_on() {
    let service = service().await;
    let merged = |since| RecordedSuccession {
        succession: Succession {
            old: OTHER_CREDIT_CODE.parse().unwrap(),
            new: CREDIT_CODE.parse().unwrap(),
            since,
            document: "市编办〔2026〕12号".to_owned(),
        },
        at: now(),
        by: "city/430200/person/guan.li".parse().unwrap(),
        ended: None,
    };
    let of_successor = || {
        let one = report(&service, &caller(None), ("2026-11", "", CREDIT_CODE)).unwrap();
        let departments = one.rows.len();
        (departments, one.total.unwrap().requested.unwrap().submitted)
    };
    assert_eq!(of_successor(), (1, 0));
    for (since, expected) in [((2026, 12, 1), (1, 0)), ((2026, 11, 30), (2, 1))] {
        let (year, month, day) = since;
        let recorded = merged(jiff::civil::date(year, month, day));
        let city = service.own.city;
        let put = move |tx: &mut Tx<'_>| succession_table::put(tx, (city, 1), &recorded);
        service.own.ledger.write(put).await.unwrap();
        assert_eq!(of_successor(), expected, "{since:?}");
    }
}

#[tokio::test]
async fn a_node_reports_on_its_own_city_up_to_the_present_month() {
    let service = service().await;
    for asked in [
        ("2026-11", "430100", ""),
        ("2026-12", "", ""),
        ("11", "", ""),
    ] {
        let refused = report(&service, &caller(None), asked).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{asked:?}");
    }
    let before = report(&service, &caller(None), ("2026-10", "", "")).unwrap();
    assert!(before.rows.is_empty());
}
