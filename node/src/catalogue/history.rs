//! The measurement history of a mount: its begin, and the number of content changes. The domain evaluates it.

use chengji_domain::catalogue::freshness::History;
use chengji_domain::catalogue::{EntryRecord, Mount};
use chengji_domain::fact::Measurement;

/// Returns true if the last measurement gave the same result.
pub(super) fn is_known(record: &EntryRecord, found: &Measurement) -> bool {
    let last = record.mount.as_ref().and_then(|mount| mount.measurement);
    last.is_some_and(|last| last.digest == found.digest && last.rows == found.rows)
}

/// Returns true if the last measurement began later than this one.
pub(super) fn is_outdated(record: &EntryRecord, found: &Measurement) -> bool {
    let last = record.mount.as_ref().and_then(|mount| mount.measurement);
    last.is_some_and(|last| last.at > found.at)
}

/// The state of a mount after another measurement. Measurements of an earlier source still count, since the
/// history concerns the entry's content.
pub(super) fn measured(
    before: Option<&Mount>,
    (file_name, is_table): (String, bool),
    found: &Measurement,
) -> Mount {
    let last = before.and_then(|mount| mount.measurement);
    let another = last.is_some_and(|last| last.digest != found.digest);
    let known = before.and_then(|mount| mount.history);
    let history = known.map_or_else(
        || History::begin(found.at),
        |history| history.with(found.at, another),
    );
    Mount {
        file_name,
        is_table,
        measurement: Some(*found),
        history: Some(history),
    }
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
        let file = |name: &str| (name.to_owned(), false);
        let days = ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"];
        let first = measured(None, file("a.csv"), &found(1, days[0]));
        let changes = |mount: &Mount| {
            let history = mount.history.unwrap();
            (history.changes, history.changed)
        };
        assert_eq!(changes(&first), (0, None));
        let same = measured(Some(&first), file("b.csv"), &found(1, days[1]));
        assert_eq!(changes(&same), (0, None));
        let other = measured(Some(&same), file("b.csv"), &found(2, days[1]));
        assert_eq!(changes(&other).0, 1);
        let history = other.history.unwrap();
        assert_eq!(history.first_measured, days[0].parse().unwrap());
        assert_eq!(history.changed, Some(days[1].parse().unwrap()));
    }
}
