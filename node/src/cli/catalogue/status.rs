//! `catalogue status`: which entries need attention, and why; counts first.

use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::fields::Fields;
use chengji_client::output::{Column, Format, Table, print};
use chengji_domain::Result;
use chengji_domain::catalogue::freshness::Freshness;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use chengji_transport::Patience;
use clap::Args;

use super::outcome::tell;
use crate::cli::{Context, answer};

/// What to look for.
#[derive(Args, Debug)]
pub(in crate::cli) struct StatusArgs {
    /// List only these entries, with commas: unmounted, gone, never-measured, stale, contradicted, fresh
    #[arg(long, value_delimiter = ',', value_name = "WHICH", value_parser = freshness)]
    only: Vec<Freshness>,
    /// Only entries of this department, by credit code
    #[arg(long, value_name = "USCC", default_value = "")]
    department: String,
    /// Exit with 1 if an entry needs attention
    #[arg(long)]
    check: bool,
}

fn freshness(text: &str) -> Result<Freshness, String> {
    Freshness::from_term(text.trim()).ok_or_else(|| {
        let all: Vec<String> = Freshness::ALL.iter().map(|one| said(*one)).collect();
        format!("one of 取值范围: {}", all.join(", "))
    })
}

/// Looks, and shows what there is.
pub(super) async fn run(arguments: StatusArgs, context: &Context) -> Result<ExitCode> {
    let whole = all(&arguments, context).await?;
    let found = whole.counts.unwrap_or_default();
    match context.format() {
        Format::Table => {
            print(Format::Table, &whole, |_| counted(&found))?;
            if !whole.entries.is_empty() {
                tell("");
                print(Format::Table, &whole, list)?;
            }
        }
        Format::Json => print(Format::Json, &whole, list)?,
        Format::Csv => {
            print(Format::Csv, &whole, list)?;
            let attention = found.entries - found.fresh;
            tell(&format!(
                "{attention} of {} entries need attention 需处理 {attention}/{} 条",
                found.entries, found.entries
            ));
        }
    }
    let attention = arguments.check && found.entries > found.fresh;
    Ok(ExitCode::from(u8::from(attention)))
}

/// All that the node tells, in one answer.
async fn all(arguments: &StatusArgs, context: &Context) -> Result<v1::CatalogueStatusResponse> {
    let mut client = CatalogueServiceClient::new(context.channel().await?);
    let only = arguments.only.iter();
    let request = v1::CatalogueStatusRequest {
        department: arguments.department.clone(),
        only: only
            .map(|only| convert::freshness_to(*only).into())
            .collect(),
    };
    let mut news = answer(client.status(request)).await?;
    let mut whole = v1::CatalogueStatusResponse::default();
    while let Some(some) = Patience::Work.next(&mut news).await? {
        whole.counts = some.counts;
        whole.entries.extend(some.entries);
    }
    Ok(whole)
}

fn counted(counts: &v1::FreshnessCounts) -> Table {
    let mut fields = Fields::new();
    let mut field = |key, title, count: u64| fields.field(key, title, count.to_string());
    field("entries", "entries to share 应共享条目", counts.entries);
    field("fresh", "fresh 正常", counts.fresh);
    field("unmounted", "unmounted 未挂接", counts.unmounted);
    field("gone", "gone 源文件缺失", counts.gone);
    field(
        "never_measured",
        "never measured 未计量",
        counts.never_measured,
    );
    field("stale", "stale 超出更新周期", counts.stale);
    field(
        "contradicted",
        "contradicted 与更新周期不符",
        counts.contradicted,
    );
    let mut table: Table = fields.into();
    if counts.other_level > 0 {
        table.note(other_level(counts));
    }
    table
}

/// How these counts differ from those of the sharing rate.
fn other_level(counts: &v1::FreshnessCounts) -> String {
    let v1::FreshnessCounts {
        other_level,
        unmounted_other_level: unmounted,
        ..
    } = counts;
    format!(
        "{other_level} of the entries, {unmounted} of the unmounted, are not municipal: the sharing \
         rate does not count them 其中 {other_level} 条（未挂接 {unmounted} 条）非市级，不计入共享率"
    )
}

fn list(whole: &v1::CatalogueStatusResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("freshness", "status 情况"),
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("update_cycle", "cycle 更新周期"),
        Column::left("file_name", "file 文件"),
        Column::left("measured_at", "measured 计量时间"),
        Column::left("changed_at", "changed 内容更新"),
        Column::right("changes", "changes 更新次数"),
        Column::left("observed", "observed 实际"),
    ]);
    for entry in &whole.entries {
        table.row([
            convert::freshness_from(entry.freshness()).map_or_else(String::new, said),
            entry.code.clone(),
            entry.name.clone(),
            entry.provider.clone(),
            cycle(entry.update_cycle()).to_owned(),
            entry.file_name.clone(),
            entry
                .measured_at
                .as_ref()
                .map(cells::time)
                .unwrap_or_default(),
            entry
                .changed_at
                .as_ref()
                .map(cells::time)
                .unwrap_or_default(),
            entry.changes.to_string(),
            observed(entry),
        ]);
    }
    table
}

fn said(freshness: Freshness) -> String {
    format!("{} {}", freshness.en(), freshness.zh())
}

fn cycle(cycle: v1::UpdateCycle) -> &'static str {
    convert::update_cycle_from(cycle).map_or("", |cycle| cycle.zh())
}

fn observed(entry: &v1::EntryStatus) -> String {
    let seen = match (entry.unchanged_days, entry.changes_every_days) {
        (Some(days), _) => format!("unchanged for {days} days {days} 天未变"),
        (None, Some(0)) => "changes more than daily 一日多次".to_owned(),
        (None, Some(days)) => format!("changes every {days} days 约每 {days} 天更新"),
        (None, None) => return String::new(),
    };
    format!("{seen}; fits 宜为: {}", cycle(entry.fitting_cycle()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contradicts_the_cycle_is_told_with_the_cycle_that_fits() {
        let mut entry = v1::EntryStatus {
            unchanged_days: Some(90),
            ..v1::EntryStatus::default()
        };
        entry.set_fitting_cycle(v1::UpdateCycle::Quarterly);
        assert_eq!(
            observed(&entry),
            "unchanged for 90 days 90 天未变; fits 宜为: 每季度"
        );
        assert_eq!(observed(&v1::EntryStatus::default()), "");
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
        let text = other_level(&counts);
        assert!(
            text.starts_with("4 of the entries, 2 of the unmounted"),
            "{text}"
        );
    }

    #[test]
    fn every_way_to_stand_can_be_asked_for() {
        for one in Freshness::ALL {
            assert_eq!(freshness(one.en()), Ok(*one));
        }
        assert!(freshness("old").unwrap_err().contains("stale 超出更新周期"));
    }
}
