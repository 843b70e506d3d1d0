//! Cities that consist of a certificate and a log: this process serves all of them over mutual TLS.

use std::path::PathBuf;

use chengji_domain::fact::Origin;
use chengji_domain::invitation::Invitation;
use chengji_domain::{CityCode, LogKey};
use chengji_pki::enrolment::{self, Asking, NodeSetup};
use chengji_pki::{LogSigner, keys};
use chengji_proto::policy::Home;
use chengji_proto::v1;
use chengji_proto::v1::member_service_client::MemberServiceClient;
use chengji_tests::{Impostor, Script};
use chengji_transport::{Expect, IdentityFiles, channel};
use tonic::transport::Channel;

use super::logs;
use crate::cluster::Cluster;
use crate::measure::Outcome;

/// The first port; each city has its own.
const PORT: u32 = 20_000;

/// A member of the cluster without a node.
pub(super) struct FakeCity {
    pub(super) code: CityCode,
    address: String,
    files: IdentityFiles,
}

impl FakeCity {
    /// Joins so many cities by invitation; the coordinator has to run.
    pub(super) async fn join(cluster: &Cluster, count: u32) -> Outcome<Vec<Self>> {
        // An address of this run, so that no port is taken.
        let network = format!(
            "127.{}.{}.{}",
            rand::random_range(16..=254),
            rand::random_range(0..=255),
            rand::random_range(1..=254)
        );
        let mut members = MemberServiceClient::new(cluster.to_coordinator()?);
        let mut cities = Vec::new();
        for number in 0..count {
            let code = logs::city(number)?;
            let folder = PathBuf::from(cluster.path(&format!("cities/{code}")));
            let city = Self {
                code,
                address: format!("{network}:{}", PORT + number),
                files: IdentityFiles {
                    identity: folder.join("identity.pem"),
                    ca: folder.join("ca.pem"),
                },
            };
            let invite = v1::InviteMemberRequest {
                city: code.to_string(),
                name: format!("第{number}市"),
                hours: 0,
            };
            let invited = members.invite(invite).await?.into_inner();
            city.redeem(&invited.invitation.parse()?).await?;
            cities.push(city);
        }
        Ok(cities)
    }

    async fn redeem(&self, invitation: &Invitation) -> Outcome<()> {
        let asking = Asking::beside(&self.files.identity)?;
        let authority = keys::generate()?;
        let node = NodeSetup {
            authority: &authority,
            endpoint: &self.address,
            log_key: LogKey {
                public: LogSigner::beside(&self.files.identity)?.public(),
                valid_from: Origin::UNKNOWN,
            },
        };
        let issued = enrolment::join(invitation, &asking, Some(node)).await?;
        Ok(asking.install(&self.files, &issued)?)
    }

    /// Serves its log until the answer is dropped.
    pub(super) async fn serve(&self, script: Script) -> Impostor {
        Impostor::serve(&self.address, &self.files, Home::City(self.code), script).await
    }

    /// A channel to the coordinator as this city's node.
    pub(super) fn to_coordinator(&self, cluster: &Cluster) -> Outcome<Channel> {
        let folder = self
            .files
            .identity
            .parent()
            .ok_or("a file is in a folder")?;
        let node = cluster.identity(folder)?;
        Ok(channel(&node, &cluster.address(0), Expect::Coordinator)?)
    }
}
