//! Listing and showing requests.

use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::{RequestId, State};

use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, code, entry, refuse};

async fn five_requests() -> (World, Vec<RequestId>) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let mut ids = Vec::new();
    for day in 1..=5 {
        world.set_now(&format!("2026-12-0{day}T02:00:00Z"));
        ids.push(world.ask(&format!("{PROVIDER}:{}", code(1))).await);
    }
    (world, ids)
}

fn broker(world: &World) -> Broker {
    let (ledger, deadlines) = (world.ledger.clone(), world.deadlines.clone());
    Broker {
        ledger,
        deadlines,
        clock: world.clock(),
    }
}

fn paged(size: u32, cursor: &str) -> Option<v1::PageRequest> {
    let cursor = cursor.to_owned();
    Some(v1::PageRequest { size, cursor })
}

fn ids(page: &Page<v1::Request>) -> Vec<String> {
    page.items
        .iter()
        .map(|request| request.id.clone())
        .collect()
}

#[tokio::test]
async fn pages_are_newest_first_without_gap_or_double() {
    let (world, made) = five_requests().await;
    let mut wanted = v1::ListRequestsRequest {
        page: paged(2, ""),
        ..Default::default()
    };
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    loop {
        let page = broker(&world).list(&wanted).unwrap();
        sizes.push(page.items.len());
        seen.extend(ids(&page));
        if page.next_cursor.is_empty() {
            break;
        }
        wanted.page = paged(2, &page.next_cursor);
    }
    let expected: Vec<String> = made.iter().rev().map(ToString::to_string).collect();
    assert_eq!((seen, sizes), (expected, vec![2, 2, 1]));
}

#[tokio::test]
async fn a_list_is_narrowed_by_state_and_parties() {
    let (mut world, made) = five_requests().await;
    world.make_move(PROVIDER, made[1], refuse()).await.unwrap();
    let count = |wanted: v1::ListRequestsRequest| ids(&broker(&world).list(&wanted).unwrap());
    let refused = vec![v1::RequestState::Refused.into()];
    let by_state = v1::ListRequestsRequest {
        states: refused,
        ..Default::default()
    };
    assert_eq!(count(by_state), [made[1].to_string()]);
    let of = |provider: &str, consumer: &str| v1::ListRequestsRequest {
        provider: provider.to_owned(),
        consumer: consumer.to_owned(),
        ..Default::default()
    };
    assert_eq!(count(of(PROVIDER, CONSUMER)).len(), 5);
    assert_eq!(count(of(STRANGER, "")).len(), 0);
    assert_eq!(count(of("", STRANGER)).len(), 0);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (world, made) = five_requests().await;
    let list = |wanted: v1::ListRequestsRequest| broker(&world).list(&wanted).unwrap_err().code();
    let page = v1::ListRequestsRequest {
        page: paged(0, &made[0].to_string()),
        ..Default::default()
    };
    assert_eq!(list(page), ErrorCode::InvalidArgument);
    // A cursor goes on in its own list alone.
    let whole = v1::ListRequestsRequest {
        page: paged(2, ""),
        ..Default::default()
    };
    let cursor = broker(&world).list(&whole).unwrap().next_cursor;
    let narrowed = v1::ListRequestsRequest {
        provider: PROVIDER.to_owned(),
        page: paged(2, &cursor),
        ..Default::default()
    };
    assert_eq!(list(narrowed), ErrorCode::InvalidArgument);
    let unknown = RequestId { seq: 99, ..made[0] };
    assert_eq!(
        broker(&world)
            .show(&unknown.to_string())
            .unwrap_err()
            .code(),
        ErrorCode::NotFound
    );
    let shown = broker(&world).show(&made[0].to_string()).unwrap();
    assert_eq!(shown.record, world.request(made[0]));
    assert_eq!(shown.record.shown_state(shown.at), Ok(State::Routed));
    assert_eq!(shown.reader, None);
}
