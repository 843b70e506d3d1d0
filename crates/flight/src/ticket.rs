//! Tickets of queries: what is to be run, in bytes that clients send back unchanged. They are not secret and prove nothing.

use arrow_flight::sql::{Any, Command, ProstMessageExt, TicketStatementQuery};
use bytes::Bytes;
use chengji_domain::Result;
use chengji_messages::msg;
use prost::Message;

use crate::failure::invalid;

/// The random id of a query or of a prepared statement.
pub(crate) type Id = [u8; 16];

/// A query that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct QueryTicket {
    /// The id by which the query is cancelled while it runs.
    pub(crate) id: Id,
    /// The statement.
    pub(crate) sql: String,
    /// The prepared statement that has the values of its parameters.
    pub(crate) prepared: Option<Id>,
}

/// The encoding. The gate reads the statement from field 2 for the audit log (`proto/src/policy/foreign.rs`).
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Encoded {
    #[prost(bytes = "bytes", tag = "1")]
    id: Bytes,
    #[prost(string, tag = "2")]
    sql: String,
    #[prost(bytes = "bytes", tag = "3")]
    prepared: Bytes,
}

impl QueryTicket {
    /// A ticket with a new id.
    pub(crate) fn new(sql: String, prepared: Option<Id>) -> Self {
        let id = rand::random();
        Self { id, sql, prepared }
    }

    /// Reads a ticket. Errors: `INVALID_ARGUMENT` for one that is none of a node's.
    pub(crate) fn read(handle: &[u8]) -> Result<Self> {
        let malformed = || invalid(msg::FlightTicketMalformed);
        let encoded = Encoded::decode(handle).map_err(|_| malformed())?;
        let prepared = match encoded.prepared.is_empty() {
            true => None,
            false => Some(id(&encoded.prepared).ok_or_else(malformed)?),
        };
        Ok(Self {
            id: id(&encoded.id).ok_or_else(malformed)?,
            sql: encoded.sql,
            prepared,
        })
    }

    /// Reads the ticket of an endpoint; `None` for one that is not of a query.
    pub(crate) fn of_endpoint(ticket: &[u8]) -> Option<Self> {
        let command = Command::try_from(Any::decode(ticket).ok()?).ok()?;
        match command {
            Command::TicketStatementQuery(ticket) => Self::read(&ticket.statement_handle).ok(),
            _ => None,
        }
    }

    /// The ticket as a command of Flight SQL.
    pub(crate) fn into_any(self) -> Any {
        let encoded = Encoded {
            id: Bytes::copy_from_slice(&self.id),
            sql: self.sql,
            prepared: self
                .prepared
                .map(|id| Bytes::copy_from_slice(&id))
                .unwrap_or_default(),
        };
        let ticket = TicketStatementQuery {
            statement_handle: encoded.encode_to_vec().into(),
        };
        ticket.as_any()
    }
}

/// The id in these bytes.
pub(crate) fn id(bytes: &[u8]) -> Option<Id> {
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_proto::policy::PolicyTable;
    use proptest::prelude::*;

    use super::*;

    fn sent_back(ticket: QueryTicket) -> Option<QueryTicket> {
        QueryTicket::of_endpoint(&ticket.into_any().encode_to_vec())
    }

    proptest! {
        #[test]
        fn any_statement_comes_back_as_it_was(
            sql in ".*",
            prepared in proptest::option::of(any::<Id>()),
        ) {
            let ticket = QueryTicket::new(sql, prepared);
            prop_assert_eq!(sent_back(ticket.clone()), Some(ticket));
        }

        #[test]
        fn any_bytes_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = QueryTicket::read(&bytes);
            let _ = QueryTicket::of_endpoint(&bytes);
        }
    }

    #[test]
    fn no_two_queries_have_the_same_id() {
        let [one, other] = ["SELECT 1"; 2].map(|sql| QueryTicket::new(sql.to_owned(), None));
        assert_ne!(one.id, other.id);
    }

    #[test]
    fn a_ticket_without_an_id_is_refused() {
        let error = QueryTicket::read(b"").unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }

    #[test]
    fn the_gate_finds_the_statement_in_a_ticket() {
        let table = PolicyTable::load().unwrap();
        let rule = table
            .rule("/arrow.flight.protocol.FlightService/DoGet")
            .unwrap();
        let ticket = QueryTicket::new("SELECT 'a&b'".to_owned(), Some([7; 16]));
        let ticket = ticket.into_any().encode_to_vec();
        let call = arrow_flight::Ticket::new(ticket).encode_to_vec();
        let length = u32::try_from(call.len()).unwrap().to_be_bytes();
        let body = [&[0], &length[..], &call].concat();
        assert_eq!(rule.subject.as_ref().unwrap().read(&body), "SELECT 'a&b'");
    }
}
