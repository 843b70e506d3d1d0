//! `backup`: backups of a program's data directory.

use std::path::{Path, PathBuf};

use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::{backup_to, stamp};
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
    /// Back the data directory up while the program serves 运行中备份数据目录
    ///
    /// The backup is a new folder below the setting 'backups' on the program's machine. Keys,
    /// certificates, settings and received files are not part of it.
    Create,
    /// Verify a backup on this machine: its log is whole and its figures agree 校验备份
    Verify {
        /// The backup's folder 备份目录
        backup: PathBuf,
    },
    /// Put a backup in the place of the data directory, with the program stopped 从备份恢复
    ///
    /// The present data directory is put aside, never deleted. At its next start the program asks its
    /// peers how far they know its log, and begins a new epoch by itself: what was written after the
    /// backup is lost and has to be said again.
    Restore {
        /// The backup's folder 备份目录
        backup: PathBuf,
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

/// The data directory that settings name.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    /// Where it is.
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
                note(format_args!("the backup is whole 备份完整"));
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
                    note(format_args!(
                        "the data directory there was is {} 原数据目录已移至该处",
                        aside.display()
                    ));
                }
                note(format_args!(
                    "restored; the next start begins a new epoch 已恢复，下次启动进入新纪元"
                ));
                Ok(())
            }
        }
    }
}
