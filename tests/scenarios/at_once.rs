//! Several people, and several commands of one person, at the same moment: each gets its turn.

use std::ops::Range;

use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::import_request::Step;
use chengji_proto::v1::import_response::Event;
use chengji_tests::{Ahead, Cluster, Exit, entry};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use tonic::transport::Channel;

const CITY: &str = "430100";
/// Number of entries in one import; with abstracts of this length they are some twenty durable transactions.
const ENTRIES: u64 = 600;
/// Number of entries in an import that takes long enough for another to queue behind it.
const LONG: u64 = 1_800;
const ABSTRACT: usize = 3_000;
/// Number of imports that begin at the same moment.
const IMPORTS: usize = 5;
/// Number of commands of one profile that begin at the same moment.
const COMMANDS: usize = 20;

/// The messages of an import of these entries.
pub(crate) fn steps(serials: Range<u64>) -> Vec<v1::ImportRequest> {
    let start = Step::Start(v1::ImportStart {
        entries: serials.end - serials.start,
        ..v1::ImportStart::default()
    });
    let entries: Vec<v1::ImportEntry> = serials
        .map(|serial| v1::ImportEntry {
            line: serial + 1,
            entry: Some(entry(serial, ABSTRACT)),
        })
        .collect();
    let pieces = entries.chunks(50).map(|piece| {
        Step::Entries(v1::ImportEntries {
            entries: piece.to_vec(),
        })
    });
    let steps = std::iter::once(start).chain(pieces);
    steps
        .map(|step| v1::ImportRequest { step: Some(step) })
        .collect()
}

/// Imports these entries; returns the summary, and whether the import had to wait.
async fn import(channel: Channel, serials: Range<u64>) -> (v1::ImportSummary, bool) {
    let mut client = CatalogueServiceClient::new(channel);
    let steps = tokio_stream::iter(steps(serials));
    let mut responses = client.import(steps).await.unwrap().into_inner();
    let mut waited = false;
    while let Some(item) = responses.message().await.unwrap() {
        match item.event {
            Some(Event::Waiting(waiting)) => waited |= waiting.ahead > 0,
            Some(Event::Summary(summary)) => return (summary, waited),
            _ => {}
        }
    }
    panic!("the import ended without a summary")
}

/// The summary of an import of these messages.
pub(crate) async fn summary(
    channel: Channel,
    steps: Vec<v1::ImportRequest>,
) -> Result<v1::ImportSummary, tonic::Status> {
    let mut client = CatalogueServiceClient::new(channel);
    let mut responses = client.import(tokio_stream::iter(steps)).await?.into_inner();
    while let Some(item) = responses.message().await? {
        if let Some(Event::Summary(summary)) = item.event {
            return Ok(summary);
        }
    }
    Err(tonic::Status::data_loss(
        "the import ended without a summary",
    ))
}

#[test]
fn imports_at_the_same_moment_queue_and_each_reports_what_it_changed() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    // Each overlaps with half of the one before.
    let ranges: Vec<Range<u64>> = (0..IMPORTS as u64)
        .map(|number| number * ENTRIES / 2..number * ENTRIES / 2 + ENTRIES)
        .collect();
    let imports = ranges.iter().map(|serials| {
        let channel = cluster.channel(&node.officer(), node);
        import(channel, serials.clone())
    });
    let outcomes = cluster.wait(join_all(imports));
    let total = ranges.last().unwrap().end;
    let added: u64 = outcomes.iter().map(|(summary, _)| summary.added).sum();
    assert_eq!(added, total, "an entry is new once");
    for (summary, _) in &outcomes {
        assert!(
            summary.accepted && summary.problems.is_empty(),
            "{summary:?}"
        );
        assert_eq!(summary.added + summary.unchanged, ENTRIES, "{summary:?}");
    }
    let waited = outcomes.iter().filter(|(_, waited)| *waited).count();
    println!("{waited} of {IMPORTS} imports waited");
    assert!(waited > 0, "no import overlapped another");
    assert_eq!(node.approve(), total);
}

#[test]
fn an_import_whose_caller_leaves_the_queue_writes_nothing() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let channel = cluster.channel(&node.officer(), node);
    cluster.wait(async {
        let mut first = CatalogueServiceClient::new(channel.clone());
        let first_steps = tokio_stream::iter(steps(0..LONG));
        let mut first_responses = first.import(first_steps).await.unwrap().into_inner();
        // The second has sent everything but its end when the first is being written.
        let (end, ended) = oneshot::channel::<()>();
        let end_of_second = futures_util::stream::once(ended)
            .filter_map(|_| std::future::ready(None::<v1::ImportRequest>));
        let second_steps = tokio_stream::iter(steps(LONG..LONG + 1)).chain(end_of_second);
        let mut second = CatalogueServiceClient::new(channel.clone());
        let mut second_responses = second.import(second_steps).await.unwrap().into_inner();
        loop {
            match first_responses.message().await.unwrap().unwrap().event {
                Some(Event::Progress(progress)) if progress.written > 0 => break,
                Some(Event::Summary(_)) => panic!("the first import did not overlap the second"),
                _ => {}
            }
        }
        end.send(()).unwrap();
        loop {
            match second_responses.message().await.unwrap().unwrap().event {
                Some(Event::Waiting(waiting)) if waiting.ahead > 0 => {
                    assert_eq!(waiting.ahead, 1);
                    break;
                }
                Some(Event::Progress(progress)) if progress.written == 0 => {}
                other => panic!("the second import did not wait: {other:?}"),
            }
        }
        drop((second_responses, second));
        while let Some(item) = first_responses.message().await.unwrap() {
            if let Some(Event::Summary(summary)) = item.event {
                assert_eq!(summary.added, LONG);
            }
        }
        // The queue continues without the one that left.
        let (summary, _) = import(channel, 0..LONG).await;
        assert_eq!(summary.unchanged, LONG);
    });
    assert_eq!(node.approve(), LONG);
}

#[test]
fn one_of_many_commands_renews_a_certificate_that_is_due() {
    let cluster = Cluster::prepared(&[CITY]);
    let node = cluster.node(CITY);
    cluster.coordinator.start();
    let ahead = Ahead::default();
    node.start_at(ahead.clock());
    // A certificate of 90 days that was issued 61 days ago.
    ahead.by(-61 * 24);
    let profile = node.enrol("many", &["publisher"]);
    ahead.by(0);
    let exits: Vec<Exit> = std::thread::scope(|scope| {
        let commands: Vec<_> = (0..COMMANDS)
            .map(|_| scope.spawn(|| node.cli_as(&profile, &["status"])))
            .collect();
        let ended = commands.into_iter().map(|command| command.join().unwrap());
        ended.collect()
    });
    let mut renewed = 0;
    for exit in exits {
        let exit = exit.ok();
        renewed += usize::from(exit.says("certificate-renewed"));
        assert!(!exit.says("certificate-not-renewed"), "{exit}");
    }
    assert_eq!(renewed, 1);
    let auditor = node.enrol("office", &["auditor"]);
    let denied = ["--format", "json", "audit", "--denied", "--principal"];
    let principal = format!("city/{CITY}/person/many");
    let audit = node.cli_as(&auditor, &[&denied[..], &[&principal]].concat());
    let audit = audit.ok().json();
    assert_eq!(
        audit["entries"].as_array().map_or(0, Vec::len),
        0,
        "{audit}"
    );
}
