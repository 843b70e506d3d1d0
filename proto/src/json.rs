//! Wire messages as JSON for programs: the field names of the contract, numbers as numbers, times
//! as RFC 3339, digests and other bytes as base64.

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Value, msg};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, SerializeOptions};

use crate::contract::pool;

/// Converts `message` to JSON. Unset and empty fields are written, too, so that the shape of the
/// answer does not depend on its content.
pub fn to_value<M: Message + Name>(message: &M) -> Result<serde_json::Value, Error> {
    let broken = |cause: &dyn std::fmt::Display| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::Internal, msg::JsonUnwritable { cause })
    };
    let descriptor = pool()?
        .get_message_by_name(&M::full_name())
        .ok_or_else(|| broken(&M::full_name()))?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .map_err(|e| broken(&e))?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(false)
        .use_proto_field_name(true)
        .skip_default_fields(false);
    dynamic
        .serialize_with_options(serde_json::value::Serializer, &options)
        .map_err(|e| broken(&e))
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
}
