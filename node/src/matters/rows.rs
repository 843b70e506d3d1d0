//! The rows attached to a correction: read from this city's own log, or from the node of the city that filed it. They
//! pass no third party.

use chengji_domain::fact::CityFact;
use chengji_domain::matter::{AttachedRows, Filing, MatterFact, MatterRecord, check_rows};
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_from;
use chengji_proto::v1;
use chengji_proto::v1::correction_service_client::CorrectionServiceClient;
use chengji_store::log;
use chengji_transport::{CallTimeout, Permit, with_request_id};
use tonic::Request;

use crate::cluster::Cluster;
use crate::own_log::OwnLog;

/// The attached rows of a correction. Errors: `NOT_FOUND` for one without any.
pub(super) fn attached(record: &MatterRecord) -> Result<AttachedRows> {
    let rows = match &record.filing {
        Filing::Correction(filing) => filing.rows,
        Filing::Demand(_) => None,
    };
    rows.ok_or_else(|| without_rows(record))
}

fn without_rows(record: &MatterRecord) -> Error {
    let correction = record.id;
    Error::new(
        ErrorCode::NotFound,
        msg::CorrectionWithoutRows { correction },
    )
}

/// Reads the rows of a correction that this city filed. Errors: `NOT_FOUND` where its log lacks them, as after a
/// restore.
pub(super) fn of_own_log(own: &OwnLog, record: &MatterRecord) -> Result<v1::CorrectionRows> {
    let attached = attached(record)?;
    let found = log::entries(own.ledger.kv().as_ref(), attached.seq, 1, usize::MAX)?;
    let entry = found.first().filter(|(seq, _)| *seq == attached.seq);
    let entry = entry.filter(|(_, entry)| entry.has_body());
    let (_, entry) = entry.ok_or_else(|| without_rows(record))?;
    if let CityFact::Matter(fact) = city_entry_from(entry, own.city)?.fact
        && let MatterFact::RowsAttached { provider, rows } = *fact
        && record.provider() == Some(provider)
        && Digest::of(rows.as_bytes()) == attached.digest
    {
        return Ok(v1::CorrectionRows { rows });
    }
    Err(without_rows(record))
}

/// Fetches the rows of a correction from the node of the city that filed it, and compares them with what the
/// coordinator ordered.
///
/// # Errors
///
/// `NOT_FOUND`; `PEER_UNAVAILABLE`; `PEER_INVALID` for other rows than were attached, and for what cannot be attached.
pub(super) async fn fetched(
    cluster: &Cluster,
    permit: &Permit,
    record: &MatterRecord,
) -> Result<v1::CorrectionRows> {
    let attached = attached(record)?;
    let mut client = CorrectionServiceClient::new(cluster.peer(record.consumer())?);
    let id = record.id.to_string();
    let asked = Request::new(v1::FetchRowsRequest { id });
    let asked = with_request_id(asked, permit.request_id());
    let answer = CallTimeout::PeerAnswer.answer(client.fetch_rows(asked));
    let fetched = answer.await?;
    check_rows(&fetched.rows).map_err(|_| differ(record))?;
    if Digest::of(fetched.rows.as_bytes()) == attached.digest {
        return Ok(fetched);
    }
    Err(differ(record))
}

fn differ(record: &MatterRecord) -> Error {
    let correction = record.id;
    let message = msg::CorrectionRowsDiffer { correction };
    Error::new(ErrorCode::PeerInvalid, message)
}
