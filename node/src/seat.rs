//! A node as the one who decides about its city's people: it certifies them with the city's own
//! authority, and says in the city's log who may do what.

use std::sync::{Arc, PoisonError, RwLock};

use chengji_access::{CertifiedNode, Seat};
use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::{AccessFact, CityFact};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Principal, Result};
use chengji_pki::Authority;
use chengji_store::Tx;
use chengji_transport::CityAuthority;
use jiff::Timestamp;

use crate::node::Node;

/// A node's seat.
pub struct NodeSeat {
    node: Arc<Node>,
    authority: RwLock<Arc<Authority>>,
}

impl NodeSeat {
    /// A seat with the authority of the settings.
    pub fn open(node: Arc<Node>) -> Result<Self> {
        let authority = RwLock::new(Arc::new(read(&node)?));
        Ok(Self { node, authority })
    }

    /// Takes the authority's certificate anew, after the cluster's authority has renewed it.
    pub fn reload(&self) -> Result<()> {
        let authority = Arc::new(read(&self.node)?);
        *self
            .authority
            .write()
            .unwrap_or_else(PoisonError::into_inner) = authority;
        Ok(())
    }

    /// The authority, for whoever proves people by it.
    pub fn people(&self) -> CityAuthority {
        CityAuthority {
            city: self.node.city,
            certificate: self.authority().certificate().to_vec().into(),
        }
    }
}

fn read(node: &Node) -> Result<Authority> {
    let cluster = node.identity.cluster();
    Authority::open(
        &node.settings.people,
        cluster,
        None,
        chengji_clock::system_time(),
    )
}

impl Seat for NodeSeat {
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
        let authorities = self.node.identity.authorities();
        authorities
            .first()
            .map(|first| first.to_vec())
            .unwrap_or_default()
    }

    fn address(&self) -> String {
        self.node.settings.endpoint.clone()
    }

    fn person(&self, name: &str, rights: &Rights) -> Result<Principal> {
        if rights.roles().contains(&Role::Operator) {
            let message = "operator is a role of the cluster, not of a city";
            return Err(Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy("the coordinator's operators invite operators"));
        }
        Ok(Principal::Person {
            city: self.node.city,
            name: name.parse()?,
        })
    }

    fn say(&self, tx: &mut Tx<'_>, by: &Principal, at: Timestamp, fact: AccessFact) -> Result<()> {
        self.node
            .append(tx, by, at, CityFact::Access(fact))
            .map(drop)
    }

    fn certified_node(&self, _: &mut Tx<'_>, _: Timestamp, _: &CertifiedNode<'_>) -> Result<()> {
        let message = "a node certifies the people of its city, and no nodes";
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }

    fn followed_epoch(&self, _: &Tx<'_>, _: CityCode) -> Result<Epoch> {
        Ok(Epoch::UNKNOWN)
    }

    fn changed(&self, _: &mut Tx<'_>, _: Timestamp) -> Result<()> {
        Ok(())
    }
}
