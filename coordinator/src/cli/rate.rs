//! `rate`: the sharing rate and the evidence behind it.

mod formula;
mod history;
mod scores;

use chengji_client::arguments::{refused, time};
use chengji_client::cells;
use chengji_client::output::{Cell, Column, Table, print};
use chengji_client::pages::Pages;
use chengji_client::row;
use chengji_client::views;
use chengji_domain::{CityCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use clap::Subcommand;
use jiff::Timestamp;

use self::formula::Formula;
use self::history::{Every, series};
use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Rate {
    /// The figures of every city and of the cluster
    Show {
        /// Cut-off, such as 2026-10-31 (its end, Beijing time) or 2026-10-31T12:00:00+08:00; now unless given
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<Timestamp>,
    },
    /// Every entry of a city with its contribution and the reason
    Explain {
        /// City code
        city: CityCode,
        /// Cut-off, such as 2026-10-31 (its end, Beijing time) or 2026-10-31T12:00:00+08:00; now unless given
        #[arg(long, value_name = "TIME", value_parser = time)]
        at: Option<Timestamp>,
        /// Only entries that count as one of these, with commas: realised, not-mounted, not-measured, not-read, not-shared, other-level, withdrawn
        #[arg(long, value_delimiter = ',', value_name = "WHICH", value_parser = contribution_from)]
        counts_as: Vec<v1::Contribution>,
    },
    /// The figures over time, of the cluster or of a city: at the end of each month, week or day, and of the series
    #[command(after_help = "Examples:
  chengji-coordinator rate history --every month
  chengji-coordinator --format csv rate history --every week --from 2026-10-01 --city 430100")]
    History {
        /// Distance between the cut-offs
        #[arg(long, value_enum, value_name = "INTERVAL")]
        every: Every,
        /// Begin, such as 2026-10-01; the founding of the cluster unless given
        #[arg(long, value_name = "TIME", value_parser = time)]
        from: Option<Timestamp>,
        /// End, such as 2026-12-31 (its end, Beijing time); now unless given
        #[arg(long, value_name = "TIME", value_parser = time)]
        to: Option<Timestamp>,
        /// Only this city
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
    },
    /// The formulas of the rate, and from when on they are in force
    #[command(subcommand)]
    Formula(Formula),
    /// Sealed months from the earliest: cut-off, position in the log, digest
    Seals,
}

impl Rate {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = RateServiceClient::new(session.channel().await?);
        match self {
            Self::Formula(formula) => formula.run(session).await,
            Self::Show { at } => {
                let pages = Pages::of(v1::ComputeRateRequest {
                    at: at.map(time_to),
                    page: None,
                });
                let report = pages.whole(async |asked| answer(client.compute(asked)).await);
                print(session.format(), &report.await?, figures)
            }
            Self::Explain {
                city,
                at,
                counts_as,
            } => {
                let city = city.to_string();
                let pages = Pages::of(v1::ExplainRateRequest {
                    city: city.clone(),
                    at: at.map(time_to),
                    contributions: counts_as.into_iter().map(i32::from).collect(),
                    page: None,
                });
                let explained = pages.whole(async |asked| answer(client.explain(asked)).await);
                print(session.format(), &explained.await?, |explained| {
                    evidence(&city, explained)
                })
            }
            Self::History {
                every,
                from,
                to,
                city,
            } => {
                let pages = Pages::of(v1::RateHistoryRequest {
                    from: from.map(time_to),
                    to: to.map(time_to),
                    every: v1::RateInterval::from(every).into(),
                    city: city.map(|city| city.to_string()).unwrap_or_default(),
                    page: None,
                });
                let whole = pages.whole(async |asked| answer(client.history(asked)).await);
                print(session.format(), &whole.await?, series)
            }
            Self::Seals => {
                let pages = Pages::of(v1::ListSealsRequest::default());
                let all = pages.whole(async |asked| answer(client.list_seals(asked)).await);
                print(session.format(), &all.await?, seals)
            }
        }
    }
}

