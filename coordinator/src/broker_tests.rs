//! Listing and showing requests.

use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::{Move, RequestId, State};

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
        disputes: Disputes {
            common_superior: true,
            negotiation_required: true,
        },
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
async fn overdue_requests_are_listed_from_the_earliest_deadline() {
    let (mut world, made) = five_requests().await;
    world.make_move(PROVIDER, made[0], refuse()).await.unwrap();
    let overdue = v1::ListRequestsRequest {
        overdue: true,
        ..Default::default()
    };
    // Ten working days after 2 to 4 December; those of the 4th and the 5th, a Saturday, are due on the 18th.
    for (now, count) in [
        ("2026-12-16T02:00:00Z", 0),
        ("2026-12-17T02:00:00Z", 1),
        ("2026-12-18T02:00:00Z", 2),
        ("2026-12-19T02:00:00Z", 4),
    ] {
        world.set_now(now);
        let listed = broker(&world).list(&overdue).unwrap();
        assert_eq!(listed.items.len(), count, "{now}");
    }
    let listed = ids(&broker(&world).list(&overdue).unwrap());
    assert_eq!(listed[..2], [made[1].to_string(), made[2].to_string()]);
}

#[tokio::test]
async fn a_dispute_without_a_negotiation_is_marked_and_listed_nonetheless() {
    let (mut world, made) = five_requests().await;
    let dispute = |negotiation: &str| Move::Dispute {
        reason: "依据不足".to_owned(),
        negotiation: negotiation.to_owned(),
    };
    for (id, negotiation) in [(made[0], ""), (made[1], "12月6日会商，未达成一致")] {
        world.make_move(PROVIDER, id, refuse()).await.unwrap();
        let disputed = dispute(negotiation);
        world.make_move(CONSUMER, id, disputed).await.unwrap();
    }
    let all = broker(&world).list(&v1::ListRequestsRequest::default());
    let marked = all.unwrap().items.into_iter();
    let marked = marked.filter(|item| {
        item.attention()
            .any(|attention| attention == v1::Attention::NotNegotiated)
    });
    let marked: Vec<String> = marked.map(|item| item.id).collect();
    assert_eq!(marked, [made[0].to_string()]);
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
