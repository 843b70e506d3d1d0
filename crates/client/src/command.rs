//! Commands of both programs: the choice of server and identity, profiles, people, the audit log,
//! quarantined entries, code tables, reports.

mod audit;
mod backup;
mod certificate;
mod check;
mod invitation;
mod log;
mod person;
mod probe;
mod profile;
mod quarantine;
mod report;
mod rules;
mod status;
mod tables;

use std::time::Duration;

use chengji_domain::{Principal, Result};
use chengji_messages::msg;
use chengji_proto::convert::Credentials;
use chengji_transport::{CallTimeout, Expect, Identity, IdentityFiles, Pair, channel, spiffe};
use clap::Args;
use tonic::transport::Channel;

use crate::output::{Format, note};
use crate::profile::{Profile, ProfileArgs};

pub use self::audit::AuditArgs;
pub use self::backup::{BackupCommand, DataDirectory};
pub use self::certificate::CertificateCommand;
pub use self::check::CheckArgs;
pub use self::invitation::InvitationArgs;
pub use self::log::{ConfirmArgs, ExportLogArgs, VerifyLogArgs, accept_log};
pub use self::person::{PersonCommand, default_name, print_invitation};
pub use self::probe::ProbeCommand;
pub use self::profile::ProfileCommand;
pub use self::quarantine::quarantine;
pub use self::report::ReportCommand;
pub use self::rules::{RulesCommand, read_table};
pub use self::status::StatusArgs;
pub use self::tables::TablesCommand;
use chengji_pki::enrolment::{self, RenewalLock};

/// Options of the call and of its output.
#[derive(Args, Clone, Debug)]
pub struct SessionArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

impl SessionArgs {
    /// Returns the form of answers and failures.
    pub fn format(&self) -> Format {
        self.format
    }

    /// A session of this program, which calls servers of this kind.
    pub fn of(self, program: &'static str, expect: Expect) -> Session {
        Session {
            arguments: self,
            program,
            expect,
        }
    }
}

/// The session of a command that calls a program.
#[derive(Clone, Debug)]
pub struct Session {
    arguments: SessionArgs,
    /// The name of the program, which has a current profile of its own.
    pub program: &'static str,
    expect: Expect,
}

impl Session {
    /// Returns the form of the answer.
    pub fn format(&self) -> Format {
        self.arguments.format
    }

    /// The way to the program that the profile names, as its person.
    pub async fn channel(&self) -> Result<Channel> {
        let profile = self.arguments.profile.load(self.program)?;
        let files = files(&profile);
        self.renew_in_time(&profile, &files).await?;
        let identity = Identity::load(&files, chengji_clock::system_time())?;
        let server = self.arguments.profile.server(&profile)?;
        let expect = match (identity.principal(), self.expect) {
            // Another city's node would be glad to hear what is meant for one's own.
            (Principal::Person { city, .. } | Principal::App { city, .. }, Expect::AnyNode) => {
                Expect::Node(*city)
            }
            (_, expect) => expect,
        };
        channel(&identity, server, expect)
    }

    /// A person's certificate is renewed while it is used, so that it does not end unawares.
    async fn renew_in_time(&self, profile: &Profile, files: &IdentityFiles) -> Result<()> {
        let Some(left) = left_when_due(files)? else {
            return Ok(());
        };
        match renew_alone(profile, files).await {
            Ok(Some(_)) => note(msg::CertificateRenewed),
            Ok(None) => {}
            Err(error) => {
                let days = left.as_secs() / (24 * 60 * 60);
                let cause = error.message();
                note(msg::CertificateNotRenewed { cause, days });
            }
        }
        Ok(())
    }
}

/// Renews the profile's certificate, unless another command has done so or does so now: the old one
/// serves as well meanwhile.
async fn renew_alone(profile: &Profile, files: &IdentityFiles) -> Result<Option<Credentials>> {
    let Some(lock) = RenewalLock::try_acquire(&files.identity)? else {
        return Ok(None);
    };
    // Another command may have renewed it before the lock was free.
    if left_when_due(files)?.is_none() {
        return Ok(None);
    }
    let expect = match enrolment::subject(files)?.1 {
        Principal::Person { city, .. } | Principal::App { city, .. } => Expect::Node(city),
        _ => Expect::Coordinator,
    };
    enrolment::renew(&lock, files, &profile.server, expect, None)
        .await
        .map(Some)
}

/// Returns the remaining validity of a certificate that is due for renewal.
fn left_when_due(files: &IdentityFiles) -> Result<Option<Duration>> {
    let Pair { chain, .. } = Pair::read(&files.identity)?;
    let validity = chain
        .first()
        .and_then(|certificate| spiffe::validity(certificate));
    let now = chengji_clock::system_time();
    Ok(validity
        .filter(|(begin, end)| now >= enrolment::renew_at(*begin, *end))
        .and_then(|(_, end)| end.duration_since(now).ok()))
}

fn files(profile: &Profile) -> IdentityFiles {
    IdentityFiles {
        identity: profile.identity.clone(),
        ca: profile.ca.clone(),
    }
}

/// Waits for the answer to a person's call, or for the stream that answers it.
pub async fn answer<T>(
    call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
) -> Result<T> {
    CallTimeout::Answer.answer(call).await
}
