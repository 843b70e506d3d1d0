//! `rate`: the sharing rate and the evidence behind it.

use chengji_client::cells;
use chengji_client::output::{Column, Table, print};
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{CityCode, Result};
use chengji_proto::convert::{standing_zh, time_to};
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use clap::Subcommand;
use jiff::Timestamp;

use super::{Session, answer, time};

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
    },
    /// Sealed months from the earliest: cut-off, position in the log, digest
    Seals,
}

impl Rate {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let mut client = RateServiceClient::new(session.channel().await?);
        match self {
            Self::Show { at } => {
                let pages = Pages::of(v1::ComputeRateRequest {
                    at: at.map(time_to),
                    page: None,
                });
                let report = pages.whole(async |asked| answer(client.compute(asked)).await);
                print(session.format(), &report.await?, figures)
            }
            Self::Explain { city, at } => {
                let pages = Pages::of(v1::ExplainRateRequest {
                    city: city.to_string(),
                    at: at.map(time_to),
                    page: None,
                });
                let explained = pages.whole(async |asked| answer(client.explain(asked)).await);
                print(session.format(), &explained.await?, evidence)
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
        Column::left("month", "month 月份"),
        Column::left("cut_off", "cut-off 截止"),
        Column::left("close", "close 关账"),
        Column::left("sealed_at", "sealed 封存时间"),
        Column::left("position", "seal at 封存位置"),
        Column::right("cities", "logs 日志"),
        Column::left("formula", "formula 公式"),
        Column::left("checkpoint", "checkpoint 摘要"),
    ]);
    for month in &list.months {
        let seal = month.seal.clone().unwrap_or_default();
        // To the nanosecond, as `--at` takes it.
        let cut_off = seal.cut_off.as_ref();
        let cut_off = cut_off.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
        table.row([
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
    table.note(
        "give a cut-off to 'rate show --at' to see its figures 用 rate show --at 查看该月数据",
    );
    table
}

fn figures(report: &v1::RateReport) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("name", "name 名称"),
        Column::right("score", "score 得分"),
        Column::pair(["entries", "entries_of"], "entries 条目"),
        Column::right("entries_score", "% 条目"),
        Column::pair(["rows", "rows_of"], "rows 行"),
        Column::right("rows_score", "% 行"),
        Column::pair(["bytes", "bytes_of"], "bytes 字节"),
        Column::right("bytes_score", "% 字节"),
        Column::right("not_shared", "class 3 不予共享"),
        Column::pair(["epoch", "seq"], "position 位置"),
        Column::left("member", "member 成员"),
    ]);
    let mut row = |city: &str,
                   name: &str,
                   figures: Option<v1::RateFigures>,
                   position: String,
                   member: &str| {
        let figures = figures.unwrap_or_default();
        let [entries, rows, bytes] =
            [figures.entries, figures.rows, figures.bytes].map(Option::unwrap_or_default);
        let headline = match report.headline() {
            v1::RateUnit::Rows => &rows,
            v1::RateUnit::Bytes => &bytes,
            v1::RateUnit::Entries | v1::RateUnit::Unspecified => &entries,
        };
        let part = |ratio: &v1::Ratio| format!("{}/{}", ratio.numerator, ratio.denominator);
        table.row([
            city.to_owned(),
            name.to_owned(),
            headline.score.clone(),
            part(&entries),
            entries.score.clone(),
            part(&rows),
            rows.score.clone(),
            part(&bytes),
            bytes.score.clone(),
            figures.not_shared.to_string(),
            position,
            member.to_owned(),
        ]);
    };
    for city in &report.cities {
        row(
            &city.city,
            &city.name,
            city.figures.clone(),
            position(city.position.as_ref()),
            &views::standing(city.standing()),
        );
    }
    row(
        "cluster",
        "城市群",
        report.cluster.clone(),
        position(report.coordinator.as_ref()),
        "",
    );
    let unit = match report.headline() {
        v1::RateUnit::Rows => "rows 行数",
        v1::RateUnit::Bytes => "bytes 字节数",
        v1::RateUnit::Entries | v1::RateUnit::Unspecified => "entries 条目数",
    };
    let at = report.at.as_ref().map(cells::time).unwrap_or_default();
    table.note(format!(
        "formula 公式 {}; cut-off 截止 {at}; the score is by 得分按 {unit}",
        report.formula
    ));
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

fn evidence(explained: &v1::ExplainRateResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("standing", "counts as 计入"),
        Column::left("share_condition", "condition or basis 条件或依据"),
        Column::right("rows", "rows 行"),
        Column::right("bytes", "bytes 字节"),
        Column::left("measured", "measured 实测"),
        Column::right("published_seq", "published at 发布位置"),
        Column::right("measured_seq", "measured at 实测位置"),
        Column::left("read_by", "read by 读取方"),
        Column::right("read_seq", "receipt at 回执位置"),
    ]);
    let seq = |seq: Option<u64>| seq.map(|seq| seq.to_string()).unwrap_or_default();
    for entry in &explained.entries {
        table.row([
            entry.code.clone(),
            entry.name.clone(),
            standing_zh(entry.standing()).to_owned(),
            entry.share_condition.clone(),
            entry.rows.to_string(),
            entry.bytes.to_string(),
            if entry.measured {
                "measured 实测"
            } else {
                "declared 申报"
            }
            .to_owned(),
            entry.published_seq.to_string(),
            seq(entry.measured_seq),
            entry.read_by.clone(),
            seq(entry.read_seq),
        ]);
    }
    let at = explained.at.as_ref().map(cells::time).unwrap_or_default();
    table.note(format!(
        "formula 公式 {}; cut-off 截止 {at}; log position 日志位置 {}",
        explained.formula,
        position(explained.position.as_ref())
    ));
    lost(&mut table, "", &explained.lost);
    table.note(finality(
        explained.close.as_ref(),
        explained.provisional,
        explained.sealed.as_ref(),
    ));
    table
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
        let whether = if *counted {
            "later; they count at this cut-off 其后因恢复丢失，本截止时点仍计入"
        } else {
            "and do not count 因恢复丢失，不计入"
        };
        let text = format!(
            "{city} entries {first} to {last} of epoch {epoch} ({count}) were lost by a restore {whether}"
        );
        table.note(text.trim_start());
    }
}

/// Whether figures may still change, and until when.
fn finality(
    close: Option<&prost_types::Timestamp>,
    provisional: bool,
    sealed: Option<&v1::LogPosition>,
) -> String {
    let close = close.map(cells::time).unwrap_or_default();
    match sealed {
        Some(_) => format!("final: sealed at 已封存于 {}", position(sealed)),
        None if provisional => format!(
            "provisional: what is dated up to the cut-off counts if it arrives before {close} \
             暂定：{close} 前到达的仍计入"
        ),
        None => format!("final: closed at 已于 {close} 关账"),
    }
}

fn position(position: Option<&v1::LogPosition>) -> String {
    position
        .map(|at| format!("{}/{}", at.epoch, at.seq))
        .unwrap_or_default()
}
