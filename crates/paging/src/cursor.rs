//! Cursors: opaque texts that say where a list continues.
//!
//! A cursor contains the version of its format, the position of the last item, encoded as in a key, and a check value
//! over both and the request. This detects a cursor that was altered or belongs to another request. The check value is
//! no proof of origin: a forged cursor returns a page that its caller may read anyway.

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_store::{Key, KeyPart, KeyReader};
use data_encoding::BASE64URL_NOPAD;

use crate::list::ListRequest;

/// Version of the cursor format.
const VERSION: u8 = 1;
/// Length of the check value in bytes.
const CHECK: usize = 8;

/// A list as described by a request: its name, filter and order.
#[derive(Clone, Debug)]
pub(crate) struct List(Vec<u8>);

impl List {
    /// Describes the list that a request is for, independent of the page.
    pub(crate) fn of<R: ListRequest>(request: &R) -> Self {
        let mut whole = request.clone();
        whole.set_page(None);
        let mut described = R::full_name().into_bytes();
        described.push(0);
        described.extend(whole.encode_to_vec());
        Self(described)
    }

    /// Encodes the cursor after a position.
    pub(crate) fn cursor(&self, position: &impl KeyPart) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(position.add_to(Key::parts()).finish());
        bytes.extend(self.check(&bytes));
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Decodes the position in a cursor.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if it does not belong to this list and version.
    pub(crate) fn position<K: KeyPart>(&self, cursor: &str) -> Result<K> {
        self.parse(cursor)
            .ok_or_else(|| Error::new(ErrorCode::InvalidArgument, msg::CursorInvalid))
    }

    fn parse<K: KeyPart>(&self, cursor: &str) -> Option<K> {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let (payload, check) = bytes.split_last_chunk::<CHECK>()?;
        let (version, position) = payload.split_first()?;
        if *version != VERSION || *check != self.check(payload) {
            return None;
        }
        let mut reader = KeyReader::of_parts(position);
        let position = K::read(&mut reader).ok()?;
        reader.end().ok()?;
        Some(position)
    }

    fn check(&self, payload: &[u8]) -> [u8; CHECK] {
        let length = (self.0.len() as u64).to_be_bytes();
        let digest = Digest::of(&[&length[..], &self.0, payload].concat());
        let mut check = [0; CHECK];
        check.copy_from_slice(&digest.0[..CHECK]);
        check
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use chengji_proto::v1;

    use super::*;

    fn list(principal: &str) -> List {
        List::of(&v1::ListAuditRequest {
            principal: principal.to_owned(),
            page: Some(v1::PageRequest {
                size: 7,
                cursor: "whichever".to_owned(),
            }),
            ..v1::ListAuditRequest::default()
        })
    }

    #[test]
    fn a_cursor_goes_on_in_the_list_that_it_is_of() {
        let list = list("auditor/a");
        let position = (Reverse(7_u64), "区划".to_owned());
        let cursor = list.cursor(&position);
        assert_eq!(list.position(&cursor), Ok(position));
    }

    #[test]
    fn a_cursor_of_anything_else_is_the_same_error() {
        let ours = list("auditor/a");
        let cursor = ours.cursor(&7_u64);
        let mut bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).unwrap();
        let whole = bytes.clone();
        bytes[0] = VERSION + 1;
        let check = ours.check(&bytes[..bytes.len() - CHECK]);
        bytes.truncate(bytes.len() - CHECK);
        bytes.extend(check);
        let mut wrong = vec![
            BASE64URL_NOPAD.encode(&bytes),
            list("auditor/b").cursor(&7_u64),
            List::of(&v1::ListReceiptsRequest::default()).cursor(&7_u64),
            // A position of another type.
            ours.cursor(&7_u32),
            "2".to_owned(),
            "103001000001".to_owned(),
            format!("{cursor}A"),
            format!(" {cursor}"),
        ];
        wrong.extend((0..whole.len()).map(|end| BASE64URL_NOPAD.encode(&whole[..end])));
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            wrong.push(BASE64URL_NOPAD.encode(&altered));
        }
        let expected = ours.position::<u64>("").unwrap_err();
        assert_eq!(expected.code(), ErrorCode::InvalidArgument);
        for cursor in wrong {
            assert_eq!(
                ours.position::<u64>(&cursor),
                Err(expected.clone()),
                "{cursor}"
            );
        }
    }
}
