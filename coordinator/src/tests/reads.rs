//! Counts the keys that calls of the coordinator read.

mod matters;

use std::sync::Arc;

use chengji_access::{InvitationValidity, Registrar};
use chengji_audit::AuditLog;
use chengji_domain::access::{Rights, Role};
use chengji_domain::calendar::RulesSet;
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::{CityFact, ClusterFact, LogOwner, Measurement, Member};
use chengji_domain::findings::Finding;
use chengji_domain::log_alarm::{Alarm, AlarmKind};
use chengji_domain::probe::{Declaration, ProbeOrder};
use chengji_domain::rate::{Formula, FormulaAdoption};
use chengji_domain::request::Move;
use chengji_domain::roster::MembershipStatus;
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Digest, Epoch};
use chengji_follow::{accept, probe_table, quarantine, rule_table};
use chengji_messages::msg;
use chengji_pki::enrolment::Asking;
use chengji_pki::keys as pki_keys;
use chengji_proto::convert::{RulesOrder, RulesQuery};
use chengji_proto::v1;
use chengji_records::StoredAlarm;
use chengji_store::{Position, Prefix, Table, Tx};
use chengji_transport::{AuditSink, CallRecord};

use super::read_counts::{AT_COORDINATOR, KeysRead, SIZE, SIZES, check, page};
use super::world::{
    CONSUMER, PROVIDER, STRANGER, World, city, code, entry, mounted, refuse, requested, submission,
};
use crate::broker::Broker;
use crate::members::Members;
use crate::requests::{Conclusion, Disputes};
use crate::rules::Rules;
use crate::{records, shown_acts};

/// Maximum number of requests, of corrections and of demands, of entries set aside, and of audit entries.
const MOST_REQUESTS: u32 = 20_000;
/// Maximum number of members, each a city with a code of its own, and of people.
const MOST_MEMBERS: u32 = 2_000;
/// Number of members that are admitted in one transaction.
const ADMITTED_AT_ONCE: usize = 100;

/// A coordinator of a catalogue with so many entries, and with as many records of the other kinds, up to their maximum.
async fn filled(count: u32) -> World {
    let mut world = World::new().await;
    let entries = (1..=count).map(|serial| CityFact::Published {
        entry: Box::new(entry(serial, Conditional)),
        revision: 1,
    });
    world.append_all(PROVIDER, entries).await;
    let resource = format!("{PROVIDER}:{}", code(1));
    let requests = 1..=count.min(MOST_REQUESTS);
    let asked = requests.clone().map(|_| requested(submission(&resource)));
    world.append_all(CONSUMER, asked).await;
    let unknown = requests.clone().map(|serial| mounted(serial, "x.csv"));
    world.append_all(STRANGER, unknown).await;
    let audit_log = AuditLog::open(world.ledger.clone(), world.clock()).unwrap();
    for _ in requests {
        audit_log.record(record()).await;
    }
    let members: Vec<CityCode> = (0..count.min(MOST_MEMBERS)).map(member_city).collect();
    admit(&world, &members).await;
    matters::fill(&world, count.min(MOST_REQUESTS)).await;
    invite(&world, members.len()).await;
    let disputed = world.ask(&resource).await;
    let reason = "依据不足".to_owned();
    world.make_move(PROVIDER, disputed, refuse()).await.unwrap();
    let negotiation = String::new();
    let dispute = Move::Dispute {
        reason,
        negotiation,
    };
    world.make_move(CONSUMER, disputed, dispute).await.unwrap();
    world
}

fn member_city(number: u32) -> CityCode {
    CityCode::from_number(500_000 + number / 90 * 10_000 + (1 + number % 90) * 100).unwrap()
}

/// Admits these members, each with an alarm about its log, and an act against the rules.
async fn admit(world: &World, cities: &[CityCode]) {
    for some in cities.chunks(ADMITTED_AT_ONCE) {
        let admitted = some.iter().map(|city| {
            ClusterFact::Admitted(Member {
                city: *city,
                name: "市".to_owned(),
                endpoint: "node.example:7430".to_owned(),
                log_key: None,
            })
        });
        world.announce_all(admitted.collect()).await;
    }
    for city in cities {
        keep_alarm(world, LogOwner::City(*city)).await;
        count_an_act(world, *city).await;
    }
}

