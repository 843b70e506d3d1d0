//! Programs of others from PyPI, in environments of the build.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command};

/// A process, which ends with this.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address of loopback that nothing listens at.
pub(crate) fn free_address() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

/// A Python with this package of PyPI, which has this module, in a folder of the build; `None` if it cannot be had here.
pub(crate) fn python_with(package: &str, module: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{module}"));
    let python = folder.join("bin/python");
    let runs = |command: &mut Command| command.output().is_ok_and(|done| done.status.success());
    let imports = || runs(Command::new(&python).args(["-c", &format!("import {module}")]));
    let is_there = imports()
        || runs(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && runs(Command::new(folder.join("bin/pip")).args([
                "install",
                "--quiet",
                "--timeout",
                "10",
                "--retries",
                "1",
                package,
            ]))
            && imports();
    is_there.then_some(python)
}
