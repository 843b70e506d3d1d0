//! `probe`: the probes that the coordinator orders, as both programs show them.

use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::probe_service_client::ProbeServiceClient;
use clap::Subcommand;

use super::{Session, answer};
use crate::output::print;
use crate::pages::Pages;
use crate::views;

/// Commands on probes.
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// List probes, newest first
    List {
        /// Only those in which this city is provider or prober
        #[arg(long, value_name = "CITY")]
        city: Option<CityCode>,
        /// Only those of entries with this resource code
        #[arg(long, value_name = "CODE")]
        entry: Option<ResourceCode>,
        /// Only those with this outcome: matched, differed, unreadable or not-made
        #[arg(long, value_name = "STATE", value_parser = views::probe_state)]
        outcome: Option<v1::ProbeState>,
        /// Only those that were not made yet and whose last day is not over
        #[arg(long, conflicts_with = "outcome")]
        open: bool,
    },
}

impl ProbeCommand {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let mut client = ProbeServiceClient::new(session.channel().await?);
        let Self::List {
            city,
            entry,
            outcome,
            open,
        } = self;
        let wanted = outcome.or(open.then_some(v1::ProbeState::Open));
        let pages = Pages::of(v1::ListProbesRequest {
            city: city.map(|city| city.to_string()).unwrap_or_default(),
            code: entry.map(|code| code.to_string()).unwrap_or_default(),
            state: wanted.unwrap_or_default().into(),
            page: None,
        });
        let list = pages.whole(async |asked| answer(client.list(asked)).await);
        print(session.format(), &list.await?, views::probes)
    }
}
