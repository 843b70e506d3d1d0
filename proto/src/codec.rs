//! Codec of the contract's messages: decodes as prost does, but bounds the number of nested messages.
//!
//! A nested message of two bytes takes some hundred in memory: the memory of a decoded message is bounded by
//! the number of messages in it, not by its encoded length.

use std::marker::PhantomData;

use bytes::{Buf, Bytes};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Value, msg};
use prost::encoding::{WireType, decode_key, decode_varint};
use prost::{Message, Name};
use prost_reflect::{Kind, MessageDescriptor};
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::ProstEncoder;

use crate::contract;
use crate::status::from_error;

/// Maximum number of messages nested in one message, at any depth: more than any page or batch of this
/// contract has, and some 100 MiB decoded.
pub const MAX_NESTED: usize = 256 * 1024;

/// Maximum depth of nesting; prost refuses deeper messages.
const MAX_DEPTH: usize = 100;

/// Encodes `T` and decodes `U`, which may contain up to [`MAX_NESTED`] messages.
#[derive(Clone, Debug)]
pub struct BoundedCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for BoundedCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for BoundedCodec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Name + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = BoundedDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        BoundedDecoder(PhantomData)
    }
}

/// Decodes `U`.
#[derive(Clone, Debug)]
pub struct BoundedDecoder<U>(PhantomData<U>);

impl<U: Message + Name + Default> Decoder for BoundedDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buf: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let bytes = buf.copy_to_bytes(buf.remaining());
        decode(bytes).map(Some).map_err(|error| from_error(&error))
    }
}

fn decode<M: Message + Name + Default>(bytes: Bytes) -> Result<M, Error> {
    check::<M>(&bytes)?;
    M::decode(bytes).map_err(|cause| {
        let (cause, name) = (Value::text(cause), M::full_name());
        let code = malformed(&name);
        Error::new(code, msg::WireMessageMalformed { cause, name })
    })
}

/// Returns the error code of a malformed message: the caller's fault if it is the request of an rpc, else the
/// server's.
fn malformed(name: &str) -> ErrorCode {
    let services = contract::pool()
        .into_iter()
        .flat_map(|pool| pool.services());
    let mut requests = services.flat_map(|service| {
        let inputs = service
            .methods()
            .map(|method| method.input().full_name().to_owned());
        inputs.collect::<Vec<_>>()
    });
    match requests.any(|request| request == name) {
        true => ErrorCode::InvalidArgument,
        false => ErrorCode::PeerInvalid,
    }
}

/// Refuses an encoded `M` that contains too many messages. Malformed messages are left to the decoder.
fn check<M: Message + Name>(bytes: &[u8]) -> Result<(), Error> {
    // Each nested message takes at least two bytes.
    if bytes.len() / 2 <= MAX_NESTED {
        return Ok(());
    }
    let name = M::full_name();
    let Some(descriptor) = contract::pool()?.get_message_by_name(&name) else {
        return Ok(());
    };
    let mut left = MAX_NESTED;
    count(&descriptor, bytes, &mut left, 0).ok_or_else(|| {
        let most = MAX_NESTED;
        let message = msg::WireMessagesTooMany { most, name };
        Error::new(ErrorCode::LimitExceeded, message)
    })
}

