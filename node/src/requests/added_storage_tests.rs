//! Adds records to the directory that an earlier build made without them.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::{DueEntries, EntryAct, EntryReminder, NotedChange};
use chengji_domain::default_scope::DefaultScope;
use chengji_domain::fact::{Measurement, Origin};
use chengji_domain::grant_rule::GrantRuleFact;
use chengji_domain::matter::CorrectionNotice;
use chengji_domain::probe::{
    Declaration, ProbeMade, ProbeOrder, ProbeOutcome, ProbeRead, ProbeRecord,
};
use chengji_domain::problem::Problem;
use chengji_domain::request::terms::{Mask, TableScope, Voucher};
use chengji_domain::request::{AwaitedApproval, RequestRecord};
use chengji_domain::return_flow::{RecordedFlow, ReturnFlow, ReturnFlowAct, ReturnFlowFact};
use chengji_domain::succession::{RecordedEnd, RecordedSuccession};
use chengji_domain::table::{ColumnShape, ColumnType, TableShape};
use chengji_domain::{ErrorCode, ResourceCode};
use chengji_follow::{probe_table, return_flow_table, succession_table};
use chengji_records::{GrantSalt, MountedTable, NotedCorrection, VouchedFetch};
use jiff::civil::date;

use super::directory::{succession, succession_end};
use super::*;
use crate::catalogue::default_scope::records::DEFAULT_SCOPES;
use crate::delivery::salts::SALTS;
use crate::delivery::vouching::VOUCHED;
use crate::matters::notices;
use crate::succession::records::SUCCESSIONS;

/// Adds a department that was merged into another, a fact about rules, what was vouched for in a fetch, return flows, a
/// late update, an entry with a provisional day and a reminder of it, a request that waits for an approval, the salt of a
/// grant, a mounted table, probes, and a default scope, if there are none.
pub(super) async fn add_missing(ledger: &Ledger) {
    if !kinds_of(ledger).contains("department succeeded") {
        let own = Node::within(ledger.clone(), 10).own;
        let succeed = move |tx: &mut Tx<'_>| succeeded(&own, tx);
        ledger.write(succeed).await.unwrap();
    }
    if !kinds_of(ledger).contains("department split") {
        let own = Node::within(ledger.clone(), 10).own;
        let split = move |tx: &mut Tx<'_>| split(&own, tx);
        ledger.write(split).await.unwrap();
    }
    let told = format!("{CONSUMER}-1-952-AAAAAAAAAAAAA").parse().unwrap();
    if !notices::NOTICES.contains(&**ledger.kv(), &told).unwrap() {
        ledger.write(received_by_a_department).await.unwrap();
    }
    let rules = rule_table::RULES.all().first(&**ledger.kv()).unwrap();
    if rules.is_none() {
        let put = |tx: &mut Tx<'_>| rule_table::put(tx, &rules_tests::recorded());
        ledger.write(put).await.unwrap();
    }
    if VOUCHED.all().first(&**ledger.kv()).unwrap().is_none() {
        ledger.write(vouched).await.unwrap();
    }
    if !kinds_of(ledger).contains("updated late") {
        let own = Node::within(ledger.clone(), 10).own;
        let updated = move |tx: &mut Tx<'_>| updated_late(&own, tx);
        ledger.write(updated).await.unwrap();
    }
    if !kinds_of(ledger).contains("return flow") {
        let own = Node::within(ledger.clone(), 10).own;
        let returned = move |tx: &mut Tx<'_>| returned(&own, tx);
        ledger.write(returned).await.unwrap();
    }
    if !kinds_of(ledger).contains("probe made") {
        let own = Node::within(ledger.clone(), 10).own;
        let probe = move |tx: &mut Tx<'_>| probed(&own, tx);
        ledger.write(probe).await.unwrap();
    }
    let provisional = lifecycles::PROVISIONAL.all().count(&**ledger.kv(), 1);
    if provisional.unwrap() == 0 {
        ledger.write(noted).await.unwrap();
    }
    if !kinds_of(ledger).contains("entries reminded") {
        let own = Node::within(ledger.clone(), 10).own;
        let remind = move |tx: &mut Tx<'_>| entries_reminded(&own, tx);
        ledger.write(remind).await.unwrap();
    }
    let unopened = request_table::UNOPENED.all().count(&**ledger.kv(), 1);
    if unopened.unwrap() == 0 {
        ledger.write(awaiting).await.unwrap();
    }
    if SALTS.all().first(&**ledger.kv()).unwrap().is_none() {
        let request = format!("{CONSUMER}-1-951-AAAAAAAAAAAAA").parse().unwrap();
        let put = move |tx: &mut Tx<'_>| SALTS.put(tx, &request, &GrantSalt([7; 32]));
        ledger.write(put).await.unwrap();
    }
    let stored = mounts().all().collect(&**ledger.kv()).unwrap();
    let is_file = |mount: &MountRecord| matches!(mount.source, MountedSource::File(_));
    if stored.iter().all(|(_, mount)| is_file(mount)) {
        ledger.write(table_mounted).await.unwrap();
    }
    if DEFAULT_SCOPES
        .all()
        .first(&**ledger.kv())
        .unwrap()
        .is_none()
    {
        let own = Node::within(ledger.clone(), 10).own;
        let set = move |tx: &mut Tx<'_>| default_scope(&own, tx);
        ledger.write(set).await.unwrap();
    }
}

