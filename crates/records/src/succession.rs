//! Departments that were merged into others.

use chengji_domain::Result;
use chengji_domain::succession::RecordedSuccession;
use chengji_proto::convert::{succession_from, succession_to, time_from, time_to};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`RecordedSuccession`].
#[derive(Debug)]
pub struct StoredSuccession;

impl Codec for StoredSuccession {
    type Record = RecordedSuccession;

    fn encode(recorded: &RecordedSuccession) -> Result<Vec<u8>> {
        let wire = v1::DepartmentSuccession {
            succeeded: Some(succession_to(&recorded.succession)),
            at: Some(time_to(recorded.at)),
            by: recorded.by.to_string(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedSuccession> {
        let wire: v1::DepartmentSuccession = decode(bytes)?;
        Ok(RecordedSuccession {
            succession: succession_from(&required(wire.succeeded, "succeeded")?)?,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::succession::Succession;
    use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete, texts, times};

    proptest! {
        #[test]
        fn a_succession_reads_as_it_was_written(at in times(), document in texts()) {
            let recorded = RecordedSuccession {
                succession: Succession {
                    old: CREDIT_CODE.parse().unwrap(),
                    new: OTHER_CREDIT_CODE.parse().unwrap(),
                    since: date(2026, 11, 1),
                    document,
                },
                at,
                by: "city/430100/person/admin".parse().unwrap(),
            };
            reads_as_written::<StoredSuccession>(&recorded);
            refuses_incomplete::<StoredSuccession>(&recorded);
        }
    }
}
