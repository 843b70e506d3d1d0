//! Entries about requests of a city that is admitted later than the others.

use chengji_domain::request::Move;

use super::*;
use crate::tests::world::{EPOCH, PROVIDER, World, acting, city};

/// A move of the provider in a request.
fn asked(request: RequestId) -> CityFact {
    CityFact::Moved {
        request,
        mv: Move::AskSupplement {
            missing: "材料".to_owned(),
        },
        actor: acting(PROVIDER),
    }
}

#[tokio::test]
async fn quarantined_entries_wait_once_the_log_of_their_city_is_about_to_be_read() {
    let mut world = World::new().await;
    let late = city("440100");
    let of = |seq| RequestId {
        city: late,
        epoch: EPOCH,
        seq,
    };
    let mut refused = 0;
    for seq in 0..260 {
        let read = world.append(PROVIDER, asked(of(seq))).await;
        refused += usize::from(read.is_err());
    }
    assert_eq!(refused, 4);
    let copies = world.live.copies().clone();
    assert_eq!(take_up(&world.ledger, &copies, late).await, Ok(4));
    let awaited = early_moves::awaited(&**world.ledger.kv()).unwrap();
    assert_eq!(awaited.len(), 260);
    // The log of this city was read.
    let read = take_up(&world.ledger, &copies, city(PROVIDER)).await;
    assert_eq!(read, Ok(0));
}
