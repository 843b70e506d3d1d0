//! The key with which a program signs its own log: Ed25519, separate from its other keys.

use std::path::Path;

use chengji_domain::{Error, ErrorCode, LogKey, Result};
use chengji_messages::msg;
use chengji_runtime::files::{self, SECRET};
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData, SigningKey};

use crate::keys::{self, failed};

/// The file of the key, in the folder of the program's other keys.
const FILE: &str = "log-key.pem";

/// The key of a log, with its private part.
pub struct LogSigner {
    key: KeyPair,
    public: [u8; 32],
}

impl LogSigner {
    /// The key in `log-key.pem` in the folder of `other_key`; generated, readable by its owner alone, if
    /// missing.
    ///
    /// # Errors
    ///
    /// `MISCONFIGURED` where the file cannot be read or made, others may read it, or it is not an Ed25519
    /// key.
    pub fn beside(other_key: &Path) -> Result<Self> {
        let path = other_key.with_file_name(FILE);
        if path.exists() {
            return Self::of(keys::read(&path, None)?).map_err(|error| {
                let message = msg::KeyUnusable {
                    cause: error.message(),
                    path: path.as_path(),
                };
                Error::new(ErrorCode::Misconfigured, message)
            });
        }
        let key = KeyPair::generate_for(&PKCS_ED25519).map_err(failed)?;
        files::make_folder(path.parent().unwrap_or(Path::new(".")), files::PRIVATE)?;
        files::create(&path, keys::pem(&key).as_bytes(), SECRET)?;
        Self::of(key)
    }

    fn of(key: KeyPair) -> Result<Self> {
        if key.algorithm() != &PKCS_ED25519 {
            return Err(Error::new(ErrorCode::InvalidArgument, msg::KeyNotEd25519));
        }
        let public = LogKey::public_from(key.der_bytes())?;
        Ok(Self { key, public })
    }

    /// The public part.
    pub fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Signs a message (RFC 8032, 64 bytes).
    ///
    /// # Errors
    ///
    /// `INTERNAL` where the key cannot sign.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.key.sign(message).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_logs_key_is_made_once_and_its_owner_alone_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let identity = folder.path().join("identity.pem");
        let first = LogSigner::beside(&identity).unwrap();
        let again = LogSigner::beside(&identity).unwrap();
        assert_eq!(first.public(), again.public());
        let file = folder.path().join(FILE);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // Deterministic: the same key and message, the same signature.
        let signature = first.sign(b"message").unwrap();
        assert_eq!(signature.len(), 64);
        assert_eq!(again.sign(b"message").unwrap(), signature);
        assert_ne!(again.sign(b"another").unwrap(), signature);
    }

    #[test]
    fn a_key_of_another_kind_signs_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let identity = folder.path().join("identity.pem");
        let other = keys::generate().unwrap();
        let file = folder.path().join(FILE);
        files::create(&file, keys::pem(&other).as_bytes(), SECRET).unwrap();
        let error = LogSigner::beside(&identity).err().unwrap();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
    }
}
