//! Statistics of the city's own catalogue: the domain's fold over the current records.

use chengji_domain::Result;
use chengji_domain::catalogue::statistics::Statistics;
use chengji_proto::{convert, v1};

use super::Catalogue;
use super::book;

/// Reads the whole catalogue: call it off the threads that serve.
pub fn statistics(
    catalogue: &Catalogue,
    request: &v1::StatisticsRequest,
) -> Result<v1::CatalogueStatistics> {
    let dimensions = convert::dimensions_from(&request.dimensions)?;
    let mut statistics = Statistics::new(catalogue.own.now());
    for record in book::all(catalogue.own.ledger.kv().as_ref()) {
        let record = record?;
        if record.withdrawn.is_none() {
            statistics.count(record.features());
        }
    }
    Ok(convert::statistics_to(
        Some(catalogue.own.city),
        &statistics,
        &dimensions,
    ))
}
