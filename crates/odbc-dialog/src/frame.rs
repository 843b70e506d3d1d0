//! Messages with their lengths.

use std::io;
use std::os::unix::net::UnixStream;

use chengji_subprocess::frames;
use prost::Message;

use crate::messages::Failure;

/// Maximum length of a message, bytes: of the largest rows in UTF-8, which is at most half as long again as UTF-16.
const MAX_MESSAGE: u32 = 128 << 20;

/// Sends a message.
///
/// # Errors
///
/// As of [`frames::send`].
pub fn send(to: &UnixStream, message: &impl Message) -> io::Result<()> {
    frames::send(to, message, MAX_MESSAGE)
}

/// Sends the reason why the program ends.
///
/// # Errors
///
/// As of [`frames::send`].
pub fn send_failure(to: &UnixStream, failure: &Failure) -> io::Result<()> {
    frames::send_failure(to, failure, MAX_MESSAGE)
}

/// Receives a message, or the reason why the program ends.
///
/// # Errors
///
/// As of [`frames::receive`].
pub fn receive<M: Message + Default>(from: &UnixStream) -> io::Result<Result<M, Failure>> {
    frames::receive(from, MAX_MESSAGE)
}
