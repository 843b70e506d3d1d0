//! The members of the cluster: invitations and status changes.

use std::sync::Arc;

use chengji_access::registrar::check_reason;
use chengji_access::{
    EnrolmentPolicy, InvitationValidity, Registrar, RosterHandle, records, roster,
};
use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::ClusterFact;
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Error, ErrorCode, Field, Principal, Result, TextRule};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{
    CityInvitation, MemberList, MembershipChange, NewInvitation, membership_to,
};
use chengji_proto::service::MemberService;
use chengji_proto::v1;
use chengji_transport::Permit;

use crate::journal;

/// The service.
#[derive(Clone)]
pub struct Members {
    /// Invites and signs.
    pub registrar: Registrar,
    /// The coordinator's enrolment policy.
    pub enrolment: Arc<dyn EnrolmentPolicy>,
    /// The roster in force.
    pub roster: RosterHandle,
    /// The divisions that cities' codes are checked against.
    pub tables: Arc<Tables>,
    /// The clock.
    pub clock: Clock,
}

impl Members {
    /// Changes a member's status.
    pub async fn change(
        &self,
        by: Principal,
        city: CityCode,
        status: MembershipStatus,
        reason: String,
    ) -> Result<Membership> {
        if status != MembershipStatus::Active {
            check_reason(&reason)?;
        }
        let enrolment = Arc::clone(&self.enrolment);
        let step = move |registrar: &Registrar, tx: &mut chengji_store::Tx<'_>, now| {
            let known = roster::last_read(tx, city)?;
            let known = known.ok_or_else(|| not_a_member(city))?;
            let fact = ClusterFact::StatusChanged {
                city,
                status: known.status.change(status)?,
                reason,
            };
            journal::append(tx, now, &by, fact)?;
            if status == MembershipStatus::Removed {
                let node = Principal::Node(city);
                let revoked = records::void_certificates(tx, &node, None, now)?;
                registrar.append_revoked(tx, &by, now, &node, revoked)?;
                records::withdraw_invitations(tx, &node, now)?;
            }
            enrolment.changed(tx, now)?;
            roster::last_read(tx, city)?.ok_or_else(|| not_a_member(city))
        };
        self.registrar.write(step).await
    }
}

impl Members {
    /// Lists a page of members of any status, by city.
    pub fn page(&self, asked: &v1::ListMembersRequest) -> Result<MemberList> {
        let pager = Pager::of(asked)?;
        let kv = &**self.registrar.ledger().kv();
        let members = roster::members(kv, pager.bounds(), pager.at_once())?;
        let members = pager.fill(members, |_, known| Ok(known.as_ref().map(membership_to)))?;
        let in_force = self.roster.in_force()?;
        Ok(MemberList {
            cluster: self.enrolment.authority().cluster().to_owned(),
            signed: in_force.map(|known| (known.position, known.at)),
            members,
        })
    }
}

fn not_a_member(city: CityCode) -> Error {
    Error::new(ErrorCode::NotFound, msg::MemberUnknown { city })
}

impl MemberService<Permit> for Members {
    async fn invite(&self, _: Permit, asked: CityInvitation) -> Result<NewInvitation> {
        let CityInvitation { city, name, hours } = asked;
        TextRule::CITY_NAME.check(Field::CityName, &name)?;
        let validity = InvitationValidity::hours(hours)?;
        let invitation = self.registrar.invite_member(city, name, validity).await?;
        let today = local_date((self.clock)());
        Ok(NewInvitation {
            invitation,
            warning: self.tables.divisions.warning(city.division(), today),
        })
    }

    async fn list(&self, _: Permit, asked: v1::ListMembersRequest) -> Result<MemberList> {
        self.page(&asked)
    }

    async fn change(&self, permit: Permit, asked: MembershipChange) -> Result<Membership> {
        let by = permit.principal().clone();
        let MembershipChange {
            city,
            status,
            reason,
        } = asked;
        Members::change(self, by, city, status, reason).await
    }
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