fn mounts() -> Table<ResourceCode, StoredSource> {
    Table::new(Prefix::Mount, &[])
}

/// A probe that the city has made, and one that it still has to make.
fn probed(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let (bytes, rows, digest) = (300, Some(3), Digest([3; 32]));
    let measurement = Measurement {
        bytes,
        rows,
        digest,
        at: now(),
    };
    let number = |seq| Origin {
        epoch: COORDINATOR,
        seq,
    };
    for seq in [60, 61] {
        let order = ProbeOrder {
            provider: city(CONSUMER),
            code: entry(1).code,
            prober: own.city,
            until: date(2026, 12, 7),
            declared: Declaration {
                revision: 1,
                measurement,
            },
        };
        let record = ProbeRecord {
            number: number(seq),
            at: now(),
            order,
            made: None,
        };
        probe_table::take(tx, &record, Some(own.city))?;
    }
    let made = ProbeMade {
        number: number(60),
        provider: city(CONSUMER),
        code: entry(1).code,
        outcome: ProbeOutcome::Matched(ProbeRead {
            revision: 1,
            bytes,
            rows,
            digest,
        }),
    };
    probe_table::put_outcome(tx, (own.city, now()), &made)?;
    let fact = CityFact::ProbeMade(Box::new(made));
    own.append(tx, &own.node(), now(), fact).map(drop)
}

/// A mounted table that cannot be read at present.
fn table_mounted(tx: &mut Tx<'_>) -> Result<()> {
    let column = ColumnShape {
        name: "许可证号".to_owned(),
        column_type: ColumnType::Text,
        is_nullable: false,
    };
    let table = MountedTable {
        address: "housing:public.permits".parse()?,
        shape: TableShape {
            columns: vec![column],
        },
    };
    let problem = Problem::new(ErrorCode::SourceUnavailable, msg::Text { text: "x" });
    let mount = MountRecord {
        source: MountedSource::Table(table),
        gone_since: Some(now()),
        problem: Some(problem),
    };
    mounts().put(tx, &entry(7).code, &mount)
}

/// The default scope of an entry, and the fact about it.
fn default_scope(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let (code, by) = (entry(7).code, person("shen.pi"));
    let part = TableScope {
        schema: Digest([7; 32]),
        columns: [("许可证号".to_owned(), Some(Mask::KeepFirst(4)))].into(),
        condition: None,
        row_limit: Some(100),
        increment: None,
    };
    let actor = Actor::new(by.clone(), None);
    let set = GrantRuleFact::DefaultScopeChanged {
        code: code.clone(),
        part: Some(Box::new(part.clone())),
        actor: actor.clone(),
    };
    own.append(tx, &by, now(), CityFact::GrantRule(Box::new(set)))?;
    let at = now();
    DEFAULT_SCOPES.put(tx, &code, &DefaultScope { part, actor, at })
}

