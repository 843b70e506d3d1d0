//! Large numbers of catalogue entries, valid and of realistic size.

use std::ops::Range;

use chengji_domain::catalogue::{
    Draft, DraftItem, FormatKind, Given, ItemType, ShareClass, UpdateCycle,
};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::change_request::Step as Move;
use chengji_proto::v1::change_response::Event as ChangeEvent;
use chengji_proto::v1::import_request::Step;
use chengji_proto::v1::import_response::Event;
use chengji_proto::{convert, v1};
use chengji_testkit::entries;
use tonic::transport::Channel;

use crate::cluster::Cluster;
use crate::measure::Outcome;

/// Number of entries in a message.
const MESSAGE: usize = 500;

/// The entry with this number: unconditional and a file, so that a request for it is granted at once.
pub(crate) fn entry(number: usize) -> Outcome<v1::CatalogueEntry> {
    let (group, item) = (number % 20 + 1, number % 997);
    let field = |name: &str, length| DraftItem {
        name: name.to_owned(),
        kind: Given::Known(ItemType::Text),
        length,
        ..DraftItem::default()
    };
    let draft = Draft {
        code: format!("3{group:02}{item:03}/{number:06}"),
        name: format!("充电设施分布信息（第{number}批）"),
        classification: format!("3/{group:02}/{item:03}"),
        provider: "市发展和改革委员会".to_owned(),
        summary: format!(
            "全市公共充电桩的位置、数量、功率与开放时间，按月汇总第{number}批，供交通和能源部门调度使用。"
        ),
        formats: vec![(Given::Known(FormatKind::Spreadsheet), "csv".to_owned())],
        items: vec![
            field("设施编号", 32),
            field("设施名称", 100),
            field("地址", 200),
            field("运营单位", 100),
        ],
        update_cycle: Given::Known(UpdateCycle::Monthly),
        ..entries::with_papers(entries::draft(0, ShareClass::Unconditional))
    };
    let entry = draft.check().map_err(|problems| format!("{problems:?}"))?;
    Ok(convert::entry_to(&entry))
}

/// Publishes the entries of these numbers, which are new, in a city's catalogue.
pub(crate) async fn publish(cluster: &Cluster, city: usize, which: Range<usize>) -> Outcome<()> {
    import(cluster.to_node(city)?, which.clone()).await?;
    approve(cluster.to_review(city)?, which).await
}

/// Approves them: each is at its first revision, and was submitted.
async fn approve(node: Channel, which: Range<usize>) -> Outcome<()> {
    let codes = which.map(|number| entry(number).map(|entry| entry.code));
    let revisions = codes
        .map(|code| {
            code.map(|code| v1::EntryRevision {
                code,
                revision: 1,
                steps: 1,
            })
        })
        .collect::<Outcome<Vec<_>>>()?;
    let start = v1::ChangeStart {
        r#move: v1::EntryMove::Approve.into(),
        reason: String::new(),
        consent: None,
    };
    let mut steps = vec![Move::Start(start)];
    steps.extend(revisions.chunks(MESSAGE).map(|chunk| {
        Move::Entries(v1::ChangeEntries {
            entries: chunk.to_vec(),
        })
    }));
    let messages = steps
        .into_iter()
        .map(|step| v1::ChangeRequest { step: Some(step) });
    let answer = CatalogueServiceClient::new(node)
        .review(tokio_stream::iter(messages))
        .await?;
    let mut responses = answer.into_inner();
    while let Some(item) = responses.message().await? {
        match item.event {
            Some(ChangeEvent::Summary(summary)) if summary.refused == 0 => return Ok(()),
            Some(ChangeEvent::Summary(summary)) => {
                return Err(format!("{} entries were not approved", summary.refused).into());
            }
            _ => {}
        }
    }
    Err("the review ended without a summary".into())
}

/// Submits the entries of these numbers.
async fn import(node: Channel, which: Range<usize>) -> Outcome<()> {
    let entries = which.map(entry).collect::<Outcome<Vec<_>>>()?;
    let numbered: Vec<_> = (1..)
        .zip(entries)
        .map(|(line, entry)| v1::ImportEntry {
            line,
            entry: Some(entry),
        })
        .collect();
    let start = v1::ImportStart {
        entries: numbered.len() as u64,
        ..v1::ImportStart::default()
    };
    let mut steps = vec![Step::Start(start)];
    steps.extend(numbered.chunks(MESSAGE).map(|chunk| {
        Step::Entries(v1::ImportEntries {
            entries: chunk.to_vec(),
        })
    }));
    let messages = steps
        .into_iter()
        .map(|step| v1::ImportRequest { step: Some(step) });
    let answer = CatalogueServiceClient::new(node)
        .import(tokio_stream::iter(messages))
        .await?;
    let mut responses = answer.into_inner();
    while let Some(item) = responses.message().await? {
        match item.event {
            Some(Event::Summary(summary)) if summary.accepted => return Ok(()),
            Some(Event::Summary(summary)) => return Err(format!("{summary:?}").into()),
            _ => {}
        }
    }
    Err("the import ended without a summary".into())
}
