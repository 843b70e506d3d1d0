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
    let signed: Checkpoint = found
        .checkpoint()
        .map_err(|_| diverged(msg::CheckpointTextMalformed))?;
    if signed.origin != expected.origin || signed.size != expected.size {
        return Err(diverged(msg::CheckpointElsewhere {
            expected_log: Value::text(&expected.origin),
            expected_size: expected.size,
            log: Value::text(&signed.origin),
            size: signed.size,
        }));
    }
    if signed.root != expected.root {
        return Err(diverged(msg::CheckpointRootDiffers {
            read: expected.root,
            signed: signed.root,
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

#[cfg(test)]
mod tests {
    use chengji_pki::{AuthorityFiles, authority};

    use super::*;

    /// A roster that was signed when the format was fixed: the authority's certificate (DER), the signed text,
    /// and the signature, in hexadecimal where they are bytes. Made by [`sign_a_roster`].
    const SIGNED: &str = include_str!("../../../../tests/fixtures/signed-roster.txt");

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_roster_that_was_signed_stays_valid() {
        let mut lines = SIGNED.lines();
        let (authority, signature) = (bytes(lines.next().unwrap()), bytes(lines.next().unwrap()));
        let found = SignedCheckpoint {
            text: lines.map(|line| format!("{line}\n")).collect(),
            signature,
        };
        let expected = found.checkpoint().unwrap();
        let authorities = || [authority.as_slice()];
        assert_eq!(verify(&found, &expected, authorities()), Ok(()));
        let shorter = Checkpoint {
            size: expected.size - 1,
            ..expected.clone()
        };
        let altered = SignedCheckpoint {
            text: shorter.to_string(),
            ..found.clone()
        };
        for (found, expected) in [(&found, &shorter), (&altered, &shorter)] {
            let refused = verify(found, expected, authorities()).map_err(|error| error.code());
            assert_eq!(refused, Err(ErrorCode::LogDiverged));
        }
    }

    #[test]
    #[ignore = "makes another fixture, which earlier signatures do not need"]
    fn sign_a_roster() {
        let folder = tempfile::tempdir().unwrap();
        let files = AuthorityFiles::of_cluster(folder.path());
        let now = chengji_clock::system_time();
        authority::create(&files, "demo", None, now).unwrap();
        let authority = Authority::open(&files, "demo", None, now).unwrap();
        let checkpoint = Checkpoint {
            origin: "chengji/demo/coordinator/1.0101010101010101".to_owned(),
            size: 5,
            root: chengji_domain::Digest([7; 32]),
        };
        let signed = sign(&checkpoint, &authority).unwrap();
        let (certificate, signature) = (hex(authority.certificate()), hex(&signed.signature));
        println!("{certificate}\n{signature}\n{}", signed.text);
    }
}
