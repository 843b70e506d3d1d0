//! Corrections and demands.

use chengji_domain::calendar::Deadline;
use chengji_domain::matter::{MatterKind, MatterMove, MatterRecord, MatterStep};
use chengji_domain::request::{Party, RequestId};
use chengji_domain::{Principal, Result};
use chengji_follow::matter_table;
use chengji_testkit::matters;
use jiff::Timestamp;

use super::*;
use crate::matters::MatterBroker;
use crate::tests::world::EPOCH;

/// Number of corrections and of demands that are stored in one transaction.
const AT_ONCE: u32 = 50;

fn number(seq: u64) -> RequestId {
    let (city, epoch) = (city(CONSUMER), EPOCH);
    RequestId { city, epoch, seq }
}

/// Stores so many corrections, each of another entry, and as many demands.
pub(super) async fn fill(world: &World, count: u32) {
    let now = world.now();
    for begin in (1..=count).step_by(AT_ONCE as usize) {
        let some = move |tx: &mut Tx<'_>| {
            let mut serials = begin..begin + AT_ONCE;
            serials.try_for_each(|serial| put_two(tx, serial, now))
        };
        world.ledger.write(some).await.unwrap();
    }
}

/// Stores a correction, for which the provider has to answer, and a demand that is open.
fn put_two(tx: &mut Tx<'_>, serial: u32, now: Timestamp) -> Result<()> {
    let assign = MatterMove::Assign {
        city: city(PROVIDER),
        department: None,
        deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
    };
    let resource = format!("{PROVIDER}:{}", code(serial));
    let first = number(u64::from(2 * serial) + 1_000_000);
    let correction = matters::correction(first, &resource);
    let second = number(u64::from(2 * serial) + 1_000_001);
    for (id, filing, mv) in [
        (first, correction, assign),
        (second, matters::demand(), MatterMove::Open),
    ] {
        let mut record = MatterRecord::new(id, filing, Principal::Node(id.city).into(), now);
        record.order(MatterStep {
            party: Party::Coordinator,
            actor: Principal::Coordinator.into(),
            at: now,
            mv,
        })?;
        matter_table::put(tx, &record)?;
    }
    Ok(())
}

/// Counts the calls about them.
pub(super) async fn count(world: &World, keys: &mut KeysRead) {
    let broker = MatterBroker {
        ledger: world.ledger.clone(),
        deadlines: world.deadlines.clone(),
        clock: world.clock(),
    };
    let asked = v1::ListMattersRequest {
        page: page(),
        ..Default::default()
    };
    for (rpc, kind) in [
        ("MatterBroker/ListCorrections", MatterKind::Correction),
        ("MatterBroker/ListDemands", MatterKind::Demand),
    ] {
        keys.list(rpc, || Ok(broker.page(kind, &asked)?.items.len()));
    }
    let id = &broker.page(MatterKind::Correction, &asked).unwrap().items[0].id;
    keys.call("MatterBroker/Show", async { broker.one(id) })
        .await;
    let asked = v1::CountErrorsRequest {
        page: page(),
        ..Default::default()
    };
    keys.list("MatterBroker/CountErrors", || {
        Ok(broker.errors(&asked)?.items.len())
    });
}
