//! Adopted formulas of the sharing rate.

use chengji_domain::Result;
use chengji_domain::rate::RecordedAdoption;
use chengji_proto::convert::{adoption_from, adoption_to, time_from, time_to};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, required, v1};

/// The codec of [`RecordedAdoption`].
#[derive(Debug)]
pub struct StoredAdoption;

impl Codec for StoredAdoption {
    type Record = RecordedAdoption;

    fn encode(recorded: &RecordedAdoption) -> Result<Vec<u8>> {
        let wire = v1::RecordedAdoption {
            adopted: Some(adoption_to(recorded.adoption)),
            seq: recorded.seq,
            at: Some(time_to(recorded.at)),
            by: recorded.by.to_string(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedAdoption> {
        let wire: v1::RecordedAdoption = decode(bytes)?;
        Ok(RecordedAdoption {
            adoption: adoption_from(&required(wire.adopted, "adopted")?)?,
            seq: wire.seq,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::rate::{Formula, FormulaAdoption};
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete, times};

    proptest! {
        #[test]
        fn an_adoption_reads_as_it_was_written(
            at in times(), seq in any::<u64>(), is_first in any::<bool>(),
        ) {
            let formula = Formula::ALL[usize::from(is_first)];
            let recorded = RecordedAdoption {
                adoption: FormulaAdoption { formula, from: date(2026, 12, 1) },
                seq,
                at,
                by: "operator/lin".parse().unwrap(),
            };
            reads_as_written::<StoredAdoption>(&recorded);
            refuses_incomplete::<StoredAdoption>(&recorded);
        }
    }
}
