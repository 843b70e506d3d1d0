//! The sharing rate, compared: the figures of the coordinator, which keeps them up to date and goes on from
//! snapshots, and those of a replay of its copies of the whole logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_domain::CityCode;
use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{Fold, Ratio};
use chengji_follow::{Copies, current_copy, set_aside_of};
use chengji_proto::convert::envelope_from;
use chengji_store::RocksStore;
use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::Cluster;

/// Number of entries of a log read at once.
const PAGE: usize = 512;

impl Cluster {
    /// Asserts that the figures of the present, and those of the same time as a past cut-off, are those of a
    /// replay; returns the number of realised entries in both. All logs must have been read.
    pub fn figures_are_those_of_a_replay(&self) -> u64 {
        let now = self.coordinator.json(&["rate", "show"]);
        let cut_off = now["at"].as_str().unwrap();
        let past = self.coordinator.json(&["rate", "show", "--at", cut_off]);
        let data = self.copy_of_data();
        let copies = Copies::new(Arc::new(RocksStore::open_read_only(&data).unwrap()));
        let mut realised = 0;
        for (report, is_past) in [(&now, false), (&past, true)] {
            let fold = replay(&copies, report, is_past);
            for city in report["cities"].as_array().unwrap() {
                let figures = fold.figures(code(city));
                for (unit, ratio) in [
                    ("entries", figures.entries),
                    ("rows", figures.rows),
                    ("bytes", figures.bytes),
                ] {
                    let found = ratio_of(&city["figures"][unit]);
                    assert_eq!(found, ratio, "{unit} of {report}");
                }
                realised += figures.entries.numerator;
            }
        }
        drop(copies);
        fs::remove_dir_all(data).unwrap();
        realised
    }

    /// A copy of the coordinator's data, made while it serves.
    fn copy_of_data(&self) -> PathBuf {
        let coordinator = &self.coordinator;
        let create = ["--format", "json", "backup", "create"];
        let made = coordinator.cli_as(&coordinator.manager, &create).ok();
        Path::new(made.json()["path"].as_str().unwrap()).to_owned()
    }
}

/// The fold of the logs of a report, each from its first entry to the position in the report.
fn replay(copies: &Copies, report: &Value, is_past: bool) -> Fold {
    let at: Timestamp = report["at"].as_str().unwrap().parse().unwrap();
    let mut fold = Fold::new(at);
    for known in report["cities"].as_array().unwrap() {
        let (city, log) = (code(known), LogOwner::City(code(known)));
        let end = known["position"]["seq"].as_u64().unwrap();
        let Some(copy) = current_copy(copies.kv(), log).unwrap() else {
            continue;
        };
        let aside = set_aside_of(copies.kv(), log, copy.number).unwrap();
        let mut next = 0;
        while next < end {
            let envelopes = copies.envelopes(&copy, next, PAGE).unwrap();
            next += envelopes.len() as u64;
            let counted = envelopes
                .into_iter()
                .filter(|(seq, _)| *seq < end && !aside.contains(seq));
            for (seq, envelope) in counted {
                let envelope = envelope.expect("the copy is undamaged");
                let Ok(envelope) = envelope_from(&envelope, log) else {
                    continue;
                };
                if let Some(fact) = envelope.counts
                    && !(is_past && envelope.at > at)
                {
                    fold.apply(city, seq, envelope.at, fact);
                }
            }
        }
    }
    fold
}

fn code(city: &Value) -> CityCode {
    city["city"].as_str().unwrap().parse().unwrap()
}

fn ratio_of(ratio: &Value) -> Ratio {
    Ratio {
        numerator: ratio["numerator"].as_u64().unwrap(),
        denominator: ratio["denominator"].as_u64().unwrap(),
    }
}
