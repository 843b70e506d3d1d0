//! Statistics of the city's own catalogue, as pages.

use chengji_domain::Result;
use chengji_paging::Pager;
use chengji_proto::convert::{StatisticsPage, dimensions_from, statistics_to};
use chengji_proto::v1;

use super::Catalogue;
use super::counts::counted;

/// Computes a page of the statistics as of the present second.
pub fn statistics(
    catalogue: &Catalogue,
    request: &v1::StatisticsRequest,
) -> Result<StatisticsPage> {
    let pager = Pager::<u64>::of(request)?;
    let dimensions = dimensions_from(&request.dimensions)?;
    let now = catalogue.own.now();
    let statistics = counted(catalogue.own.ledger.kv().as_ref(), now)?;
    // Counted anew for each page, so a value's number is its position.
    let rows = (0_u64..).zip(statistics_to(&statistics, &dimensions));
    let values = pager.fill(pager.rest(rows.map(Ok)), |_, value| Ok(Some(value)))?;
    Ok(StatisticsPage {
        city: catalogue.own.city,
        statistics,
        values,
    })
}
