//! Clients and servers of others, from public registries, in folders of the build.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
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

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|done| done.status.success())
}

/// A Python with packages of PyPI, which has these modules then; `None` if it cannot be had here.
pub(crate) fn python_with(packages: &[&str], modules: &str) -> Option<PathBuf> {
    let name = modules.split(',').next()?;
    let folder = folder(&format!("python-{name}"));
    let python = folder.join("bin/python");
    let imports = || runs(Command::new(&python).args(["-c", &format!("import {modules}")]));
    let install = ["install", "--quiet", "--timeout", "10", "--retries", "1"];
    let is_there = imports()
        || runs(Command::new("python3").args(["-m", "venv"]).arg(&folder))
            && runs(
                Command::new(folder.join("bin/pip"))
                    .args(install)
                    .args(packages),
            )
            && imports();
    is_there.then_some(python)
}

/// The archive of an artifact of Maven, `GROUP:NAME:VERSION`; `None` if it, or Java, cannot be had here.
pub(crate) fn maven(artifact: &str) -> Option<PathBuf> {
    let mut parts = artifact.split(':').skip(1);
    let (name, version) = (parts.next()?, parts.next()?);
    let folder = folder("maven");
    let path = folder.join(format!("{name}-{version}.jar"));
    let copy = || {
        let mut maven = Command::new("mvn");
        maven.args(["--quiet", "--batch-mode", "dependency:copy"]);
        maven.arg(format!("-Dartifact={artifact}"));
        maven.arg(format!("-DoutputDirectory={}", folder.display()));
        runs(&mut maven)
    };
    let is_there = runs(Command::new("java").arg("-version")) && (path.is_file() || copy());
    is_there.then_some(path).filter(|path| path.is_file())
}
