//! `ca`: the cluster's certificate authority, and `init`, which sets up all of a cluster.

use std::net::SocketAddr;
use std::path::PathBuf;

use chengji_client::output::{note, notes};
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_pki::AuthorityFiles;
use clap::{Args, Subcommand};

use super::PROGRAM;
use crate::setup::{self, SetupOptions};

#[derive(Debug, Subcommand)]
pub(super) enum Ca {
    /// Make the authority: ca.pem and ca-key.pem; 'init' does it, too 创建证书颁发机构
    ///
    /// With --certificate and --key an intermediate of a PKI that exists becomes the cluster's
    /// authority: it must be allowed to certify authorities below it.
    Init {
        /// Folder for it 目录
        #[arg(long)]
        dir: PathBuf,
        /// Name of the cluster: a-z, 0-9, '-', '_', '.' 城市群标识
        #[arg(long)]
        cluster: String,
        /// Certificate of an intermediate to take over, PEM 已有中间证书
        #[arg(long, value_name = "FILE", requires = "key")]
        certificate: Option<PathBuf>,
        /// Its key, PEM 已有中间证书的私钥
        #[arg(long, value_name = "FILE", requires = "certificate")]
        key: Option<PathBuf>,
        /// File with the passphrase the key has, or is to get 私钥口令文件
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

impl Ca {
    pub(super) fn run(self) -> Result<()> {
        let Self::Init {
            dir,
            cluster,
            certificate,
            key,
            passphrase_file,
        } = self;
        let intermediate = certificate
            .zip(key)
            .map(|(certificate, key)| AuthorityFiles { certificate, key });
        let passphrase = passphrase_file.as_deref();
        let files = setup::make_authority(&dir, &cluster, intermediate.as_ref(), passphrase)?;
        let path = files.certificate.display();
        note(format_args!(
            "made the authority of {cluster} 已创建: {path}"
        ));
        Ok(())
    }
}

/// Set up a cluster: authority, settings, and the first operator 建立城市群
///
/// Writes coordinator.toml into the folder, makes the authority in 'ca' unless there is one, and
/// enrols the first operator, whose profile is in use from then on.
#[derive(Args, Debug)]
pub(super) struct Init {
    /// Folder for settings, authority and data 目录
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Name of the cluster: a-z, 0-9, '-', '_', '.' 城市群标识
    #[arg(long)]
    cluster: String,
    /// Address to listen on 监听地址
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7400")]
    listen: SocketAddr,
    /// Where cities and people reach it; the address to listen on unless given 对外地址
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    /// Name of the first operator: a-z, 0-9, '-', '_', '.' 首位运维员标识
    #[arg(long, default_value = "operator")]
    operator: String,
    /// File with the passphrase of the authority's key 私钥口令文件
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Init {
    pub(super) async fn run(self) -> Result<()> {
        let options = SetupOptions {
            folder: self.dir,
            cluster: self.cluster,
            listen: self.listen,
            address: self.address,
            operator: self.operator,
            passphrase: self.passphrase_file,
        };
        let (config, profile) = setup::init(PROGRAM, &options, system_clock()).await?;
        notes([
            format!(
                "the cluster {} is set up; operator profile '{profile}' 城市群已建立",
                options.cluster
            ),
            "next 下一步:".to_owned(),
            format!("  {PROGRAM} serve --config {}", config.display()),
            format!("  {PROGRAM} member invite 430100 --name 长沙市"),
        ]);
        Ok(())
    }
}
