//! Checkpoints (检查点): the size and root of a log in the text that is signed, as defined by C2SP
//! tlog-checkpoint.

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;
use data_encoding::BASE64;

use crate::digest::Digest;
use crate::epoch::Epoch;
use crate::error::{Error, ErrorCode, Result};
use crate::log_entry::LogOwner;
use crate::quoted::Quoted;

/// The state of a log: its entries up to a size. Written as three lines: origin, size, and root in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log: `chengji/CLUSTER/OWNER/EPOCH`.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root of the RFC 6962 tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// Returns the origin of a log of this cluster in this epoch, random bytes included: two histories of one
    /// log have different origins.
    pub fn origin_of(cluster: &str, log: LogOwner, epoch: Epoch) -> String {
        format!("chengji/{cluster}/{log}/{epoch}")
    }

    /// Returns the cluster of the log, if the origin names one.
    pub fn cluster(&self) -> Option<&str> {
        self.origin.strip_prefix("chengji/")?.split('/').next()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = BASE64.encode(&self.root.0);
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    /// Parses exactly the written form: a checkpoint has only one text.
    fn from_str(text: &str) -> Result<Self> {
        let malformed = || {
            let message = msg::CheckpointMalformed { text: Quoted(text) };
            Error::new(ErrorCode::InvalidArgument, message)
        };
        let mut lines = text.split('\n');
        let mut line = || lines.next().ok_or_else(malformed);
        let (origin, size, root) = (line()?, line()?, line()?);
        let root = BASE64.decode(root.as_bytes()).map_err(|_| malformed())?;
        let read = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| malformed())?,
            root: Digest::from_slice(&root).map_err(|_| malformed())?,
        };
        if read.origin.is_empty() || read.to_string() != text {
            return Err(malformed());
        }
        Ok(read)
    }
}

/// A checkpoint's text and a signature over it. The text must not be trusted before the signature is
/// verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// The text of a [`Checkpoint`], as it was signed.
    pub text: String,
    /// The signature.
    pub signature: Vec<u8>,
}

impl SignedCheckpoint {
    /// Parses the signed checkpoint, without verifying the signature.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if the text is not a checkpoint.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        self.text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_written_as_its_standard_says_and_has_one_text() {
        let epoch = Epoch {
            number: 2,
            id: [0x9f; 8],
        };
        let checkpoint = Checkpoint {
            origin: Checkpoint::origin_of("demo", LogOwner::Coordinator, epoch),
            size: 41,
            root: Digest([0; 32]),
        };
        let text = "chengji/demo/coordinator/2.9f9f9f9f9f9f9f9f\n41\n\
                    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
        assert_eq!(checkpoint.cluster(), Some("demo"));
        assert_eq!(checkpoint.to_string(), text);
        assert_eq!(text.parse(), Ok(checkpoint));
        for wrong in [
            "".to_owned(),
            text.trim_end().to_owned(),
            format!("{text}\n"),
            format!("{text}extension\n"),
            text.replace("41", "041"),
            text.replace("41", "-1"),
            text.replace("AAA=", "AA=="),
            text.replace("chengji/demo/coordinator/2.9f9f9f9f9f9f9f9f", ""),
        ] {
            assert!(wrong.parse::<Checkpoint>().is_err(), "{wrong}");
        }
    }
}
