//! Granted tables and their callers, for tests.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use chengji_access::RosterHandle;
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::Delivery;
use chengji_domain::request::terms::{Scope, TableScope};
use chengji_domain::request::{Move, RequestId, RequestRecord};
use chengji_domain::{Digest, Principal};
use chengji_pki::{Authority, AuthorityFiles, authority, enrolment, keys};
use chengji_runtime::files::{self, PUBLIC, SECRET};
use chengji_store::{KeyValue, Ledger, Tx};
use chengji_testkit::requests;
use chengji_transport::{Identity, IdentityFiles};
use jiff::{SignedDuration, Timestamp};

use super::QueryParts;
use crate::caller::Caller;
use crate::catalogue::samples;
use crate::cluster::Cluster;
use crate::delivery::receipts::{self, End};
use crate::delivery::service::NodeDeliveryService;
use crate::delivery::{Budget, Consumer, DiskLimits, Provider, Spools};
use crate::lease::CoordinatorLease;
use crate::own_log::OwnLog;
use crate::requests::{departments, records};

/// The consumer.
pub(crate) const OWN: &str = "430100";

/// The code of the entry whose table is granted.
pub(crate) const CODE: &str = "206007000001";

/// A day after the grants.
pub(crate) fn now() -> Timestamp {
    "2026-11-28T02:00:00Z".parse().unwrap()
}

/// The time of the grants.
pub(crate) fn granted_at() -> Timestamp {
    "2026-11-27T02:00:00Z".parse().unwrap()
}

/// The log of the consumer in this store.
pub(crate) fn own(store: impl KeyValue) -> OwnLog {
    let ledger = Ledger::create(Arc::new(store), &format!("city/{OWN}"), [1; 8]);
    OwnLog {
        city: OWN.parse().unwrap(),
        ledger: ledger.unwrap(),
        clock: Arc::new(now),
    }
}

/// A person of the consumer who makes requests, for a department or for the city.
pub(crate) fn person(department: Option<&str>) -> Caller {
    let department = department.map(|code| code.parse().unwrap());
    let rights = Rights::new([Role::Consumer], department).unwrap();
    Caller::new("city/430100/person/wang.fang".parse().unwrap(), rights)
}

/// The number of a request of the consumer.
pub(crate) fn number(seq: u64) -> RequestId {
    format!("{OWN}-1-{seq}-AAAAAAAAAAAAA").parse().unwrap()
}

/// The granted columns.
pub(crate) fn part(columns: &[&str]) -> TableScope {
    let columns = columns.iter().map(|column| ((*column).to_owned(), None));
    TableScope {
        schema: Digest([0; 32]),
        columns: columns.collect(),
        condition: None,
        row_limit: None,
        increment: None,
    }
}

/// A request of the consumer, granted for a month.
pub(crate) fn granted(seq: u64, resource: &str, scope: Scope) -> RequestRecord {
    let until = granted_at() + SignedDuration::from_hours(30 * 24);
    let id = number(seq).to_string();
    let mut history = requests::granted(&id, resource, granted_at(), until);
    let last = history.steps.last_mut().map(|step| &mut step.mv);
    if let Some(Move::Grant(grant)) = last {
        grant.terms.scope = scope;
    }
    RequestRecord::new(history)
}

/// The same of a table with the column `number`.
pub(crate) fn granted_table(seq: u64, resource: &str) -> RequestRecord {
    granted(seq, resource, Scope::Table(Box::new(part(&["number"]))))
}

/// Stores requests.
pub(crate) async fn store(own: &OwnLog, stored: Vec<RequestRecord>) {
    let log = own.clone();
    let job = move |tx: &mut Tx<'_>| {
        stored.iter().try_for_each(|record| {
            records::put(tx, record)?;
            departments::note(&log, tx, &record.history)
        })
    };
    own.ledger.write(job).await.unwrap();
}

/// Stores a table that was received under a request of another city at this time.
pub(crate) async fn receive(own: &OwnLog, folder: &Path, seq: u64, stream: &[u8], at: Timestamp) {
    let request = number(seq);
    let of_request = folder.join("received").join(request.to_string());
    fs::create_dir_all(&of_request).unwrap();
    fs::write(of_request.join("permits.arrows"), stream).unwrap();
    let delivery = Delivery {
        request,
        code: CODE.parse().unwrap(),
        revision: 1,
        bytes: stream.len() as u64,
        digest: Digest([7; 32]),
        rows: Some(0),
    };
    let end = End::Received {
        provider: "430200".parse().unwrap(),
        file_name: "permits.arrows".to_owned(),
    };
    let log = own.clone();
    let job =
        move |tx: &mut Tx<'_>| receipts::write(&log, tx, &log.node(), at, delivery, end).map(drop);
    own.ledger.write(job).await.unwrap();
}

/// The tables of this consumer, which has its files in this folder and reaches nobody.
pub(crate) fn parts(own: &OwnLog, folder: &Path) -> QueryParts {
    let kv = own.ledger.kv().as_ref();
    let roster = RosterHandle::of(&own.ledger);
    let lease = CoordinatorLease::open(kv, now(), SignedDuration::from_hours(72)).unwrap();
    let cluster = Cluster::new(identity(folder), "127.0.0.1:1", roster, lease).unwrap();
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(0),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let disk = Arc::new(Budget::new(folder.join("received"), limits));
    let provider = Provider {
        own: own.clone(),
        catalogue: samples::catalogue(&[]),
        spools: Spools::new(folder, Arc::clone(&disk)),
        engine: None,
        data: folder.into(),
    };
    let consumer = Consumer {
        own: own.clone(),
        cluster: cluster.clone(),
        disk,
    };
    QueryParts {
        own: own.clone(),
        cluster,
        deliveries: NodeDeliveryService::new(provider, consumer),
        folder: folder.join("query-tables").into(),
        keep: SignedDuration::from_hours(24),
        fetch_up_to: 64 << 20,
    }
}

/// An identity of the consumer's node.
fn identity(folder: &Path) -> Identity {
    let (now, at) = (chengji_clock::system_time(), |name: &str| folder.join(name));
    let files = AuthorityFiles::of_cluster(folder);
    authority::create(&files, "demo", None, now).unwrap();
    let authority = Authority::open(&files, "demo", None, now).unwrap();
    let node = Principal::Node(OWN.parse().unwrap());
    let key = keys::generate().unwrap();
    let asked = Authority::asked_by(&key).unwrap();
    let hosts = authority::hosts("node.example:7430");
    let issued = authority.issue(&node, &asked, &hosts, now).unwrap();
    let pem = |der: &[u8]| enrolment::certificate_pem(der).unwrap();
    let pair = format!("{}{}", key.serialize_pem(), pem(&issued.der));
    files::write(&at("identity.pem"), pair.as_bytes(), SECRET).unwrap();
    let root = pem(authority.certificate());
    files::write(&at("root.pem"), root.as_bytes(), PUBLIC).unwrap();
    let files = IdentityFiles {
        identity: at("identity.pem"),
        ca: at("root.pem"),
    };
    Identity::load(&files, now).unwrap()
}
