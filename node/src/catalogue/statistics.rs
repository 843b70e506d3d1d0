//! Statistics of the city's own catalogue: the domain's fold over the current records.

use chengji_domain::Result;
use chengji_domain::catalogue::statistics::Statistics;
use chengji_paging::Pager;
use chengji_proto::{convert, v1};

use super::Catalogue;
use super::entries;

/// Reads the whole catalogue: call it off the threads that serve.
pub fn statistics(
    catalogue: &Catalogue,
    request: &v1::StatisticsRequest,
) -> Result<v1::CatalogueStatistics> {
    let pager = Pager::<u64>::of(request)?;
    let dimensions = convert::dimensions_from(&request.dimensions)?;
    let mut statistics = Statistics::new(catalogue.own.now());
    for record in entries::all(catalogue.own.ledger.kv().as_ref()) {
        let record = record?;
        if record.withdrawn.is_none() {
            statistics.count(record.features());
        }
    }
    let city = Some(catalogue.own.city);
    let mut answer = convert::statistics_to(city, &statistics, &dimensions);
    // Counted anew for each page, so a value's number is its position.
    let values = (0_u64..)
        .zip(std::mem::take(&mut answer.statistics))
        .map(Ok);
    let page = pager.fill(pager.rest(values), |_, value| Ok(Some(value)))?;
    (answer.statistics, answer.next_cursor) = (page.items, page.next_cursor);
    Ok(answer)
}
