//! Statistics of the city's own catalogue, as pages.

use chengji_domain::Result;
use chengji_paging::Pager;
use chengji_proto::{convert, v1};

use super::Catalogue;
use super::counts::counted;

/// Computes a page of the statistics as of the present second.
pub fn statistics(
    catalogue: &Catalogue,
    request: &v1::StatisticsRequest,
) -> Result<v1::CatalogueStatistics> {
    let pager = Pager::<u64>::of(request)?;
    let dimensions = convert::dimensions_from(&request.dimensions)?;
    let now = catalogue.own.now();
    let statistics = counted(catalogue.own.ledger.kv().as_ref(), now)?;
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
