//! Statistics of a catalogue on the wire.

use chengji_domain::catalogue::freshness::Freshness;
use chengji_domain::catalogue::statistics::{Dimension, Statistics, Tally};
use chengji_domain::{CityCode, Error, ErrorCode};
use chengji_messages::{Message, Value, msg};

use super::catalogue::terms;
use super::{text_to, time_to};
use crate::service::Page;
use crate::v1;

terms!(dimension_to, dimension_from, Dimension, CatalogueDimension {
    Department = Department, Class = Class, Level = Level, Manner = Manner, Cycle = Cycle,
    Format = Format, Security = Security, Open = Open, Freshness = Freshness,
});

terms!(freshness_to, freshness_from, Freshness, EntryFreshness {
    Unmounted = Unmounted, Gone = Gone, NeverMeasured = NeverMeasured, Stale = Stale,
    Contradicted = Contradicted, Fresh = Fresh,
});

/// Statistics of a city's catalogue, and a page of them by value.
#[derive(Clone, Debug)]
pub struct StatisticsPage {
    /// The city.
    pub city: CityCode,
    /// The statistics.
    pub statistics: Statistics,
    /// The figures of each value, in order of dimension and value.
    pub values: Page<v1::CatalogueStatistic>,
}

pub(super) fn statistics_page_to(page: StatisticsPage) -> v1::CatalogueStatistics {
    let statistics = &page.statistics;
    v1::CatalogueStatistics {
        city: page.city.to_string(),
        at: Some(time_to(statistics.at())),
        total: Some(tally_to(statistics, statistics.total())),
        statistics: page.values.items,
        next_cursor: page.values.next_cursor,
    }
}

/// Converts the figures of the values of these dimensions to the wire, in their order.
pub fn statistics_to(
    statistics: &Statistics,
    dimensions: &[Dimension],
) -> impl Iterator<Item = v1::CatalogueStatistic> {
    dimensions.iter().flat_map(move |dimension| {
        let wire = dimension_to(*dimension).into();
        let values = statistics.of(*dimension);
        values.map(move |(value, tally)| v1::CatalogueStatistic {
            dimension: wire,
            value: value.text().into_owned(),
            label: Some(text_to(&value.label())),
            tally: Some(tally_to(statistics, tally)),
        })
    })
}

fn tally_to(statistics: &Statistics, tally: Tally) -> v1::CatalogueTally {
    v1::CatalogueTally {
        entries: tally.entries,
        rows: tally.rows,
        bytes: tally.bytes,
        percent: statistics.percent(tally),
    }
}

/// Returns the requested dimensions; all if none is named.
///
/// # Errors
///
/// `INVALID_ARGUMENT` if a number is not that of a dimension, or one is named twice.
pub fn dimensions_from(asked: &[i32]) -> Result<Vec<Dimension>, Error> {
    if asked.is_empty() {
        return Ok(Dimension::ALL.to_vec());
    }
    let refuse = |why: Message| Error::new(ErrorCode::InvalidArgument, why);
    let mut dimensions = Vec::new();
    for number in asked {
        let wire = v1::CatalogueDimension::try_from(*number).ok();
        let dimension = wire
            .and_then(dimension_from)
            .ok_or_else(|| refuse(msg::DimensionUnknown { number: *number }.into()))?;
        if dimensions.contains(&dimension) {
            let name = Value::text(dimension.en());
            return Err(refuse(msg::DimensionTwice { name }.into()));
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
