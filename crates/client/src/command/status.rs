//! `status`: shows the status of the called program, and the findings in it that require action.

use std::process::ExitCode;

use chengji_domain::{Fault, Result};
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::findings::{findings, table};
use crate::output::print;
use crate::pages::Pages;
use crate::{failure, views};

/// Selection of the parts to show.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// List only findings that need action; exit with 1 if there is one
    #[arg(long)]
    check: bool,
}

impl StatusArgs {
    /// Shows it.
    pub async fn run(self, session: &Session) -> Result<ExitCode> {
        let mut client = StatusServiceClient::new(session.channel().await?);
        let pages = Pages::of(v1::StatusRequest::default());
        let status = pages.whole(async |asked| answer(client.status(asked)).await);
        let status = status.await?;
        if !self.check {
            print(session.format(), &status, views::status)?;
            return Ok(ExitCode::SUCCESS);
        }
        let found = findings(&status, chengji_clock::now());
        print(session.format(), &found, table)?;
        Ok(match found.findings.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(failure::exit_code(Fault::Us)),
        })
    }
}
