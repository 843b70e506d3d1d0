//! Departments that were merged into others.

use chengji_domain::succession::{RecordedEnd, RecordedSuccession};
use chengji_domain::{Error, Result};
use chengji_proto::convert::{
    succession_end_from, succession_end_to, succession_from, succession_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`RecordedSuccession`].
#[derive(Debug)]
pub struct StoredSuccession;

impl Codec for StoredSuccession {
    type Record = RecordedSuccession;

    fn encode(recorded: &RecordedSuccession) -> Result<Vec<u8>> {
        let ended = recorded.ended.as_ref();
        let wire = v1::DepartmentSuccession {
            succeeded: Some(succession_to(&recorded.succession)),
            at: Some(time_to(recorded.at)),
            by: recorded.by.to_string(),
            ended: ended.map(|ended| succession_end_to(&ended.end)),
            ended_at: ended.map(|ended| time_to(ended.at)),
            ended_by: ended.map(|ended| ended.by.to_string()).unwrap_or_default(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedSuccession> {
        let wire: v1::DepartmentSuccession = decode(bytes)?;
        let ended = wire.ended.as_ref().map(|end| {
            Ok::<_, Error>(RecordedEnd {
                end: succession_end_from(end)?,
                at: time_from(wire.ended_at.as_ref(), "ended_at")?,
                by: wire.ended_by.parse()?,
            })
        });
        Ok(RecordedSuccession {
            succession: succession_from(&required(wire.succeeded, "succeeded")?)?,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
            ended: ended.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::succession::{Succession, SuccessionEnd, SuccessionEndCause};
    use chengji_testkit::{CREDIT_CODE, OTHER_CREDIT_CODE};
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete, texts, times};

    proptest! {
        #[test]
        fn a_succession_reads_as_it_was_written(
            at in times(), document in texts(), reason in texts(), is_ended in any::<bool>(),
        ) {
            let by = || "city/430100/person/admin".parse().unwrap();
            let ended = is_ended.then(|| RecordedEnd {
                end: SuccessionEnd {
                    old: CREDIT_CODE.parse().unwrap(),
                    new: OTHER_CREDIT_CODE.parse().unwrap(),
                    cause: SuccessionEndCause::Split,
                    since: date(2026, 11, 20),
                    document: document.clone(),
                    reason,
                },
                at,
                by: by(),
            });
            let recorded = RecordedSuccession {
                succession: Succession {
                    old: CREDIT_CODE.parse().unwrap(),
                    new: OTHER_CREDIT_CODE.parse().unwrap(),
                    since: date(2026, 11, 1),
                    document,
                },
                at,
                by: by(),
                ended,
            };
            reads_as_written::<StoredSuccession>(&recorded);
            refuses_incomplete::<StoredSuccession>(&recorded);
        }
    }
}
