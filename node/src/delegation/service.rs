//! The delegation service.

use std::cmp::Reverse;

use chengji_access::RosterHandle;
use chengji_access::registrar::check_reason;
use chengji_domain::access::{Rights, Role};
use chengji_domain::delegation::{Delegated, Delegation};
use chengji_domain::request::RequestId;
use chengji_domain::{Principal, Result};
use chengji_paging::Pager;
use chengji_proto::convert::{DelegationOrder, DelegationView, delegation_to};
use chengji_proto::service::{DelegationService, Page};
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_transport::Permit;
use jiff::Timestamp;

use super::records::{self, DELEGATIONS};
use crate::own_log::OwnLog;

/// Serves [`DelegationService`].
#[derive(Clone)]
pub(crate) struct NodeDelegationService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// Announces changed rights to the connections of people.
    pub(crate) roster: RosterHandle,
}

impl NodeDelegationService {
    fn person(&self, name: &str) -> Result<Principal> {
        Ok(Principal::Person {
            city: self.own.city,
            name: name.parse()?,
        })
    }

    pub(crate) async fn begin(
        &self,
        (by, rights): (Principal, &Rights),
        order: DelegationOrder,
    ) -> Result<DelegationView> {
        let delegated = Delegated {
            from: match order.from.as_str() {
                "" => by.clone(),
                name => self.person(name)?,
            },
            to: self.person(&order.to)?,
            roles: order.roles,
            until: order.until,
            reason: order.reason,
        };
        let administers = administers(rights);
        self.write(move |own, tx, at| records::begin(own, tx, (&by, administers, at), delegated))
            .await
    }

    pub(crate) async fn end(
        &self,
        (by, rights): (Principal, &Rights),
        asked: v1::UndelegateRequest,
    ) -> Result<DelegationView> {
        let v1::UndelegateRequest { id, reason } = asked;
        check_reason(&reason)?;
        let administers = administers(rights);
        self.write(move |own, tx, at| records::end(own, tx, (&by, administers, at), (&id, reason)))
            .await
    }

    /// Writes a change of delegations, and announces that the rights of people have changed.
    async fn write(
        &self,
        step: impl FnOnce(&OwnLog, &mut Tx<'_>, Timestamp) -> Result<Delegation> + Send + 'static,
    ) -> Result<DelegationView> {
        let (own, at) = (self.own.clone(), self.own.now());
        let job = move |tx: &mut Tx<'_>| step(&own, tx, at);
        let delegation = self.own.ledger.write(job).await?;
        self.roster.announce_change();
        Ok(DelegationView { delegation, at })
    }

    pub(crate) fn page(
        &self,
        (who, rights): (&Principal, &Rights),
        asked: &v1::ListDelegationsRequest,
    ) -> Result<Page<v1::Delegation>> {
        let (kv, at) = (self.own.ledger.kv().as_ref(), self.own.now());
        let pager = Pager::<Reverse<RequestId>>::of(asked)?;
        let sees_all = administers(rights) || rights.roles().contains(&Role::Auditor);
        let rows = DELEGATIONS.range(pager.bounds()).rows(kv, pager.at_once());
        pager.fill(rows, |_, delegation| {
            let Delegated { from, to, .. } = &delegation.delegated;
            let is_seen = sees_all || from == who || to == who;
            Ok(is_seen.then(|| delegation_to(&DelegationView { delegation, at })))
        })
    }
}

fn administers(rights: &Rights) -> bool {
    rights.roles().contains(&Role::Administrator)
}

impl DelegationService<Permit> for NodeDelegationService {
    async fn delegate(&self, permit: Permit, order: DelegationOrder) -> Result<DelegationView> {
        let by = permit.principal().clone();
        self.begin((by, permit.rights()), order).await
    }

    async fn undelegate(
        &self,
        permit: Permit,
        asked: v1::UndelegateRequest,
    ) -> Result<DelegationView> {
        let by = permit.principal().clone();
        self.end((by, permit.rights()), asked).await
    }

    async fn list(
        &self,
        permit: Permit,
        asked: v1::ListDelegationsRequest,
    ) -> Result<Page<v1::Delegation>> {
        self.page((permit.principal(), permit.rights()), &asked)
    }
}
