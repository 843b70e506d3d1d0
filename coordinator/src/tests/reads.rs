//! How much the calls of the coordinator read, by the class that each declares: with ten times of everything there is,
//! a call of the class POINT or PAGE reads no more keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chengji_access::Registrar;
use chengji_audit::AuditLog;
use chengji_domain::CityCode;
use chengji_domain::access::{Rights, Role};
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::fact::{ClusterFact, Member};
use chengji_domain::tables::Tables;
use chengji_follow::quarantine;
use chengji_proto::convert::time_to;
use chengji_proto::policy::PolicyTable;
use chengji_proto::v1;
use chengji_proto::v1::ReadClass;
use chengji_transport::{AuditSink, CallRecord};

use super::world::{PROVIDER, STRANGER, World, city, code, entry, mounted};
use crate::broker::Broker;
use crate::members::Members;

/// The services whose calls are counted here. How much of a log is read for `LogService` is counted where it is
/// served.
const SERVICES: [&str; 8] = [
    "Person",
    "Member",
    "Audit",
    "Directory",
    "Rate",
    "Broker",
    "Status",
    "Certificate",
];

/// Calls that read whole prefixes: not yet indexed. Those of the rate fold the logs or the members' facts, the others
/// count the entries that were set aside.
const NOT_YET_INDEXED: [&str; 4] = [
    "Directory/ListCities",
    "Rate/Compute",
    "Rate/Explain",
    "Status/Status",
];

/// Items on the pages that are asked for.
const SIZE: u32 = 5;
/// The most keys that a call reads: for each item of a page an entry of an index and two records, and a few more.
const MAX_KEYS: u64 = 3 * (SIZE as u64 + 1) + 20;

/// A coordinator with so many of everything.
async fn filled(count: u32) -> World {
    let mut world = World::new().await;
    let registrar = registrar(&world);
    let audit_log = AuditLog::open(world.ledger.clone(), world.clock()).unwrap();
    for number in 0..count {
        let resource = entry(number + 1, Conditional);
        world.publish(PROVIDER, resource, 1).await.unwrap();
        world.ask(&format!("{PROVIDER}:{}", code(1))).await;
        let unknown = mounted(number + 1, "x.csv");
        world.say(STRANGER, unknown).await.unwrap_err();
        let division = 500_000 + number / 90 * 10_000 + (1 + number % 90) * 100;
        let member = Member {
            city: CityCode::from_number(division).unwrap(),
            name: "市".to_owned(),
            endpoint: "node.example:7430".to_owned(),
            log_key: None,
        };
        world.announce(ClusterFact::Admitted(member)).await;
        let rights = Rights::new([Role::Auditor], None).unwrap();
        let (by, name) = ("operator/duty".parse().unwrap(), format!("a{number}"));
        let term = chengji_access::Term::hours(1).unwrap();
        registrar
            .invite_person(by, name, rights, term)
            .await
            .unwrap();
        audit_log.keep(record()).await;
    }
    world
}

