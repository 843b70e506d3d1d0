//! `check`: compares the indexes and tallies of a program's data directory with its records.

use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_store::{IndexedTable, Ledger, Loss, build_added};
use clap::Args;

use super::DataDirectory;
use crate::output::note;

/// Options of the check.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The settings, a TOML file
    #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
    config: PathBuf,
    /// Make the indexes and counts agree with the records
    #[arg(long)]
    mend: bool,
}

impl CheckArgs {
    /// Runs it on these tables of the program; `settings` reads its settings. Errors: STORAGE_DAMAGED if something
    /// differs and is not mended.
    pub async fn run(
        self,
        settings: impl FnOnce(&Path) -> Result<DataDirectory>,
        tables: impl Iterator<Item = &'static dyn IndexedTable>,
    ) -> Result<()> {
        let data = settings(&self.config)?;
        let owner = data.owner.to_string();
        let ledger = Ledger::open_directory(&data.path, &owner, Loss::Refused)?;
        let tables: Vec<_> = tables.collect();
        build_added(&ledger, tables.iter().copied()).await?;
        let (mut missing, mut stray) = (0, 0);
        for table in tables {
            let found = table.verify(&ledger, self.mend).await?;
            let table = format!("{:?}", table.prefix());
            note(msg::TableChecked {
                missing: found.missing,
                stray: found.stray,
                table,
            });
            missing += found.missing;
            stray += found.stray;
        }
        ledger.close();
        if missing + stray == 0 || self.mend {
            return Ok(());
        }
        let message = msg::IndexesDiffer { missing, stray };
        Err(Error::new(ErrorCode::StorageDamaged, message))
    }
}
