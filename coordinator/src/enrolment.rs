//! The coordinator's enrolment policy: certifies nodes and the cluster's people, records members,
//! people and revoked certificates in its log, and signs the roster.

use std::sync::Arc;

use chengji_access::{AdmittedNode, EnrolmentPolicy, Registrar, roster};
use chengji_domain::access::{Rights, Role};
use chengji_domain::checkpoint::Checkpoint;
use chengji_domain::fact::{AccessFact, ClusterFact, LogOwner, Member, Origin};
use chengji_domain::roster::{MembershipStatus, is_before};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, LogKey, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_pki::{Authority, LogSigner};
use chengji_store::{Confirmation, Ledger, Position, StoredTree, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::journal;

/// The enrolment policy of the coordinator.
pub struct CoordinatorEnrolment {
    authority: Arc<Authority>,
    log_key: [u8; 32],
    address: String,
}

impl CoordinatorEnrolment {
    /// A policy with the cluster's authority and the key of the coordinator's log; invitations are
    /// redeemed at `address`.
    pub fn new(authority: Authority, log: &LogSigner, address: String) -> Self {
        Self {
            authority: Arc::new(authority),
            log_key: log.public(),
            address,
        }
    }

    /// Records the key of the own log unless it is the last one recorded.
    fn announce_key(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()> {
        let known = roster::log_keys(tx, LogOwner::Coordinator)?;
        if known.last().is_some_and(|last| last.public == self.log_key) {
            return Ok(());
        }
        let Position { epoch, seq } = tx.next();
        let fact = ClusterFact::LogKeyed(LogKey {
            public: self.log_key,
            valid_from: Origin { epoch, seq },
        });
        journal::append(tx, at, &Principal::Coordinator, fact).map(drop)
    }

    /// The key of a node's log. A new key is valid from the position that the node sends or, without one,
    /// from the position up to which the log was read.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` where it begins before the last one; storage errors.
    fn log_key_of(
        tx: &Tx<'_>,
        node: &AdmittedNode<'_>,
        known: Option<&Member>,
    ) -> Result<Option<LogKey>> {
        let last = known.and_then(|known| known.log_key);
        let Some(sent) = node.log_key else {
            return Ok(last);
        };
        if last.is_some_and(|last| last.public == sent.public) {
            return Ok(last);
        }
        let is_early = |from| last.filter(|last| is_before(from, last.valid_from));
        if sent.valid_from.epoch.is_unknown() {
            let Position { epoch, seq } = chengji_follow::position(tx, LogOwner::City(node.city))?;
            let followed = Origin { epoch, seq };
            let valid_from = is_early(followed).map_or(followed, |last| last.valid_from);
            return Ok(Some(LogKey { valid_from, ..sent }));
        }
        match is_early(sent.valid_from) {
            None => Ok(Some(sent)),
            Some(last) => {
                let shown = |Origin { epoch, seq }| Value::text(Position { epoch, seq });
                let message = msg::LogKeyBeginsEarlier {
                    sent: shown(sent.valid_from),
                    last: shown(last.valid_from),
                };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }

    /// Returns true if a fact, or the epoch, is not signed yet.
    fn is_unsigned(tx: &Tx<'_>) -> Result<bool> {
        Ok(roster::head(tx)?.unsigned.is_some() || is_epoch_unsigned(tx)?)
    }

    /// Signs the log up to its end.
    fn sign(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()> {
        let Position { epoch, seq } = tx.next();
        let cluster = self.authority.cluster();
        let checkpoint = Checkpoint {
            origin: Checkpoint::origin_of(cluster, LogOwner::Coordinator, epoch),
            size: seq,
            root: StoredTree::of_own_log().root(tx, seq)?,
        };
        let signed = roster::sign(&checkpoint, &self.authority)?;
        let fact = ClusterFact::RosterSigned(signed);
        journal::append(tx, at, &Principal::Coordinator, fact).map(drop)
    }
}

/// Returns true if the log has begun an epoch since the last signature of the roster.
fn is_epoch_unsigned(tx: &Tx<'_>) -> Result<bool> {
    let in_force = roster::head(tx)?.in_force;
    Ok(in_force.is_some_and(|known| known.position.epoch != tx.next().epoch))
}

/// Signs the roster if the log has begun an epoch since the last signature, as soon as the log is
/// confirmed; until then nodes keep the roster of the epoch before. Does nothing once `stopped` turns
/// true.
pub async fn sign_new_epoch(
    ledger: Ledger,
    registrar: Registrar,
    enrolment: Arc<dyn EnrolmentPolicy>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut confirmation = ledger.confirmation();
    tokio::select! {
        confirmed = confirmation.wait_for(|state| *state == Confirmation::Confirmed) => {
            if confirmed.is_err() {
                return;
            }
        }
        _ = stopped.wait_for(|stop| *stop) => return,
    }
    let signed = registrar.write(move |_, tx, now| match is_epoch_unsigned(tx)? {
        true => enrolment.changed(tx, now),
        false => Ok(()),
    });
    if let Err(error) = signed.await {
        tracing::error!(%error, "the roster is not signed in this epoch before its next change");
    }
}

impl EnrolmentPolicy for CoordinatorEnrolment {
    fn authority(&self) -> Arc<Authority> {
        Arc::clone(&self.authority)
    }

    fn chain(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }

    fn cluster_authority(&self) -> Vec<u8> {
        self.authority.certificate().to_vec()
    }

    fn address(&self) -> String {
        self.address.clone()
    }

    fn person(&self, name: &str, rights: &Rights) -> Result<Principal> {
        let roles: Vec<Role> = rights.roles().iter().copied().collect();
        match roles[..] {
            [Role::Operator] => Ok(Principal::Operator(name.parse()?)),
            [Role::Auditor] => Ok(Principal::Auditor(name.parse()?)),
            _ => {
                let rights = Value::text(rights);
                let message = msg::NotAClusterRole { rights };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }

    fn append_fact(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        at: Timestamp,
        fact: AccessFact,
    ) -> Result<()> {
        journal::append(tx, at, by, ClusterFact::Access(fact)).map(drop)
    }

    fn admit_node(&self, tx: &mut Tx<'_>, at: Timestamp, node: &AdmittedNode<'_>) -> Result<()> {
        let before = roster::last_read(tx, node.city)?;
        // An invitation brings a removed city back; a renewal does not change the status.
        let is_removed = |status| status == MembershipStatus::Removed;
        if node.name.is_none()
            && before
                .as_ref()
                .is_some_and(|known| is_removed(known.status))
        {
            return Ok(());
        }
        let known = before.as_ref().map(|known| &known.member);
        let known_name = || known.map(|known| known.name.clone());
        let member = Member {
            city: node.city,
            name: node
                .name
                .map(str::to_owned)
                .or_else(known_name)
                .unwrap_or_default(),
            endpoint: node.endpoint.clone().into(),
            log_key: Self::log_key_of(tx, node, known)?,
        };
        let is_news = known != Some(&member)
            || before
                .as_ref()
                .is_some_and(|known| is_removed(known.status));
        if is_news {
            let by = Principal::Node(node.city);
            journal::append(tx, at, &by, ClusterFact::Admitted(member))?;
        }
        Ok(())
    }

    fn followed_epoch(&self, tx: &Tx<'_>, city: CityCode) -> Result<Epoch> {
        Ok(chengji_follow::position(tx, LogOwner::City(city))?.epoch)
    }

    fn changed(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()> {
        self.announce_key(tx, at)?;
        match Self::is_unsigned(tx)? {
            true => self.sign(tx, at),
            false => Ok(()),
        }
    }
}
