//! Suggestions for demands: entries of the directory that may already hold the data.

use chengji_domain::Result;
use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use tonic::transport::Channel;

use crate::command::answer;
use crate::output::{note, notes};
use crate::pages::Pages;

/// Maximum number of entries that are suggested.
const SUGGESTED: usize = 10;

/// Searches the directory by the name of the data, and for entries with the fields wanted.
///
/// # Errors
///
/// Errors of the call.
pub async fn found(channel: Channel, name: &str, fields: &[String]) -> Result<v1::SearchResponse> {
    let mut directory = DirectoryServiceClient::new(channel);
    let asked = v1::SearchRequest {
        query: name.to_owned(),
        wanted_items: fields.to_vec(),
        ..v1::SearchRequest::default()
    };
    let pages = Pages::at_most(asked, SUGGESTED);
    let found = pages.whole(async |asked| answer(directory.search(asked)).await);
    found.await
}

/// Writes what was found to standard error, each entry with the reason, or why nothing could be searched, which keeps
/// nobody from acting on the demand.
pub fn show(name: &str, found: Result<v1::SearchResponse>) {
    match found {
        Ok(found) if !found.hits.is_empty() => {
            note(msg::DemandSuggestions { query: name });
            notes(found.hits.iter().map(suggested));
        }
        Ok(_) => {}
        Err(error) => {
            let problem = error.message();
            note(msg::DemandSuggestionsUnavailable { problem });
        }
    }
}

/// An entry, and why it is suggested.
fn suggested(hit: &v1::SearchHit) -> Message {
    let record = hit.record.clone().unwrap_or_default();
    let shown = record.entry.unwrap_or_default();
    let entry = format!("{}:{} {}", record.city, shown.code, shown.name);
    let fields = hit.wanted_items.join("; ");
    if hit.by_items_alone {
        msg::DemandSuggestedByFields { entry, fields }.into()
    } else if fields.is_empty() {
        msg::DemandSuggestedByName { entry }.into()
    } else {
        msg::DemandSuggestedByBoth { entry, fields }.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_suggestion_says_why() {
        let hit = |items: &[&str], by_items_alone| v1::SearchHit {
            record: Some(v1::CatalogueRecord {
                city: "430200".to_owned(),
                entry: Some(v1::CatalogueEntry {
                    code: "206007000001".to_owned(),
                    name: "充电桩分布".to_owned(),
                    ..v1::CatalogueEntry::default()
                }),
                ..v1::CatalogueRecord::default()
            }),
            wanted_items: items.iter().map(|item| (*item).to_owned()).collect(),
            by_items_alone,
            ..v1::SearchHit::default()
        };
        let entry = "430200:206007000001 充电桩分布";
        let by_name = msg::DemandSuggestedByName { entry };
        assert_eq!(suggested(&hit(&[], false)), Message::from(by_name));
        let fields = "经度; 纬度";
        let by_fields = msg::DemandSuggestedByFields { entry, fields };
        let items = ["经度", "纬度"];
        assert_eq!(suggested(&hit(&items, true)), Message::from(by_fields));
        let by_both = msg::DemandSuggestedByBoth { entry, fields };
        assert_eq!(suggested(&hit(&items, false)), Message::from(by_both));
    }
}
