use std::sync::Arc;

use chengji_access::records::put_person;
use chengji_domain::access::{Rights, Role};
use chengji_domain::default_scope::DefaultScope;
use chengji_domain::grant_rule::{GrantRule, RecordedRule};
use chengji_domain::people::Person;
use chengji_domain::request::terms::TableScope;
use chengji_domain::request::{Actor, RequestId};
use chengji_domain::return_flow::ReturnFlow;
use chengji_domain::{Digest, Principal, ResourceCode};
use chengji_proto::convert::StandingOrder;
use chengji_store::{Ledger, MemoryStore};
use chengji_testkit::entries as samples;

use super::super::tests::{Node, submission};
use super::*;
use crate::caller::Caller;
use crate::catalogue::default_scope::records::DEFAULT_SCOPES;
use crate::restored;

/// The condition of the entry, in the words of its provider.
const CONDITION: &str = "仅用于核验";

fn now() -> Timestamp {
    "2026-11-23T02:00:00Z".parse().unwrap()
}

fn person(name: &str) -> Principal {
    format!("city/430200/person/{name}").parse().unwrap()
}

fn code() -> ResourceCode {
    samples::code(1).parse().unwrap()
}

/// A provider whose approver set a rule for the requests of these tests, and whose head consented to it.
async fn provider() -> Node {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]);
    let node = Node::within(ledger.unwrap(), 10);
    let node = node.with_entry(ShareClass::Conditional).await;
    let own = node.own.clone();
    let rule = move |tx: &mut Tx<'_>| {
        let rule = GrantRule {
            department_kinds: [].into(),
            purposes: [submission().purpose].into(),
            max_days: 1_830,
        };
        let recorded = RecordedRule {
            rule,
            revision: 1,
            actor: Actor::from(person("shen.pi")),
            at: Timestamp::UNIX_EPOCH,
        };
        grant_rules::records::RULES.put(tx, &code(), &recorded)?;
        let rights = Rights::new([Role::Consenter], None)?;
        let head = Person {
            principal: person("head"),
            rights: rights.clone(),
            since: now(),
            ended: None,
            reason: String::new(),
            certificate: None,
        };
        put_person(tx, &head)?;
        let until = "2027-01-01T00:00:00Z".parse().unwrap();
        let order = StandingOrder {
            code: code(),
            until,
        };
        let head = Caller::new(person("head"), rights);
        standing::give(&own, tx, (&head, now()), order).map(drop)
    };
    node.own.ledger.write(rule).await.unwrap();
    node
}

/// The grant that the node has made by itself.
fn granted(node: &Node, id: RequestId) -> Option<Grant> {
    let record = records::existing(node.own.ledger.kv().as_ref(), id).unwrap();
    let (_, step) = record.pending.first()?;
    step.mv.grant().cloned()
}

#[tokio::test]
async fn a_grant_by_a_rule_is_in_the_words_of_the_provider() {
    let node = provider().await;
    let id = node.routed(1, ShareClass::Conditional).await;
    let grant = granted(&node, id).unwrap();
    assert!(grant.automatic);
    assert_eq!((&*grant.scope, &*grant.conditions), (CONDITION, CONDITION));
    // The coordinator routed it as one for an entry of another class.
    let id = node.routed(2, ShareClass::Unconditional).await;
    assert_eq!(granted(&node, id), None);
}

#[tokio::test]
async fn a_node_that_was_restored_grants_nothing_by_a_rule_until_it_has_read_what_it_missed() {
    let node = provider().await;
    restored::tests::restore(&node.own).await;
    let id = node.routed(1, ShareClass::Conditional).await;
    assert_eq!(granted(&node, id), None);
}

#[tokio::test]
async fn nothing_is_granted_by_a_rule_where_the_default_scope_is_not_of_what_is_mounted() {
    let node = provider().await;
    let default = DefaultScope {
        part: TableScope {
            schema: Digest([7; 32]),
            columns: [("holder".to_owned(), None)].into(),
            condition: None,
            row_limit: None,
            increment: None,
        },
        actor: Actor::from(person("shen.pi")),
        at: now(),
    };
    let put = move |tx: &mut Tx<'_>| DEFAULT_SCOPES.put(tx, &code(), &default);
    node.own.ledger.write(put).await.unwrap();
    let id = node.routed(1, ShareClass::Conditional).await;
    assert_eq!(granted(&node, id), None);
}

#[test]
fn a_grant_by_a_return_flow_is_for_its_rows_and_unconditional() {
    let recorded = RecordedFlow {
        number: "430000-1-7-AAAAAAAAAAAAA".parse().unwrap(),
        code: code(),
        flow: ReturnFlow {
            to: None,
            rows: "行政区划代码为本市的登记信息".to_owned(),
        },
        actor: Actor::new(person("shen.pi"), None),
        at: now(),
        end: None,
        is_awaited: false,
        earlier: Vec::new(),
    };
    let entry = samples::entry(&samples::draft(1, ShareClass::Conditional));
    let grant = granted_by(Some(&recorded), &entry);
    assert_eq!(grant.return_flow, Some(recorded.number));
    let texts = (&*grant.scope, &*grant.conditions);
    assert_eq!(texts, ("行政区划代码为本市的登记信息", ""));
    assert!(grant.automatic);
    let by_rule = granted_by(None, &entry);
    assert_eq!(
        (by_rule.return_flow, &*by_rule.conditions),
        (None, CONDITION)
    );
}

fn granted_by(flow: Option<&RecordedFlow>, entry: &Entry) -> Grant {
    automatic_grant(flow, &submission(), (entry, Scope::File), now())
}

#[test]
fn a_scope_is_the_requested_one_of_unconditional_entries_alone() {
    let entry = |class| samples::entry(&samples::with_papers(samples::draft(1, class)));
    let asked = submission();
    let scope = granted_scope(&asked, &entry(ShareClass::Unconditional)).to_owned();
    assert_eq!(scope, asked.scope);
    let conditional = entry(ShareClass::Conditional);
    assert_eq!(granted_scope(&asked, &conditional), "待遇资格核验");
}
