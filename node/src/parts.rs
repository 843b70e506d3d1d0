//! Opens the shared parts of a node's services: its certificate, its store, the channels to others.

use std::path::Path;
use std::sync::Arc;

use chengji_access::RosterHandle;
use chengji_clock::Clock;
use chengji_domain::fact::{LogOwner, Origin};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::rule_table;
use chengji_messages::{Value, msg};
use chengji_pki::enrolment;
use chengji_runtime::CurrentRules;
use chengji_store::{IndexedTable, Ledger, Loss, build_added};
use chengji_transport::{Identity, Pair, spiffe};

use crate::catalogue::{entries, lifecycles};
use crate::certificate;
use crate::cluster::Cluster;
use crate::config::Settings;
use crate::consent::proposals;
use crate::delegation::records as delegations;
use crate::delivery::receipts;
use crate::lease::CoordinatorLease;
use crate::matters::notices;
use crate::notifications::subscriptions;
use crate::own_log::OwnLog;
use crate::requests::departments;
use crate::succession::records as successions;
use crate::usage::records as usage;

/// State shared by several services of a node.
pub(crate) struct Parts {
    pub(crate) settings: Arc<Settings>,
    pub(crate) identity: Identity,
    pub(crate) own: OwnLog,
    pub(crate) cluster: Cluster,
    pub(crate) rules: CurrentRules,
}

impl Parts {
    /// Opens the parts of these settings. The store must exist; nothing listens or follows yet.
    pub(crate) async fn open(settings: Settings, clock: Clock) -> Result<Self> {
        let identity = identity(&settings).await?;
        let ledger = Ledger::open_directory(&settings.data, &owner(settings.city), Loss::Refused)?;
        build_added(&ledger, indexed()).await?;
        Self::of(settings, identity, ledger, clock)
    }

    /// The same on a ledger that is open, whatever its store.
    pub(crate) async fn on(ledger: Ledger, settings: Settings, clock: Clock) -> Result<Self> {
        let identity = identity(&settings).await?;
        build_added(&ledger, indexed()).await?;
        Self::of(settings, identity, ledger, clock)
    }

    /// The same for a node during setup: the store is created if missing.
    pub(crate) async fn set_up(settings: Settings, clock: Clock) -> Result<Self> {
        let identity = identity(&settings).await?;
        let ledger = create_ledger(&settings.data, settings.city)?;
        Self::of(settings, identity, ledger, clock)
    }

    fn of(settings: Settings, identity: Identity, ledger: Ledger, clock: Clock) -> Result<Self> {
        let roster = RosterHandle::of(&ledger);
        let lease = CoordinatorLease::open(&**ledger.kv(), clock(), settings.grace)?;
        let cluster = Cluster::new(identity.clone(), &settings.coordinator, roster, lease)?;
        let rules = rule_table::current(&**ledger.kv())?;
        let own = OwnLog {
            city: settings.city,
            ledger,
            clock,
        };
        Ok(Self {
            settings: Arc::new(settings),
            identity,
            own,
            cluster,
            rules,
        })
    }
}

/// The tables of a node that have indexes or tallies.
pub(crate) fn indexed() -> impl Iterator<Item = &'static dyn IndexedTable> {
    static OWN: [&dyn IndexedTable; 12] = [
        &entries::RECORDS,
        &lifecycles::LIFECYCLES,
        &receipts::RECEIPTS,
        &receipts::DEPARTMENTS,
        &proposals::PROPOSALS,
        &departments::DEPARTMENTS,
        &delegations::DELEGATIONS,
        &usage::RECORDS,
        &usage::STATES,
        &subscriptions::SUBSCRIPTIONS,
        &notices::NOTICES,
        &successions::SUCCESSIONS,
    ];
    let shared: [&[_]; 4] = [
        &OWN,
        &chengji_access::INDEXED,
        &chengji_audit::INDEXED,
        &chengji_follow::INDEXED,
    ];
    shared.into_iter().flatten().copied()
}

/// The store of a city in this folder, created if missing.
pub(crate) fn create_ledger(data: &Path, city: CityCode) -> Result<Ledger> {
    Ledger::create_directory(data, &owner(city), rand::random())
}

/// The owner of a city's store.
fn owner(city: CityCode) -> String {
    LogOwner::City(city).to_string()
}

/// The node's identity. If its certificate has ended, as after a long time without the coordinator, it is
/// renewed first.
async fn identity(settings: &Settings) -> Result<Identity> {
    let (_, principal) = enrolment::subject(&settings.identity)?;
    if principal != Principal::Node(settings.city) {
        let message = msg::CertificateOfAnotherParty {
            file: Value::text(settings.identity.identity.display()),
            principal,
            city: settings.city,
        };
        return Err(Error::new(ErrorCode::Misconfigured, message));
    }
    if is_invalid_now(settings)? {
        let lock = certificate::lock(settings).await?;
        // Another process may have renewed it before the lock was free.
        if is_invalid_now(settings)? {
            tracing::warn!(
                "the node's certificate is not valid now; asking the coordinator for a new one"
            );
            certificate::renew(&lock, settings, Origin::UNKNOWN).await?;
        }
    }
    Identity::load(&settings.identity, chengji_clock::system_time())
}

fn is_invalid_now(settings: &Settings) -> Result<bool> {
    let pair = Pair::read(&settings.identity.identity)?;
    let certificate = pair.chain.first();
    let validity = certificate.and_then(|certificate| spiffe::validity(certificate));
    let now = chengji_clock::system_time();
    Ok(validity.is_some_and(|(begin, end)| now < begin || end < now))
}
