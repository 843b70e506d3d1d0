//! Conversions between the registrar and the services of both programs.

use chengji_domain::Result;
use chengji_paging::Pager;
use chengji_proto::convert::{PersonInvitation, RightsChange, person_to, time_to};
use chengji_proto::service::{EnrolmentService, PersonService};
use chengji_proto::v1;
use chengji_transport::Permit;

use crate::records;
use crate::registrar::{InvitationValidity, Registrar};

/// Maximum size of a message from a caller without a certificate, bytes: an invitation and two requests.
pub const MAX_ENROLMENT: usize = 32 << 10;

/// The answer to a call that issued an invitation.
pub fn invited(invitation: &chengji_domain::invitation::Invitation) -> v1::InviteResponse {
    v1::InviteResponse {
        invitation: invitation.to_string(),
        subject: invitation.subject.to_string(),
        expires: Some(time_to(invitation.expires)),
        warnings: Vec::new(),
    }
}

impl Registrar {
    /// Lists a page of people, by name.
    pub fn list_people(&self, asked: &v1::ListPeopleRequest) -> Result<v1::ListPeopleResponse> {
        let pager = Pager::of(asked)?;
        let people = records::people(&**self.ledger().kv(), pager.bounds(), pager.at_once());
        let page = pager.fill(people, |_, person| Ok(Some(person_to(&person))))?;
        Ok(v1::ListPeopleResponse {
            people: page.items,
            next_cursor: page.next_cursor,
        })
    }
}

impl EnrolmentService<Permit> for Registrar {
    async fn join(&self, _: Permit, asked: v1::JoinRequest) -> Result<v1::Certificates> {
        Registrar::join(self, asked).await
    }

    async fn renew(&self, _: Permit, asked: v1::RenewRequest) -> Result<v1::Certificates> {
        Registrar::renew(self, asked).await
    }
}

impl PersonService<Permit> for Registrar {
    async fn invite(&self, permit: Permit, asked: PersonInvitation) -> Result<v1::InviteResponse> {
        let (by, validity) = (
            permit.principal().clone(),
            InvitationValidity::hours(asked.hours)?,
        );
        let invitation = self.invite_person(by, asked.name, asked.rights, validity);
        Ok(invited(&invitation.await?))
    }

    async fn list(
        &self,
        _: Permit,
        asked: v1::ListPeopleRequest,
    ) -> Result<v1::ListPeopleResponse> {
        self.list_people(&asked)
    }

    async fn change(&self, permit: Permit, asked: RightsChange) -> Result<v1::Person> {
        let by = permit.principal().clone();
        let person = Registrar::change(self, by, asked.name, asked.rights).await?;
        Ok(person_to(&person))
    }

    async fn remove(&self, permit: Permit, asked: v1::RemovePersonRequest) -> Result<v1::Person> {
        let v1::RemovePersonRequest { name, reason } = asked;
        let by = permit.principal().clone();
        let person = Registrar::remove(self, by, name, reason).await?;
        Ok(person_to(&person))
    }
}
