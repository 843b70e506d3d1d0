//! `catalogue status`: which entries need attention, and why; counts first.

use std::process::ExitCode;

use chengji_client::arguments::refused;
use chengji_client::cells;
use chengji_client::fields::Fields;
use chengji_client::output::{Cell, Column, Format, Table, blank_line, note, print};
use chengji_client::row;
use chengji_domain::Result;
use chengji_domain::catalogue::freshness::Freshness;
use chengji_messages::{Message, Value, msg};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use chengji_transport::CallTimeout;
use clap::Args;

use super::terms::update_cycle;
use crate::cli::{Context, answer};

/// Arguments of `catalogue status`.
#[derive(Args, Debug)]
pub(in crate::cli) struct StatusArgs {
    /// List only entries in these states, separated by commas: unmounted, gone, never-measured, stale,
    /// contradicted, fresh
    #[arg(long, value_delimiter = ',', value_name = "WHICH", value_parser = freshness)]
    only: Vec<Freshness>,
    /// Only entries of this department, by credit code
    #[arg(long, value_name = "USCC", default_value = "")]
    department: String,
    /// Exit with 1 if an entry needs attention
    #[arg(long)]
    check: bool,
}

fn freshness(text: &str) -> Result<Freshness> {
    Freshness::from_term(text.trim()).ok_or_else(|| {
        let terms: Vec<&str> = Freshness::ALL.iter().map(|one| one.en()).collect();
        refused(msg::ValueNotOneOf { terms })
    })
}

/// Looks, and shows what there is.
pub(super) async fn run(arguments: StatusArgs, context: &Context) -> Result<ExitCode> {
    let whole = all(&arguments, context).await?;
    let found = whole.counts.unwrap_or_default();
    match context.format() {
        Format::Table => {
            print(Format::Table, &whole, |whole| counted(whole, &found))?;
            if !whole.entries.is_empty() {
                blank_line();
                print(Format::Table, &whole, list)?;
            }
        }
        Format::Json => print(Format::Json, &whole, list)?,
        Format::Csv => {
            print(Format::Csv, &whole, list)?;
            let attention = found.entries - found.fresh;
            let entries = found.entries;
            note(msg::StatusAttention { attention, entries });
        }
    }
    let attention = arguments.check && found.entries > found.fresh;
    Ok(ExitCode::from(u8::from(attention)))
}

/// Collects the messages of the node into one answer.
async fn all(arguments: &StatusArgs, context: &Context) -> Result<v1::CatalogueStatusResponse> {
    let mut client = CatalogueServiceClient::new(context.channel().await?);
    let only = arguments.only.iter();
    let request = v1::CatalogueStatusRequest {
        department: arguments.department.clone(),
        only: only
            .map(|only| convert::freshness_to(*only).into())
            .collect(),
    };
    let mut responses = answer(client.status(request)).await?;
    let mut whole = v1::CatalogueStatusResponse::default();
    while let Some(some) = CallTimeout::Work.next(&mut responses).await? {
        whole.counts = some.counts;
        whole.entries.extend(some.entries);
        whole.checked_at = some.checked_at;
    }
    Ok(whole)
}

fn counted(whole: &v1::CatalogueStatusResponse, counts: &v1::FreshnessCounts) -> Table {
    let mut fields = Fields::new();
    if let Some(at) = &whole.checked_at {
        fields.field("checked_at", msg::ColumnFilesChecked, cells::time(at));
    }
    fields.field("entries", msg::ColumnEntriesToShare, counts.entries);
    for (key, freshness, count) in [
        ("fresh", Freshness::Fresh, counts.fresh),
        ("unmounted", Freshness::Unmounted, counts.unmounted),
        ("gone", Freshness::Gone, counts.gone),
        (
            "never_measured",
            Freshness::NeverMeasured,
            counts.never_measured,
        ),
        ("stale", Freshness::Stale, counts.stale),
        ("contradicted", Freshness::Contradicted, counts.contradicted),
    ] {
        fields.field(key, freshness.label(), count);
    }
    let mut table: Table = fields.into();
    if counts.other_level > 0 {
        table.note(other_level(counts));
    }
    table
}

