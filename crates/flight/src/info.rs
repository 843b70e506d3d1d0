//! Descriptions of queries (`FlightInfo`) that clients send back to cancel them. Only the tickets are read: a message that
//! was decoded whole could take a hundred times the memory of its bytes, by empty endpoints.

use bytes::{Buf, Bytes};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::ticket::QueryTicket;

/// Maximum number of endpoints that are looked at. The node's own descriptions have one.
const MAX_ENDPOINTS: usize = 16;

/// Field `info` of `CancelFlightInfoRequest`.
const INFO: u32 = 1;
/// Field `endpoint` of `FlightInfo`.
const ENDPOINTS: u32 = 3;
/// Field `ticket` of `FlightEndpoint`, and of `Ticket` in it.
const TICKET: u32 = 1;

/// The description in an encoded `CancelFlightInfoRequest`; `None` if there is none.
pub(crate) fn of_request(request: Bytes) -> Option<Bytes> {
    values(request, INFO)?.pop()
}

/// The queries of an encoded `FlightInfo`; `None` for one that is malformed or has too many endpoints.
pub(crate) fn queries(info: Bytes) -> Option<Vec<QueryTicket>> {
    let mut queries = Vec::new();
    for endpoint in values(info, ENDPOINTS)? {
        let Some(ticket) = values(endpoint, TICKET)?.pop() else {
            continue;
        };
        let Some(ticket) = values(ticket, TICKET)?.pop() else {
            continue;
        };
        queries.extend(QueryTicket::of_endpoint(&ticket));
    }
    Some(queries)
}

/// The values of a field in an encoded message.
fn values(mut message: Bytes, wanted: u32) -> Option<Vec<Bytes>> {
    let mut found = Vec::new();
    while message.has_remaining() {
        let (number, kind) = decode_key(&mut message).ok()?;
        if number != wanted || kind != WireType::LengthDelimited {
            skip_field(kind, number, &mut message, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
        if length > message.remaining() || found.len() == MAX_ENDPOINTS {
            return None;
        }
        found.push(message.split_to(length));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use arrow_flight::{
        CancelFlightInfoRequest, FlightDescriptor, FlightEndpoint, FlightInfo, Ticket,
    };
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    fn encoded(message: &impl Message) -> Bytes {
        message.encode_to_vec().into()
    }

    fn info(tickets: &[Vec<u8>]) -> FlightInfo {
        let endpoint =
            |ticket: &Vec<u8>| FlightEndpoint::new().with_ticket(Ticket::new(ticket.clone()));
        FlightInfo::new()
            .with_endpoints(tickets.iter().map(endpoint).collect())
            .with_descriptor(FlightDescriptor::new_cmd("c"))
            .with_total_records(-1)
    }

    fn ticket() -> QueryTicket {
        QueryTicket::new("SELECT 1".to_owned(), None)
    }

    #[test]
    fn the_queries_of_a_description_are_found() {
        let (one, other) = (ticket(), ticket());
        let sent = [&one, &other].map(|ticket| ticket.clone().into_any().encode_to_vec());
        let info = info(&[
            sent[0].clone(),
            b"of another server".to_vec(),
            sent[1].clone(),
        ]);
        assert_eq!(queries(encoded(&info)), Some(vec![one, other]));
        let request = CancelFlightInfoRequest::new(info.clone());
        assert_eq!(of_request(encoded(&request)), Some(encoded(&info)));
        assert_eq!(of_request(Bytes::new()), None);
        assert_eq!(queries(Bytes::new()), Some(Vec::new()));
    }

    #[test]
    fn a_description_with_too_many_endpoints_is_refused() {
        let sent = ticket().into_any().encode_to_vec();
        let of = |count| queries(encoded(&info(&vec![sent.clone(); count])));
        assert_eq!(of(MAX_ENDPOINTS).unwrap().len(), MAX_ENDPOINTS);
        assert_eq!(of(MAX_ENDPOINTS + 1), None);
    }

    proptest! {
        #[test]
        fn any_bytes_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = Bytes::from(bytes);
            let _ = of_request(bytes.clone());
            let _ = queries(bytes);
        }
    }
}
