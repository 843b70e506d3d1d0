//! Published entries and entry lifecycles in answers.

use chengji_domain::catalogue::lifecycle::{LifecycleRecord, LifecycleStep};
use chengji_domain::catalogue::{EntryRecord, Mount};
use chengji_domain::{CityCode, ResourceCode};

use super::catalogue::entry_to;
use super::lifecycle::{entry_move_to, entry_state_to};
use super::measurement::measurement_to;
use super::stop::act_to;
use super::time_to;
use crate::v1;

/// Converts an entry of a city to the wire.
pub fn record_to(city: CityCode, record: &EntryRecord) -> v1::CatalogueRecord {
    let withdrawn = record.withdrawn.as_ref();
    v1::CatalogueRecord {
        city: city.to_string(),
        entry: Some(entry_to(&record.entry)),
        revision: record.revision,
        published_at: Some(time_to(record.published_at)),
        withdrawn_at: withdrawn.map(|withdrawn| time_to(withdrawn.at)),
        withdrawn_reason: withdrawn.map_or(String::new(), |withdrawn| withdrawn.reason.clone()),
        mount: record.mount.as_ref().map(mount_to),
        stop: record.stop.as_ref().map(act_to),
    }
}

fn mount_to(mount: &Mount) -> v1::Mount {
    let history = mount.history.as_ref();
    v1::Mount {
        file_name: mount.file_name.clone(),
        measurement: mount.measurement.as_ref().map(measurement_to),
        first_measured_at: history.map(|history| time_to(history.first_measured)),
        changed_at: history.and_then(|history| history.changed).map(time_to),
        changes: history.map_or(0, |history| history.changes),
    }
}

/// Converts the lifecycle of the entry of this code to the wire.
pub fn life_to(code: &ResourceCode, record: &LifecycleRecord) -> v1::EntryLifecycle {
    let published = record.published_provider;
    v1::EntryLifecycle {
        code: code.to_string(),
        newest: record.lifecycle.newest,
        published: record.lifecycle.published.unwrap_or(0),
        provider_code: record.provider.to_string(),
        digest: record.digest.0.to_vec(),
        steps: record.steps,
        last: Some(entry_step_to(&record.last)),
        author: record.author.to_string(),
        published_provider_code: published.map_or(String::new(), |code| code.to_string()),
    }
}

/// Converts a lifecycle step to the wire.
pub fn entry_step_to(step: &LifecycleStep) -> v1::EntryStep {
    v1::EntryStep {
        revision: step.revision,
        r#move: entry_move_to(step.mv).into(),
        state: entry_state_to(step.state).into(),
        at: Some(time_to(step.at)),
        by: step.by.to_string(),
        reason: step.reason.clone(),
        due: step.due.map_or(String::new(), |due| due.date.to_string()),
        due_provisional: step.due.is_some_and(|due| due.provisional),
    }
}
