//! `check`: compares the indexes and counts of a program's data directory with its records.

use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::table_check;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_store::{IndexedTable, Ledger, Loss, build_added};
use chengji_transport::CallTimeout;
use clap::Args;

use super::{DataDirectory, Session, answer};
use crate::output::print;
use crate::views;

/// Options of the check.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// Correct the indexes and counts that differ from the records
    #[arg(long)]
    mend: bool,
    /// Check the data directory of these settings, a TOML file, with the program stopped
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl CheckArgs {
    /// Checks the running program, or these tables in the data directory of the settings, which `settings` reads.
    /// Errors: STORAGE_DAMAGED if something differs and is not corrected.
    pub async fn run(
        self,
        session: &Session,
        settings: impl FnOnce(&Path) -> Result<DataDirectory>,
        tables: impl Iterator<Item = &'static dyn IndexedTable>,
    ) -> Result<()> {
        let checked = match &self.config {
            Some(config) => offline(settings(config)?, tables, self.mend).await?,
            None => online(session, self.mend).await?,
        };
        let check = v1::IndexCheck {
            tables: checked,
            mended: self.mend,
        };
        print(session.format(), &check, views::index_check)?;
        let sum = |of: fn(&v1::TableCheck) -> u64| check.tables.iter().map(of).sum::<u64>();
        let (missing, stray) = (sum(|table| table.missing), sum(|table| table.stray));
        if missing + stray == 0 || self.mend {
            return Ok(());
        }
        let message = msg::IndexesDiffer { missing, stray };
        Err(Error::new(ErrorCode::StorageDamaged, message))
    }
}

async fn online(session: &Session, mend: bool) -> Result<Vec<v1::TableCheck>> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let mut checks = answer(client.check_indexes(v1::CheckIndexesRequest { mend })).await?;
    let mut checked = Vec::new();
    while let Some(check) = CallTimeout::Work.next(&mut checks).await? {
        checked.extend(check.table);
    }
    Ok(checked)
}

async fn offline(
    data: DataDirectory,
    tables: impl Iterator<Item = &'static dyn IndexedTable>,
    mend: bool,
) -> Result<Vec<v1::TableCheck>> {
    let ledger = Ledger::open_directory(&data.path, &data.owner.to_string(), Loss::Refused)?;
    let tables: Vec<_> = tables.collect();
    build_added(&ledger, tables.iter().copied()).await?;
    let mut checked = Vec::new();
    for table in tables {
        let found = table.verify(&ledger, mend).await?;
        checked.push(table_check(table.prefix(), found));
    }
    ledger.close();
    Ok(checked)
}
