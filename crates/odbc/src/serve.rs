//! The course of a question.

use std::io;
use std::os::unix::net::UnixStream;

use chengji_odbc_dialog::{Ask, Described, Failure, Question, Stage, receive, send, send_failure};
use chengji_subprocess::child::{Resource, end_with, limit};

use crate::database::Database;
use crate::end::End;
use crate::{catalog, rows};

/// Answers the question of the node.
///
/// # Errors
///
/// The node is gone, or was sent the reason.
pub(crate) fn serve(node: &UnixStream) -> io::Result<()> {
    let ask: Ask = receive(node)?.map_err(|failure| io::Error::other(failure.text))?;
    match answer(node, &ask) {
        Ok(()) => Ok(()),
        Err(End::Gone(cause)) => Err(cause),
        Err(End::Failed(failure)) => {
            send_failure(node, &failure)?;
            Err(io::Error::other(failure.text))
        }
    }
}

fn answer(node: &UnixStream, ask: &Ask) -> Result<(), End> {
    // The time is limited by the node, which ends this process when it waits for too long.
    let limits = [(Resource::Core, 0), (Resource::Data, ask.memory)];
    limit(&limits).map_err(|cause| Failure {
        stage: Stage::Limiting.into(),
        text: cause.to_string(),
        ..Failure::default()
    })?;
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
