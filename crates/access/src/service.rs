//! The services of both programs that the registrar implements.

use chengji_domain::Result;
use chengji_domain::people::Person;
use chengji_paging::Pager;
use chengji_proto::convert::{
    Credentials, NewInvitation, PersonInvitation, RightsChange, person_to,
};
use chengji_proto::service::{EnrolmentService, Page, PersonService};
use chengji_proto::v1;
use chengji_transport::Permit;

use crate::records;
use crate::registrar::{InvitationValidity, Registrar};

/// Maximum size of a message from a caller without a certificate, bytes: an invitation and two requests.
pub const MAX_ENROLMENT: usize = 32 << 10;

impl Registrar {
    /// Lists a page of people, by name.
    pub fn list_people(&self, asked: &v1::ListPeopleRequest) -> Result<Page<v1::Person>> {
        let pager = Pager::of(asked)?;
        let people = records::people(&**self.ledger().kv(), pager.bounds(), pager.at_once());
        pager.fill(people, |_, person| Ok(Some(person_to(&person))))
    }
}

impl EnrolmentService<Permit> for Registrar {
    async fn join(&self, _: Permit, asked: v1::JoinRequest) -> Result<Credentials> {
        Registrar::join(self, asked).await
    }

    async fn renew(&self, _: Permit, asked: v1::RenewRequest) -> Result<Credentials> {
        Registrar::renew(self, asked).await
    }
}

impl PersonService<Permit> for Registrar {
    async fn invite(&self, permit: Permit, asked: PersonInvitation) -> Result<NewInvitation> {
        let (by, validity) = (
            permit.principal().clone(),
            InvitationValidity::hours(asked.hours)?,
        );
        let invitation = self.invite_person(by, asked.name, asked.rights, validity);
        Ok(NewInvitation {
            invitation: invitation.await?,
            warning: None,
        })
    }

    async fn list(&self, _: Permit, asked: v1::ListPeopleRequest) -> Result<Page<v1::Person>> {
        self.list_people(&asked)
    }

    async fn change(&self, permit: Permit, asked: RightsChange) -> Result<Person> {
        let by = permit.principal().clone();
        Registrar::change(self, by, asked.name, asked.rights).await
    }

    async fn remove(&self, permit: Permit, asked: v1::RemovePersonRequest) -> Result<Person> {
        let v1::RemovePersonRequest { name, reason } = asked;
        let by = permit.principal().clone();
        Registrar::remove(self, by, name, reason).await
    }
}