/// Counts an act against the rules of a member.
async fn count_an_act(world: &World, city: CityCode) {
    let count = move |tx: &mut Tx<'_>| records::count_added_conditions(tx, city);
    world.ledger.write(count).await.unwrap();
}

/// Invites so many people.
async fn invite(world: &World, count: usize) {
    let registrar = registrar(world);
    for number in 0..count {
        let rights = Rights::new([Role::Auditor], None).unwrap();
        let (by, name) = ("operator/duty".parse().unwrap(), format!("a{number}"));
        let validity = InvitationValidity::hours(1).unwrap();
        let invited = registrar.invite_person(by, name, rights, validity).await;
        invited.unwrap();
    }
}

async fn keep_alarm(world: &World, log: LogOwner) {
    let end = Position {
        epoch: Epoch::first([1; 8]),
        seq: 1,
    };
    let alarm = Alarm {
        kind: AlarmKind::Shorter,
        known: end,
        known_leaf: None,
        found: end,
        found_leaf: None,
        since: world.now(),
        reason: msg::LogConfirmedByNone.into(),
        mended_at: None,
        accepted: None,
    };
    let alarms = Table::<LogOwner, StoredAlarm>::new(Prefix::LogAlarm, &[]);
    let put = move |tx: &mut Tx<'_>| alarms.put(tx, &log, &alarm);
    world.ledger.write(put).await.unwrap();
}

fn record() -> CallRecord {
    CallRecord {
        principal: "auditor/a".parse().unwrap(),
        addr: ([127, 0, 0, 1], 9).into(),
        rpc: "/chengji.v1.BrokerService/List".to_owned(),
        subject: String::new(),
        outcome: "OK".to_owned(),
        reason: None,
        request_id: "id".to_owned(),
    }
}

fn registrar(world: &World) -> Registrar {
    Registrar::new(
        world.enrolment(),
        world.ledger.clone(),
        world.clock(),
        world.roster(),
    )
}

fn members(world: &World) -> Members {
    Members {
        registrar: registrar(world),
        enrolment: world.enrolment(),
        roster: world.roster(),
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
    }
}

fn people(world: &World, keys: &mut KeysRead) {
    let (registrar, members) = (registrar(world), members(world));
    let audit_log = AuditLog::open(world.ledger.clone(), world.clock()).unwrap();
    let asked = v1::ListPeopleRequest { page: page() };
    keys.list("Person/List", || {
        Ok(registrar.list_people(&asked)?.items.len())
    });
    let asked = v1::ListMembersRequest { page: page() };
    keys.list("Member/List", || {
        Ok(members.page(&asked)?.members.items.len())
    });
    let asked = v1::ListAuditRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Audit/List", || Ok(audit_log.list(&asked)?.items.len()));
}

/// Calls that change people and members.
async fn changes(world: &World, keys: &mut KeysRead) {
    let (registrar, members) = (registrar(world), members(world));
    let by = || "operator/duty".parse().unwrap();
    let auditor = || Rights::new([Role::Auditor], None).unwrap();
    let validity = || InvitationValidity::hours(1).unwrap();
    let name = || "somebody".to_owned();
    keys.call(
        "Person/Invite",
        registrar.invite_person(by(), name(), auditor(), validity()),
    )
    .await;
    keys.call("Person/Change", registrar.change(by(), name(), auditor()))
        .await;
    keys.call(
        "Person/Remove",
        registrar.remove(by(), name(), "离任".to_owned()),
    )
    .await;
    let of = city(STRANGER);
    keys.call(
        "Member/Invite",
        registrar.invite_member(of, "湘潭市".to_owned(), validity()),
    )
    .await;
    let suspended = members.change(by(), of, MembershipStatus::Suspended, "演练".to_owned());
    keys.call("Member/Change", suspended).await;
}

