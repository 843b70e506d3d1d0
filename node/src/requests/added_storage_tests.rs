//! Adds records to the directory that an earlier build made without them.

use chengji_domain::succession::RecordedSuccession;

use chengji_domain::return_flow::{RecordedFlow, ReturnFlow, ReturnFlowAct, ReturnFlowFact};
use chengji_follow::return_flow_table;

use super::directory::succession;
use super::*;
use crate::succession::records::SUCCESSIONS;

/// Adds a department that was merged into another, a fact about rules, and return flows, if there are none.
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
    if !kinds_of(ledger).contains("return flow") {
        let own = Node::within(ledger.clone(), 10).own;
        let returned = move |tx: &mut Tx<'_>| returned(&own, tx);
        ledger.write(returned).await.unwrap();
    }
}

/// A return flow of this city, one to it, and a delivery of another entry by its upper division.
fn returned(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let actor = Actor::new(person("shen.pi"), None);
    let flow = ReturnFlow {
        to: None,
        rows: "行政区划代码为本市的登记信息".to_owned(),
    };
    let code = entry(2).code;
    let fact = ReturnFlowFact {
        act: ReturnFlowAct::Declare {
            code: code.clone(),
            flow: flow.clone(),
        },
        actor: actor.clone(),
    };
    let fact = CityFact::ReturnFlow(Box::new(fact));
    own.append(tx, &person("shen.pi"), now(), fact)?;
    let awaited = RecordedFlow {
        number: "430000-1-7-AAAAAAAAAAAAA".parse()?,
        code,
        flow,
        actor,
        at: now(),
        end: None,
        is_awaited: true,
    };
    return_flow_table::put(tx, &awaited)?;
    let parties = (city("430000"), city(OWN));
    return_flow_table::note_delivery(tx, parties, &entry(1).code, now())
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