/// Subtracts the number of messages nested in this one from `left`; `None` if there are more.
fn count(
    descriptor: &MessageDescriptor,
    mut bytes: &[u8],
    left: &mut usize,
    depth: usize,
) -> Option<()> {
    while !bytes.is_empty() {
        let Ok((number, wire_type)) = decode_key(&mut bytes) else {
            return Some(());
        };
        let skipped = match wire_type {
            WireType::Varint => decode_varint(&mut bytes).is_ok().then_some(0),
            WireType::SixtyFourBit => Some(8),
            WireType::ThirtyTwoBit => Some(4),
            WireType::LengthDelimited => decode_varint(&mut bytes)
                .ok()
                .and_then(|length| usize::try_from(length).ok()),
            // The contract has no groups.
            WireType::StartGroup | WireType::EndGroup => None,
        };
        let Some((content, rest)) = skipped.and_then(|length| bytes.split_at_checked(length))
        else {
            return Some(());
        };
        bytes = rest;
        if wire_type != WireType::LengthDelimited || depth == MAX_DEPTH {
            continue;
        }
        let kind = descriptor.get_field(number).map(|field| field.kind());
        if let Some(Kind::Message(nested)) = kind {
            *left = left.checked_sub(1)?;
            count(&nested, content, left, depth + 1)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1;

    fn import(entries: usize, items: usize) -> v1::ImportRequest {
        let entry = v1::ImportEntry {
            entry: Some(v1::CatalogueEntry {
                items: vec![v1::Item::default(); items],
                ..v1::CatalogueEntry::default()
            }),
            ..v1::ImportEntry::default()
        };
        let entries = v1::ImportEntries {
            entries: vec![entry; entries],
        };
        v1::ImportRequest {
            step: Some(v1::import_request::Step::Entries(entries)),
        }
    }

    #[test]
    fn a_message_may_hold_so_many_messages_at_whatever_depth() {
        // Counts the batch and, for each entry, the entry itself, its content and its items.
        for (entries, items) in [(1, MAX_NESTED - 3), (1_000, 260), (MAX_NESTED / 2 - 1, 0)] {
            let message = import(entries, items);
            check::<v1::ImportRequest>(&message.encode_to_vec()).unwrap();
        }
        for (entries, items) in [(1, MAX_NESTED - 2), (1_000, 261), (MAX_NESTED / 2, 0)] {
            let bytes = import(entries, items).encode_to_vec();
            let error = check::<v1::ImportRequest>(&bytes).unwrap_err();
            assert_eq!(error.code(), ErrorCode::LimitExceeded, "{entries}, {items}");
        }
    }

    #[test]
    fn a_malformed_request_is_its_callers_fault_and_a_malformed_answer_the_servers() {
        // The field announces more bytes than there are.
        let cut = || Bytes::from_static(&[0x0a, 9, 1]);
        let request = decode::<v1::ReferRequest>(cut()).unwrap_err();
        assert_eq!(request.code(), ErrorCode::InvalidArgument);
        assert_eq!(request.message().code(), "wire-message-malformed");
        let name = Value::text("chengji.v1.ReferRequest");
        assert_eq!(request.message().param("name"), Some(&name));
        assert_eq!(from_error(&request).code(), tonic::Code::InvalidArgument);
        let answer = decode::<v1::Request>(cut()).unwrap_err();
        assert_eq!(answer.code(), ErrorCode::PeerInvalid);
    }

    #[test]
    fn no_message_is_both_a_request_and_an_answer() {
        let services = contract::pool().unwrap().services();
        let methods: Vec<_> = services
            .flat_map(|s| s.methods().collect::<Vec<_>>())
            .collect();
        for method in &methods {
            let name = method.output().full_name().to_owned();
            assert_eq!(malformed(&name), ErrorCode::PeerInvalid, "{name}");
        }
    }

    #[test]
    fn texts_and_unknown_fields_are_no_messages() {
        let fetched = v1::Chunk {
            content: vec![0; 3 * MAX_NESTED].into(),
            ..v1::Chunk::default()
        };
        check::<v1::Chunk>(&fetched.encode_to_vec()).unwrap();
        // Unknown fields are not decoded.
        let unknown = [0xfa, 0x7f, 0].repeat(MAX_NESTED + 1);
        check::<v1::ImportRequest>(&unknown).unwrap();
        // Neither are truncated messages.
        let cut = import(MAX_NESTED, 0).encode_to_vec();
        check::<v1::ImportRequest>(&cut[..cut.len() - 1]).unwrap();
    }
}
