//! Suggestions for demands: entries of the directory that may already hold the data.

use chengji_domain::Result;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use tonic::transport::Channel;

use crate::command::answer;
use crate::output::note;
use crate::pages::Pages;

/// Maximum number of entries that are suggested.
const SUGGESTED: usize = 10;

/// Searches the directory by the name of the data.
///
/// # Errors
///
/// Errors of the call.
pub async fn found(channel: Channel, name: &str) -> Result<v1::SearchResponse> {
    let mut directory = DirectoryServiceClient::new(channel);
    let asked = v1::SearchRequest {
        query: name.to_owned(),
        ..v1::SearchRequest::default()
    };
    let pages = Pages::at_most(asked, SUGGESTED);
    let found = pages.whole(async |asked| answer(directory.search(asked)).await);
    found.await
}

/// Writes what was found by the name of the data to standard error, or why nothing could be searched, which keeps
/// nobody from acting on the demand.
pub fn show(name: &str, found: Result<v1::SearchResponse>) {
    match found {
        Ok(found) if !found.hits.is_empty() => {
            note(msg::DemandSuggestions { query: name });
            for hit in found.hits {
                let record = hit.record.unwrap_or_default();
                let entry = record.entry.unwrap_or_default();
                let text = format!("{}:{} {}", record.city, entry.code, entry.name);
                note(msg::Text { text });
            }
        }
        Ok(_) => {}
        Err(error) => {
            let problem = error.message();
            note(msg::DemandSuggestionsUnavailable { problem });
        }
    }
}
