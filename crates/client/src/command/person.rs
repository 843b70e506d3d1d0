//! `person`: the people of a city, or of the cluster.

use chengji_domain::access::{Rights, Role};
use chengji_domain::invitation::{Invitation, unusable};
use chengji_domain::{Error, Principal, Result, Uscc};
use chengji_messages::msg;
use chengji_pki::enrolment::{self, Asking};
use chengji_proto::convert::{department_to, roles_to, text_from};
use chengji_proto::v1;
use chengji_proto::v1::person_service_client::PersonServiceClient;
use chengji_transport::IdentityFiles;
use clap::{Args, Subcommand};

use super::{InvitationArgs, Session, answer};
use crate::arguments::within;
use crate::output::{Format, note, print, print_value};
use crate::pages::Pages;
use crate::profile::Profiles;
use crate::views;

/// Commands on people.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Invite a person, or a person's new machine
    ///
    /// Prints an invitation: one line, for one person, to be used once. Hand it over on a channel that nobody
    /// else reads. Using it revokes the certificates that the person had before.
    Invite {
        /// Name in the certificate: a-z, 0-9, '-', '_', '.'
        name: String,
        /// The rights to grant.
        #[command(flatten)]
        rights: RightsArgs,
        /// Hours until the invitation expires, 1 to 720
        #[arg(long, default_value_t = 72, value_parser = within::<u32>(1..=720))]
        hours: u32,
        /// Print only the invitation
        #[arg(long, short)]
        quiet: bool,
    },
    /// Redeem an invitation: create a key and a profile here, and get a certificate
    Join {
        /// The invitation.
        #[command(flatten)]
        invitation: InvitationArgs,
        /// Name of the profile; the person's name unless given
        #[arg(long = "as", value_name = "PROFILE")]
        known_as: Option<String>,
    },
    /// List people, past ones included, with their roles
    List,
    /// Change a person's roles
    Change {
        /// Name of the person
        name: String,
        /// The rights to grant.
        #[command(flatten)]
        rights: RightsArgs,
    },
    /// Remove a person at once, open streams included
    Remove {
        /// Name of the person
        name: String,
        /// Reason, 1 to 1,000 characters
        #[arg(long)]
        reason: String,
    },
}

/// Arguments: the rights of a person.
#[derive(Args, Debug)]
pub struct RightsArgs {
    /// Role; may be repeated
    ///
    /// In a city: administrator, publisher, reviewer, consumer, approver, consenter, authority, auditor. Of the
    /// cluster: operator, auditor.
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// Department by its unified social credit code, for all roles of the data but reviewer
    #[arg(long, value_name = "CODE")]
    department: Option<Uscc>,
}

impl RightsArgs {
    fn rights(&self) -> Result<Rights> {
        Rights::new(self.roles.iter().copied(), self.department)
    }
}

impl PersonCommand {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let format = session.format();
        match self {
            Self::Join {
                invitation,
                known_as,
            } => join(session, &invitation.read()?, known_as).await,
            Self::Invite {
                name,
                rights,
                hours,
                quiet,
            } => {
                let rights = rights.rights()?;
                let asked = v1::InvitePersonRequest {
                    name,
                    roles: roles_to(&rights),
                    department: department_to(&rights),
                    hours,
                };
                let mut client = PersonServiceClient::new(session.channel().await?);
                print_invitation(&answer(client.invite(asked)).await?, quiet, format)
            }
            Self::List => {
                let mut client = PersonServiceClient::new(session.channel().await?);
                let pages = Pages::of(v1::ListPeopleRequest::default());
                let list = pages.whole(async |asked| answer(client.list(asked)).await);
                print(format, &list.await?, views::people)
            }
            Self::Change { name, rights } => {
                let rights = rights.rights()?;
                let asked = v1::ChangePersonRequest {
                    name,
                    roles: roles_to(&rights),
                    department: department_to(&rights),
                };
                let mut client = PersonServiceClient::new(session.channel().await?);
                print(format, &answer(client.change(asked)).await?, views::person)
            }
            Self::Remove { name, reason } => {
                let asked = v1::RemovePersonRequest { name, reason };
                let mut client = PersonServiceClient::new(session.channel().await?);
                print(format, &answer(client.remove(asked)).await?, views::person)
            }
        }
    }
}

/// Prints what was made for whoever is invited; with `quiet` the invitation alone.
pub fn print_invitation(made: &v1::InviteResponse, quiet: bool, format: Format) -> Result<()> {
    if !quiet {
        return print(format, made, views::invitation);
    }
    for warning in &made.warnings {
        let warning = text_from(warning);
        note(msg::InvitationWarning { warning });
    }
    print_value(&made.invitation)
}

async fn join(session: &Session, invitation: &Invitation, known_as: Option<String>) -> Result<()> {
    let name = match (&invitation.subject, known_as) {
        (Principal::Node(city), _) => {
            return Err(unusable(msg::InvitationForNode { city }));
        }
        (_, Some(name)) => name,
        (who, None) => default_name(who),
    };
    let profiles = Profiles::of_user()?;
    let folder = profiles.folder(&name)?;
    let files = IdentityFiles {
        identity: folder.join("identity.pem"),
        ca: folder.join("ca.pem"),
    };
    let program = session.program;
    enrolment::check_free(&files, &invitation.cluster, &invitation.subject)
        .map_err(|taken| profile_taken(&taken, &name, program))?;
    let asking = Asking::beside(&files.identity)?;
    let issued = enrolment::join(invitation, &asking, None).await?;
    asking.install(&files, &issued)?;
    profiles.add(session.program, &name, &invitation.address)?;
    note(msg::PersonEnrolled {
        profile: name,
        subject: &invitation.subject,
    });
    Ok(())
}

fn profile_taken(taken: &Error, profile: &str, program: &str) -> Error {
    let message = msg::ProfileTaken {
        cause: taken.message(),
        profile,
        program,
    };
    Error::new(taken.code(), message)
}

/// The name of a profile that is not given one: a person's and its city's.
pub fn default_name(who: &Principal) -> String {
    match who {
        Principal::Person { city, name } => format!("{name}@{city}"),
        Principal::Operator(name) | Principal::Auditor(name) => name.to_string(),
        other => other.to_string().replace('/', "-"),
    }
}
