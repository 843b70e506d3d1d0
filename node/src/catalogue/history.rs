//! What a mount remembers of its measurements: since when there are some, and how often the content
//! was another. The rule what follows from it stands in the domain.

use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::catalogue::freshness::History;
use chengji_domain::fact::Measurement;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::{convert, v1};

/// Whether this was measured last time, too.
pub(super) fn is_known(record: &v1::CatalogueRecord, found: &Measurement) -> bool {
    let mount = record.mount.as_ref();
    let last = mount.and_then(|mount| mount.measurement.as_ref());
    last.is_some_and(|last| last.digest == found.digest.0 && last.rows == found.rows)
}

/// What is known of a mount once more was measured. What was measured before of another file goes on
/// counting: the entry's content is what matters.
pub(super) fn measured(
    before: Option<&v1::Mount>,
    file_name: String,
    found: &Measurement,
) -> Result<v1::Mount> {
    let known = before.map(convert::history_from).transpose()?.flatten();
    let last = before.and_then(|mount| mount.measurement.as_ref());
    let another = last.is_some_and(|last| last.digest != found.digest.0);
    let history = known.map_or_else(
        || History::begin(found.at),
        |history| history.with(found.at, another),
    );
    Ok(v1::Mount {
        file_name,
        measurement: Some(convert::measurement_to(found)),
        first_measured_at: Some(convert::time_to(history.first_measured)),
        changed_at: history.changed.map(convert::time_to),
        changes: history.changes,
    })
}

/// The update cycle that a stored entry states.
pub(super) fn cycle(entry: &v1::CatalogueEntry) -> Result<UpdateCycle> {
    convert::update_cycle_from(entry.update_cycle()).ok_or_else(|| {
        let message = format!("the stored entry {} has no update cycle", entry.code);
        Error::new(ErrorCode::StorageDamaged, message)
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::Digest;

    use super::*;

    fn found(content: u8, at: &str) -> Measurement {
        Measurement {
            bytes: 1,
            rows: None,
            digest: Digest([content; 32]),
            at: at.parse().unwrap(),
        }
    }

    #[test]
    fn changes_of_the_content_are_counted_whatever_the_file_is_called() {
        assert_eq!(convert::history_from(&v1::Mount::default()).unwrap(), None);
        let days = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"];
        let first = measured(None, "a.csv".to_owned(), &found(1, days[0])).unwrap();
        assert_eq!((first.changes, first.changed_at), (0, None));
        let same = measured(Some(&first), "b.csv".to_owned(), &found(1, days[1])).unwrap();
        assert_eq!((same.changes, same.changed_at), (0, None));
        let other = measured(Some(&same), "b.csv".to_owned(), &found(2, days[1])).unwrap();
        assert_eq!(other.changes, 1);
        let history = convert::history_from(&other).unwrap().unwrap();
        assert_eq!(history.first_measured, days[0].parse().unwrap());
        assert_eq!(history.changed, Some(days[1].parse().unwrap()));
    }
}
