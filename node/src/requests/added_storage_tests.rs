//! Adds records to the directory that an earlier build made without them.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::NotedChange;
use chengji_domain::succession::RecordedSuccession;
use jiff::civil::date;

use super::directory::succession;
use super::*;
use crate::succession::records::SUCCESSIONS;

/// Adds a department that was merged into another, a fact about rules, and an entry with a provisional day, if there
/// are none.
pub(super) async fn add_missing(ledger: &Ledger) {
    if !kinds_of(ledger).contains("department succeeded") {
        let own = Node::within(ledger.clone(), 10).own;
        let succeed = move |tx: &mut Tx<'_>| succeeded(&own, tx);
        ledger.write(succeed).await.unwrap();
    }
    let rules = rule_table::RULES.all().first(&**ledger.kv()).unwrap();
    if rules.is_none() {
        let put = |tx: &mut Tx<'_>| rule_table::put(tx, &rules_tests::recorded());
        ledger.write(put).await.unwrap();
    }
    let provisional = lifecycles::PROVISIONAL.all().count(&**ledger.kv(), 1);
    if provisional.unwrap() == 0 {
        ledger.write(noted).await.unwrap();
    }
}

/// Notes a change that an entry has to follow by a provisional day.
fn noted(tx: &mut Tx<'_>) -> Result<()> {
    let code = entry(1).code;
    let present = lifecycles::existing(tx, &code)?;
    let mut record = present.clone();
    record.change = Some(NotedChange {
        on: date(2026, 12, 24),
        noted_by: person("bian.zhi"),
        due: Deadline {
            date: date(2027, 1, 8),
            provisional: true,
        },
        extended_by: 0,
        settled_by: record.lifecycle.newest + 1,
    });
    lifecycles::LIFECYCLES.replace(tx, &code, Some(&present), &record)
}

fn succeeded(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let by = person("guan.li");
    let fact = CityFact::DepartmentSucceeded(succession());
    own.append(tx, &by, now(), fact)?;
    let recorded = RecordedSuccession {
        succession: succession(),
        at: now(),
        by,
    };
    let old = recorded.succession.old.to_string();
    SUCCESSIONS.put(tx, &old, &recorded)
}
