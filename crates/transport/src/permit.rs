//! The proof that a call was allowed. Services require it; only the gate in front of them issues it.

use std::net::SocketAddr;
use std::sync::Arc;

use chengji_domain::access::Rights;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_proto::service::{Adapter, Context};

use crate::memory::{Account, Held};
use crate::peer::Peer;

/// An authorised call: who calls, with which rights, and under which request id. Cloning it is
/// cheap.
#[derive(Clone, Debug)]
pub struct Permit {
    peer: Arc<Peer>,
    rights: Arc<Rights>,
    request_id: Arc<str>,
    account: Account,
}

impl Context for Permit {}

/// Serves the calls that came through the gate by a service of theirs.
pub type Gated<S> = Adapter<S, Permit>;

impl Permit {
    /// Only for the gate, after the policy said yes.
    pub(crate) fn granted(
        peer: Arc<Peer>,
        rights: Arc<Rights>,
        request_id: Arc<str>,
        account: Account,
    ) -> Self {
        Self {
            peer,
            rights,
            request_id,
            account,
        }
    }

    /// The caller's principal.
    pub fn principal(&self) -> &Principal {
        &self.peer.principal
    }

    /// The caller's rights; empty unless it is a person or an application.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// The network address that the call came from.
    pub fn addr(&self) -> SocketAddr {
        self.peer.addr
    }

    /// The id under which this call is logged everywhere.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Memory on the caller's account, nothing yet. Whatever a handler keeps for longer than one
    /// message is held here.
    pub fn hold(&self) -> Held {
        self.account.hold()
    }

    /// The city of the calling node or person; `Denied` for a caller that has none.
    pub fn city(&self) -> Result<CityCode> {
        self.principal().city().ok_or_else(|| {
            let who = self.principal();
            Error::new(ErrorCode::Denied, msg::CallerOfNoCity { who })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::ServerLimits;
    use crate::memory::Memory;
    use crate::quota_key::QuotaKey;

    fn permit_of(peer: Peer) -> Permit {
        let quota_key = Arc::new(QuotaKey::Principal(peer.principal.clone()));
        let account = Account::new(&Memory::new(&ServerLimits::default()), &quota_key);
        Permit::granted(Arc::new(peer), Arc::default(), Arc::from("id-1"), account)
    }

    fn permit(principal: &str) -> Permit {
        permit_of(Peer {
            principal: principal.parse().unwrap(),
            serial: None,
            key: None,
            addr: ([127, 0, 0, 1], 1).into(),
        })
    }

    #[test]
    fn only_nodes_and_persons_have_a_city() {
        let city = "430100".parse().unwrap();
        assert_eq!(permit("city/430100/node").city(), Ok(city));
        assert_eq!(permit("city/430100/person/officer").city(), Ok(city));
        assert_eq!(
            permit("coordinator").city().unwrap_err().code(),
            ErrorCode::Denied
        );
    }
}
