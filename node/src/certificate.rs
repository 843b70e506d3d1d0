//! The node's own certificate: renewed with a new key from the coordinator, in time or on request.
//! Connections and calls under way continue with the old one.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_access::RosterHandle;
use chengji_domain::fact::Origin;
use chengji_domain::{LogKey, Result};
use chengji_pki::LogSigner;
use chengji_pki::enrolment::{self, NodeSetup, RenewalLock};
use chengji_pki::expiry::Expiry;
use chengji_proto::service::CertificateService;
use chengji_proto::v1;
use chengji_runtime::files::{self, PUBLIC};
use chengji_transport::{Expect, Identity, Pair, Permit};
use tokio::sync::watch;

use crate::config::Settings;
use crate::enrolment::NodeEnrolment;

/// Interval between checks for renewal.
const INTERVAL: Duration = Duration::from_secs(60);
/// Maximum delay after failed renewals; it doubles from one to the next.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The service. Clones share their state.
#[derive(Clone)]
pub struct OwnCertificate {
    identity: Identity,
    roster: RosterHandle,
    settings: Arc<Settings>,
    enrolment: Arc<NodeEnrolment>,
}

impl OwnCertificate {
    /// Manages the certificate of this identity, renewed with these settings.
    pub fn new(
        identity: Identity,
        roster: RosterHandle,
        settings: Arc<Settings>,
        enrolment: Arc<NodeEnrolment>,
    ) -> Self {
        Self {
            identity,
            roster,
            settings,
            enrolment,
        }
    }

    /// Obtains a new certificate and uses it from now on.
    pub async fn rotate(&self) -> Result<()> {
        let lock = lock(&self.settings).await?;
        renew(&lock, &self.settings, self.enrolment.log_end()).await?;
        let pair = Pair::read(&self.settings.identity.identity)?;
        self.identity.replace(pair, chengji_clock::system_time())?;
        self.enrolment.reload()?;
        tracing::info!("the node's certificate was replaced");
        Ok(())
    }

    /// Renews the certificate in time, until `stopped` turns true. A node whose address differs from the
    /// members' knowledge also reports it by a renewal.
    pub async fn keep_renewed(self, mut stopped: watch::Receiver<bool>) {
        let mut expiry = Expiry::default();
        let mut changes = self.roster.changes();
        let mut pause = INTERVAL;
        let kept = async {
            loop {
                let renewed = match self.has_moved() {
                    Ok(has_moved) if has_moved || self.is_due() => self.rotate().await,
                    other => other.map(drop),
                };
                pause = match renewed {
                    Ok(()) => INTERVAL,
                    Err(error) => {
                        tracing::warn!(%error, "the node's certificate cannot be renewed; trying again");
                        (pause * 2).min(LONGEST_PAUSE)
                    }
                };
                expiry.report(&self.identity, chengji_clock::system_time());
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    _ = changes.changed() => {}
                }
            }
        };
        tokio::select! {
            () = kept => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }

    fn is_due(&self) -> bool {
        let identity = &self.identity;
        let now = chengji_clock::system_time();
        enrolment::is_due(identity.not_before(), identity.not_after(), now)
    }

    fn has_moved(&self) -> Result<bool> {
        let own = self.roster.member(self.settings.city)?;
        Ok(own.is_some_and(|own| own.member.endpoint != self.settings.endpoint))
    }
}

/// The lock for renewing the node's certificate, among this node's tasks and other processes alike.
pub async fn lock(settings: &Settings) -> Result<RenewalLock> {
    RenewalLock::acquire(&settings.identity.identity).await
}

/// Obtains a new certificate for the node of these settings, and for its city's authority. A new key of
/// its log is valid from `log_end`; with the unknown epoch if that is not known.
pub async fn renew(lock: &RenewalLock, settings: &Settings, log_end: Origin) -> Result<()> {
    let authority = enrolment::authority_key(&settings.people.key)?;
    let options = NodeSetup {
        authority: &authority,
        endpoint: &settings.endpoint,
        log_key: LogKey {
            public: LogSigner::beside(&settings.identity.identity)?.public(),
            valid_from: log_end,
        },
    };
    let (files, coordinator) = (&settings.identity, &settings.coordinator);
    let expect = Expect::Coordinator;
    let issued = enrolment::renew(lock, files, coordinator, expect, Some(options)).await?;
    let certificate = enrolment::certificate_pem(&issued.city_authority)?;
    files::write(&settings.people.certificate, certificate.as_bytes(), PUBLIC)
}

impl CertificateService<Permit> for OwnCertificate {
    async fn rotate(&self, _: Permit, _: v1::RotateRequest) -> Result<SystemTime> {
        OwnCertificate::rotate(self).await?;
        Ok(self.identity.not_after())
    }
}
