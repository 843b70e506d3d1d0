//! `ca`: the cluster's own certificate authority.

use std::path::PathBuf;
use std::time::SystemTime;

use chengji_domain::{Principal, Result};
use clap::Subcommand;

use crate::ca::{self, Wish};

#[derive(Debug, Subcommand)]
pub(super) enum Ca {
    /// Make an authority: ca.pem and ca-key.pem, valid for ten years; nothing is overwritten
    /// 创建证书颁发机构
    Init {
        /// Where to put it; keep this directory secret 存放目录，须保密
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// The cluster's name: a-z, 0-9, '-', '_', '.' 城市群名称
        #[arg(long, value_name = "NAME")]
        cluster: String,
    },
    /// Issue a certificate: cert.pem, key.pem and ca.pem 签发证书
    Issue {
        /// The authority's directory 颁发机构目录
        #[arg(long, value_name = "DIR")]
        dir: PathBuf,
        /// Where to put the files; earlier ones there are replaced 输出目录
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// A host name or address besides localhost and 127.0.0.1; may be repeated 主机名或地址
        #[arg(long = "host", value_name = "HOST")]
        hosts: Vec<String>,
        /// Days until it ends 有效天数
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// For whom: city/430100/node, city/430100/person/<name>, coordinator, operator/<name> or
        /// auditor/<name> 持有者
        principal: Principal,
    },
}

impl Ca {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Init { dir, cluster } => {
                let path = ca::init(&dir, &cluster, SystemTime::now())?;
                eprintln!("made the authority of {cluster} 已创建: {}", path.display());
            }
            Self::Issue {
                dir,
                out,
                hosts,
                days,
                principal,
            } => {
                let wish = Wish {
                    principal,
                    hosts,
                    days,
                };
                let uri = ca::issue(&dir, &out, &wish, SystemTime::now())?;
                eprintln!("issued {uri} for {days} days 已签发: {}", out.display());
            }
        }
        Ok(())
    }
}
