//! Statistics of a catalogue: what of a record counts, and the figures on the wire.

use chengji_domain::catalogue::freshness::{Freshness, History, Source};
use chengji_domain::catalogue::statistics::{Dimension, Features, Statistics, Tally};
use chengji_domain::{CityCode, Error, ErrorCode};

use super::catalogue::{
    format_kind_from, level_from, share_class_from, share_manner_from, terms, update_cycle_from,
};
use super::{invalid, missing, time_from, time_to};
use crate::v1;

terms!(dimension_to, dimension_from, Dimension, CatalogueDimension {
    Department = Department, Class = Class, Level = Level, Manner = Manner, Cycle = Cycle,
    Format = Format, Security = Security, Open = Open, Freshness = Freshness,
});

terms!(freshness_to, freshness_from, Freshness, EntryFreshness {
    Unmounted = Unmounted, Gone = Gone, NeverMeasured = NeverMeasured, Stale = Stale,
    Contradicted = Contradicted, Fresh = Fresh,
});

/// What of a record counts; its entry is not checked in full once more.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where a field that counts is missing, as in no record that was kept.
pub fn features_from(record: v1::CatalogueRecord) -> Result<Features, Error> {
    let source = match &record.mount {
        None => Source::Nothing,
        Some(mount) => Source::There(history_from(mount)?),
    };
    let measured = record.mount.and_then(|mount| mount.measurement);
    let entry = record.entry.ok_or_else(|| missing("entry"))?;
    let class = share_class_from(entry.share_class());
    let level = level_from(entry.administrative_level());
    let cycle = update_cycle_from(entry.update_cycle());
    let security = u8::try_from(entry.security_level);
    Ok(Features {
        provider_code: entry.provider_code.parse()?,
        class: class.ok_or_else(|| missing("share_class"))?,
        manner: share_manner_from(entry.share_manner()),
        level: level.ok_or_else(|| missing("administrative_level"))?,
        cycle: cycle.ok_or_else(|| missing("update_cycle"))?,
        formats: entry
            .formats
            .iter()
            .filter_map(|format| format_kind_from(format.kind()))
            .collect(),
        open: entry.open,
        security_level: security.map_err(|e| invalid("security_level", e))?,
        provider: entry.provider,
        source,
        rows: measured.as_ref().and_then(|last| last.rows).unwrap_or(0),
        bytes: measured.map_or(0, |last| last.bytes),
    })
}

/// What was measured over time of what is mounted; nothing where it was not measured yet.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where a time is missing or wrong.
pub fn history_from(mount: &v1::Mount) -> Result<Option<History>, Error> {
    let Some(last) = &mount.measurement else {
        return Ok(None);
    };
    let changed = mount.changed_at.as_ref();
    let changed = changed.map(|at| time_from(Some(at), "changed_at"));
    Ok(Some(History {
        first_measured: time_from(mount.first_measured_at.as_ref(), "first_measured_at")?,
        measured: time_from(last.measured_at.as_ref(), "measured_at")?,
        changed: changed.transpose()?,
        changes: mount.changes,
    }))
}

/// Figures on the wire, in these dimensions.
pub fn statistics_to(
    city: Option<CityCode>,
    statistics: &Statistics,
    dimensions: &[Dimension],
) -> v1::CatalogueStatistics {
    let tally = |tally: Tally| v1::CatalogueTally {
        entries: tally.entries,
        rows: tally.rows,
        bytes: tally.bytes,
        percent: statistics.percent(tally),
    };
    let of = |dimension: &Dimension| {
        let wire = dimension_to(*dimension).into();
        let values = statistics.of(*dimension);
        values.map(move |(value, of_value)| v1::CatalogueStatistic {
            dimension: wire,
            value: value.text(),
            value_zh: value.zh(),
            tally: Some(tally(of_value)),
        })
    };
    v1::CatalogueStatistics {
        city: city.map(|city| city.to_string()).unwrap_or_default(),
        at: Some(time_to(statistics.at())),
        total: Some(tally(statistics.total())),
        statistics: dimensions.iter().flat_map(of).collect(),
    }
}

/// The dimensions that are asked for; all there are where none is named.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where a number is no dimension, or one is named twice.
pub fn dimensions_from(asked: &[i32]) -> Result<Vec<Dimension>, Error> {
    if asked.is_empty() {
        return Ok(Dimension::ALL.to_vec());
    }
    let refuse = |why: String| {
        Error::new(ErrorCode::InvalidArgument, why)
            .with_remedy("name each dimension once, or none for all of them")
    };
    let mut dimensions = Vec::new();
    for number in asked {
        let wire = v1::CatalogueDimension::try_from(*number).ok();
        let dimension = wire
            .and_then(dimension_from)
            .ok_or_else(|| refuse(format!("dimension {number} is not one there is")))?;
        if dimensions.contains(&dimension) {
            return Err(refuse(format!(
                "dimension {} is named twice",
                dimension.en()
            )));
        }
        dimensions.push(dimension);
    }
    Ok(dimensions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_all_or_those_that_are_named_once() {
        assert_eq!(dimensions_from(&[]).unwrap(), Dimension::ALL);
        let two = [Dimension::Open, Dimension::Class];
        let wire = two.map(|dimension| dimension_to(dimension).into());
        assert_eq!(dimensions_from(&wire).unwrap(), two);
        for wrong in [&[0][..], &[99], &[1, 1]] {
            let error = dimensions_from(wrong).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        }
    }
}
