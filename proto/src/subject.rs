//! The subject of a call, read from the bytes of its message: the field named by the contract.

use bytes::{Buf, Bytes};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{Kind, MessageDescriptor};

/// Maximum length of a subject in characters.
const MAX: usize = 200;
/// Replaces the subject of a message that is longer than the recorded part of it.
const UNREAD: &str = "(not within what was kept of the message)";
/// Length of the prefix of a gRPC message: the compression flag and the message's length.
const FRAME: usize = 5;

/// The numbers of the fields that lead to the subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path(Vec<u32>);

impl Path {
    /// Resolves these names (`submission.code`) in this message; the last is a text.
    pub(crate) fn of(message: &MessageDescriptor, names: &str) -> Result<Self, Error> {
        let broken = || {
            let message = msg::ContractWithoutField {
                field: names,
                name: message.full_name(),
            };
            Error::new(ErrorCode::Internal, message)
        };
        let (mut at, mut numbers) = (Some(message.clone()), Vec::new());
        let mut text = false;
        for name in names.split('.') {
            let field = at
                .as_ref()
                .and_then(|m| m.get_field_by_name(name))
                .ok_or_else(broken)?;
            numbers.push(field.number());
            text = field.kind() == Kind::String;
            at = match field.kind() {
                Kind::Message(inner) => Some(inner),
                _ => None,
            };
        }
        if text {
            Ok(Self(numbers))
        } else {
            Err(broken())
        }
    }

    /// The field that these numbers lead to, in a message of another protocol. A field of bytes that hold a message is
    /// followed like a message.
    pub(crate) fn of_numbers(numbers: &[u32]) -> Self {
        Self(numbers.to_vec())
    }

    /// Returns the subject in the beginning of a call's body; empty if it has none. Of a repeated field the
    /// last counts, as it does in decoding.
    pub fn read(&self, body: &[u8]) -> String {
        let Some((head, message)) = body.split_first_chunk::<FRAME>() else {
            return String::new();
        };
        let [compressed, length @ ..] = *head;
        if compressed != 0 || u32::from_be_bytes(length) as usize > message.len() {
            return UNREAD.to_owned();
        }
        let found = find(Bytes::copy_from_slice(message), &self.0);
        found.unwrap_or_default().chars().take(MAX).collect()
    }
}

fn find(mut message: Bytes, path: &[u32]) -> Option<String> {
    let (wanted, deeper) = path.split_first()?;
    let mut found = None;
    while message.has_remaining() {
        let (number, kind) = decode_key(&mut message).ok()?;
        if number != *wanted || kind != WireType::LengthDelimited {
            skip_field(kind, number, &mut message, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut message).ok()?).ok()?;
        let value = message.split_to(length.min(message.remaining()));
        let here = match deeper {
            [] => String::from_utf8(value.to_vec()).ok(),
            _ => find(value, deeper),
        };
        found = here.or(found);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::policy::PolicyTable;
    use crate::v1;

    fn read(rpc: &str, message: &impl Message) -> String {
        let message = message.encode_to_vec();
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        read_raw(rpc, &[&[0], &length[..], &message].concat())
    }

    fn read_raw(rpc: &str, body: &[u8]) -> String {
        let table = PolicyTable::of_contract().unwrap();
        let rule = table.rule(&format!("/chengji.v1.{rpc}")).unwrap();
        rule.subject.as_ref().unwrap().read(body)
    }

    #[test]
    fn the_field_is_found_where_the_contract_says() {
        let grant = v1::GrantRequest {
            scope: "s".to_owned(),
            id: "430100-1-2".to_owned(),
            ..Default::default()
        };
        assert_eq!(read("RequestService/Grant", &grant), "430100-1-2");
        let submission = v1::Submission {
            code: "206001/000001".to_owned(),
            ..Default::default()
        };
        let submit = v1::SubmitRequest {
            submission: Some(submission),
            idempotency_key: "k".to_owned(),
            paper: String::new(),
        };
        assert_eq!(read("RequestService/Submit", &submit), "206001/000001");
        assert_eq!(
            read("RequestService/Submit", &v1::SubmitRequest::default()),
            ""
        );
    }

    #[test]
    fn nobody_acts_on_one_thing_and_has_another_written_down() {
        let id = |id: &str| v1::GrantRequest {
            id: id.to_owned(),
            ..Default::default()
        };
        let twice = [id("harmless").encode_to_vec(), id("real").encode_to_vec()].concat();
        let read_as = v1::GrantRequest::decode(twice.as_slice()).unwrap().id;
        let body = |announced: u32| [&[0], &announced.to_be_bytes()[..], &twice].concat();
        let all = u32::try_from(twice.len()).unwrap();
        assert_eq!(read_raw("RequestService/Grant", &body(all)), read_as);
        // The message is longer than the available part.
        assert_eq!(read_raw("RequestService/Grant", &body(all + 1)), UNREAD);
    }

    proptest! {
        #[test]
        fn any_bytes_may_come(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_raw("RequestService/Submit", &body);
        }
    }
}
