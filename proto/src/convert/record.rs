//! Published entries and entry lifecycles in answers.

use chengji_domain::catalogue::freshness::History;
use chengji_domain::catalogue::lifecycle::{LifecycleRecord, LifecycleStep, PastStep};
use chengji_domain::catalogue::{
    Entry, EntryRecord, Mount, NotedChange, RunningGrants, Withdrawal,
};
use chengji_domain::return_flow::ReturnFlow;
use chengji_domain::{CityCode, Error, ResourceCode};

use super::actor::consent_to;
use super::catalogue::{entry_from, entry_to};
use super::default_scope::{ShownDefaultScope, default_scope_from, default_scope_to};
use super::lifecycle::{entry_move_to, entry_state_to, tightening_to};
use super::measurement::{measurement_from, measurement_to};
use super::return_flow::{return_flow_from, return_flow_to};
use super::stop::{act_to, recorded_act_from};
use super::{city_from, missing, request_from, time_from, time_to};
use crate::service::Page;
use crate::v1;

/// An entry of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShownEntry {
    /// As it is published, or was before its withdrawal.
    Published {
        /// The city.
        city: CityCode,
        /// The record.
        record: Box<EntryRecord>,
        /// The running return flow of the entry.
        return_flow: Option<ReturnFlow>,
        /// At the city's own node: the requests with a running grant, if there are any.
        running_grants: Option<RunningGrants>,
        /// At the city's own node: the default scope, if there is one.
        default_scope: Option<Box<ShownDefaultScope>>,
    },
    /// The content of one of its revisions, published or not.
    Revision {
        /// The city.
        city: CityCode,
        /// The number of the revision.
        revision: u32,
        /// The content.
        entry: Box<Entry>,
    },
}

/// The lifecycle of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownLifecycle {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The lifecycle.
    pub lifecycle: LifecycleRecord,
}

/// The lifecycle of an entry, and a page of its moves.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryHistory {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The lifecycle.
    pub lifecycle: LifecycleRecord,
    /// The moves, in the order they were made.
    pub steps: Page<v1::EntryStep>,
}

pub(super) fn shown_entry_to(shown: &ShownEntry) -> v1::CatalogueRecord {
    match shown {
        ShownEntry::Published {
            city,
            record,
            return_flow,
            running_grants,
            default_scope,
        } => v1::CatalogueRecord {
            return_flow: return_flow.as_ref().map(return_flow_to),
            running_grants: running_grants.as_ref().map(running_grants_to),
            default_scope: default_scope.as_deref().map(default_scope_to),
            ..record_to(*city, record)
        },
        ShownEntry::Revision {
            city,
            revision,
            entry,
        } => v1::CatalogueRecord {
            city: city.to_string(),
            entry: Some(entry_to(entry)),
            revision: *revision,
            ..v1::CatalogueRecord::default()
        },
    }
}

pub(super) fn entry_history_to(history: EntryHistory) -> v1::HistoryResponse {
    v1::HistoryResponse {
        lifecycle: Some(life_to(&history.code, &history.lifecycle)),
        steps: history.steps.items,
        next_cursor: history.steps.next_cursor,
    }
}

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
        return_flow: None,
        running_grants: None,
        default_scope: None,
    }
}

fn running_grants_to(running: &RunningGrants) -> v1::RunningGrants {
    v1::RunningGrants {
        count: running.count,
        requests: running.first.iter().map(ToString::to_string).collect(),
    }
}

/// Converts the requests with a running grant for an entry from the wire.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the number that is none.
pub fn running_grants_from(wire: &v1::RunningGrants) -> Result<RunningGrants, Error> {
    let numbers = wire.requests.iter();
    let first = numbers.map(|number| request_from(number));
    Ok(RunningGrants {
        count: wire.count,
        first: first.collect::<Result<_, _>>()?,
    })
}

fn mount_to(mount: &Mount) -> v1::Mount {
    let history = mount.history.as_ref();
    v1::Mount {
        file_name: mount.file_name.clone(),
        is_table: mount.is_table,
        measurement: mount.measurement.as_ref().map(measurement_to),
        first_measured_at: history.map(|history| time_to(history.first_measured)),
        changed_at: history.and_then(|history| history.changed).map(time_to),
        changes: history.map_or(0, |history| history.changes),
    }
}

