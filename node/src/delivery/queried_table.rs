//! The consumer's side of granted tables in queries: the columns of one, and its content, which is fetched if nothing was
//! received yet, or too long ago, or before the granted part was changed.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read};

use arrow_schema::SchemaRef;
use chengji_domain::delivery::Receipt;
use chengji_domain::request::RequestId;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::table::ArrowStream;
use chengji_messages::msg;
use chengji_proto::convert::voucher_to;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_runtime::off_thread;
use chengji_scope::check_delivered;
use chengji_substrait::PLAN_VERSION;
use chengji_transport::{CallTimeout, with_request_id};
use jiff::{SignedDuration, Timestamp};

use super::download::{nothing_received, unreadable};
use super::granted_table::{GrantedTable, granted_to};
use super::known_tables::Described;
use super::partial::ArrivalFolder;
use super::reception::of_provider;
use super::sent::amended;
use super::service::NodeDeliveryService;
use super::{grant, receipts, receive, vouching};
use crate::caller::Caller;
use crate::requests::records;

/// The content of a granted table.
#[derive(Debug)]
pub(crate) struct ReceivedTable {
    /// The file, a stream in Arrow IPC format.
    pub(crate) file: File,
    /// Its size.
    pub(crate) bytes: u64,
    /// Number of rows, as its receipt says.
    pub(crate) rows: u64,
    /// Its columns.
    schema: SchemaRef,
    /// The table as it is granted.
    pub(crate) granted: GrantedTable,
}

impl NodeDeliveryService {
    /// The table that a caller may read under this request now. Errors: as of [`granted_to`].
    pub(super) fn granted_table(
        &self,
        caller: &Caller,
        request: RequestId,
    ) -> Result<GrantedTable> {
        let own = &self.consumer.own;
        let record = records::existing(own.ledger.kv().as_ref(), request)?;
        granted_to(own, (caller, own.now()), &record)
    }

    /// Fails once a caller may no longer read a table, or another part of it is granted.
    pub(crate) fn check_still_granted(&self, caller: &Caller, table: &GrantedTable) -> Result<()> {
        let granted = self.granted_table(caller, table.request())?;
        match granted.part == table.part {
            true => Ok(()),
            false => Err(amended(table.request())),
        }
    }

    /// The content of the table that is granted under a request, for a caller in the call of this id: what was received
    /// last if it is of the granted part and at most this old, else what is fetched now, as for a person.
    ///
    /// # Errors
    ///
    /// As of [`granted_to`], and those of a fetch.
    pub(crate) async fn table(
        &self,
        by: (&Caller, &str),
        request: RequestId,
        keep: SignedDuration,
    ) -> Result<ReceivedTable> {
        let now = self.consumer.own.now();
        if let Some(opened) = self.table_here(by.0, request, keep).await? {
            return Ok(opened);
        }
        let asked = v1::ReceiveRequest {
            request: request.to_string(),
            if_changed: true,
            ..v1::ReceiveRequest::default()
        };
        let done = receive::received(&self.consumer, &self.receiving, by, asked).await?;
        // It may have ended or changed meanwhile.
        let granted = self.granted_table(by.0, request)?;
        let receipt = receipts::received(self.consumer.own.ledger.kv().as_ref(), request)?;
        let receipt = receipt.ok_or_else(|| nothing_received(request))?;
        if done.unchanged {
            self.queried.confirm(request, receipt.seq, now);
        }
        let opened = self.opened(&granted, &receipt).await?;
        opened.ok_or_else(|| nothing_received(request))
    }