/// Calls of one without a certificate, and its renewal.
async fn enrolments(world: &World, keys: &mut KeysRead) {
    let registrar = registrar(world);
    let auditor = Rights::new([Role::Auditor], None).unwrap();
    let (by, name) = ("operator/duty".parse().unwrap(), "newcomer".to_owned());
    let invited = registrar.invite_person(by, name, auditor, InvitationValidity::hours(1).unwrap());
    let invitation = invited.await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let asking = Asking::beside(&folder.path().join("identity.pem")).unwrap();
    let asked = v1::JoinRequest {
        subject: invitation.subject.to_string(),
        invitation: invitation.to_string(),
        request: asking.request().unwrap(),
        ..Default::default()
    };
    keys.call("Enrolment/Join", registrar.join(asked.clone()))
        .await;
    let issued = registrar.join(asked).await.unwrap();
    let request = pki_keys::request(&pki_keys::generate().unwrap()).unwrap();
    let asked = v1::RenewRequest {
        subject: invitation.subject.to_string(),
        certificate: issued.chain[0].clone(),
        proof: asking.prove(&request).unwrap(),
        request,
        ..Default::default()
    };
    keys.call("Enrolment/Renew", registrar.renew(asked)).await;
}

async fn entries(world: &World, keys: &mut KeysRead) {
    let directory = world.directory();
    let asked = v1::ListCitiesRequest { page: page() };
    keys.list("Directory/ListCities", || {
        Ok(directory.statuses(&asked)?.items.len())
    });
    let (city, code) = (city(PROVIDER), code(1).parse().unwrap());
    keys.call("Directory/Show", async { directory.show(city, &code) })
        .await;
    let rates = world.rates();
    // Of the present. Figures of the past read the members' logs from their snapshots on, and take turns.
    let asked = v1::ComputeRateRequest {
        at: None,
        page: page(),
    };
    // Facts about members are read once.
    rates.report(&asked, &|| true).unwrap();
    keys.list("Rate/Compute", || {
        Ok(rates.report(&asked, &|| true)?.cities.items.len())
    });
    let asked = v1::ExplainRateRequest {
        city: PROVIDER.to_owned(),
        page: page(),
        ..Default::default()
    };
    keys.list("Rate/Explain", || {
        Ok(rates.evidence(&asked, &|| true)?.entries.items.len())
    });
    let asked = v1::ListFormulasRequest { page: page() };
    keys.call("Rate/ListFormulas", async { rates.formulas(&asked) })
        .await;
    let adoption = FormulaAdoption {
        formula: Formula::WidestRead,
        from: "2099-01-01".parse().unwrap(),
    };
    let operator = "operator/lin".parse().unwrap();
    keys.call("Rate/AdoptFormula", rates.adopt(operator, adoption))
        .await;
    let asked = v1::ListSealsRequest { page: page() };
    keys.call("Rate/ListSeals", async { rates.seals(&asked) })
        .await;
}

async fn requests(world: &World, keys: &mut KeysRead) {
    let (ledger, deadlines) = (world.ledger.clone(), world.deadlines.clone());
    let clock = world.clock();
    let disputes = Disputes {
        common_superior: true,
        negotiation_required: true,
    };
    let broker = Broker {
        ledger,
        deadlines,
        disputes,
        clock,
    };
    let asked = v1::ListRequestsRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Broker/List", || Ok(broker.list(&asked)?.items.len()));
    let id = &broker.list(&asked).unwrap().items[0].id;
    keys.call("Broker/Show", async { broker.show(id) }).await;
    let asked = v1::ListRequestsRequest {
        states: vec![v1::RequestState::Disputed.into()],
        ..Default::default()
    };
    let disputed = &broker.list(&asked).unwrap().items[0].id;
    let by = || "operator/duty".parse().unwrap();
    let referred = Conclusion::Referred {
        authority: "省数据局".to_owned(),
        reason: "协商未果".to_owned(),
        document: String::new(),
    };
    keys.call("Broker/Refer", broker.conclude(by(), disputed, referred))
        .await;
    let decided = Conclusion::Decided {
        government: "省人民政府".to_owned(),
        document: "〔2026〕9号".to_owned(),
        reason: "依据充分".to_owned(),
        answers_anew: false,
    };
    keys.call("Broker/Decide", broker.conclude(by(), disputed, decided))
        .await;
    findings(world, &broker, keys).await;
}

