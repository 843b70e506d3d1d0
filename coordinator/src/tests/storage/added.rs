//! Adds records to the directory that an earlier build made without them.

use chengji_domain::fact::Origin;
use chengji_domain::report::Month;
use chengji_follow::request_table;
use chengji_store::Tx;

use super::super::facts::delivery;
use super::super::world::{EPOCH, PROVIDER, START, World, at, city};
use crate::month_use::{self, Side};

/// Counts a delivery as if it was read, if none is counted.
pub(super) async fn count_a_delivery(world: &World) {
    let (kv, month) = (&**world.ledger.kv(), Month::of(at(START)));
    let counted = month_use::of_month(kv, city(PROVIDER), month).unwrap();
    if !counted.is_empty() {
        return;
    }
    let (request, _) = request_table::REQUESTS.all().first(kv).unwrap().unwrap();
    let origin = Origin {
        epoch: EPOCH,
        seq: 1,
    };
    let count = move |tx: &mut Tx<'_>| {
        let (when, of) = ((origin, at(START)), delivery(1, 30, request));
        month_use::count(tx, city(PROVIDER), when, &of, Side::Sent)
    };
    world.ledger.write(count).await.unwrap();
}
