//! The rules that a node folds from the coordinator's log.

use chengji_domain::calendar::{HolidayNotice, RecordedRules, Rule, RulesFact, RulesSet};
use jiff::civil::date;

use super::*;

/// The epoch of the coordinator's log after a restore.
const RESTORED: Epoch = Epoch {
    number: 2,
    id: [8; 8],
};

/// A province's time to correct.
fn correction(place: &str, days: u32) -> ClusterFact {
    let text = format!(
        "version,v,source,s\njurisdiction,rule,working_days,valid_from,valid_until,source\n\
         {place},correction,{days},,,\n"
    );
    let set = RulesSet::parse("rules.csv", &text).unwrap();
    ClusterFact::Rules(Box::new(RulesFact::Rules(set)))
}

/// The same as a node stores it.
pub(super) fn recorded() -> RecordedRules {
    let ClusterFact::Rules(fact) = correction("430000", 5) else {
        panic!("no fact about rules");
    };
    RecordedRules {
        seq: 1_000,
        at: now(),
        by: Principal::Coordinator,
        fact: *fact,
    }
}

fn notice() -> ClusterFact {
    let text = "version,v,source,s\nyear,date,day,occasion,notice\n2027,2027-01-01,off,元旦,号\n";
    let notice = HolidayNotice::parse("w.csv", text).unwrap().remove(0);
    ClusterFact::Rules(Box::new(RulesFact::Holidays(notice)))
}

fn days(node: &Node) -> u32 {
    let own = node.rules.of(city(OWN));
    own.days(Rule::Correction, date(2026, 11, 23))
}

/// The rules in force are those of the stored facts.
fn assert_stored(node: &Node) {
    let stored = rule_table::book(&**node.own.ledger.kv()).unwrap();
    assert_eq!(stored, *node.rules.book());
}

#[tokio::test]
async fn a_node_follows_the_rules_without_a_restart() {
    let node = Node::new(0);
    assert_eq!(days(&node), 10);
    node.read(correction("430000", 5)).await.unwrap();
    assert_eq!(days(&node), 5);
    node.read(correction("230000", 3)).await.unwrap();
    assert_eq!(days(&node), 5, "of another province");
    node.read(notice()).await.unwrap();
    assert!(node.rules.book().calendar().has_notice(2027));
    assert_stored(&node);
}

#[tokio::test]
async fn a_log_that_is_read_anew_leads_to_the_same_rules() {
    let node = Node::new(0);
    let facts = || [correction("430000", 5), notice(), correction("430100", 3)];
    for fact in facts() {
        node.read(fact).await.unwrap();
    }
    let before = node.rules.book();
    node.intake.start_over(RESTORED).await.unwrap();
    let old = (RESTORED, COORDINATOR);
    node.read_all(old, facts()).await.unwrap();
    assert_eq!(*node.rules.book(), *before);
    assert_stored(&node);
    // What the restored log lacks is not in force any more.
    let third = Epoch {
        number: 3,
        ..RESTORED
    };
    node.intake.start_over(third).await.unwrap();
    node.read_all((third, COORDINATOR), [notice()])
        .await
        .unwrap();
    assert_eq!(days(&node), 10);
    assert_stored(&node);
}
