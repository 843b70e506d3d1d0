//! The signature under the roster: a checkpoint of the coordinator's log, by the cluster's authority.

use chengji_domain::checkpoint::{Checkpoint, SignedCheckpoint};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_pki::Authority;
use chengji_pki::keys;

/// Domain separator, signed before the text of a checkpoint.
const SIGNED: &str = "chengji roster 2\0";

/// Signs a checkpoint.
///
/// # Errors
///
/// `INTERNAL` where the key cannot sign.
pub fn sign(checkpoint: &Checkpoint, authority: &Authority) -> Result<SignedCheckpoint> {
    let text = checkpoint.to_string();
    let signature = authority.sign(signed(&text).as_bytes())?;
    Ok(SignedCheckpoint { text, signature })
}

/// Checks that a checkpoint is the one that is expected by the own copy of the log, and that one of these
/// authorities signed it.
///
/// # Errors
///
/// `LOG_DIVERGED` with what is wrong.
pub fn verify<'a>(
    found: &SignedCheckpoint,
    expected: &Checkpoint,
    authorities: impl IntoIterator<Item = &'a [u8]>,
) -> Result<()> {
    let message = signed(&found.text);
    let is_signed = authorities
        .into_iter()
        .any(|authority| keys::verify(authority, message.as_bytes(), &found.signature).is_ok());
    if !is_signed {
        return Err(diverged(msg::CheckpointUnsigned));
    }
    let said: Checkpoint = found
        .checkpoint()
        .map_err(|_| diverged(msg::CheckpointTextMalformed))?;
    if said.origin != expected.origin || said.size != expected.size {
        return Err(diverged(msg::CheckpointElsewhere {
            expected_log: Value::text(&expected.origin),
            expected_size: expected.size,
            log: Value::text(&said.origin),
            size: said.size,
        }));
    }
    if said.root != expected.root {
        return Err(diverged(msg::CheckpointRootDiffers {
            read: expected.root,
            signed: said.root,
            size: expected.size,
        }));
    }
    Ok(())
}

fn signed(text: &str) -> String {
    format!("{SIGNED}{text}")
}

fn diverged(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::LogDiverged, message)
}
