//! Corrections that are answered late, as acts of their providers.

use chengji_domain::request::RequestId;
use chengji_proto::v1;
use chengji_testkit::matters;

use super::remind;
use super::tests::{accept, broker, correct, file, make, publish, received};
use crate::shown_acts::counted;
use crate::tests::world::{CONSUMER, PROVIDER, World, city};

const LATE: &str = "2026-12-08T01:00:00Z";

async fn corrections<const COUNT: usize>(world: &mut World) -> [RequestId; COUNT] {
    let (request, resource) = received(world).await;
    let mut filed = Vec::new();
    for _ in 0..COUNT {
        let filing = matters::correction(request, &resource);
        filed.push(file(world, CONSUMER, filing).await.unwrap());
    }
    filed.try_into().unwrap()
}

/// The acts that are counted.
fn acts(world: &World) -> Vec<(String, v1::ShownAct, u64)> {
    let asked = v1::CountActsRequest::default();
    let page = counted(&**world.ledger.kv(), &asked).unwrap();
    let of_city = |city: &v1::CityActs| {
        let acts = city.acts.iter();
        let acts = acts.map(|act| (city.city.clone(), act.act(), act.count));
        acts.collect::<Vec<_>>()
    };
    page.items.iter().flat_map(of_city).collect()
}

fn late(count: u64) -> [(String, v1::ShownAct, u64); 1] {
    [(PROVIDER.to_owned(), v1::ShownAct::CorrectedLate, count)]
}

#[tokio::test]
async fn a_correction_past_its_deadline_is_an_act_once_and_a_demand_none() {
    let mut world = World::new().await;
    let [chased, _] = corrections(&mut world).await;
    let demand = file(&mut world, CONSUMER, matters::demand()).await.unwrap();
    let (by, to) = ("operator/duty".parse().unwrap(), city(PROVIDER));
    let broker = broker(&world);
    let assigned = broker.assign_to(by, demand.to_string(), (to, None));
    assigned.await.unwrap();
    assert_eq!(acts(&world), []);
    world.set_now(LATE);
    let given = remind(&world.ledger, &world.deadlines, world.now()).await;
    assert_eq!(given.unwrap(), 3);
    assert_eq!(acts(&world), late(2));
    // The answer that comes after the notice is the same act.
    publish(&mut world, 2).await;
    make(&mut world, PROVIDER, chased, accept()).await.unwrap();
    make(&mut world, PROVIDER, chased, correct()).await.unwrap();
    world.read_again(PROVIDER).await;
    assert_eq!(acts(&world), late(2));
}

#[tokio::test]
async fn an_answer_dated_after_the_deadline_is_an_act_without_a_notice() {
    let mut world = World::new().await;
    let [id] = corrections(&mut world).await;
    make(&mut world, PROVIDER, id, accept()).await.unwrap();
    publish(&mut world, 2).await;
    world.set_now(LATE);
    make(&mut world, PROVIDER, id, correct()).await.unwrap();
    assert_eq!(acts(&world), late(1));
}
