//! The members of the cluster: inviting cities, and how they stand.

use std::sync::Arc;

use chengji_access::registrar::check_reason;
use chengji_access::service::{answer, invited};
use chengji_access::{Live, Registrar, Seat, Term, book};
use chengji_clock::Clock;
use chengji_domain::calendar::local_date;
use chengji_domain::fact::ClusterFact;
use chengji_domain::roster::{Membership, Standing};
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result, TextRule};
use chengji_proto::convert::{membership_from, membership_to, roster_to, standing_from};
use chengji_proto::v1;
use chengji_proto::v1::member_service_server::MemberService;
use chengji_transport::Permit;
use tonic::{Request, Response, Status};

use crate::{journal, records};

/// The service.
#[derive(Clone)]
pub struct Members {
    /// Who invites and signs.
    pub registrar: Registrar,
    /// The coordinator's seat.
    pub seat: Arc<dyn Seat>,
    /// The list of this moment.
    pub live: Live,
    /// The divisions by which cities' codes are looked at.
    pub tables: Arc<Tables>,
    /// The time.
    pub clock: Clock,
}

impl Members {
    /// Gives a member another standing.
    pub async fn change(
        &self,
        by: Principal,
        city: CityCode,
        standing: Standing,
        reason: String,
    ) -> Result<Membership> {
        if standing != Standing::Active {
            check_reason(&reason)?;
        }
        let seat = Arc::clone(&self.seat);
        let step = move |_: &Registrar, tx: &mut chengji_store::Tx<'_>, now| {
            let known = records::member(tx, city)?.ok_or_else(|| {
                let message = format!("{city} is not a member of this cluster");
                Error::new(ErrorCode::NotFound, message).with_remedy("look at 'member list'")
            })?;
            let mut known = membership_from(&known)?;
            known.standing = known.standing.change(standing)?;
            known.since = now;
            known.reason.clone_from(&reason);
            records::put_member(tx, city, &membership_to(&known));
            if standing == Standing::Removed {
                book::void_certificates(tx, &Principal::Node(city), None, now)?;
                book::withdraw_invitations(tx, &Principal::Node(city), now)?;
            }
            let fact = ClusterFact::Stands {
                city,
                standing,
                reason,
            };
            journal::append(tx, now, &by, fact)?;
            seat.changed(tx, now)?;
            Ok(known)
        };
        self.registrar.write(step).await
    }
}

#[tonic::async_trait]
impl MemberService for Members {
    async fn invite(
        &self,
        request: Request<v1::InviteMemberRequest>,
    ) -> Result<Response<v1::InviteResponse>, Status> {
        Permit::of(&request)?;
        let asked = request.into_inner();
        let done = async {
            TextRule::CITY_NAME.check("the city's name", asked.name.trim())?;
            let city: CityCode = asked.city.parse()?;
            let (name, term) = (asked.name.trim().to_owned(), Term::hours(asked.hours)?);
            let invitation = self.registrar.invite_member(city, name, term).await?;
            let today = local_date((self.clock)());
            let doubt = self.tables.divisions.doubt(city.division(), today);
            Ok(v1::InviteResponse {
                warnings: doubt.into_iter().collect(),
                ..invited(&invitation)
            })
        };
        answer(done.await)
    }

    async fn list(
        &self,
        request: Request<v1::ListMembersRequest>,
    ) -> Result<Response<v1::Roster>, Status> {
        Permit::of(&request)?;
        let roster = self.live.roster();
        answer(Ok(roster
            .map(|roster| roster_to(&roster))
            .unwrap_or_default()))
    }

    async fn change(
        &self,
        request: Request<v1::ChangeMemberRequest>,
    ) -> Result<Response<v1::Membership>, Status> {
        let permit = Permit::of(&request)?;
        let asked = request.into_inner();
        let done = async {
            let (city, standing) = (asked.city.parse()?, standing_from(asked.standing())?);
            Members::change(
                self,
                permit.principal().clone(),
                city,
                standing,
                asked.reason,
            )
            .await
        };
        answer(done.await.map(|known| membership_to(&known)))
    }
}

#[cfg(test)]
#[path = "members_tests.rs"]
mod tests;
