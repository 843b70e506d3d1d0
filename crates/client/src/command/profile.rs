//! `profile`: selects the server and the identity that commands use.

use chengji_domain::Result;
use chengji_pki::enrolment;
use chengji_proto::v1;
use chengji_transport::{IdentityFiles, Pair, spiffe};
use clap::Subcommand;

use super::Session;
use crate::output::print;
use crate::profile::Profiles;
use crate::views;

/// Commands on profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List the profiles of this user; the current one is marked with *
    List,
    /// Make a profile the current one
    Use {
        /// Name of the profile
        name: String,
    },
    /// Remove a profile with its key from this machine
    Remove {
        /// Name of the profile
        name: String,
    },
}

impl ProfileCommand {
    /// Runs it.
    pub fn run(self, session: &Session) -> Result<()> {
        let profiles = Profiles::of_user()?;
        match self {
            Self::Use { name } => profiles.make_current(session.program, &name),
            Self::Remove { name } => profiles.remove(&name),
            Self::List => print(
                session.format(),
                &page(&profiles, session)?,
                views::profiles,
            ),
        }
    }
}

fn page(profiles: &Profiles, session: &Session) -> Result<v1::ProfilePage> {
    let current = profiles.current_name(session.program)?;
    let names = profiles.names()?.into_iter();
    let lines = names.map(|name| {
        let is_current = current.as_ref() == Some(&name);
        line(profiles, &name, is_current).unwrap_or(v1::ProfileLine {
            name,
            current: is_current,
            ..Default::default()
        })
    });
    Ok(v1::ProfilePage {
        profiles: lines.collect(),
    })
}

fn line(profiles: &Profiles, name: &str, current: bool) -> Result<v1::ProfileLine> {
    let profile = profiles.read(name)?;
    let files = IdentityFiles {
        identity: profile.identity,
        ca: profile.ca,
    };
    let (cluster, principal) = enrolment::subject(&files)?;
    let pair = Pair::read(&files.identity)?;
    let validity = pair
        .chain
        .first()
        .and_then(|certificate| spiffe::validity(certificate));
    Ok(v1::ProfileLine {
        name: name.to_owned(),
        current,
        principal: principal.to_string(),
        cluster,
        server: profile.server,
        certificate_expires: validity.map(|(_, end)| end.into()),
    })
}
