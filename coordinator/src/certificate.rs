//! The coordinator's own certificate: issued by the cluster's authority, whose key the coordinator holds,
//! for a key that is never written to disk. It is issued at each start, and renewed in time.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_access::EnrolmentPolicy;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_pki::expiry::Expiry;
use chengji_pki::{Authority, authority, enrolment, keys};
use chengji_proto::service::CertificateService;
use chengji_proto::v1;
use chengji_transport::{Identity, Pair, Permit};
use tokio::sync::watch;

/// Interval between checks for renewal.
const INTERVAL: Duration = Duration::from_secs(10);

/// The service.
#[derive(Clone)]
pub struct OwnCertificate {
    /// The identity that receives the new pairs.
    pub identity: Identity,
    /// The policy whose authority issues them.
    pub enrolment: Arc<dyn EnrolmentPolicy>,
}

impl OwnCertificate {
    /// Issues the first certificate.
    pub fn make(enrolment: Arc<dyn EnrolmentPolicy>, now: SystemTime) -> Result<Self> {
        let authorities = vec![enrolment.cluster_authority().into()];
        let identity = Identity::new(authorities, pair(&*enrolment, now)?, now)?;
        Ok(Self {
            identity,
            enrolment,
        })
    }

    /// Replaces the certificate.
    pub fn rotate(&self, now: SystemTime) -> Result<()> {
        self.identity.replace(pair(&*self.enrolment, now)?, now)?;
        tracing::info!("the own certificate was replaced");
        Ok(())
    }

    /// Renews the certificate in time, until `stopped` turns true.
    pub async fn keep_renewed(self, mut stopped: watch::Receiver<bool>) {
        let mut expiry = Expiry::default();
        let kept = async {
            loop {
                let (now, identity) = (chengji_clock::system_time(), &self.identity);
                if enrolment::is_due(identity.not_before(), identity.not_after(), now)
                    && let Err(error) = self.rotate(now)
                {
                    tracing::error!(%error, "the own certificate cannot be replaced");
                }
                expiry.report(identity, now);
                tokio::time::sleep(INTERVAL).await;
            }
        };
        tokio::select! {
            () = kept => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }
}

fn pair(enrolment: &dyn EnrolmentPolicy, now: SystemTime) -> Result<Pair> {
    let key = keys::generate()?;
    let asked = Authority::asked_by(&key)?;
    let hosts = authority::hosts(&enrolment.address());
    let issued = enrolment
        .authority()
        .issue(&Principal::Coordinator, &asked, &hosts, now)?;
    let der = key.serialized_der().to_vec();
    let key = der.try_into().map_err(|error: &str| {
        let message = msg::MadeKeyUnreadable { cause: error };
        Error::new(ErrorCode::Internal, message)
    })?;
    Ok(Pair {
        chain: vec![issued.der.into()],
        key,
    })
}

impl CertificateService<Permit> for OwnCertificate {
    async fn rotate(&self, _: Permit, _: v1::RotateRequest) -> Result<SystemTime> {
        OwnCertificate::rotate(self, chengji_clock::system_time())?;
        Ok(self.identity.not_after())
    }
}
