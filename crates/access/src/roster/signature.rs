//! The signature under the roster: a checkpoint of the coordinator's log, by the cluster's authority.

use chengji_domain::checkpoint::{Checkpoint, SignedCheckpoint};
use chengji_domain::{Error, ErrorCode, Result};
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
        return Err(diverged(
            "a checkpoint is not signed by the cluster's authority 检查点签名无效".to_owned(),
        ));
    }
    let said: Checkpoint = found.checkpoint().map_err(|_| {
        diverged("the text of a signed checkpoint is malformed 检查点格式有误".to_owned())
    })?;
    if said.origin != expected.origin || said.size != expected.size {
        return Err(diverged(format!(
            "the checkpoint after {} entries of {} is one of {} entries of {} 检查点位置不符",
            expected.size, expected.origin, said.size, said.origin
        )));
    }
    if said.root != expected.root {
        return Err(diverged(format!(
            "the signed root over {} entries is {}, that of the entries that were read is {} \
             检查点与已读日志不符",
            expected.size, said.root, expected.root
        )));
    }
    Ok(())
}

fn signed(text: &str) -> String {
    format!("{SIGNED}{text}")
}

fn diverged(message: String) -> Error {
    Error::new(ErrorCode::LogDiverged, message)
}
