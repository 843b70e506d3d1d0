//! The request service: what the city's own staff can do with requests.

use std::sync::Arc;

use chengji_domain::access::Rights;
use chengji_domain::calendar::Rule;
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{
    Actor, Grant, MAX_PERIOD_DAYS, Move, RequestId, RequestRecord, Submission,
};
use chengji_domain::stop::{StopAct, StopCause};
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::cases;
use chengji_proto::convert::{self, view};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_proto::v1::request_service_server::RequestService;
use chengji_runtime::off_thread;
use chengji_transport::Permit;
use jiff::Timestamp;
use tonic::{Request, Response, Status};

use super::book;
use super::follow::days_after;
use crate::own_log::OwnLog;

/// Serves [`RequestService`].
#[derive(Clone)]
pub struct Service {
    /// The city's log.
    pub own: OwnLog,
    /// By which deadlines are extended.
    pub tables: Arc<Tables>,
}

type Answer = Result<Response<v1::Request>, Status>;

impl Service {
    async fn make_move(&self, permit: Permit, id: &str, mv: Move) -> Answer {
        let (own, at) = (self.own.clone(), self.own.now());
        let done = async {
            mv.check()?;
            let id = self.resolve(id)?;
            let job = move |tx: &mut chengji_store::Tx<'_>| {
                book::entry_time(tx, at)?;
                book::make_move(&own, tx, actor(&permit), at, id, mv)
            };
            self.view(&self.own.ledger.write(job).await?, at)
        };
        done.await
            .map(Response::new)
            .map_err(|error: Error| from_error(&error))
    }

    async fn act_on_deliveries(&self, permit: Permit, id: &str, act: StopAct) -> Answer {
        let (own, at) = (self.own.clone(), self.own.now());
        let done = async {
            let id = self.resolve(id)?;
            let job = move |tx: &mut chengji_store::Tx<'_>| {
                book::act_on_deliveries(&own, tx, (actor(&permit), at), id, act)
            };
            self.view(&self.own.ledger.write(job).await?, at)
        };
        done.await
            .map(Response::new)
            .map_err(|error: Error| from_error(&error))
    }

    fn view(&self, record: &RequestRecord, at: Timestamp) -> Result<v1::Request> {
        view(record, at, Some(self.own.city))
    }

    fn resolve(&self, id: &str) -> Result<RequestId> {
        book::resolve(self.own.ledger.kv().as_ref(), id)
    }

    fn record(&self, id: &str) -> Result<RequestRecord> {
        book::existing(self.own.ledger.kv().as_ref(), self.resolve(id)?)
    }

    fn grant(&self, request: &v1::GrantRequest) -> Result<Move> {
        let asked = self.record(&request.id)?.case.submission;
        let days = match request.period_days {
            0 => asked.period_days,
            days => days,
        };
        if !(1..=MAX_PERIOD_DAYS).contains(&days) {
            let message = format!("a grant is for 1 to {MAX_PERIOD_DAYS} days, not {days}");
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Move::Grant(Grant {
            scope: if request.scope.is_empty() {
                asked.scope
            } else {
                request.scope.clone()
            },
            conditions: request.conditions.clone(),
            terms: GrantTerms::file(days_after(self.own.now(), days)),
            automatic: false,
        }))
    }

    fn extension(&self, request: &v1::ExtendRequest) -> Result<Move> {
        let state = self.record(&request.id)?.effective().state();
        let old = state
            .ok()
            .and_then(|request| request.deadline())
            .ok_or_else(|| {
                let message = format!("request {} has no deadline to extend now", request.id);
                Error::new(ErrorCode::OutOfTurn, message)
            })?;
        let tables = &self.tables;
        let most = tables.rules.days(Rule::ExtensionAtMost, old.date);
        if !(1..=most).contains(&request.working_days) {
            let message = format!("a deadline is extended by 1 to {most} working days");
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let deadline = tables.calendar.extended(old, request.working_days);
        Ok(Move::Extend {
            reason: request.reason.clone(),
            deadline,
        })
    }
}

/// The caller as an actor, with what is known of it.
fn actor(permit: &Permit) -> Actor {
    Actor::new(permit.principal().clone(), permit.rights().department())
}

/// The submission for the department that it names, or else for the caller's own. Errors: `DENIED` for a
/// department that the caller does not act for.
fn for_department(submission: Submission, rights: &Rights) -> Result<Submission> {
    let department = match submission.department {
        None => rights.department(),
        Some(asked) if rights.cover(asked) => Some(asked),
        Some(asked) => {
            let message = format!("the caller acts for {rights}, not for {asked}");
            return Err(Error::new(ErrorCode::Denied, message).with_remedy(
                "leave the department out, or have somebody of it ask 请由该部门人员申请",
            ));
        }
    };
    Ok(Submission {
        department,
        ..submission
    })
}

/// The cause that a person may stop deliveries for.
fn stop_cause(cause: v1::StopCause) -> Result<StopCause> {
    match convert::stop_cause_from(cause) {
        Some(cause @ (StopCause::Revoked | StopCause::Suspended)) => Ok(cause),
        Some(StopCause::Restored) | None => {
            let message = "deliveries are stopped as revoked or as suspended";
            Err(Error::new(ErrorCode::InvalidArgument, message))
        }
    }
}

