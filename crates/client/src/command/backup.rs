//! `backup`: backups of a program's data directory.

use std::path::{Path, PathBuf};

use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::{backup_to, stamp};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_store::backup::{Restoring, verify};
use clap::Subcommand;

use super::{Session, answer};
use crate::output::{note, print};
use crate::views;

/// Commands on backups.
#[derive(Subcommand, Clone, Debug)]
pub enum BackupCommand {
    /// Back up the data directory while the program runs
    ///
    /// The backup is a new folder in the folder of the setting 'backups' on the program's machine. Keys,
    /// certificates, settings and received files are not part of it.
    Create,
    /// Verify a backup on this machine: its log is complete and its data are consistent
    Verify {
        /// The backup's folder
        backup: PathBuf,
    },
    /// Replace the data directory by a backup, with the program stopped
    ///
    /// The present data directory is moved aside, never deleted. At its next start the program asks its
    /// peers how far they know its log, and opens a new epoch. Entries that were written after the backup
    /// are lost and have to be entered again.
    Restore {
        /// The backup's folder
        backup: PathBuf,
        /// The settings, a TOML file
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

/// The data directory that settings name.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    /// Its path.
    pub path: PathBuf,
    /// Whose it is.
    pub owner: LogOwner,
    /// The cluster it is of.
    pub cluster: String,
}

impl BackupCommand {
    /// Runs it; `settings` reads the settings of this program.
    pub async fn run(
        self,
        session: &Session,
        settings: impl FnOnce(&Path) -> Result<DataDirectory>,
    ) -> Result<()> {
        match self {
            Self::Create => {
                let mut client = StatusServiceClient::new(session.channel().await?);
                let made = answer(client.create_backup(v1::CreateBackupRequest {})).await?;
                print(session.format(), &made, views::backup)
            }
            Self::Verify { backup } => {
                let verified = verify(&backup)?;
                print(session.format(), &backup_to(&verified)?, views::backup)?;
                note(msg::BackupComplete);
                Ok(())
            }
            Self::Restore { backup, config } => {
                let data = settings(&config)?;
                let restoring = Restoring {
                    backup,
                    data: data.path,
                    owner: data.owner.to_string(),
                    cluster: data.cluster,
                    stamp: format!("before-{}", stamp(chengji_clock::now())),
                };
                let (restored, aside) = restoring.run()?;
                print(session.format(), &backup_to(&restored)?, views::backup)?;
                if let Some(aside) = aside {
                    note(msg::DataMovedAside { folder: &aside });
                }
                note(msg::BackupRestored);
                Ok(())
            }
        }
    }
}