fn record() -> CallRecord {
    CallRecord {
        principal: "auditor/a".parse().unwrap(),
        addr: ([127, 0, 0, 1], 9).into(),
        rpc: "/chengji.v1.BrokerService/List".to_owned(),
        subject: String::new(),
        outcome: "OK".to_owned(),
        reason: String::new(),
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

/// The first page of a list.
fn page() -> Option<v1::PageRequest> {
    let (size, cursor) = (SIZE, String::new());
    Some(v1::PageRequest { size, cursor })
}

/// Counts the keys that each call reads.
struct Counted<'w> {
    world: &'w World,
    keys: BTreeMap<&'static str, u64>,
}

impl Counted<'_> {
    /// Counts the keys of a call that gives so many items.
    fn call(&mut self, rpc: &'static str, items: u32, call: impl Fn() -> usize) {
        let (read, found) = self.world.reads.during(call);
        assert_eq!(found, items as usize, "{rpc}");
        self.keys.insert(rpc, read);
    }

    fn people(&mut self) {
        let world = self.world;
        let (registrar, members) = (registrar(world), members(world));
        let audit_log = AuditLog::open(world.ledger.clone(), world.clock()).unwrap();
        let asked = v1::ListPeopleRequest { page: page() };
        self.call("Person/List", SIZE, || {
            registrar.list_people(&asked).unwrap().people.len()
        });
        let asked = v1::ListMembersRequest { page: page() };
        self.call("Member/List", SIZE, || {
            members.page(&asked).unwrap().members.len()
        });
        let asked = v1::ListAuditRequest {
            page: page(),
            ..Default::default()
        };
        self.call("Audit/List", SIZE, || {
            audit_log.list(&asked).unwrap().entries.len()
        });
    }

    fn entries(&mut self) {
        let directory = self.world.directory();
        let asked = v1::ListCitiesRequest { page: page() };
        self.call("Directory/ListCities", SIZE, || {
            directory.statuses(&asked).unwrap().cities.len()
        });
        let (city, code) = (city(PROVIDER), code(1).parse().unwrap());
        self.call("Directory/Show", 1, || {
            usize::from(directory.show(city, &code).is_ok())
        });
        let rates = self.world.rates();
        let asked = v1::ComputeRateRequest {
            at: Some(time_to(self.world.now())),
            page: page(),
        };
        self.call("Rate/Compute", SIZE, || {
            rates.report(&asked, &|| true).unwrap().cities.len()
        });
        let asked = v1::ExplainRateRequest {
            city: PROVIDER.to_owned(),
            at: None,
            page: page(),
        };
        self.call("Rate/Explain", SIZE, || {
            rates.evidence(&asked, &|| true).unwrap().entries.len()
        });
        let asked = v1::ListSealsRequest { page: page() };
        self.call("Rate/ListSeals", 0, || {
            rates.seals(&asked).unwrap().months.len()
        });
    }

    fn requests(&mut self) {
        let (ledger, terms) = (self.world.ledger.clone(), self.world.terms.clone());
        let clock = self.world.clock();
        let broker = Broker {
            ledger,
            terms,
            clock,
        };
        let asked = v1::ListRequestsRequest {
            page: page(),
            ..Default::default()
        };
        self.call("Broker/List", SIZE, || {
            broker.list(&asked).unwrap().requests.len()
        });
        let id = &broker.list(&asked).unwrap().requests[0].id;
        self.call("Broker/Show", 1, || usize::from(broker.show(id).is_ok()));
    }

    fn status(&mut self) {
        let (cities, kv) = (self.world.directory().cities, &**self.world.ledger.kv());
        let asked = v1::StatusRequest { page: page() };
        self.call("Status/Status", SIZE, || {
            cities.logs(kv, &asked).unwrap().items.len()
        });
        let asked = v1::ListQuarantineRequest { page: page() };
        self.call("Status/ListQuarantine", SIZE, || {
            quarantine(kv, &asked).unwrap().entries.len()
        });
    }
}

/// The keys that each call reads of a coordinator with so many of everything.
async fn keys_read(count: u32) -> BTreeMap<&'static str, u64> {
    let world = filled(count).await;
    let keys = BTreeMap::new();
    let mut counted = Counted {
        world: &world,
        keys,
    };
    counted.people();
    counted.entries();
    counted.requests();
    counted.status();
    counted.keys
}

#[tokio::test]
async fn calls_read_what_their_class_allows_however_much_there_is() {
    let (few, many) = (keys_read(12).await, keys_read(120).await);
    let table = PolicyTable::of_contract().unwrap();
    let bounded = |class| matches!(class, ReadClass::Point | ReadClass::Page);
    let calls = table
        .rules()
        .filter(|(_, rule)| bounded(rule.reads) && !rule.changes);
    let calls = calls.filter_map(|(path, _)| path.strip_prefix("/chengji.v1."));
    let calls: BTreeSet<String> = calls
        .filter_map(|path| path.split_once("Service/"))
        .filter(|(service, _)| SERVICES.contains(service))
        .map(|(service, rpc)| format!("{service}/{rpc}"))
        .collect();
    let counted: BTreeSet<String> = many.keys().map(ToString::to_string).collect();
    assert_eq!(counted, calls, "each call is counted");
    for (rpc, keys) in &many {
        let grows = *keys > few[rpc] + 4 || *keys > MAX_KEYS;
        assert_eq!(
            grows,
            NOT_YET_INDEXED.contains(rpc),
            "{rpc} reads {} keys, and {keys} of ten times as many",
            few[rpc]
        );
    }
}
