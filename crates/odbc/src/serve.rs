//! The course of a question.

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::process;
use std::thread;

use chengji_odbc_dialog::{Ask, Described, Question, receive, send, send_failure};

use crate::database::Database;
use crate::end::End;
use crate::{catalog, limits, rows};

/// Answers the question of the node.
///
/// # Errors
///
/// The node is gone, or was sent the reason.
pub(crate) fn serve(node: &UnixStream) -> io::Result<()> {
    let ask: Ask = receive(node)?.map_err(|failure| io::Error::other(failure.text))?;
    let answered = limits::limit(ask.memory)
        .map_err(End::Failed)
        .and_then(|()| answer(node, &ask));
    match answered {
        Ok(()) => Ok(()),
        Err(End::Gone(cause)) => Err(cause),
        Err(End::Failed(failure)) => {
            send_failure(node, &failure)?;
            Err(io::Error::other(failure.text))
        }
    }
}

/// Ends this process when the node closes the dialog, even while a driver waits for the database.
fn end_with(node: &UnixStream) -> io::Result<()> {
    let mut node = node.try_clone()?;
    thread::spawn(move || {
        let _ = node.read(&mut [0]);
        // An orderly exit runs the drivers' own cleanup, which may wait for the database as well.
        process::abort();
    });
    Ok(())
}

fn answer(node: &UnixStream, ask: &Ask) -> Result<(), End> {
    end_with(node)?;
    let database = Database::connect(ask)?;
    match ask.question() {
        Question::Check => send(node, &catalog::check(&database)?)?,
        Question::Tables => send(node, &catalog::list(&database)?)?,
        Question::Columns => {
            let table = catalog::find(&database, &ask.table)?;
            let columns = rows::columns(&database, &table)?;
            let columns = catalog::commented(&database, &table, columns);
            send(node, &Described { columns })?;
        }
        Question::Rows => {
            let table = catalog::find(&database, &ask.table)?;
            rows::send_all(&database, &table, node)?;
        }
    }
    database.close();
    Ok(())
}
