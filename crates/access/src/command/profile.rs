//! `profile`: with which server and as whom commands are run.

use chengji_domain::Result;
use chengji_terminal::profile::Profiles;
use chengji_transport::IdentityFiles;
use clap::Subcommand;

use super::Session;
use crate::enrolment;

/// Commands on profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List the profiles of this user; the current one has a star 配置列表
    List,
    /// Make a profile the current one 切换当前配置
    Use {
        /// Its name 名称
        name: String,
    },
    /// Remove a profile with its key from this machine 删除配置
    Remove {
        /// Its name 名称
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
            Self::List => {
                let current = profiles.current_name(session.program);
                for name in profiles.names() {
                    let star = if current.as_ref() == Some(&name) {
                        '*'
                    } else {
                        ' '
                    };
                    println!("{star} {name}  {}", described(&profiles, &name));
                }
                Ok(())
            }
        }
    }
}

fn described(profiles: &Profiles, name: &str) -> String {
    let described = || -> Result<String> {
        let profile = profiles.read(name)?;
        let files = IdentityFiles {
            identity: profile.identity,
            ca: profile.ca,
        };
        let (cluster, principal) = enrolment::subject(&files)?;
        Ok(format!("{principal} of {cluster} at {}", profile.server))
    };
    described().unwrap_or_else(|error| format!("(cannot be used: {error})"))
}
