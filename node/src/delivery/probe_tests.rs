use std::fs;
use std::sync::Arc;

use chengji_domain::catalogue::{AssessmentOutcome, EntryRecord};
use chengji_domain::probe::ProbeRecord;
use chengji_domain::{Digest, Epoch};
use chengji_proto::convert::declaration_from;
use chengji_store::Tx;
use futures_util::StreamExt as _;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use super::super::{Budget, DiskLimits, Spools};
use super::*;
use crate::catalogue::samples::{self, MINE, catalogue};
use crate::catalogue::{Catalogue, mount};

const PROBER: &str = "430100";
const TEXT: &str = "编号\n1\n2\n";

/// A provider with a mounted file.
struct Fixture {
    provider: Provider,
    _folder: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture(outcome: AssessmentOutcome) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), TEXT).unwrap();
    let catalogue = catalogue(&[folder.path().to_owned()]);
    let mut entry = samples::entry(1, "区划", MINE, &["编号"]);
    if let Some(assessment) = &mut entry.papers.personal_information {
        assessment.outcome = outcome;
    }
    let code = entry.code.clone();
    publish(
        &catalogue,
        EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH),
    )
    .await;
    let editor = catalogue.node_editor();
    let mounted = mount::mount(&catalogue, &editor, code.clone(), "a.csv", || true);
    mounted.await.unwrap();
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(0),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let disk = Arc::new(Budget::new(folder.path().join("received"), limits));
    let provider = Provider {
        own: catalogue.own.clone(),
        spools: Spools::new(folder.path(), disk),
        engine: None,
        data: folder.path().into(),
        catalogue,
    };
    Fixture {
        provider,
        _folder: folder,
        code,
    }
}

async fn publish(catalogue: &Catalogue, record: EntryRecord) {
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
}

impl Fixture {
    /// Orders a probe until this day of November, and has a city make it.
    async fn probed(&self, until: i8, city: &str) -> Result<Vec<Part>> {
        let own = &self.provider.own;
        let number = Origin {
            epoch: Epoch::first([7; 8]),
            seq: until.unsigned_abs().into(),
        };
        let record = entries::published(own.ledger.kv().as_ref(), &self.code)?;
        let measurement = record.mount.and_then(|mount| mount.measurement).unwrap();
        let order = ProbeOrder {
            provider: own.city,
            code: self.code.clone(),
            prober: PROBER.parse().unwrap(),
            until: date(2026, 11, until),
            declared: Declaration {
                revision: 1,
                measurement,
            },
        };
        let (at, city_of_node) = (own.now(), own.city);
        let record = ProbeRecord {
            number,
            at,
            order,
            made: None,
        };
        let take = move |tx: &mut Tx<'_>| probe_table::take(tx, &record, Some(city_of_node));
        own.ledger.write(take).await?;
        let ordered = Ordered {
            provider: self.provider.clone(),
            prober: city.parse().unwrap(),
            number,
        };
        let mut stream = begin(ordered, &UnderWay::at_most(1)).await?;
        let mut parts = Vec::new();
        while let Some(part) = stream.next().await {
            parts.extend(part?.part);
        }
        Ok(parts)
    }
}

fn refused(probed: Result<Vec<Part>>) -> ErrorCode {
    probed.unwrap_err().code()
}

#[tokio::test]
async fn the_ordered_city_reads_what_is_declared_until_the_last_day() {
    let fixture = fixture(AssessmentOutcome::NoRisk).await;
    let parts = fixture.probed(23, PROBER).await.unwrap();
    let [Part::Offer(offer), Part::Chunk(chunk)] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(chunk.content, TEXT.as_bytes());
    let declared = declaration_from(offer).unwrap();
    assert_eq!(declared.measurement.digest, Digest::of(TEXT.as_bytes()));
    assert_eq!(declared.measurement.rows, Some(2));

    let others = fixture.probed(23, "430300").await;
    assert_eq!(refused(others), ErrorCode::NoGrant);
    let late = fixture.probed(22, PROBER).await;
    assert_eq!(refused(late), ErrorCode::NoGrant);
}

#[tokio::test]
async fn an_order_is_of_its_entry() {
    let fixture = fixture(AssessmentOutcome::NoRisk).await;
    fixture.probed(23, PROBER).await.unwrap();
    let ordered = Ordered {
        provider: fixture.provider.clone(),
        prober: PROBER.parse().unwrap(),
        number: Origin {
            epoch: Epoch::first([7; 8]),
            seq: 23,
        },
    };
    ordered.check_of(&fixture.code.to_string()).unwrap();
    for another in ["", "430200"] {
        let error = ordered.check_of(another).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NoGrant);
    }
}

#[tokio::test]
async fn what_may_contain_personal_information_is_not_sent_whoever_orders_it() {
    let fixture = fixture(AssessmentOutcome::Handled).await;
    let probed = fixture.probed(23, PROBER).await;
    assert_eq!(refused(probed), ErrorCode::NoGrant);
}