/// Converts an entry of a city from the wire, as another program shows it. Its structure alone is checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` with the field's name; `UPGRADE_NEEDED` for a value of the entry or a stop of a kind that is not
/// known here.
pub fn shown_entry_from(wire: v1::CatalogueRecord) -> Result<ShownEntry, Error> {
    let city = city_from(&wire.city)?;
    let entry = entry_from(wire.entry.ok_or_else(|| missing("entry"))?)?;
    if wire.published_at.is_none() {
        let (revision, entry) = (wire.revision, Box::new(entry));
        return Ok(ShownEntry::Revision {
            city,
            revision,
            entry,
        });
    }
    let (withdrawn_at, reason) = (wire.withdrawn_at, wire.withdrawn_reason);
    let withdrawn = withdrawn_at.map(|at| {
        let at = time_from(Some(&at), "withdrawn_at")?;
        Ok::<_, Error>(Withdrawal { at, reason })
    });
    let return_flow = wire.return_flow.as_ref();
    let return_flow = return_flow.map(|flow| return_flow_from(Some(flow)));
    let running_grants = wire.running_grants.as_ref().map(running_grants_from);
    let default_scope = wire.default_scope.as_ref();
    let default_scope = default_scope.map(|scope| default_scope_from(scope).map(Box::new));
    let record = Box::new(EntryRecord {
        entry,
        revision: wire.revision,
        published_at: time_from(wire.published_at.as_ref(), "published_at")?,
        withdrawn: withdrawn.transpose()?,
        mount: wire.mount.map(mount_from).transpose()?,
        stop: wire.stop.as_ref().map(recorded_act_from).transpose()?,
    });
    Ok(ShownEntry::Published {
        city,
        record,
        return_flow: return_flow.transpose()?,
        running_grants: running_grants.transpose()?,
        default_scope: default_scope.transpose()?,
    })
}

fn mount_from(wire: v1::Mount) -> Result<Mount, Error> {
    let measurement = wire.measurement.as_ref();
    let measurement = measurement.map(|last| measurement_from(Some(last)));
    let measurement = measurement.transpose()?;
    let changed = wire.changed_at.as_ref();
    let changed = changed.map(|at| time_from(Some(at), "changed_at"));
    let (changed, changes) = (changed.transpose()?, wire.changes);
    let history = match (&wire.first_measured_at, measurement) {
        (Some(first), Some(last)) => Some(History {
            first_measured: time_from(Some(first), "first_measured_at")?,
            measured: last.at,
            changed,
            changes,
        }),
        _ => None,
    };
    Ok(Mount {
        file_name: wire.file_name,
        is_table: wire.is_table,
        measurement,
        history,
    })
}

/// Converts the lifecycle of the entry of this code to the wire.
pub fn life_to(code: &ResourceCode, record: &LifecycleRecord) -> v1::EntryLifecycle {
    let published = record.published_provider;
    let due = record.due();
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
        tightenings: record.tightenings,
        change: record.change.as_ref().map(noted_change_to),
        due: due.map_or(String::new(), |due| due.date.to_string()),
        due_provisional: due.is_some_and(|due| due.provisional),
    }
}

fn noted_change_to(change: &NotedChange) -> v1::NotedChange {
    v1::NotedChange {
        on: change.on.to_string(),
        noted_by: change.noted_by.to_string(),
        due: change.due.date.to_string(),
        due_provisional: change.due.provisional,
        extended_by: change.extended_by,
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
        content_removed: false,
        tightening: step
            .tightening
            .map_or(0, |added| tightening_to(added).into()),
        consent: step.consent.as_ref().map(consent_to),
    }
}