#[tonic::async_trait]
impl RequestService for Service {
    async fn submit(&self, request: Request<v1::SubmitRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::SubmitRequest {
            submission,
            idempotency_key,
        } = request.into_inner();
        let (own, at) = (self.own.clone(), self.own.now());
        let done = async {
            let submission = convert::submission_from(submission.as_ref())?;
            let submission = for_department(submission, permit.rights())?;
            submission.check()?;
            if submission.resource.city == own.city {
                let message = format!("{} is the city's own resource", submission.resource);
                return Err(Error::new(ErrorCode::InvalidArgument, message)
                    .with_remedy("own resources need no request"));
            }
            if idempotency_key.len() > 64 {
                let message = "an idempotency key has at most 64 characters";
                return Err(Error::new(ErrorCode::InvalidArgument, message));
            }
            let job = move |tx: &mut chengji_store::Tx<'_>| {
                let actor = Actor::new(permit.principal().clone(), submission.department);
                book::submit(&own, tx, actor, at, submission, &idempotency_key)
            };
            self.view(&self.own.ledger.write(job).await?, at)
        };
        done.await
            .map(Response::new)
            .map_err(|error: Error| from_error(&error))
    }

    async fn list(
        &self,
        request: Request<v1::ListRequestsRequest>,
    ) -> Result<Response<v1::ListRequestsResponse>, Status> {
        Permit::of(&request)?;
        let (own, request) = (self.own.clone(), request.into_inner());
        let page = off_thread(move || {
            cases::page(
                own.ledger.kv().as_ref(),
                &request,
                own.now(),
                Some(own.city),
            )
        });
        page.await
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn show(&self, request: Request<v1::ShowRequestRequest>) -> Answer {
        Permit::of(&request)?;
        let record = self.record(&request.get_ref().id);
        let shown = record.and_then(|record| self.view(&record, self.own.now()));
        shown.map(Response::new).map_err(|error| from_error(&error))
    }

    async fn ask_supplement(&self, request: Request<v1::AskSupplementRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::AskSupplementRequest { id, missing } = request.into_inner();
        self.make_move(permit, &id, Move::AskSupplement { missing })
            .await
    }

    async fn supplement(&self, request: Request<v1::SupplementRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::SupplementRequest { id, text } = request.into_inner();
        self.make_move(permit, &id, Move::Supplement { text }).await
    }

    async fn extend(&self, request: Request<v1::ExtendRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let request = request.into_inner();
        let mv = self
            .extension(&request)
            .map_err(|error| from_error(&error))?;
        self.make_move(permit, &request.id, mv).await
    }

    async fn grant(&self, request: Request<v1::GrantRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let request = request.into_inner();
        let mv = Self::grant(self, &request).map_err(|error| from_error(&error))?;
        self.make_move(permit, &request.id, mv).await
    }

    async fn refuse(&self, request: Request<v1::RefuseRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::RefuseRequest {
            id,
            reason,
            legal_basis,
        } = request.into_inner();
        self.make_move(
            permit,
            &id,
            Move::Refuse {
                reason,
                legal_basis,
            },
        )
        .await
    }

    async fn withdraw(&self, request: Request<v1::WithdrawRequestRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::WithdrawRequestRequest { id, reason } = request.into_inner();
        self.make_move(permit, &id, Move::Withdraw { reason }).await
    }

    async fn dispute(&self, request: Request<v1::DisputeRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::DisputeRequest { id, reason } = request.into_inner();
        self.make_move(permit, &id, Move::Dispute { reason }).await
    }

    async fn stop(&self, request: Request<v1::StopRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let request = request.into_inner();
        let cause = stop_cause(request.cause()).map_err(|error| from_error(&error))?;
        let v1::StopRequest { id, reason, .. } = request;
        self.act_on_deliveries(permit, &id, StopAct::Stopped { cause, reason })
            .await
    }

    async fn lift_stop(&self, request: Request<v1::LiftStopRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::LiftStopRequest { id, reason } = request.into_inner();
        self.act_on_deliveries(permit, &id, StopAct::Lifted { reason })
            .await
    }

    async fn acknowledge(&self, request: Request<v1::AcknowledgeRequest>) -> Answer {
        Permit::of(&request)?;
        let (own, at) = (self.own.clone(), self.own.now());
        let done = async {
            let id = self.resolve(&request.get_ref().id)?;
            let job = move |tx: &mut chengji_store::Tx<'_>| book::acknowledge(&own, tx, id);
            self.view(&self.own.ledger.write(job).await?, at)
        };
        done.await
            .map(Response::new)
            .map_err(|error: Error| from_error(&error))
    }

    async fn close(&self, request: Request<v1::CloseRequest>) -> Answer {
        let permit = Permit::of(&request)?;
        let v1::CloseRequest { id, statement } = request.into_inner();
        self.make_move(permit, &id, Move::Close { statement }).await
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ResourceRef;
    use chengji_domain::access::Role;
    use chengji_domain::catalogue::ShareManner;

    use super::*;

    #[test]
    fn a_request_is_for_the_callers_department_unless_the_caller_acts_for_all() {
        let [own, other] =
            ["91350100M000100Y43", "114302000069920125"].map(|code| Some(code.parse().unwrap()));
        let of = |department| Rights::new([Role::Consumer], department).unwrap();
        let asked = |department, rights: &Rights| {
            let submission = Submission {
                resource: ResourceRef {
                    city: "430200".parse().unwrap(),
                    code: "201001/000001".parse().unwrap(),
                },
                purpose: String::new(),
                legal_basis: String::new(),
                scope: String::new(),
                manner: ShareManner::File,
                period_days: 1,
                department,
            };
            let taken = for_department(submission, rights);
            taken
                .map(|taken| taken.department)
                .map_err(|error| error.code())
        };
        assert_eq!(asked(None, &of(own)), Ok(own));
        assert_eq!(asked(own, &of(own)), Ok(own));
        assert_eq!(asked(other, &of(own)), Err(ErrorCode::Denied));
        assert_eq!(asked(None, &of(None)), Ok(None));
        assert_eq!(asked(other, &of(None)), Ok(other));
    }
}
