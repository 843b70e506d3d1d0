//! The source of a command's invitation. An invitation on the command line is visible in the list of
//! processes and in the shell's history, so it can also come from a file or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chengji_domain::invitation::Invitation;
use chengji_domain::{Error, Result};
use chengji_messages::msg;
use clap::Args;

use crate::arguments::refused;

/// More than this is no invitation, bytes.
const MAX: u64 = 4 << 10;

/// The invitation to redeem.
#[derive(Args, Debug)]
pub struct InvitationArgs {
    /// The invitation; '-' reads it from standard input
    #[arg(required_unless_present = "invitation_file")]
    invitation: Option<String>,
    /// File with the invitation, which keeps it out of the process list
    #[arg(long, value_name = "FILE", conflicts_with = "invitation")]
    invitation_file: Option<PathBuf>,
}

impl InvitationArgs {
    /// Reads it from where it was said to be.
    pub fn read(&self) -> Result<Invitation> {
        let text = match (&self.invitation, &self.invitation_file) {
            (_, Some(file)) => {
                let opened = File::open(file).map_err(|e| unreadable(file, &e))?;
                text_of(opened).map_err(|e| unreadable(file, &e))?
            }
            (Some(dash), None) if dash == "-" => {
                text_of(io::stdin()).map_err(|e| unreadable(Path::new("standard input"), &e))?
            }
            (given, None) => given.clone().unwrap_or_default(),
        };
        text.parse()
    }
}

fn text_of(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn unreadable(from: &Path, why: &io::Error) -> Error {
    refused(msg::InvitationUnreadable { cause: why, from })
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_messages::Value;
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        invitation: InvitationArgs,
    }

    #[test]
    fn an_invitation_comes_from_one_place() {
        assert!(Line::try_parse_from(["join"]).is_err());
        assert!(Line::try_parse_from(["join", "chengji-x", "--invitation-file", "f"]).is_err());
        assert!(Line::try_parse_from(["join", "-"]).is_ok());
    }

    #[test]
    fn a_file_is_read_and_one_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("invitation.txt");
        std::fs::write(&file, "chengji-nonsense\n").unwrap();
        let read = |file: &Path| {
            let line = ["join", "--invitation-file", file.to_str().unwrap()];
            let error = Line::parse_from(line).invitation.read().unwrap_err();
            (error.code(), error.message().to_owned())
        };
        assert_eq!(read(&file).0, ErrorCode::InvitationInvalid);
        let missing = folder.path().join("missing.txt");
        let (code, message) = read(&missing);
        assert_eq!(code, ErrorCode::InvalidArgument);
        assert_eq!(message.code(), "invitation-unreadable");
        assert_eq!(message.param("from"), Some(&Value::from(&*missing)));
    }
}
