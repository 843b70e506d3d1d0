//! Noting the ends of grants.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::{DueAct, RequestHistory};
use jiff::civil::date;

use super::*;
use crate::tests::world::{PROVIDER, World, code, entry, grant};

#[tokio::test]
async fn a_grant_whose_end_cannot_be_noted_keeps_no_other_from_it() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let mut granted = Vec::new();
    for until in ["2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z"] {
        let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
        world.make_move(PROVIDER, id, grant(until)).await.unwrap();
        granted.push(id);
    }
    // No further move fits into the first.
    let mut full = world.request(granted[0]);
    let moved = Move::MoveDeadline {
        act: DueAct::Incident,
        deadline: Deadline::certain(date(2026, 12, 7)),
    };
    let moved = own_step(world.now(), Principal::Coordinator, moved);
    full.history.steps.resize(RequestHistory::MAX_STEPS, moved);
    let put = move |tx: &mut Tx<'_>| request_table::put(tx, &full);
    world.ledger.write(put).await.unwrap();
    world.set_now("2026-12-12T02:00:00Z");
    let noted = async |world: &World| {
        let noted = note_up_to(&world.ledger, &world.deadlines, world.now(), 1);
        noted.await.unwrap()
    };
    assert_eq!(noted(&world).await, 1);
    let end = |id| world.request(id).history.state().unwrap().lapses_at();
    assert!(end(granted[0]).is_some());
    assert_eq!(end(granted[1]), None);
    assert_eq!(noted(&world).await, 0);
}
