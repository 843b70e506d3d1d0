//! Messages on a Unix socket: a byte says whether the program goes on or fails, four are the length, little-endian, and
//! the message follows.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

use prost::Message;

/// The first byte of a message.
const DONE: u8 = 0;
/// The first byte of a message that says why the program ends.
const FAILED: u8 = 1;

/// Sends a message of at most `most` bytes.
///
/// # Errors
///
/// Those of the socket; `FileTooLarge` for a message that is too long.
pub fn send(to: &UnixStream, message: &impl Message, most: u32) -> io::Result<()> {
    write(to, DONE, &message.encode_to_vec(), most)
}

/// Sends the reason why the program ends, of at most `most` bytes.
///
/// # Errors
///
/// As of [`send`].
pub fn send_failure(to: &UnixStream, failure: &impl Message, most: u32) -> io::Result<()> {
    write(to, FAILED, &failure.encode_to_vec(), most)
}

/// Receives a message of at most `most` bytes, or the reason why the program ends.
///
/// # Errors
///
/// Those of the socket; `FileTooLarge` or `InvalidData` for what is no message.
pub fn receive<M, F>(from: &UnixStream, most: u32) -> io::Result<Result<M, F>>
where
    M: Message + Default,
    F: Message + Default,
{
    let mut head = [0; 5];
    let mut stream = from;
    stream.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = u32::from_le_bytes(length);
    if length > most {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut body = Vec::new();
    stream.take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() as u64 != u64::from(length) {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    match kind {
        DONE => Ok(Ok(M::decode(&*body)?)),
        FAILED => Ok(Err(F::decode(&*body)?)),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

fn write(mut to: &UnixStream, kind: u8, body: &[u8], most: u32) -> io::Result<()> {
    let length = u32::try_from(body.len()).ok();
    let length = length.filter(|length| *length <= most);
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

    const MOST: u32 = 8;

    fn received(from: &UnixStream) -> io::Result<Result<String, u64>> {
        receive(from, MOST)
    }

    #[test]
    fn messages_and_failures_arrive() {
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, &"rows".to_owned(), MOST).unwrap();
        send_failure(&here, &7_u64, MOST).unwrap();
        assert_eq!(received(&there).unwrap(), Ok("rows".to_owned()));
        assert_eq!(received(&there).unwrap(), Err(7));
    }

    #[test]
    fn a_message_that_is_too_long_is_not_sent() {
        let (here, there) = UnixStream::pair().unwrap();
        let error = send(&here, &"too long".to_owned(), MOST).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        send(&here, &"as long".to_owned(), 9).unwrap();
        assert_eq!(
            received(&there).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let cases: [(&[u8], ErrorKind); 4] = [
            (&[DONE, 7, 0, 0, 0, 1], ErrorKind::UnexpectedEof),
            (&[DONE, 255, 255, 255, 255], ErrorKind::FileTooLarge),
            (&[9, 0, 0, 0, 0], ErrorKind::InvalidData),
            (&[DONE, 1, 0, 0, 0, 255], ErrorKind::InvalidData),
        ];
        for (bytes, kind) in cases {
            let (mut here, there) = UnixStream::pair().unwrap();
            here.write_all(bytes).unwrap();
            drop(here);
            assert_eq!(received(&there).unwrap_err().kind(), kind);
        }
    }
}
