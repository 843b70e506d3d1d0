//! Entries as a CSV file in GB18030, for programs that expect it. Nothing is replaced: of the few
//! private-use characters that do not survive a round trip, the first is reported.

use std::io::{self, Write};

use chengji_domain::catalogue::Entry;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use encoding_rs::GB18030;

/// Writes entries as `write` does, in GB18030 and without a byte order mark.
pub fn write_gb18030(entries: &[Entry], out: impl Write) -> Result<()> {
    let mut encoder = Encoder {
        out,
        rest: Vec::new(),
        begun: false,
        lost: None,
    };
    let written = super::write(entries, &mut encoder);
    match encoder.lost {
        None => written,
        Some(lost) => {
            let codepoint = format!("U+{:04X}", u32::from(lost));
            let missing = msg::SheetCharacterNotInGb18030 { codepoint };
            Err(Error::new(ErrorCode::InvalidArgument, missing))
        }
    }
}

/// Takes UTF-8 in pieces and passes it on in GB18030.
struct Encoder<W> {
    out: W,
    /// The incomplete character at the end of the input so far.
    rest: Vec<u8>,
    begun: bool,
    lost: Option<char>,
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let end = self.rest.split_off(whole);
        let text = String::from_utf8(std::mem::replace(&mut self.rest, end));
        let text = text.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        let text = if self.begun {
            &text
        } else {
            text.trim_start_matches('\u{FEFF}')
        };
        self.begun |= !text.is_empty();
        let (encoded, _, _) = GB18030.encode(text);
        if !comes_back(text, &encoded) {
            self.lost = text.chars().find(|c| {
                let alone = c.to_string();
                !comes_back(&alone, &GB18030.encode(&alone).0)
            });
            return Err(io::ErrorKind::InvalidData.into());
        }
        self.out.write_all(&encoded)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn comes_back(text: &str, encoded: &[u8]) -> bool {
    let decoded = GB18030.decode_without_bom_handling_and_without_replacement(encoded);
    decoded.is_some_and(|decoded| decoded == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read;
    use super::*;
    use chengji_testkit::strategies::entry;

    fn encoded(text: &str, piece: usize) -> (Vec<u8>, Option<char>) {
        let mut encoder = Encoder {
            out: Vec::new(),
            rest: Vec::new(),
            begun: false,
            lost: None,
        };
        for bytes in text.as_bytes().chunks(piece) {
            if encoder.write_all(bytes).is_err() {
                break;
            }
        }
        (encoder.out, encoder.lost)
    }

    #[test]
    fn a_character_that_would_be_another_is_told() {
        let (_, lost) = encoded("目录\u{E5E5}", 100);
        assert_eq!(lost, Some('\u{E5E5}'));
    }

    proptest! {
        #[test]
        fn any_text_in_any_pieces_is_lossless(text in "[^\u{FEFF}]{0,40}", piece in 1..7_usize) {
            let (bytes, lost) = encoded(&text, piece);
            match lost {
                None => {
                    let back = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
                    prop_assert_eq!(back.as_deref(), Some(text.as_str()));
                }
                Some(lost) => prop_assert!(('\u{E000}'..='\u{F8FF}').contains(&lost), "{lost:?}"),
            }
        }

        #[test]
        fn every_character_outside_of_private_use_exists(c in any::<char>()) {
            prop_assume!(!('\u{E000}'..='\u{F8FF}').contains(&c) && c != '\u{FEFF}');
            prop_assert_eq!(encoded(&c.to_string(), 1).1, None);
        }

        #[test]
        fn entries_that_were_written_read_back_equal(written in proptest::collection::vec(entry(), 1..4)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("c.csv");
            write_gb18030(&written, std::fs::File::create(&path).unwrap()).unwrap();
            let sheet = read(&path, None).unwrap();
            let read: Vec<_> = sheet.rows.iter().map(|row| row.draft.check().unwrap()).collect();
            prop_assert_eq!(read, written);
        }
    }
}
