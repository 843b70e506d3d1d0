//! A node's enrolment policy for its city's people: it certifies them with the city's own authority, and
//! records their rights in the city's log.

use std::sync::{Arc, PoisonError, RwLock};

use chengji_access::{AdmittedNode, EnrolmentPolicy};
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::{AccessFact, CityFact, Origin};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_pki::{Authority, AuthorityFiles};
use chengji_store::{Position, Tx};
use chengji_transport::{CityAuthority, Identity};
use jiff::Timestamp;

use crate::config::Settings;
use crate::own_log::OwnLog;

/// The enrolment policy of a node.
pub struct NodeEnrolment {
    own: OwnLog,
    identity: Identity,
    files: AuthorityFiles,
    endpoint: String,
    authority: RwLock<Arc<Authority>>,
}

impl NodeEnrolment {
    /// Loads the authority of the settings.
    pub fn open(own: OwnLog, identity: Identity, settings: &Settings) -> Result<Self> {
        let authority = RwLock::new(Arc::new(read(&settings.people, &identity)?));
        Ok(Self {
            own,
            identity,
            files: settings.people.clone(),
            endpoint: settings.endpoint.clone(),
            authority,
        })
    }

    /// Reads the authority's certificate again, after the cluster's authority has renewed it.
    pub fn reload(&self) -> Result<()> {
        let authority = Arc::new(read(&self.files, &self.identity)?);
        *self
            .authority
            .write()
            .unwrap_or_else(PoisonError::into_inner) = authority;
        Ok(())
    }

    /// The end of the city's log.
    pub fn log_end(&self) -> Origin {
        let Position { epoch, seq } = self.own.ledger.head();
        Origin { epoch, seq }
    }

    /// The authority, for the verification of the city's people.
    pub fn people(&self) -> CityAuthority {
        CityAuthority {
            city: self.own.city,
            certificate: self.authority().certificate().to_vec().into(),
        }
    }
}

fn read(files: &AuthorityFiles, identity: &Identity) -> Result<Authority> {
    let now = chengji_clock::system_time();
    Authority::open(files, identity.cluster(), None, now)
}

impl EnrolmentPolicy for NodeEnrolment {
    fn authority(&self) -> Arc<Authority> {
        Arc::clone(
            &self
                .authority
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.authority().certificate().to_vec()]
    }

    fn cluster_authority(&self) -> Vec<u8> {
        let authorities = self.identity.authorities();
        authorities
            .first()
            .map(|first| first.to_vec())
            .unwrap_or_default()
    }

    fn address(&self) -> String {
        self.endpoint.clone()
    }

    fn person(&self, name: &str, rights: &Rights) -> Result<Principal> {
        if rights.roles().contains(&Role::Operator) {
            let message = msg::OperatorRoleInCity;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Principal::Person {
            city: self.own.city,
            name: name.parse()?,
        })
    }

    fn append_fact(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        at: Timestamp,
        fact: AccessFact,
    ) -> Result<()> {
        self.own
            .append(tx, by, at, CityFact::Access(fact))
            .map(drop)
    }

    fn admit_node(&self, _: &mut Tx<'_>, _: Timestamp, _: &AdmittedNode<'_>) -> Result<()> {
        let message = msg::NodeCertifiesPeopleOnly;
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }

    fn followed_epoch(&self, _: &Tx<'_>, _: CityCode) -> Result<Epoch> {
        Ok(Epoch::UNKNOWN)
    }

    fn changed(&self, _: &mut Tx<'_>, _: Timestamp) -> Result<()> {
        Ok(())
    }
}