/// A revision that was published after the deadline for following a change.
fn updated_late(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let fact = ReviewFact::UpdatedLate {
        code: entry(7).code,
        revision: 2,
        on: date(2026, 11, 6),
        due: Deadline::certain(date(2026, 11, 20)),
    };
    own.append(tx, &own.node(), now(), CityFact::Review(fact))?;
    Ok(())
}

/// A request of this city that waits for an approval.
fn awaiting(tx: &mut Tx<'_>) -> Result<()> {
    let (number, resource) = (
        format!("{OWN}-1-901-AAAAAAAAAAAAA"),
        format!("{CONSUMER}:{}", entry(7).code),
    );
    let mut record = RequestRecord::new(requests::submitted(&number, &resource, now()));
    record.awaited = Some(AwaitedApproval {
        since: now(),
        revision: 1,
        deadline: Deadline::certain(date(2026, 12, 11)),
    });
    request_table::put(tx, &record)
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

/// A revision that a department received, and the notice of its correction.
fn received_by_a_department(tx: &mut Tx<'_>) -> Result<()> {
    let succession = succession();
    let resource = ResourceRef {
        city: city(CONSUMER),
        code: entry(7).code,
    };
    let key = (
        resource.city,
        resource.code.clone(),
        succession.new.to_string(),
        1,
    );
    receipts::RECEIVED.put(tx, &key, &())?;
    let notice = CorrectionNotice {
        correction: format!("{CONSUMER}-1-952-AAAAAAAAAAAAA").parse()?,
        resource,
        revision: 1,
        corrected: 2,
        fields: vec!["地址".to_owned()],
        note: "已更正".to_owned(),
        cities: [city(OWN)].into(),
    };
    let correction = notice.correction;
    let noted = NotedCorrection {
        notice,
        at: now(),
        acknowledged: false,
        departments: [succession.new].into(),
        acknowledged_by: BTreeSet::new(),
    };
    notices::NOTICES.put(tx, &correction, &noted)
}

/// A merger that was taken back.
fn split(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let by = person("guan.li");
    let fact = CityFact::DepartmentSuccessionEnded(succession_end());
    let seq = own.append(tx, &by, now(), fact)?.seq;
    let recorded = RecordedSuccession {
        succession: succession(),
        at: now(),
        by: by.clone(),
        ended: Some(RecordedEnd {
            end: succession_end(),
            at: now(),
            by,
        }),
    };
    succession_table::put(tx, (own.city, seq), &recorded)
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
        earlier: Vec::new(),
    };
    return_flow_table::put(tx, awaited)?;
    let parties = (city("430000"), city(OWN));
    return_flow_table::note_delivery(tx, parties, &entry(1).code, now())
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

fn entries_reminded(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let code = entry(1).code;
    let present = lifecycles::existing(tx, &code)?;
    let deadline = Deadline {
        date: date(2027, 1, 8),
        provisional: true,
    };
    let reminder = EntryReminder {
        act: EntryAct::Update,
        deadline: deadline.date,
        overdue: false,
    };
    let reminded = present.reminded(reminder);
    lifecycles::LIFECYCLES.replace(tx, &code, Some(&present), &reminded)?;
    let due = DueEntries {
        department: present.owner(present.lifecycle.state),
        act: reminder.act,
        deadline,
        overdue: false,
        codes: vec![code],
    };
    let fact = CityFact::Review(ReviewFact::Reminded(due));
    own.append(tx, &own.node(), now(), fact).map(drop)
}

fn succeeded(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let by = person("guan.li");
    let fact = CityFact::DepartmentSucceeded(succession());
    own.append(tx, &by, now(), fact)?;
    let recorded = RecordedSuccession {
        succession: succession(),
        at: now(),
        by,
        ended: None,
    };
    let old = recorded.succession.old.to_string();
    SUCCESSIONS.put(tx, &old, &recorded)
}
