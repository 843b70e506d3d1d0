//! The provider's side: describes the columns of a granted part of a table, as a fetch would deliver them.

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::{convert, v1};
use chengji_scope::Cut;
use chengji_store::View;
use chengji_substrait::PLAN_VERSION;

use super::Provider;
use super::provide::vouched;
use super::provide_part::table_of;
use super::query_part::check_permits_queries;
use super::sending::granted;
use super::sent::without_place;
use super::under_way::UnderWay;
use super::{grant, metering};
use crate::catalogue::as_mounted::AsMounted;
use crate::catalogue::entries;

/// The salt of a cut of which no row is taken: the types of hashes do not depend on it.
const NO_SALT: [u8; 32] = [0; 32];

/// Describes the part that is granted under a request, to a connector of this city. One at a time for each city.
pub(super) async fn describe(
    provider: &Provider,
    under_way: &UnderWay<CityCode>,
    (consumer, connector): (CityCode, &Principal),
    request: &v1::DescribePartRequest,
) -> Result<v1::DescribePartResponse> {
    let _turn = under_way.wait(consumer).await;
    let id = convert::request_from(&request.request)?;
    let history = granted(provider, id, consumer)?;
    let limits = grant::limits(&history);
    limits.check_connector(connector)?;
    vouched(request.voucher.as_ref(), consumer, &limits)?;
    let kv = provider.own.ledger.kv().as_ref();
    metering::check_unsent(kv, id, &limits, provider.own.now())?;
    let part = grant::part(&history);
    let part = part.ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            msg::GrantedFileHasNoColumns { request: id },
        )
    })?;
    let code = &history.submission.resource.code;
    let told = |error: Error| without_place(&error, &provider.catalogue, code);
    let table = table_of(kv, code, &part).map_err(told)?;
    let is_queried = provider.engine.is_some() && check_permits_queries(id, &limits, &part).is_ok();
    let source = table.address.source.clone();
    let described = provider
        .catalogue
        .table_sources
        .look(&source, move |source, go_on| {
            let found = AsMounted::find(source, &table, go_on)?;
            let cut = Cut::new(&part, &found.schema, &found.arrow_schema, &NO_SALT)?;
            stream_of(&cut.schema())
                .map_err(|_| Error::new(ErrorCode::Internal, msg::ScopeCutFailed))
        });
    let schema = described.await.map_err(told)?;
    let queried_bytes = match is_queried {
        true => measured_bytes(kv, code)?,
        false => None,
    };
    Ok(v1::DescribePartResponse {
        schema,
        queried_bytes,
        plan_version: PLAN_VERSION,
    })
}

/// The size of the table that is mounted to an entry, as it was measured.
fn measured_bytes(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<u64>> {
    let mount = entries::published(view, code)?.mount;
    let measurement = mount.and_then(|mount| mount.measurement);
    Ok(measurement.map(|measurement| measurement.bytes))
}

/// A stream of this schema without rows.
fn stream_of(schema: &SchemaRef) -> Result<Vec<u8>, ArrowError> {
    StreamWriter::try_new(Vec::new(), schema)?.into_inner()
}

#[cfg(test)]
#[path = "describe_part_tests.rs"]
mod tests;
