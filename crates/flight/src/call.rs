//! The parts that all calls share.

use arrow_flight::sql::ProstMessageExt;
use arrow_flight::{CancelStatus, FlightDescriptor, FlightInfo};
use arrow_schema::Schema;
use bytes::Bytes;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use chengji_transport::Permit;
use tonic::{Request, Response, Status};

use crate::answer::described;
use crate::failure::{failed, not_offered};

/// The action by which newer clients cancel a query.
pub(crate) const CANCEL_FLIGHT_INFO: &str = "CancelFlightInfo";

/// The result of a call that describes an answer.
pub(crate) type Info = Result<Response<FlightInfo>, Status>;

/// The gate's proof about a call.
pub(crate) fn permit<M>(request: &Request<M>) -> Result<Permit, Status> {
    let permit = request.extensions().get::<Permit>().cloned();
    permit.ok_or_else(|| failed(Error::new(ErrorCode::Internal, msg::CallWithoutPermit)))
}

/// Describes the answer to a command that is its own ticket.
pub(crate) fn own_ticket(
    schema: &Schema,
    command: &impl ProstMessageExt,
    request: Request<FlightDescriptor>,
) -> Info {
    permit(&request)?;
    let info = described(schema, &command.as_any(), request.into_inner())?;
    Ok(Response::new(info))
}

/// Refuses a statement that is part of a transaction.
pub(crate) fn alone(transaction: Option<&Bytes>) -> Result<(), Status> {
    match transaction {
        Some(id) if !id.is_empty() => Err(not_offered(msg::FlightTransactionsUnsupported)),
        _ => Ok(()),
    }
}

/// A query that does not run has ended, or has not begun: there is nothing to try again.
pub(crate) fn cancel_status(is_cancelled: bool) -> CancelStatus {
    match is_cancelled {
        true => CancelStatus::Cancelled,
        false => CancelStatus::NotCancellable,
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn a_call_that_did_not_pass_the_gate_is_not_answered() {
        let status = permit(&Request::new(())).unwrap_err();
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn a_statement_is_in_no_transaction() {
        assert!(alone(None).is_ok());
        assert!(alone(Some(&Bytes::new())).is_ok());
        let status = alone(Some(&Bytes::from_static(b"t"))).unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
    }
}