fn seals(list: &v1::ListSealsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("month", msg::ColumnMonth),
        Column::left("cut_off", msg::ColumnCutOff),
        Column::left("close", msg::ColumnClose),
        Column::left("sealed_at", msg::ColumnSealed),
        Column::left("position", msg::ColumnSealAt),
        Column::right("cities", msg::ColumnLogs),
        Column::left("formula", msg::ColumnFormula),
        Column::left("checkpoint", msg::ColumnCheckpoint),
    ]);
    for month in &list.months {
        let seal = month.seal.clone().unwrap_or_default();
        // To the nanosecond, as `--at` takes it.
        let cut_off = seal.cut_off.as_ref();
        let cut_off = cut_off.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
        table.row(row![
            month.month.clone(),
            cut_off.map(|at| at.to_string()).unwrap_or_default(),
            seal.close.as_ref().map(cells::time).unwrap_or_default(),
            month.at.as_ref().map(cells::time).unwrap_or_default(),
            position(month.position.as_ref()),
            seal.cities.len().to_string(),
            seal.formula.clone(),
            cells::digest(&seal.checkpoint),
        ]);
    }
    table.note(msg::RateSealsHint);
    table
}

fn figures(report: &v1::RateReport) -> Table {
    let headline = report.headline();
    let mut columns = vec![
        Column::left("city", msg::ColumnCity),
        Column::left("name", msg::ColumnName),
    ];
    columns.extend(scores::columns());
    columns.extend([
        Column::right("not_shared", msg::ColumnClass3),
        Column::pair(["epoch", "seq"], msg::ColumnPosition),
        Column::left("member", msg::ColumnMember),
    ]);
    let mut table = Table::new(&columns);
    let mut row = |who: [Cell; 2], figures: Option<&v1::RateFigures>, rest: [Cell; 2]| {
        let not_shared = figures.map_or(0, |figures| figures.not_shared);
        let scores = scores::cells(figures, headline);
        let cells = who.into_iter().chain(scores).chain([not_shared.into()]);
        table.row(cells.chain(rest));
    };
    for city in &report.cities {
        let who = [city.city.as_str().into(), city.name.as_str().into()];
        let status = views::membership_status(city.status());
        let rest = [position(city.position.as_ref()).into(), status];
        row(who, city.figures.as_ref(), rest);
    }
    let cluster = [Cell::label("cluster", msg::RateCluster), "".into()];
    let rest = [position(report.coordinator.as_ref()).into(), "".into()];
    row(cluster, report.cluster.as_ref(), rest);
    let unit = scores::unit(headline);
    let at = report.at.as_ref().map(cells::time).unwrap_or_default();
    table.note(msg::RateBasis {
        at,
        formula: &report.formula,
        unit,
    });
    for city in &report.cities {
        lost(&mut table, &city.city, &city.lost);
    }
    table.note(finality(
        report.close.as_ref(),
        report.provisional,
        report.sealed.as_ref(),
    ));
    table
}