    /// The content of the table that is granted under a request as it is here: `None` if it would have to be fetched.
    ///
    /// # Errors
    ///
    /// As of [`granted_to`].
    pub(crate) async fn table_here(
        &self,
        caller: &Caller,
        request: RequestId,
        keep: SignedDuration,
    ) -> Result<Option<ReceivedTable>> {
        let granted = self.granted_table(caller, request)?;
        let now = self.consumer.own.now();
        match self.of_part(&granted)? {
            Some((receipt, at)) if now.duration_since(at) <= keep => {
                self.kept(&granted, &receipt).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// The columns of the table that is granted under a request: of what was received, or as the provider describes them.
    ///
    /// # Errors
    ///
    /// As of [`granted_to`]; the refusal of the provider, `PEER_UNAVAILABLE`, `PEER_INVALID` for other columns than are
    /// granted.
    pub(crate) async fn table_schema(
        &self,
        by: (&Caller, &str),
        request: RequestId,
    ) -> Result<SchemaRef> {
        let granted = self.granted_table(by.0, request)?;
        if let Some((receipt, _)) = self.of_part(&granted)?
            && let Some(opened) = self.kept(&granted, &receipt).await?
        {
            return Ok(opened.schema);
        }
        if let Some(known) = self.queried.described(request, granted.since) {
            return Ok(known.schema);
        }
        let described = self.ask_columns(by, &granted).await?;
        let schema = SchemaRef::clone(&described.schema);
        self.queried.describe(request, granted.since, described);
        Ok(schema)
    }

    /// Returns true if queries of the table that is granted under a request are computed by its provider: nothing of the
    /// part was received, and the whole table is larger than this in bytes. Only a provider that was asked for the columns
    /// and offers it computes queries.
    ///
    /// # Errors
    ///
    /// As of [`granted_to`].
    pub(crate) fn is_computed_there(
        &self,
        caller: &Caller,
        request: RequestId,
        fetch_up_to: u64,
    ) -> Result<bool> {
        let granted = self.granted_table(caller, request)?;
        let described = self.queried.described(request, granted.since);
        let bytes = described.and_then(|described| described.queried_bytes);
        Ok(bytes.is_some_and(|bytes| bytes > fetch_up_to) && self.of_part(&granted)?.is_none())
    }

    /// The last reception under a request, if it is of the granted part, with the time at which it was the provider's.
    fn of_part(&self, granted: &GrantedTable) -> Result<Option<(Receipt, Timestamp)>> {
        let request = granted.request();
        let receipt = receipts::received(self.consumer.own.ledger.kv().as_ref(), request)?;
        let Some(receipt) = receipt.filter(|receipt| receipt.delivery.rows.is_some()) else {
            return Ok(None);
        };
        let confirmed = self.queried.confirmed(request, receipt.seq);
        let at = confirmed.map_or(receipt.at, |at| at.max(receipt.at));
        Ok((at >= granted.since).then_some((receipt, at)))
    }

    /// Opens what was received under this receipt; `None` if the file was removed or replaced, or is not the granted table
    /// any more.
    async fn kept(
        &self,
        granted: &GrantedTable,
        receipt: &Receipt,
    ) -> Result<Option<ReceivedTable>> {
        match self.opened(granted, receipt).await {
            Err(error) if error.code() == ErrorCode::PeerInvalid => Ok(None),
            opened => opened,
        }
    }

    /// Opens what was received under this receipt; `None` if the file was removed or replaced.
    async fn opened(
        &self,
        granted: &GrantedTable,
        receipt: &Receipt,
    ) -> Result<Option<ReceivedTable>> {
        let (request, content) = (granted.request(), receipt.content());
        let path = ArrivalFolder::new(self.consumer.disk.sizes(), request).file(&content);
        let opening = off_thread(move || {
            let opened = File::open(&path).and_then(|file| {
                let bytes = file.metadata()?.len();
                Ok((file.try_clone()?, file, bytes))
            });
            match opened {
                Ok(opened) => Ok((opened.2 == content.bytes).then_some(opened)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(unreadable(request, &error)),
            }
        });
        let Some((again, file, bytes)) = opening.await? else {
            return Ok(None);
        };
        let schema = schema_of(BufReader::new(again), bytes).await?;
        check_delivered(&granted.part, &schema)?;
        Ok(Some(ReceivedTable {
            file,
            bytes,
            // Only the planner uses it, as an estimate.
            rows: receipt.delivery.rows.unwrap_or(0),
            schema,
            granted: granted.clone(),
        }))
    }

    /// Asks the provider for the columns of a granted table; they are not trusted.
    async fn ask_columns(
        &self,
        (caller, call): (&Caller, &str),
        granted: &GrantedTable,
    ) -> Result<Described> {
        let (consumer, history) = (&self.consumer, &granted.history);
        let voucher = receive::voucher(caller, "", consumer)?;
        let limits = grant::limits(history);
        limits.check_voucher(Some(&voucher))?;
        let voucher = limits.need_voucher().then_some(voucher);
        if let Some(voucher) = voucher.clone() {
            vouching::record(&consumer.own, history.id, voucher).await?;
        }
        let asked = v1::DescribePartRequest {
            request: history.id.to_string(),
            voucher: voucher.as_ref().map(voucher_to),
        };
        let mut client = DeliveryServiceClient::new(consumer.cluster.peer(history.provider())?);
        let request = with_request_id(tonic::Request::new(asked), call);
        let answer = CallTimeout::Answer.answer(client.describe_part(request));
        let answer = answer.await.map_err(|error| of_provider(error, history))?;
        let bytes = answer.schema.len() as u64;
        let schema = schema_of(Cursor::new(answer.schema), bytes).await?;
        check_delivered(&granted.part, &schema)?;
        Ok(Described {
            schema,
            queried_bytes: queried_bytes(answer.queried_bytes, answer.plan_version),
        })
    }
}

/// The size of the whole table, if its provider computes the queries that this node makes: plans of another version are not
/// handed over, and the table is fetched instead.
fn queried_bytes(offered: Option<u64>, plan_version: u32) -> Option<u64> {
    offered.filter(|_| plan_version == PLAN_VERSION)
}

/// Reads the columns of a stream of this size, on a thread of its own.
async fn schema_of(stream: impl Read + Send + 'static, bytes: u64) -> Result<SchemaRef> {
    let read = move || -> Result<SchemaRef> { Ok(ArrowStream::new(stream, bytes)?.schema()) };
    // The reader of the format panics at some contradictions.
    let broken = |_| {
        let message = msg::TableStreamContradictory;
        Err(Error::new(ErrorCode::PeerInvalid, message))
    };
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(broken)
}

#[cfg(test)]
#[path = "queried_table_tests.rs"]
mod tests;
