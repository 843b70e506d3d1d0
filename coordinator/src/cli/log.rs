//! `log`: the coordinator's own log.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::log_entry::Fact;
use chengji_proto::v1::log_item::Item;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_store::{Ledger, RocksStore};
use chengji_terminal::cells;
use chengji_terminal::output::{Column, Format, Table, print};
use clap::Subcommand;
use prost::Message;

use super::{Session, answer};
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Show entries of the log; with --format json one object each 查看日志
    Show {
        /// First position 起始位置
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// At most so many 最多条数
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Begin a new epoch, with the coordinator stopped, after its data was restored from a backup
    /// 恢复备份后开启新纪元
    NewEpoch {
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

impl Log {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        match self {
            Self::Show { from, limit } => show(session, from, limit).await,
            Self::NewEpoch { config } => new_epoch(Settings::read(&config)?).await,
        }
    }
}

async fn show(session: &Session, from: u64, limit: usize) -> Result<()> {
    let entries = entries(session, from, limit).await?;
    if session.format == Format::Json {
        return entries.iter().try_for_each(|entry| print(Format::Json, entry, |_| table(&[])));
    }
    print(session.format, &v1::FollowResponse::default(), |_| table(&entries))
}

async fn entries(session: &Session, from: u64, limit: usize) -> Result<Vec<v1::LogEntry>> {
    let mut client = LogServiceClient::new(session.connect()?);
    // A position is only good within an epoch, so the current one is asked for first.
    let beginning = v1::FollowRequest { epoch: 0, from: 0, until_head: true };
    let mut stream = answer(client.follow(beginning)).await?;
    let first = stream.message().await.map_err(|status| to_error(&status))?;
    let epoch = first.as_ref().map_or(1, |first| first.epoch);
    drop(stream);
    let request = v1::FollowRequest { epoch, from, until_head: true };
    let mut stream = answer(client.follow(request)).await?;
    let mut entries = Vec::new();
    while entries.len() < limit
        && let Some(batch) = stream.message().await.map_err(|status| to_error(&status))?
    {
        for item in batch.items.into_iter().take(limit - entries.len()) {
            // An auditor or operator reads every entry; a leaf alone says nothing worth a line.
            let Some(Item::Entry(bytes)) = item.item else { continue };
            let entry = v1::LogEntry::decode(bytes.as_ref()).map_err(|e| {
                let message = format!("an entry of the coordinator's log cannot be read: {e}");
                Error::new(ErrorCode::PeerInvalid, message)
            })?;
            entries.push(entry);
        }
    }
    Ok(entries)
}

fn table(entries: &[v1::LogEntry]) -> Table {
    let mut table = Table::new(&[
        Column::right("epoch", "epoch 纪元"),
        Column::right("seq", "seq 位置"),
        Column::left("at", "at 时间"),
        Column::left("principal", "by 主体"),
        Column::left("fact", "fact 事实"),
        Column::left("about", "about 对象"),
    ]);
    for entry in entries {
        let (fact, about) = fact(entry.fact.as_ref());
        table.row([
            entry.epoch.to_string(),
            entry.seq.to_string(),
            entry.at.as_ref().map(cells::time).unwrap_or_default(),
            entry.principal.clone(),
            fact.to_owned(),
            about,
        ]);
    }
    table
}

fn fact(fact: Option<&Fact>) -> (&'static str, String) {
    match fact {
        Some(Fact::Admitted(admitted)) => {
            let member = admitted.member.clone().unwrap_or_default();
            let about = format!("{} {} {}", member.city, member.name, member.endpoint);
            ("admitted 加入", about)
        }
        Some(Fact::RequestOpened(opened)) => ("opened 受理", opened.request.clone()),
        Some(Fact::RequestOrdered(ordered)) => ("ordered 流转", ordered.request.clone()),
        Some(Fact::MoveRefused(refused)) => {
            ("move refused 未采纳", format!("{}: {}", refused.request, refused.reason))
        }
        Some(Fact::Reminded(reminded)) => {
            let what = if reminded.overdue { "chased 督办" } else { "reminded 提醒" };
            (what, format!("{} {}", reminded.request, reminded.deadline))
        }
        Some(Fact::Quarantined(aside)) => {
            let place = format!("city/{} {}/{}", aside.city, aside.epoch, aside.seq);
            ("set aside 隔离", format!("{place}: {}", aside.reason))
        }
        _ => ("unknown 未知", String::new()),
    }
}

async fn new_epoch(settings: Settings) -> Result<()> {
    let store = Arc::new(RocksStore::open(&settings.data)?);
    let ledger = Ledger::open(store, &LogOwner::Coordinator.to_string())?;
    let position = ledger.new_epoch().await?;
    ledger.close();
    eprintln!("the log goes on in epoch {} at {} 已开启新纪元", position.epoch, position.seq);
    Ok(())
}