/// Notes how these counts differ from those of the sharing rate.
fn other_level(counts: &v1::FreshnessCounts) -> Message {
    let v1::FreshnessCounts {
        other_level,
        unmounted_other_level: unmounted,
        ..
    } = *counts;
    msg::StatusOtherLevel {
        other_level,
        unmounted,
    }
    .into()
}

fn list(whole: &v1::CatalogueStatusResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("freshness", msg::ColumnFreshness),
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("provider", msg::ColumnProvider),
        Column::left("update_cycle", msg::ColumnCycle),
        Column::left("file_name", msg::ColumnFile),
        Column::left("measured_at", msg::ColumnLastMeasured),
        Column::left("changed_at", msg::ColumnChanged),
        Column::right("changes", msg::ColumnChanges),
        Column::left("observed", msg::ColumnObserved),
        Column::left("problem", msg::ColumnMountProblem),
        Column::left("waits_until", msg::ColumnMeasuringWaits),
    ]);
    for entry in &whole.entries {
        let freshness = convert::freshness_from(entry.freshness());
        table.row(row![
            freshness.map(|freshness| Cell::label(freshness.en(), freshness.label())),
            &entry.code,
            &entry.name,
            &entry.provider,
            update_cycle(entry.update_cycle()),
            &entry.file_name,
            entry.measured_at.as_ref().map(cells::time),
            entry.changed_at.as_ref().map(cells::time),
            entry.changes,
            observed(entry),
            entry
                .problem
                .as_ref()
                .map(|problem| convert::problem_message(Some(problem))),
            entry.waits_until.as_ref().map(cells::time),
        ]);
    }
    table
}

fn observed(entry: &v1::EntryStatus) -> Option<Message> {
    let cycle = convert::update_cycle_from(entry.fitting_cycle());
    let cycle = cycle.map_or_else(|| Value::text(""), Value::from);
    match (entry.unchanged_days, entry.changes_every_days) {
        (Some(days), _) => Some(msg::ObservedUnchanged { days, cycle }.into()),
        (None, Some(0)) => Some(msg::ObservedMoreThanDaily { cycle }.into()),
        (None, Some(days)) => Some(msg::ObservedEvery { days, cycle }.into()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::UpdateCycle;

    use super::*;

    #[test]
    fn what_contradicts_the_cycle_is_told_with_the_cycle_that_fits() {
        let mut entry = v1::EntryStatus {
            unchanged_days: Some(90),
            ..v1::EntryStatus::default()
        };
        entry.set_fitting_cycle(v1::UpdateCycle::Quarterly);
        let cycle = UpdateCycle::Quarterly;
        let seen = msg::ObservedUnchanged { days: 90, cycle };
        assert_eq!(observed(&entry), Some(seen.into()));
        assert_eq!(observed(&v1::EntryStatus::default()), None);
    }

    #[test]
    fn entries_that_the_rate_does_not_count_are_named() {
        let counts = v1::FreshnessCounts {
            entries: 61,
            unmounted: 53,
            other_level: 4,
            unmounted_other_level: 2,
            ..v1::FreshnessCounts::default()
        };
        let (other_level, unmounted) = (4, 2);
        assert_eq!(
            super::other_level(&counts),
            Message::from(msg::StatusOtherLevel {
                other_level,
                unmounted
            })
        );
    }

    #[test]
    fn every_way_to_stand_can_be_asked_for() {
        for one in Freshness::ALL {
            assert_eq!(freshness(one.en()), Ok(*one));
        }
        let error = freshness("old").unwrap_err();
        assert_eq!(error.message().code(), "value-not-one-of");
    }
}
