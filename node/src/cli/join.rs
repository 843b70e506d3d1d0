//! `join`: sets up a node from an invitation, ready to be started.

use std::net::SocketAddr;
use std::path::PathBuf;

use chengji_client::command::InvitationArgs;
use chengji_client::output::note;
use chengji_domain::Result;
use chengji_messages::msg;
use clap::Args;

use super::PROGRAM;
use crate::setup::{self, SetupOptions};

/// Redeems a city's invitation. Keys are made here and never leave this machine.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  chengji-node join --invitation-file invitation.txt --dir node \
    --listen 0.0.0.0:7430 --endpoint node.example:7430\n\n\
    The first administrator's profile becomes the current one. An interrupted join continues when it \
    is run again."
)]
pub(super) struct JoinArgs {
    #[command(flatten)]
    invitation: InvitationArgs,
    /// Folder for settings, keys and data
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Address to listen on
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:7430")]
    listen: SocketAddr,
    /// Address for other nodes; the listen address unless given
    #[arg(long, value_name = "HOST:PORT")]
    endpoint: Option<String>,
    /// Folder of files that may be mounted; may be repeated; 'shared' in the folder unless given
    #[arg(long = "mount-root", value_name = "DIR")]
    mount_roots: Vec<PathBuf>,
    /// Name of the first administrator: a-z, 0-9, '-', '_', '.'
    #[arg(long, value_name = "NAME", default_value = "administrator")]
    administrator: String,
}

impl JoinArgs {
    pub(super) async fn run(self) -> Result<()> {
        let options = SetupOptions {
            invitation: self.invitation.read()?,
            folder: self.dir,
            listen: self.listen,
            endpoint: self.endpoint,
            mount_roots: self.mount_roots,
            administrator: self.administrator,
        };
        let (config, profile) = setup::join(PROGRAM, &options).await?;
        note(msg::CityJoined {
            subject: &options.invitation.subject,
            cluster: &options.invitation.cluster,
            profile,
        });
        note(msg::NextCommands {
            first: format!("{PROGRAM} serve --config {}", config.display()),
            second: format!("{PROGRAM} person invite li.ming --role publisher"),
        });
        Ok(())
    }
}
