//! The provider's side: lets a consumer have the content of a granted resource, a file or a part of a table.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::delivery::Content;
use chengji_domain::request::terms::{Limits, Voucher};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::service::Answers;
use chengji_proto::{convert, v1};
use chengji_transport::Permit;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;

use super::Provider;
use super::grant;
use super::provide_part::table_of;
use super::sending::{Asked, granted, unmeasured};
use super::sent::{Sent, without_place};
use super::under_way::UnderWay;
use crate::catalogue::mount::open_measured;
use crate::catalogue::source::Source;

/// Number of pieces read ahead of the connection.
const MAX_BUFFERED_PIECES: usize = 2;

/// Suggested delay before a retry at the maximum number of deliveries.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// Maximum number of concurrent deliveries to one city.
pub(super) const MAX_TO_A_CITY: usize = 16;

/// Begins a delivery to the calling node.
pub(super) async fn fetch(
    provider: &Provider,
    under_way: &UnderWay<CityCode>,
    permit: &Permit,
    request: &v1::FetchRequest,
) -> Result<Answers<v1::FetchResponse>> {
    let consumer = permit.city()?;
    let id = convert::request_from(&request.request)?;
    let history = granted(provider, id, consumer)?;
    let limits = grant::limits(&history);
    limits.check_connector(permit.principal())?;
    let vouched = vouched(request.voucher.as_ref(), consumer, &limits)?;
    let turn = under_way
        .begin(consumer)
        .ok_or_else(|| too_many(consumer))?;
    let part = grant::part(&history);
    let asked = Asked {
        provider: provider.clone(),
        consumer,
        id,
        code: history.submission.resource.code,
        request: request.clone(),
        limits,
        vouched,
        turn,
    };
    let (parts, stream) = mpsc::channel(MAX_BUFFERED_PIECES);
    match part {
        None => {
            let (content, source) = asked.measured().await?;
            let (offer, sending) = asked.begin(content, Sent::File(source)).await?;
            tokio::spawn(sending.run(offer, parts).in_current_span());
        }
        Some(part) => {
            let kv = provider.own.ledger.kv().as_ref();
            let table = table_of(kv, &asked.code, &part)
                .map_err(|error| without_place(&error, &provider.catalogue, &asked.code))?;
            asked.check_unread().await?;
            tokio::spawn(asked.deliver_part((table, part), parts).in_current_span());
        }
    }
    Ok(Box::pin(ReceiverStream::new(stream)))
}

impl Asked {
    /// The mounted file.
    async fn measured(&self) -> Result<(Content, Arc<Source>)> {
        let code = &self.code;
        let (record, source) = open_measured(&self.provider.catalogue, code).await?;
        let mount = record.mount.ok_or_else(|| unmeasured(code))?;
        let measurement = mount.measurement.ok_or_else(|| unmeasured(code))?;
        let content = Content {
            code: code.clone(),
            revision: record.revision,
            file_name: mount.file_name,
            bytes: measurement.bytes,
            digest: measurement.digest,
            rows: None,
        };
        Ok((content, source))
    }
}

/// The user and the operation that the consumer's node vouches for, where the grant limits either.
pub(super) fn vouched(
    voucher: Option<&v1::Voucher>,
    consumer: CityCode,
    limits: &Limits,
) -> Result<Option<Voucher>> {
    if !limits.need_voucher() {
        return Ok(None);
    }
    let voucher = convert::optional_voucher_from(voucher)?;
    if let Some(voucher) = &voucher {
        voucher.check_text()?;
        let who = &voucher.user;
        if who.city() != Some(consumer) {
            return Err(Error::new(
                ErrorCode::NoGrant,
                msg::UserNotPermitted { who },
            ));
        }
    }
    limits.check_voucher(voucher.as_ref())?;
    Ok(voucher)
}

fn too_many(consumer: CityCode) -> Error {
    let message = msg::TooManyDeliveries {
        count: MAX_TO_A_CITY,
        consumer,
    };
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_deliveries_as_may_be_are_no_fault_of_the_consumer() {
        let error = too_many("430100".parse().unwrap());
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
        assert_eq!(error.fault(), chengji_domain::Fault::Busy);
    }
}
