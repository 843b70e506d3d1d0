//! Wire messages as JSON for programs: the field names of the contract, numbers as numbers, times
//! as RFC 3339, digests and other bytes as base64.

use std::fmt::Display;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Value, msg};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions};

use crate::contract::pool;

/// Converts `message` to JSON. Unset and empty fields are written, too, so that the shape of the
/// answer does not depend on its content.
pub fn to_value<M: Message + Name>(message: &M) -> Result<serde_json::Value, Error> {
    let dynamic = DynamicMessage::decode(descriptor::<M>()?, message.encode_to_vec().as_slice())
        .map_err(|e| unwritable(&e))?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    dynamic
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|e| unwritable(&e))
}

/// Parses a message from JSON, as [`to_value`] makes it.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if it is not one JSON object with fields of the message alone.
pub fn from_slice<M: Message + Name + Default>(json: &[u8]) -> Result<M, Error> {
    let unreadable = |cause: &dyn Display| {
        let (name, cause) = (M::NAME, Value::text(cause));
        Error::new(
            ErrorCode::InvalidArgument,
            msg::JsonNotTheMessage { cause, name },
        )
    };
    let mut json = serde_json::Deserializer::from_slice(json);
    let dynamic =
        DynamicMessage::deserialize(descriptor::<M>()?, &mut json).map_err(|e| unreadable(&e))?;
    json.end().map_err(|e| unreadable(&e))?;
    dynamic.transcode_to().map_err(|e| unreadable(&e))
}

fn descriptor<M: Name>() -> Result<MessageDescriptor, Error> {
    let name = M::full_name();
    let descriptor = pool()?.get_message_by_name(&name);
    descriptor.ok_or_else(|| unwritable(&name))
}

fn unwritable(cause: &dyn Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::JsonUnwritable { cause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1;

    #[test]
    fn json_uses_the_contracts_names_and_plain_numbers() {
        let ratio = v1::Ratio {
            numerator: u64::MAX,
            denominator: 0,
            score: "n/a".to_owned(),
        };
        let json = to_value(&ratio).unwrap();
        assert_eq!(json["numerator"], u64::MAX);
        assert_eq!(json["denominator"], 0);
        assert_eq!(json["score"], "n/a");
    }

    #[test]
    fn json_reads_back_and_another_document_is_refused() {
        let report = v1::MonthReport {
            month: "2026-11".to_owned(),
            at: Some(prost_types::Timestamp {
                seconds: 1_800_000_000,
                nanos: 0,
            }),
            rows: vec![v1::ReportRow {
                name: "长沙市".to_owned(),
                figures: Some(v1::ReportFigures::default()),
                ..v1::ReportRow::default()
            }],
            ..v1::MonthReport::default()
        };
        let json = to_value(&report).unwrap().to_string();
        let read: v1::MonthReport = from_slice(json.as_bytes()).unwrap();
        assert_eq!(read, report);
        for other in ["", "[]", "{\"month\": 11}", "{\"rate\": 1}", "{} {}"] {
            let refused = from_slice::<v1::MonthReport>(other.as_bytes()).unwrap_err();
            assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{other}");
        }
    }
}
