//! Conversions between the registrar and the services of both programs.

use chengji_domain::Result;
use chengji_paging::Pager;
use chengji_proto::convert::{person_to, rights_from, time_to};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::enrolment_service_server::EnrolmentService;
use chengji_proto::v1::person_service_server::PersonService;
use chengji_transport::Permit;
use tonic::{Request, Response, Status};

use crate::book;
use crate::registrar::{Registrar, Term};

/// Maximum size of a message from a caller without a certificate, bytes: an invitation and two requests.
pub const MAX_ENROLMENT: usize = 32 << 10;

type Answer<T> = Result<Response<T>, Status>;

/// Converts the result of a call to its answer.
pub fn answer<T>(done: Result<T>) -> Answer<T> {
    done.map(Response::new).map_err(|error| from_error(&error))
}

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
        let people = book::people(&**self.ledger().kv(), pager.bounds(), pager.at_once());
        let page = pager.fill(people, |_, person| Ok(Some(person_to(&person))))?;
        Ok(v1::ListPeopleResponse {
            people: page.items,
            next_cursor: page.next_cursor,
        })
    }
}

#[tonic::async_trait]
impl EnrolmentService for Registrar {
    async fn join(&self, request: Request<v1::JoinRequest>) -> Answer<v1::Certificates> {
        Permit::of(&request)?;
        answer(Registrar::join(self, request.into_inner()).await)
    }

    async fn renew(&self, request: Request<v1::RenewRequest>) -> Answer<v1::Certificates> {
        Permit::of(&request)?;
        answer(Registrar::renew(self, request.into_inner()).await)
    }
}

#[tonic::async_trait]
impl PersonService for Registrar {
    async fn invite(
        &self,
        request: Request<v1::InvitePersonRequest>,
    ) -> Answer<v1::InviteResponse> {
        let permit = Permit::of(&request)?;
        let asked = request.into_inner();
        let done = async {
            let rights = rights_from(&asked.roles, &asked.department)?;
            let term = Term::hours(asked.hours)?;
            let by = permit.principal().clone();
            self.invite_person(by, asked.name, rights, term).await
        };
        answer(done.await.map(|invitation| invited(&invitation)))
    }

    async fn list(
        &self,
        request: Request<v1::ListPeopleRequest>,
    ) -> Answer<v1::ListPeopleResponse> {
        Permit::of(&request)?;
        answer(self.list_people(request.get_ref()))
    }

    async fn change(&self, request: Request<v1::ChangePersonRequest>) -> Answer<v1::Person> {
        let permit = Permit::of(&request)?;
        let asked = request.into_inner();
        let done = async {
            let rights = rights_from(&asked.roles, &asked.department)?;
            Registrar::change(self, permit.principal().clone(), asked.name, rights).await
        };
        answer(done.await.map(|person| person_to(&person)))
    }

    async fn remove(&self, request: Request<v1::RemovePersonRequest>) -> Answer<v1::Person> {
        let permit = Permit::of(&request)?;
        let v1::RemovePersonRequest { name, reason } = request.into_inner();
        let done = Registrar::remove(self, permit.principal().clone(), name, reason).await;
        answer(done.map(|person| person_to(&person)))
    }
}
