//! Figures go by the formula in force at their cut-off.

use std::sync::Arc;

use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::{CityFact, ClusterFact, Delivery};
use chengji_domain::rate::{Figures, Formula};
use chengji_domain::request::RequestId;
use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode};

use super::*;
use crate::rate::Sealing;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, World, at, city, delivery, entry, measured, mounted,
};

/// The last instant of the 24th in China, and the next one.
const BEFORE: &str = "2026-11-24T15:59:59.999999999Z";
const FROM: &str = "2026-11-24T16:00:00Z";

/// A table of 100 rows, of which another city has read a part with 30.
async fn partly_read() -> World {
    let mut world = World::new().await;
    // Deliveries count although the request is not known.
    world.set_current(false);
    let entry = entry(1, Unconditional);
    world.publish(PROVIDER, entry, 1).await.unwrap();
    let (now, table) = (world.now(), mounted(1, "permits"));
    world.append(PROVIDER, table).await.unwrap();
    world.append(PROVIDER, measured(1, 100, now)).await.unwrap();
    let request = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq: 1,
    };
    let part = Delivery {
        bytes: 2_000,
        rows: Some(30),
        ..delivery(1, 101, request)
    };
    let sent = CityFact::Delivered {
        delivery: part.clone(),
        consumer: city(CONSUMER),
        resumed_at: 0,
    };
    world.append(PROVIDER, sent).await.unwrap();
    let received = CityFact::Received {
        delivery: part,
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received).await.unwrap();
    world
}

async fn adopt(world: &World, formula: Formula, from: &str) -> Result<RecordedAdoption> {
    let from = from.parse().unwrap();
    let by = "operator/lin".parse().unwrap();
    let adoption = FormulaAdoption { formula, from };
    world.rates().adopt(by, adoption).await
}

/// Formula and realised entries, rows and bytes of a cut-off or of the present.
fn realised(world: &World, cut_off: Option<&str>) -> (Formula, [u64; 3]) {
    let report = world.report(cut_off.map(at)).unwrap();
    let Figures {
        entries,
        rows,
        bytes,
        ..
    } = report.cluster;
    let of = [entries, rows, bytes].map(|ratio| ratio.denominator);
    assert_eq!(of, [1, 100, 10_000]);
    let realised = [entries, rows, bytes].map(|ratio| ratio.numerator);
    (report.cut_off.formula, realised)
}

#[tokio::test]
async fn figures_go_by_the_formula_in_force_at_their_cut_off() {
    let mut world = partly_read().await;
    let none = (Formula::WholeContent, [0, 0, 0]);
    assert_eq!(realised(&world, None), none);
    adopt(&world, Formula::WidestRead, "2026-11-25")
        .await
        .unwrap();
    world.set_now(BEFORE);
    assert_eq!(realised(&world, None), none);
    world.set_now(FROM);
    let part = (Formula::WidestRead, [1, 30, 2_000]);
    assert_eq!(realised(&world, None), part);
    assert_eq!(realised(&world, Some(FROM)), part);
    assert_eq!(realised(&world, Some(BEFORE)), none);

    let asked = v1::ExplainRateRequest {
        city: PROVIDER.to_owned(),
        ..Default::default()
    };
    let explained = world.rates().evidence(&asked, &|| true).unwrap();
    let one = &explained.entries.items[0];
    assert_eq!((one.shared_rows, one.shared_bytes), (30, 2_000));
    assert_eq!((one.rows, one.read_by.as_str()), (100, CONSUMER));

    let asked = v1::RateHistoryRequest {
        every: v1::RateInterval::Day.into(),
        ..Default::default()
    };
    let series = world.rates().history(&asked, &|| true).unwrap();
    let points = series.points.items.iter();
    let formulas: Vec<_> = points.map(|point| point.formula.as_str()).collect();
    assert_eq!(formulas, ["L5P1-A1/2", "L5P1-A1/2", "L5P1-A1/3"]);
    world.restart();
    assert_eq!(realised(&world, None), part);
}

#[tokio::test]
async fn an_adoption_is_announced_recorded_for_all_members_and_listed() {
    let world = partly_read().await;
    let backdated = adopt(&world, Formula::WidestRead, "2026-11-23").await;
    let code = |refused: Result<RecordedAdoption>| refused.map_err(|error: Error| error.code());
    assert_eq!(code(backdated), Err(ErrorCode::InvalidArgument));
    let idle = adopt(&world, Formula::WholeContent, "2026-11-25").await;
    assert_eq!(code(idle), Err(ErrorCode::AlreadyExists));
    let adopted = adopt(&world, Formula::WidestRead, "2026-11-25")
        .await
        .unwrap();
    assert_eq!(
        world.last_fact(),
        ClusterFact::FormulaAdopted(adopted.adoption)
    );
    let list = world.rates().formulas(&v1::ListFormulasRequest::default());
    assert_eq!(list.unwrap().items, [adopted_formula_to(&adopted)]);
}

#[tokio::test]
async fn a_month_is_sealed_by_its_formula_and_stays_when_another_one_is_adopted() {
    let world = partly_read().await;
    adopt(&world, Formula::WidestRead, "2026-12-15")
        .await
        .unwrap();
    world.set_now("2027-01-02T00:00:00Z");
    let sealing = Sealing {
        copies: world.live.copies().clone(),
        ledger: world.ledger.clone(),
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
        is_confirmed: Arc::new(|_| true),
    };
    assert_eq!(sealing.seal_due(|| true).await.unwrap(), 1);
    let ClusterFact::Sealed(seal) = world.last_fact() else {
        panic!("not sealed");
    };
    assert_eq!(seal.formula, "L5P1-A1/3");
    adopt(&world, Formula::WholeContent, "2027-01-03")
        .await
        .unwrap();
    world.set_now("2027-01-10T00:00:00Z");
    let december = world.report(Some(seal.cut_off)).unwrap();
    assert_eq!(december.cut_off.formula, Formula::WidestRead);
    assert!(december.cut_off.sealed.is_some());
    let present = world.report(None).unwrap();
    assert_eq!(present.cut_off.formula, Formula::WholeContent);
}
