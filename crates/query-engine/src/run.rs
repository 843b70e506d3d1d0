//! The course of a query.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use chengji_domain::{Error, Result};
use chengji_query::dialog::{
    Begin, Described, Ended, Files, References, receive, receive_file, send, send_failure,
};
use chengji_subprocess::child::end_with;

use crate::confinement::{confine, limit};
use crate::engine::{Engine, Planned};
use crate::spill::Space;
use crate::tables::Size;

/// Serves one query of the node, and reports its failure to the node.
///
/// # Errors
///
/// The node is gone, or the failure was reported to it.
pub(crate) fn serve(node: &UnixStream) -> io::Result<()> {
    confine().map_err(|error| tell(node, &error))?;
    let begin: Begin = receive(node)?.map_err(io::Error::other)?;
    limit(begin.memory, begin.seconds, begin.spill).map_err(|error| tell(node, &error))?;
    let query = Query::plan(node, &begin)?;
    // A node that only wanted the plan closes the dialog now.
    query.receive_files(node)?;
    end_with(node)?;
    let ended = query.write(io::stdout());
    send(node, &ended.map_err(|error| tell(node, &error))?)
}

/// Tells the node why this process ends.
fn tell(node: &UnixStream, error: &Error) -> io::Error {
    let _ = send_failure(node, error);
    io::Error::other(error.to_string())
}

/// A query whose plan the node has.
struct Query {
    engine: Engine,
    planned: Planned,
    /// Maximum size of the file for rows that do not fit into the memory, and what stays free of its disk, bytes.
    spill: (u64, u64),
}

impl Query {
    fn plan(node: &UnixStream, begin: &Begin) -> io::Result<Self> {
        let told = |error: Error| tell(node, &error);
        let engine = Engine::new(begin.memory).map_err(told)?;
        let asked = engine.read(begin).map_err(told)?;
        let names = engine.names(&asked).map_err(told)?;
        let references = References {
            names: names.iter().cloned().map(Into::into).collect(),
        };
        send(node, &references)?;
        let described: Described = receive(node)?.map_err(io::Error::other)?;
        engine.add(&names, &described).map_err(told)?;
        let planned = engine.plan(asked, (&names, &described), &begin.parameters);
        let planned = planned.map_err(told)?;
        send(node, &engine.told(&planned).map_err(told)?)?;
        Ok(Self {
            engine,
            planned,
            spill: (begin.spill, begin.keep_free),
        })
    }

    fn receive_files(&self, node: &UnixStream) -> io::Result<()> {
        let files: Files = receive(node)?.map_err(io::Error::other)?;
        let sizes = files.rows.into_iter().zip(files.bytes);
        let sizes = sizes.map(|(rows, bytes)| Size { rows, bytes });
        let mut are_missing = files.are_missing.into_iter();
        for (rows, size) in self.engine.contents().into_iter().zip(sizes) {
            if are_missing.next() != Some(true) {
                rows.set(receive_file(node)?, size);
            }
        }
        let (most, keep_free) = self.spill;
        if most > 0 {
            self.engine.spill_to(Space {
                file: receive_file(node)?,
                most,
                keep_free,
            });
        }
        Ok(())
    }

    fn write(self, out: impl Write) -> Result<Ended> {
        self.engine.run(self.planned, out)
    }
}

#[cfg(test)]
#[path = "handed_over_tests.rs"]
mod handed_over_tests;
#[cfg(test)]
#[path = "hostile_tests.rs"]
mod hostile_tests;
#[cfg(test)]
#[path = "scoped_tests.rs"]
mod scoped_tests;
#[cfg(test)]
#[path = "size_tests.rs"]
mod size_tests;
#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
