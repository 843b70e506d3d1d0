//! Adds records to the directory that an earlier build made without them.

use chengji_domain::request::terms::Voucher;
use chengji_domain::succession::RecordedSuccession;
use chengji_records::VouchedFetch;

use super::directory::succession;
use super::*;
use crate::delivery::vouching::VOUCHED;
use crate::succession::records::SUCCESSIONS;

/// Adds a department that was merged into another, a fact about rules, and what was vouched for in a fetch, if there
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
    if VOUCHED.all().first(&**ledger.kv()).unwrap().is_none() {
        ledger.write(vouched).await.unwrap();
    }
}

fn vouched(tx: &mut Tx<'_>) -> Result<()> {
    let vouched = VouchedFetch {
        voucher: Voucher {
            user: person("wang.fang"),
            department: None,
            operation: Some("统计".to_owned()),
        },
        receipt: Some(7),
    };
    let request = "430100-1-7-AAAAAAAAAAAAA".parse()?;
    let key = (request, person("wang.fang"), "统计".to_owned());
    VOUCHED.put(tx, &key, &vouched)
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
