//! `ca`: the cluster's certificate authority; and `init`, which sets up a whole cluster.

use std::net::SocketAddr;
use std::path::PathBuf;

use chengji_client::output::note;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_messages::msg;
use chengji_pki::AuthorityFiles;
use clap::{Args, Subcommand};

use super::PROGRAM;
use crate::setup::{self, SetupOptions};

#[derive(Debug, Subcommand)]
pub(super) enum Ca {
    /// Create the authority, ca.pem and ca-key.pem; 'init' does it, too
    ///
    /// With --certificate and --key an intermediate certificate of an existing PKI becomes the cluster's
    /// authority; it must be allowed to issue CA certificates.
    Init {
        /// Folder of the authority
        #[arg(long)]
        dir: PathBuf,
        /// Name of the cluster: a-z, 0-9, '-', '_', '.'
        #[arg(long)]
        cluster: String,
        /// Existing intermediate certificate, PEM
        #[arg(long, value_name = "FILE", requires = "key")]
        certificate: Option<PathBuf>,
        /// Key of the intermediate certificate, PEM
        #[arg(long, value_name = "FILE", requires = "certificate")]
        key: Option<PathBuf>,
        /// File with the passphrase of the key
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
        note(msg::AuthorityMade {
            cluster,
            path: &files.certificate,
        });
        Ok(())
    }
}

/// The cluster to set up.
#[derive(Args, Debug)]
pub(super) struct Init {
    /// Folder for settings, authority and data
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Name of the cluster: a-z, 0-9, '-', '_', '.'
    #[arg(long)]
    cluster: String,
    /// Address to listen on
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7400")]
    listen: SocketAddr,
    /// Address for cities and people; the listen address unless given
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    /// Name of the first operator: a-z, 0-9, '-', '_', '.'
    #[arg(long, default_value = "operator")]
    operator: String,
    /// File with the passphrase of the authority's key
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
        note(msg::ClusterSetUp {
            cluster: options.cluster,
            config: &config,
            profile,
            program: PROGRAM,
        });
        Ok(())
    }
}
