//! Adds records to the directory that an earlier build made without them.

use chengji_domain::succession::RecordedSuccession;

use super::directory::succession;
use super::*;
use crate::succession::records::SUCCESSIONS;

/// Adds a department that was merged into another, and a fact about rules, if there are none.
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
