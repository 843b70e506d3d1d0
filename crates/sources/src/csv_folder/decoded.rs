//! Decodes a file to UTF-8 while it is read, checks its quotation marks, and bounds the length of a record: the end of a
//! quotation that is never closed would otherwise be looked for in all of the file, in memory.

use std::io::{self, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use super::quotations::Quotations;

/// Maximum length of a record, bytes.
pub(super) const MAX_RECORD: usize = 64 * 1024 * 1024;
/// The byte order mark of UTF-8, which is text in other encodings.
const UTF_8_MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// The reason why a file cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Bytes that are not of the encoding.
    Malformed {
        /// Their line, from 1.
        line: u64,
    },
    /// A quotation mark that is not closed, or after which its field goes on.
    Quotation {
        /// Its line, from 1.
        line: u64,
    },
    /// A record longer than [`MAX_RECORD`].
    RecordTooLong {
        /// The last line that was read of it, from 1.
        line: u64,
    },
}

/// The text of a file. After an error, [`fault`](Self::fault) returns the reason if it is not one of the system.
pub(super) struct Decoded<R> {
    file: R,
    decoder: Decoder,
    bytes: Piece,
    text: Piece,
    has_begun: bool,
    is_at_end: bool,
    is_finished: bool,
    quotations: Quotations,
    /// Bytes of text since the beginning of a record.
    record: usize,
    fault: Option<Fault>,
}

/// A buffer, and the part of it that is not taken yet.
struct Piece {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Piece {
    fn new() -> Self {
        Self {
            buffer: vec![0; PIECE].into_boxed_slice(),
            start: 0,
            end: 0,
        }
    }

    fn left(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    fn fill(&mut self, length: usize) {
        (self.start, self.end) = (0, length);
    }
}

impl<R: Read> Decoded<R> {
    /// Reads this file; a byte order mark of the encoding is left out.
    pub(super) fn new(file: R, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            bytes: Piece::new(),
            text: Piece::new(),
            has_begun: false,
            is_at_end: false,
            is_finished: false,
            quotations: Quotations::new(),
            record: 0,
            fault: None,
        }
    }

    /// Returns the reason of the last error.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Notes that a record begins. What was read ahead is not counted.
    pub(super) fn begin_record(&mut self) {
        self.record = 0;
    }

    /// Reads the next bytes. A file that says that it is in UTF-8 is not decoded as another encoding, which would seldom
    /// fail.
    fn read_bytes(&mut self) -> io::Result<()> {
        loop {
            match self.file.read(&mut self.bytes.buffer) {
                Ok(length) => {
                    self.bytes.fill(length);
                    self.is_at_end = length == 0;
                    let is_marked = !self.has_begun && self.bytes.left().starts_with(UTF_8_MARK);
                    self.has_begun = true;
                    return match is_marked && self.decoder.encoding() != UTF_8 {
                        true => Err(self.fail(Fault::Malformed { line: 1 })),
                        false => Ok(()),
                    };
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Decodes the next bytes; afterwards there is text, unless the file is finished.
    fn decode(&mut self) -> io::Result<()> {
        while self.text.left().is_empty() && !self.is_finished {
            if self.bytes.left().is_empty() && !self.is_at_end {
                self.read_bytes()?;
            }
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(
                self.bytes.left(),
                &mut self.text.buffer,
                self.is_at_end,
            );
            self.bytes.start += read;
            self.text.fill(written);
            self.record += written;
            let checked = self.quotations.take(self.text.left());
            checked.map_err(|line| self.fail(Fault::Quotation { line }))?;
            let line = self.quotations.line();
            match result {
                DecoderResult::Malformed(..) => return Err(self.fail(Fault::Malformed { line })),
                DecoderResult::InputEmpty => self.is_finished = self.is_at_end,
                DecoderResult::OutputFull => {}
            }
            if self.record > MAX_RECORD {
                return Err(self.fail(Fault::RecordTooLong { line }));
            }
        }
        if self.is_finished {
            let ended = self.quotations.end();
            ended.map_err(|line| self.fail(Fault::Quotation { line }))?;
        }
        Ok(())
    }

    fn fail(&mut self, fault: Fault) -> io::Error {
        self.fault = Some(fault);
        ErrorKind::InvalidData.into()
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.decode()?;
        let length = self.text.left().len().min(into.len());
        into[..length].copy_from_slice(&self.text.left()[..length]);
        self.text.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    /// A file that hands out a few bytes at a time.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(3).min(into.len());
            let (now, later) = self.0.split_at(length);
            into[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Option<Fault>> {
        let mut decoded = Decoded::new(Slowly(bytes), encoding);
        let mut text = Vec::new();
        match decoded.read_to_end(&mut text) {
            Ok(_) => Ok(String::from_utf8(text).unwrap()),
            Err(_) => Err(decoded.fault()),
        }
    }

    #[test]
    fn both_encodings_are_decoded_whatever_the_pieces() {
        let text = "编码,名称\n0731,长沙市𠮷\n".repeat(1_000);
        assert_eq!(decode(text.as_bytes(), UTF_8), Ok(text.clone()));
        assert_eq!(decode(&GB18030.encode(&text).0, GB18030), Ok(text.clone()));
        let marked = format!("\u{feff}{text}");
        assert_eq!(decode(marked.as_bytes(), UTF_8), Ok(text));
        assert_eq!(decode(b"", GB18030), Ok(String::new()));
    }

    #[test]
    fn bytes_of_another_encoding_are_named_by_their_line() {
        let gb = GB18030.encode("编码\n").0.into_owned();
        let bytes = [b"a\nb\n", gb.as_slice()].concat();
        assert_eq!(
            decode(&bytes, UTF_8),
            Err(Some(Fault::Malformed { line: 3 }))
        );
        assert_eq!(
            decode("\u{feff}编码\n".as_bytes(), GB18030),
            Err(Some(Fault::Malformed { line: 1 }))
        );
        let cut = [b"a\n".as_slice(), &gb[..1]].concat();
        assert_eq!(
            decode(&cut, GB18030),
            Err(Some(Fault::Malformed { line: 2 }))
        );
    }
}
