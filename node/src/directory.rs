//! Forwards calls to the federated catalogue, which is at the coordinator.

use chengji_clock::Clock;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{ShownEntry, shown_entry_from};
use chengji_proto::service::{DirectoryService, Page};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_transport::{CallTimeout, Permit, with_request_id};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};

use crate::lease::CoordinatorLease;

/// Serves [`DirectoryService`] by asking the coordinator.
#[derive(Clone)]
pub struct NodeDirectoryService {
    /// The channel to the coordinator.
    pub coordinator: Channel,
    /// The time since the coordinator was last heard.
    pub lease: CoordinatorLease,
    /// The clock.
    pub clock: Clock,
}

impl NodeDirectoryService {
    fn pass<T>(&self, permit: &Permit, asked: T) -> (DirectoryServiceClient<Channel>, Request<T>) {
        let client = DirectoryServiceClient::new(self.coordinator.clone());
        let request = with_request_id(Request::new(asked), permit.request_id());
        (client, request)
    }

    /// The coordinator's answer, without its transport metadata. If it cannot be reached, the error states
    /// since when, and what still works.
    pub(crate) async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T> {
        let error = match CallTimeout::PeerAnswer.answer(call).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.code() != ErrorCode::PeerUnavailable {
            return Err(error);
        }
        let cause = error.message();
        let message: Message = match self.lease.last((self.clock)()) {
            Some(since) => msg::CoordinatorOutOfReach { since, cause }.into(),
            None => msg::CoordinatorNeverReached { cause }.into(),
        };
        Err(Error::new(ErrorCode::PeerUnavailable, message))
    }
}

/// The error of an answer of the coordinator's that is not valid: not the caller's fault. An answer of a newer
/// coordinator keeps its `UPGRADE_NEEDED`.
pub(crate) fn from_coordinator(error: Error) -> Error {
    match error.code() {
        ErrorCode::InvalidArgument => error.with_code(ErrorCode::PeerInvalid),
        _ => error,
    }
}

impl DirectoryService<Permit> for NodeDirectoryService {
    async fn search(&self, permit: Permit, asked: v1::SearchRequest) -> Result<v1::SearchResponse> {
        let (mut client, request) = self.pass(&permit, asked);
        self.answer(client.search(request)).await
    }

    async fn complete(
        &self,
        permit: Permit,
        asked: v1::CompleteRequest,
    ) -> Result<v1::CompleteResponse> {
        let (mut client, request) = self.pass(&permit, asked);
        self.answer(client.complete(request)).await
    }

    async fn show(&self, permit: Permit, asked: v1::ShowDirectoryRequest) -> Result<ShownEntry> {
        let (mut client, request) = self.pass(&permit, asked);
        let shown = self.answer(client.show(request)).await?;
        shown_entry_from(shown).map_err(from_coordinator)
    }

    async fn list_cities(
        &self,
        permit: Permit,
        asked: v1::ListCitiesRequest,
    ) -> Result<Page<v1::CityStatus>> {
        let (mut client, request) = self.pass(&permit, asked);
        let listed = self.answer(client.list_cities(request)).await?;
        Ok(Page {
            items: listed.cities,
            next_cursor: listed.next_cursor,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{EntryRecord, ShareClass};
    use chengji_proto::convert::record_to;
    use chengji_testkit::entries;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn an_answer_of_a_newer_coordinator_asks_for_an_upgrade() {
        let entry = entries::entry(&entries::draft(1, ShareClass::Conditional));
        let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
        let read = |spoil: fn(&mut v1::CatalogueEntry)| {
            let mut wire = record_to("430200".parse().unwrap(), &record);
            spoil(wire.entry.as_mut().unwrap());
            let shown = shown_entry_from(wire).map_err(from_coordinator);
            shown.unwrap_err().code()
        };
        assert_eq!(
            read(|entry| entry.share_class = 99),
            ErrorCode::UpgradeNeeded
        );
        assert_eq!(read(|entry| entry.code.clear()), ErrorCode::PeerInvalid);
    }
}
