//! A review of all entries that match a filter: counted by the node, one call, restricted to the counted
//! entries.

use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::change_response::Event;
use chengji_tests::{Cluster, Server, call, identity_of, importing};
use tonic::Status;
use tonic::transport::Channel;

const CITY: &str = "430200";

type Client = CatalogueServiceClient<Channel>;

/// The result of a move on all entries that match the filter.
async fn review(
    client: &mut Client,
    request: v1::ChangeWhereRequest,
) -> Result<v1::ChangeSummary, Status> {
    let mut responses = client.review_where(request).await?.into_inner();
    loop {
        let item = responses.message().await?.expect("a summary at the end");
        match item.event {
            Some(Event::Summary(summary)) => return Ok(summary),
            Some(Event::Progress(progress)) => assert!(progress.done <= progress.total),
            Some(Event::Problems(_)) | None => panic!("{item:?}"),
        }
    }
}

/// The approval of all entries of class 2, which are expected to be these.
fn approval(expected: Option<v1::EntrySet>) -> v1::ChangeWhereRequest {
    v1::ChangeWhereRequest {
        r#move: v1::EntryMove::Approve.into(),
        filter: Some(class_2()),
        expected,
        ..v1::ChangeWhereRequest::default()
    }
}

fn class_2() -> v1::EntryFilter {
    v1::EntryFilter {
        share_classes: vec![v1::ShareClass::Conditional.into()],
        ..v1::EntryFilter::default()
    }
}

fn import(node: &Server, file: &str) {
    let file = node.path("shared").join(file);
    node.json(&importing(&file, &["--skip-invalid"]));
}

#[test]
fn a_review_of_all_is_one_call_about_what_was_counted() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    import(node, "catalogue.csv");
    let mut client =
        CatalogueServiceClient::new(cluster.channel(&identity_of(&node.reviewer), node));
    let count = v1::CountLifecyclesRequest {
        filter: Some(class_2()),
        r#move: v1::EntryMove::Approve.into(),
    };
    let counted = call(cluster.wait(client.count_lifecycles(count.clone())));
    let set = counted.set.clone().unwrap();
    let pending = node.json(&["catalogue", "pending", "--class", "2"]);
    assert_eq!(
        pending["lifecycles"].as_array().unwrap().len() as u64,
        set.count
    );
    let by_group: u64 = counted.groups.iter().map(|group| group.count).sum();
    assert_eq!(by_group, set.count);
    assert!(
        counted
            .groups
            .iter()
            .all(|group| group.share_class() == v1::ShareClass::Conditional)
    );
    assert!(
        counted
            .groups
            .is_sorted_by(|one, next| one.count >= next.count)
    );

    // Another entry arrives, and one of the counted ones goes: as many, but not the same.
    let first = pending["lifecycles"][0]["entry"]["code"].as_str().unwrap();
    node.cli(&["catalogue", "take-back", first]).ok();
    let request = approval(Some(set.clone()));
    let reported = cluster
        .wait(review(&mut client, request.clone()))
        .unwrap_err();
    let error = to_error(&reported);
    assert_eq!(error.code().as_str(), "CONFLICT", "{error}");
    assert_eq!(error.message().code(), "entry-set-count-changed");
    assert_eq!(error.message().param("now"), Some(&(set.count - 1).into()));
    node.cli(&[
        "catalogue",
        "submit",
        first,
        "--consent",
        "株民函〔2026〕8号",
    ])
    .ok();
    let reported = cluster.wait(review(&mut client, request)).unwrap_err();
    assert_eq!(to_error(&reported).message().code(), "entry-set-changed");
    assert_eq!(node.catalogue(), [], "nothing was approved");

    let counted = call(cluster.wait(client.count_lifecycles(count)));
    let request = approval(counted.set);
    let summary = cluster.wait(review(&mut client, request.clone())).unwrap();
    assert_eq!(
        (summary.moved, summary.refused),
        (set.count, 0),
        "{summary:?}"
    );
    assert_eq!(node.catalogue().len() as u64, set.count);
    // A second time there are none; and a publisher's move is refused here.
    let summary = cluster.wait(review(&mut client, approval(None))).unwrap();
    assert_eq!((summary.moved, summary.refused), (0, 0));
    let submit = v1::ChangeWhereRequest {
        r#move: v1::EntryMove::Submit.into(),
        ..approval(None)
    };
    let reported = cluster.wait(review(&mut client, submit)).unwrap_err();
    assert_eq!(to_error(&reported).code().as_str(), "INVALID_ARGUMENT");
}
