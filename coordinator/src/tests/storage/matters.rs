//! The part of the data directory with corrections and demands.

use std::sync::Arc;

use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::matter::{MatterFact, MatterMove};
use chengji_domain::request::RequestId;
use chengji_follow::request_table;
use chengji_store::Tx;
use chengji_testkit::matters as samples;

use super::super::facts::{acting, delivery};
use super::super::world::{CONSUMER, PROVIDER, World, city, code};
use crate::matters::{MatterBroker, note_received};

/// A correction, an answered demand and a received revision, if there are none.
pub(super) async fn add_missing(world: &mut World) {
    let facts = world.facts();
    if facts
        .iter()
        .any(|fact| matches!(fact, ClusterFact::Matter(_)))
    {
        return;
    }
    let granted = facts.into_iter().find_map(|fact| match fact {
        ClusterFact::Ordered { request, step, .. } if step.mv.grant().is_some() => Some(request),
        _ => None,
    });
    let request = granted.unwrap();
    let asked = request_table::existing(&**world.ledger.kv(), request).unwrap();
    let resource = asked.history.submission.resource.to_string();
    let filed = |filing| {
        let actor = acting(CONSUMER);
        CityFact::Matter(Box::new(MatterFact::Filed { filing, actor }))
    };
    let correction = filed(samples::correction(request, &resource));
    world.append(CONSUMER, correction).await.unwrap();
    let seq = world
        .append(CONSUMER, filed(samples::demand()))
        .await
        .unwrap();
    let demand = RequestId { seq, ..request };
    let (ledger, deadlines, clock) = (
        world.ledger.clone(),
        Arc::clone(&world.deadlines),
        world.clock(),
    );
    let broker = MatterBroker {
        ledger,
        deadlines,
        clock,
    };
    let by = "operator/duty".parse().unwrap();
    let to = (city(PROVIDER), None);
    let assigned = broker.assign_to(by, demand.to_string(), to).await;
    assigned.unwrap();
    let supplied = MatterFact::Moved {
        matter: demand,
        mv: MatterMove::Supply {
            resource: samples::resource(&format!("{PROVIDER}:{}", code(2))),
            is_new: false,
            note: String::new(),
        },
        actor: acting(PROVIDER),
    };
    let supplied = CityFact::Matter(Box::new(supplied));
    world.append(PROVIDER, supplied).await.unwrap();
    let content = delivery(1, 30, request);
    let note = move |tx: &mut Tx<'_>| {
        let of = request_table::find(tx, request)?;
        note_received(tx, (city(PROVIDER), city(CONSUMER)), &content, of.as_ref())
    };
    world.ledger.write(note).await.unwrap();
}
