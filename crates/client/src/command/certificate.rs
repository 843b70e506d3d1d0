//! `certificate`: the certificate of the program that is called.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::certificate_service_client::CertificateServiceClient;
use clap::Subcommand;

use super::{Session, answer};
use crate::output::print;
use crate::views;

/// Commands on the program's certificate.
#[derive(Debug, Subcommand)]
pub enum CertificateCommand {
    /// Get a new key and certificate now, without a restart
    ///
    /// The program does so by itself after two thirds of the certificate's validity. Connections and calls in
    /// progress continue.
    Rotate,
}

impl CertificateCommand {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let Self::Rotate = self;
        let mut client = CertificateServiceClient::new(session.channel().await?);
        let rotated = answer(client.rotate(v1::RotateRequest {})).await?;
        print(session.format(), &rotated, views::rotated)
    }
}