/// Calls about punishable acts and findings.
async fn findings(world: &World, broker: &Broker, keys: &mut KeysRead) {
    let finding = || Finding {
        city: city(PROVIDER),
        article: "39(1)".to_owned(),
        text: "未更新目录".to_owned(),
        document: String::new(),
    };
    let by = || "operator/duty".parse().unwrap();
    keys.call("Broker/EnterFinding", broker.enter_finding(by(), finding()))
        .await;
    for _ in 0..SIZE {
        broker.enter_finding(by(), finding()).await.unwrap();
    }
    let kv = &**world.ledger.kv();
    let asked = v1::CountActsRequest { page: page() };
    keys.list("Broker/CountActs", || {
        Ok(shown_acts::counted(kv, &asked)?.items.len())
    });
    let asked = v1::ListFindingsRequest {
        city: String::new(),
        page: page(),
    };
    keys.list("Broker/ListFindings", || {
        Ok(shown_acts::entered(kv, &asked)?.items.len())
    });
}

/// Calls about rules.
async fn rules(world: &World, keys: &mut KeysRead) {
    let rules = Rules {
        ledger: world.ledger.clone(),
        deadlines: Arc::clone(&world.deadlines),
        clock: world.clock(),
    };
    let order = |number: u32| {
        let text = format!(
            "version,v,source,s\njurisdiction,rule,working_days,valid_from,valid_until,source\n\
             430000,correction,{number},,,\n"
        );
        let table = RulesSet::parse("rules.csv", &text).unwrap();
        RulesOrder {
            table,
            dry_run: false,
        }
    };
    let by = || "operator/duty".parse().unwrap();
    keys.call("RuleSetting/SetRules", rules.set(by(), order(1)))
        .await;
    for number in 0..SIZE {
        rules.set(by(), order(2 + number)).await.unwrap();
    }
    let asked = v1::ListRulesRequest { page: page() };
    keys.list("Rules/List", || {
        Ok(rule_table::page(&**world.ledger.kv(), &asked)?.items.len())
    });
    let query = RulesQuery {
        jurisdiction: None,
        at: None,
    };
    keys.call("Rules/Show", async { Ok(rules.show(query)) })
        .await;
}

async fn probes(world: &World, keys: &mut KeysRead) {
    for serial in 0..2 * SIZE {
        let measurement = Measurement {
            bytes: 1,
            rows: None,
            digest: Digest([1; 32]),
            at: world.now(),
        };
        let order = ProbeOrder {
            provider: city(PROVIDER),
            code: code(1 + serial).parse().unwrap(),
            prober: city(CONSUMER),
            until: "2026-12-07".parse().unwrap(),
            declared: Declaration {
                revision: 1,
                measurement,
            },
        };
        let ordered = ClusterFact::ProbeOrdered(Box::new(order));
        world.announce(ordered).await;
    }
    let asked = v1::ListProbesRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("Probe/List", || {
        let page = probe_table::page(&**world.ledger.kv(), &asked, world.now())?;
        Ok(page.items.len())
    });
}

async fn status(world: &World, keys: &mut KeysRead) {
    let (cities, kv) = (world.directory().cities, &**world.ledger.kv());
    let asked = v1::StatusRequest { page: page() };
    keys.list("Status/Status", || Ok(cities.logs(kv, &asked)?.items.len()));
    let asked = v1::ListQuarantineRequest { page: page() };
    keys.list("Status/ListQuarantine", || {
        Ok(quarantine(kv, &asked)?.items.len())
    });
    let log = LogOwner::City(CityCode::from_number(500_100).unwrap());
    let (by, now) = ("operator/duty".parse().unwrap(), world.now());
    let accepted = accept(&world.ledger, log, None, &by, "演练", now);
    keys.call("Status/AcceptLog", accepted).await;
}

/// The keys read from a coordinator of a catalogue with so many entries.
async fn keys_read(count: u32) -> KeysRead {
    let world = filled(count).await;
    let mut keys = KeysRead::of(world.reads.clone());
    people(&world, &mut keys);
    entries(&world, &mut keys).await;
    requests(&world, &mut keys).await;
    matters::count(&world, &mut keys).await;
    rules(&world, &mut keys).await;
    probes(&world, &mut keys).await;
    status(&world, &mut keys).await;
    changes(&world, &mut keys).await;
    enrolments(&world, &mut keys).await;
    keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_much_is_stored() {
    let [few, many] = SIZES;
    let (few, many) = (keys_read(few).await, keys_read(many).await);
    check(&few, &many, &AT_COORDINATOR);
}
