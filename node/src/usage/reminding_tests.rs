//! Reminders of usage records: once each, and of the next period once the first one has records.

use std::sync::Arc;

use chengji_domain::access::{Rights, Role};
use chengji_domain::request::RequestRecord;
use chengji_domain::usage::{Period, Usage};
use chengji_proto::convert::city_entry_from;
use chengji_runtime::CurrentRules;
use chengji_store::{Ledger, MemoryStore, log};
use chengji_testkit::requests as samples;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::*;
use crate::caller::Caller;
use crate::own_log::OwnLog;

const REQUEST: &str = "430100-1-7-AAAAAAAAAAAAA";

fn at(day: &str) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

/// A request of 8 August 2025, granted for two years.
fn granted() -> RequestRecord {
    let since = at("2025-08-08");
    let until = since + (2 * 365 * 24).hours();
    let history = samples::granted(REQUEST, "430200:206001000001", since, until);
    RequestRecord::new(history)
}

/// A consumer that received data under the grant.
async fn consumer() -> OwnUsage {
    let store = Arc::new(MemoryStore::new());
    let own = OwnLog {
        city: "430100".parse().unwrap(),
        ledger: Ledger::create(store, "city/430100", [1; 8]).unwrap(),
        clock: Arc::new(|| at("2026-08-10")),
    };
    let record = granted();
    let fill = move |tx: &mut Tx<'_>| {
        request_table::put(tx, &record)?;
        records::begin(tx, &record)
    };
    own.ledger.write(fill).await.unwrap();
    let rules = CurrentRules::built_in().unwrap();
    OwnUsage { own, rules }
}

/// Records the use in the first year.
async fn record(usage: &OwnUsage) {
    let text = || "已用于核验".to_owned();
    let content = Usage {
        request: REQUEST.parse().unwrap(),
        period: Period {
            from: date(2025, 8, 8),
            to: date(2026, 8, 7),
        },
        scenario: text(),
        process: text(),
        effect: text(),
        storage: text(),
        destroyed_on: None,
        destruction: String::new(),
        compliance: text(),
    };
    let rights = Rights::new([Role::Consumer], None).unwrap();
    let caller = Caller::new("city/430100/person/wang.fang".parse().unwrap(), rights);
    let own = usage.own.clone();
    let job =
        move |tx: &mut Tx<'_>| records::record(&own, tx, (&caller, at("2026-09-03")), content);
    usage.own.ledger.write(job).await.unwrap();
}

/// The reminders in the log: whether the record was overdue, and the last day of the period.
fn reminders(usage: &OwnUsage) -> Vec<(bool, Date)> {
    let entries = log::entries(&**usage.own.ledger.kv(), 0, 100, usize::MAX).unwrap();
    let mut found = Vec::new();
    for (_, entry) in &entries {
        let fact = city_entry_from(entry, usage.own.city).unwrap().fact;
        if let CityFact::Usage(fact) = fact
            && let UsageFact::Reminded {
                period, overdue, ..
            } = *fact
        {
            found.push((overdue, period.to));
        }
    }
    found
}

#[tokio::test]
async fn people_are_reminded_once_before_the_last_day_of_a_record_and_once_after_it() {
    let usage = consumer().await;
    // The record of the year until 7 August is due by 4 September; the reminder comes two working days before.
    for (day, given) in [
        ("2026-08-07", 0),
        ("2026-09-01", 0),
        ("2026-09-02", 1),
        ("2026-09-04", 0),
        ("2026-09-05", 1),
        ("2026-12-01", 0),
    ] {
        assert_eq!(remind(&usage, at(day)).await.unwrap(), given, "{day}");
    }
    let last = date(2026, 8, 7);
    assert_eq!(reminders(&usage), [(false, last), (true, last)]);
}

#[tokio::test]
async fn a_recorded_period_is_never_overdue_and_the_next_one_has_its_own_reminders() {
    let usage = consumer().await;
    assert_eq!(remind(&usage, at("2026-09-02")).await.unwrap(), 1);
    record(&usage).await;
    assert_eq!(remind(&usage, at("2026-09-05")).await.unwrap(), 0);
    assert_eq!(remind(&usage, at("2027-10-29")).await.unwrap(), 1);
    let lasts = [(false, date(2026, 8, 7)), (true, date(2027, 8, 7))];
    assert_eq!(reminders(&usage), lasts);
}