/// Converts a move in the history of an entry to the wire.
pub fn past_step_to(step: &PastStep) -> v1::EntryStep {
    match step {
        PastStep::Whole(step) => entry_step_to(step),
        PastStep::Emptied {
            revision,
            mv,
            state,
            at,
        } => v1::EntryStep {
            revision: *revision,
            r#move: entry_move_to(*mv).into(),
            state: entry_state_to(*state).into(),
            at: Some(time_to(*at)),
            content_removed: true,
            ..v1::EntryStep::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::Deadline;
    use chengji_domain::default_scope::DefaultScope;
    use chengji_domain::fact::{Measurement, Origin};
    use chengji_domain::request::Actor;
    use chengji_domain::request::terms::TableScope;
    use chengji_domain::stop::{IncidentReport, RecordedAct, StopAct, StopCause};
    use chengji_domain::{Digest, Epoch, ErrorCode};
    use chengji_messages::Value;
    use chengji_testkit::strategies::entry;
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    /// A record in which nothing is missing.
    fn full(entry: Entry) -> EntryRecord {
        let at = |second| Timestamp::from_second(second).unwrap();
        EntryRecord {
            withdrawn: Some(Withdrawal {
                at: at(9),
                reason: "机构改革".to_owned(),
            }),
            mount: Some(Mount {
                file_name: "districts.csv".to_owned(),
                is_table: true,
                measurement: Some(Measurement {
                    bytes: 30,
                    rows: Some(3),
                    digest: Digest([7; 32]),
                    at: at(7),
                }),
                history: Some(History {
                    first_measured: at(3),
                    measured: at(7),
                    changed: Some(at(5)),
                    changes: 2,
                }),
            }),
            stop: Some(RecordedAct {
                origin: Origin {
                    epoch: Epoch::first([1; 8]),
                    seq: 41,
                },
                at: at(8),
                actor: Actor::new("city/430200/person/li".parse().unwrap(), None),
                act: StopAct::Stopped {
                    cause: StopCause::Incident,
                    reason: "数据核查".to_owned(),
                    report: Some(IncidentReport {
                        to: "市网信办".to_owned(),
                        at: at(6),
                    }),
                },
                noted: true,
                due: Some(Deadline::certain(jiff::civil::date(2026, 12, 4))),
            }),
            ..EntryRecord::new(entry, 2, at(1))
        }
    }

    proptest! {
        #[test]
        fn a_shown_entry_reads_as_it_was_written(entry in entry()) {
            let city: CityCode = "430200".parse().unwrap();
            let bare = EntryRecord::new(entry.clone(), 1, Timestamp::UNIX_EPOCH);
            let flow = ReturnFlow { to: Some(city), rows: "本市的登记信息".to_owned() };
            let first = vec!["430100-1-7-AAAAAAAAAAAAA".parse().unwrap()];
            let running = RunningGrants { count: 7, first };
            let full = (full(entry.clone()), Some(flow), Some(running), Some(Box::new(scope())));
            let known = [full, (bare, None, None, None)];
            let published = known.map(|(record, return_flow, running_grants, default_scope)| {
                ShownEntry::Published {
                    city,
                    record: Box::new(record),
                    return_flow,
                    running_grants,
                    default_scope,
                }
            });
            let revision = ShownEntry::Revision { city, revision: 3, entry: Box::new(entry) };
            for shown in published.into_iter().chain([revision]) {
                let read = shown_entry_from(shown_entry_to(&shown));
                prop_assert_eq!(read, Ok(shown));
            }
        }

        #[test]
        fn a_stop_of_a_kind_that_is_not_known_here_asks_for_an_upgrade(entry in entry()) {
            let mut wire = record_to("430200".parse().unwrap(), &full(entry));
            wire.stop.as_mut().unwrap().cause = 99;
            let error = shown_entry_from(wire).unwrap_err();
            prop_assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
        }

        #[test]
        fn a_value_of_an_entry_that_is_not_known_here_asks_for_an_upgrade(entry in entry()) {
            type Spoil = fn(&mut v1::CatalogueEntry);
            let spoil: [(&str, Spoil); 8] = [
                ("share_class", |wire| wire.share_class = 99),
                ("share_manner", |wire| wire.share_manner = 99),
                ("update_cycle", |wire| wire.update_cycle = 99),
                ("administrative_level", |wire| wire.administrative_level = 99),
                ("formats", |wire| wire.formats.push(v1::Format { kind: 99, ..v1::Format::default() })),
                ("items", |wire| wire.items.push(item(|item| item.r#type = 99))),
                ("items", |wire| wire.items.push(item(|item| item.share_class = 99))),
                ("items", |wire| wire.items.push(item(|item| item.share_manner = 99))),
            ];
            let city: CityCode = "430200".parse().unwrap();
            let bare = EntryRecord::new(entry.clone(), 1, Timestamp::UNIX_EPOCH);
            let published = ShownEntry::Published {
                city,
                record: Box::new(bare),
                return_flow: None,
                running_grants: None,
                default_scope: None,
            };
            let revision = ShownEntry::Revision { city, revision: 3, entry: Box::new(entry) };
            for (field, spoil) in spoil {
                for shown in [&published, &revision] {
                    let mut wire = shown_entry_to(shown);
                    spoil(wire.entry.as_mut().unwrap());
                    let error = shown_entry_from(wire).unwrap_err();
                    prop_assert_eq!(error.code(), ErrorCode::UpgradeNeeded, "{}", field);
                    let named = Value::from(field);
                    prop_assert_eq!(error.message().param("field"), Some(&named));
                }
            }
        }
    }

    /// A default scope.
    fn scope() -> ShownDefaultScope {
        ShownDefaultScope {
            recorded: DefaultScope {
                part: TableScope {
                    schema: Digest([7; 32]),
                    columns: [("holder".to_owned(), None)].into(),
                    condition: None,
                    row_limit: None,
                    increment: None,
                },
                actor: Actor::new("city/430200/person/shen.pi".parse().unwrap(), None),
                at: Timestamp::UNIX_EPOCH,
            },
            is_outdated: true,
        }
    }

    /// An item with this change.
    fn item(change: impl FnOnce(&mut v1::Item)) -> v1::Item {
        let mut item = v1::Item {
            r#type: v1::ItemType::Text.into(),
            ..v1::Item::default()
        };
        change(&mut item);
        item
    }
}
