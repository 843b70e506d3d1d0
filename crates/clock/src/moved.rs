//! A clock that tests move: the file named by the environment variable [`FILE`] holds the offset in seconds
//! of the process's wall clock from the machine's (negative: behind). The file is read again at most every 50
//! ms; a missing file means 0, a malformed one leaves the offset as it was.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The environment variable that names the file; read once per process.
pub const FILE: &str = "CHENGJI_CLOCK_FILE";

const READ_EVERY: Duration = Duration::from_millis(50);

/// Returns the file that moves this process's clock, if any.
pub(crate) fn file() -> Option<&'static Path> {
    process().map(|offset| offset.file.as_path())
}

/// Adds the offset to the machine's time. Returns the time unchanged if the sum cannot be represented.
pub(crate) fn apply(machine: Timestamp) -> Timestamp {
    let Some(offset) = process() else {
        return machine;
    };
    machine.checked_add(offset.current()).unwrap_or(machine)
}

fn process() -> Option<&'static Offset> {
    static PROCESS: OnceLock<Option<Offset>> = OnceLock::new();
    let found = PROCESS.get_or_init(|| std::env::var_os(FILE).map(Offset::of));
    found.as_ref()
}

struct Offset {
    file: PathBuf,
    last: Mutex<(Option<Instant>, SignedDuration)>,
}

impl Offset {
    fn of(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            last: Mutex::new((None, SignedDuration::ZERO)),
        }
    }

    fn current(&self) -> SignedDuration {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, offset) = *last;
        if read_at.is_some_and(|at| at.elapsed() < READ_EVERY) {
            return offset;
        }
        *last = (Some(Instant::now()), self.read().unwrap_or(offset));
        last.1
    }

    fn read(&self) -> Option<SignedDuration> {
        match std::fs::read_to_string(&self.file) {
            Ok(text) => text.trim().parse().ok().map(SignedDuration::from_secs),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(SignedDuration::ZERO)
            }
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_what_the_file_says_and_stays_while_it_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let offset = Offset::of(folder.path().join("clock"));
        assert_eq!(offset.current(), SignedDuration::ZERO);
        for (text, seconds) in [
            ("-90\n", Some(-90)),
            ("86400", Some(86_400)),
            ("soon", None),
        ] {
            std::fs::write(&offset.file, text).unwrap();
            assert_eq!(
                offset.read(),
                seconds.map(SignedDuration::from_secs),
                "{text}"
            );
        }
    }
}