fn evidence(city: &str, explained: &v1::ExplainRateResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("contribution", msg::ColumnCountsAs),
        Column::left("share_condition", msg::ColumnConditionOrBasis),
        Column::right("rows", msg::ColumnRows),
        Column::right("bytes", msg::ColumnBytes),
        Column::right("shared_rows", msg::ColumnSharedRows),
        Column::right("shared_bytes", msg::ColumnSharedBytes),
        Column::left("measured", msg::ColumnVolumeSource),
        Column::right("published_seq", msg::ColumnPublishedAt),
        Column::right("measured_seq", msg::ColumnMeasuredAt),
        Column::left("read_by", msg::ColumnReadBy),
        Column::right("read_seq", msg::ColumnReceiptAt),
    ]);
    let seq = |seq: Option<u64>| seq.map(|seq| seq.to_string()).unwrap_or_default();
    for entry in &explained.entries {
        table.row(row![
            entry.code.clone(),
            entry.name.clone(),
            contribution(entry.contribution()),
            entry.share_condition.clone(),
            entry.rows.to_string(),
            entry.bytes.to_string(),
            entry.shared_rows.to_string(),
            entry.shared_bytes.to_string(),
            match entry.measured {
                true => Cell::label("measured", msg::RateMeasured),
                false => Cell::label("declared", msg::RateDeclared),
            },
            entry.published_seq.to_string(),
            seq(entry.measured_seq),
            entry.read_by.clone(),
            seq(entry.read_seq),
        ]);
    }
    let at = explained.at.as_ref().map(cells::time).unwrap_or_default();
    table.note(msg::RateEvidenceBasis {
        at,
        formula: &explained.formula,
        position: position(explained.position.as_ref()),
    });
    lost(&mut table, city, &explained.lost);
    table.note(finality(
        explained.close.as_ref(),
        explained.provisional,
        explained.sealed.as_ref(),
    ));
    table
}

/// Returns the unit that an entry counts for, with its label for people.
fn contribution(contribution: v1::Contribution) -> Cell {
    let label: Message = match contribution {
        v1::Contribution::Unspecified => return "".into(),
        v1::Contribution::Realised => msg::ContributionRealised.into(),
        v1::Contribution::NotMounted => msg::ContributionNotMounted.into(),
        v1::Contribution::NotMeasured => msg::ContributionNotMeasured.into(),
        v1::Contribution::NotRead => msg::ContributionNotRead.into(),
        v1::Contribution::NotShared => msg::TermShareClassNotShared.into(),
        v1::Contribution::OtherLevel => msg::ContributionOtherLevel.into(),
        v1::Contribution::Withdrawn => msg::ContributionWithdrawn.into(),
    };
    Cell::label(code(contribution), label)
}

/// Returns the name of a contribution for programs, such as `not-read`.
fn code(contribution: v1::Contribution) -> String {
    let name = contribution
        .as_str_name()
        .trim_start_matches("CONTRIBUTION_");
    name.to_lowercase().replace('_', "-")
}

fn contribution_from(text: &str) -> Result<v1::Contribution> {
    let contributions = (1..).map_while(|number| v1::Contribution::try_from(number).ok());
    let found = contributions.clone().find(|one| code(*one) == text.trim());
    found.ok_or_else(|| {
        let terms: Vec<String> = contributions.map(code).collect();
        refused(msg::ValueNotOneOf { terms })
    })
}

/// Notes what a city lost by restores.
fn lost(table: &mut Table, city: &str, lost: &[v1::LostEntries]) {
    for entries in lost {
        let v1::LostEntries {
            epoch,
            first,
            last,
            count,
            counted,
            ..
        } = entries;
        let (count, epoch) = (*count, *epoch);
        let (first, last) = (*first, *last);
        table.note(match counted {
            true => Message::from(msg::RateLostLater {
                city,
                count,
                epoch,
                first,
                last,
            }),
            false => msg::RateLost {
                city,
                count,
                epoch,
                first,
                last,
            }
            .into(),
        });
    }
}

/// Describes whether figures may still change, and until when.
fn finality(
    close: Option<&prost_types::Timestamp>,
    provisional: bool,
    sealed: Option<&v1::LogPosition>,
) -> Message {
    let close = close.map(cells::time).unwrap_or_default();
    match sealed {
        Some(_) => msg::RateSealed {
            position: position(sealed),
        }
        .into(),
        None if provisional => msg::RateProvisional { close }.into(),
        None => msg::RateClosed { close }.into(),
    }
}

fn position(position: Option<&v1::LogPosition>) -> String {
    position
        .map(|at| format!("{}/{}", at.epoch, at.seq))
        .unwrap_or_default()
}
