//! The part of the data directory with corrections and demands.

use chengji_domain::calendar::Deadline;
use chengji_domain::matter::{CorrectionNotice, MatterEvent, MatterMove, MatterRecord, MatterStep};
use chengji_follow::matter_table;
use chengji_testkit::matters as samples;

use super::*;
use crate::matters::{follow, records as matter_records};

/// Adds them to a directory without any.
pub(super) async fn add_missing(ledger: &Ledger) {
    let any = matter_table::MATTERS.all().first(&**ledger.kv()).unwrap();
    if any.is_some() {
        return;
    }
    let own = OwnLog {
        city: city(OWN),
        ledger: ledger.clone(),
        clock: Arc::new(now),
    };
    let log = own.clone();
    let file = move |tx: &mut Tx<'_>| {
        let by = (actor(), now());
        matter_records::file(&log, tx, by, samples::demand(), String::new())
    };
    // What the coordinator says of it is compared with the log.
    let demand = ledger.write(file).await.unwrap();
    let add = move |tx: &mut Tx<'_>| {
        answered_demand(&own, tx, &demand)?;
        received_correction(&own, tx)?;
        filed_correction(&own, tx)
    };
    ledger.write(add).await.unwrap();
}

fn actor() -> Actor {
    Actor::new(person("wang.fang"), None)
}

fn step(party: Party, mv: MatterMove) -> MatterStep {
    MatterStep {
        party,
        actor: Principal::Coordinator.into(),
        at: now(),
        mv,
    }
}

fn assigned(to: &str) -> MatterStep {
    let assign = MatterMove::Assign {
        city: city(to),
        department: None,
        deadline: Deadline::certain(jiff::civil::date(2026, 12, 7)),
    };
    step(Party::Coordinator, assign)
}

/// A demand of the city that another one has answered.
fn answered_demand(own: &OwnLog, tx: &mut Tx<'_>, record: &MatterRecord) -> Result<()> {
    let opened = MatterEvent::Opened {
        matter: record.id,
        filing: Box::new(record.filing.clone()),
        filed_by: record.filing.shown(&record.filed_by),
        filed_at: record.filed_at,
        step: step(Party::Coordinator, MatterMove::Open),
    };
    follow::apply(own, tx, now(), opened)?;
    let supply = MatterMove::Supply {
        resource: ResourceRef {
            city: city(CONSUMER),
            code: entry(7).code,
        },
        is_new: false,
        note: String::new(),
    };
    for step in [assigned(CONSUMER), step(Party::Provider, supply)] {
        let ordered = MatterEvent::Ordered {
            matter: record.id,
            provider: None,
            step,
            origin: None,
        };
        follow::apply(own, tx, now(), ordered)?;
    }
    Ok(())
}

/// A correction that the city has to answer, and the notice of another one.
fn received_correction(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let matter: RequestId = format!("{CONSUMER}-1-950-AAAAAAAAAAAAA").parse()?;
    let resource = ResourceRef {
        city: city(OWN),
        code: entry(1).code,
    };
    let opened = MatterEvent::Opened {
        matter,
        filing: Box::new(samples::correction(matter, &resource.to_string())),
        filed_by: Principal::Coordinator.into(),
        filed_at: now(),
        step: assigned(OWN),
    };
    follow::apply(own, tx, now(), opened)?;
    let told = CorrectionNotice {
        correction: RequestId { seq: 951, ..matter },
        resource: ResourceRef {
            city: city(CONSUMER),
            code: entry(7).code,
        },
        revision: 1,
        corrected: 2,
        fields: vec!["地址".to_owned()],
        note: "已更正".to_owned(),
        cities: [city(OWN)].into(),
    };
    follow::apply(own, tx, now(), MatterEvent::Told(told))
}

/// A correction of the city with rows.
fn filed_correction(own: &OwnLog, tx: &mut Tx<'_>) -> Result<()> {
    let request: RequestId = format!("{OWN}-1-9-AAAAAAAAAAAAA").parse()?;
    let resource = format!("{CONSUMER}:{}", entry(7).code);
    let filing = samples::correction(request, &resource);
    let rows = "编号,地址\n1,测试路1号\n".to_owned();
    matter_records::file(own, tx, (actor(), now()), filing, rows).map(drop)
}
