//! Messages with their lengths.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use prost::Message;

use crate::messages::Failure;

/// Maximum length of a message, bytes: of the largest rows in UTF-8, which is at most half as long again as UTF-16.
const MAX_MESSAGE: u32 = 128 << 20;
/// The first byte of a message.
const DONE: u8 = 0;
/// The first byte of a message that says why the program ends.
const FAILED: u8 = 1;

/// Sends a message.
///
/// # Errors
///
/// Those of the socket; `FileTooLarge` for a message that is too long.
pub fn send(to: &UnixStream, message: &impl Message) -> io::Result<()> {
    write(to, DONE, &message.encode_to_vec())
}

/// Sends the reason why the program ends.
///
/// # Errors
///
/// As of [`send`].
pub fn send_failure(to: &UnixStream, failure: &Failure) -> io::Result<()> {
    write(to, FAILED, &failure.encode_to_vec())
}

/// Receives a message, or the reason why the program ends.
///
/// # Errors
///
/// Those of the socket; `FileTooLarge` or `InvalidData` for what is no message.
pub fn receive<M: Message + Default>(from: &UnixStream) -> io::Result<Result<M, Failure>> {
    let mut head = [0; 5];
    let mut stream = from;
    stream.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = u32::from_le_bytes(length);
    if length > MAX_MESSAGE {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut body = Vec::new();
    stream.take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() as u64 != u64::from(length) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    match kind {
        DONE => Ok(Ok(M::decode(&*body)?)),
        FAILED => Ok(Err(Failure::decode(&*body)?)),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

fn write(mut to: &UnixStream, kind: u8, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok();
    let length = length.filter(|length| *length <= MAX_MESSAGE);
    let length = length.ok_or(ErrorKind::FileTooLarge)?;
    let mut head = [0; 5];
    head[0] = kind;
    head[1..].copy_from_slice(&length.to_le_bytes());
    to.write_all(&head)?;
    to.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{Ask, Checked, Stage};

    #[test]
    fn messages_and_failures_arrive() {
        let (here, there) = UnixStream::pair().unwrap();
        let ask = Ask {
            connection: "Driver=d;PWD=secret".to_owned(),
            table: "t".to_owned(),
            limit: Some(3),
            ..Ask::default()
        };
        send(&here, &ask).unwrap();
        assert!(!format!("{ask:?}").contains("secret"));
        assert_eq!(receive::<Ask>(&there).unwrap(), Ok(ask));

        let failure = Failure {
            stage: Stage::Executing.into(),
            state: "42000".to_owned(),
            number: 7,
            text: "no".to_owned(),
        };
        send_failure(&there, &failure).unwrap();
        assert_eq!(receive::<Checked>(&here).unwrap(), Err(failure));
    }

    #[test]
    fn a_message_that_breaks_off_is_none() {
        let (mut here, there) = UnixStream::pair().unwrap();
        here.write_all(&[DONE, 9, 0, 0, 0, 1]).unwrap();
        drop(here);
        let error = receive::<Checked>(&there).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

        for (head, kind) in [
            ([DONE, 255, 255, 255, 255], ErrorKind::FileTooLarge),
            ([9, 0, 0, 0, 0], ErrorKind::InvalidData),
        ] {
            let (mut here, there) = UnixStream::pair().unwrap();
            here.write_all(&head).unwrap();
            assert_eq!(receive::<Checked>(&there).unwrap_err().kind(), kind);
        }
    }
}
