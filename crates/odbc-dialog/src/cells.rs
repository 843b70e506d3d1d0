//! The values of a column, as lengths and one run of bytes.

use prost::Message;

/// The length of NULL.
const NULL: i32 = -1;
/// The length of a value that is longer than the column allows.
const TOO_LONG: i32 = -2;
/// The length of a text that is not Unicode.
const NOT_TEXT: i32 = -3;

/// The values of a column.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Cells {
    /// The length of each value in bytes, or what it is instead.
    #[prost(sint32, repeated, tag = "1")]
    lengths: Vec<i32>,
    /// The values.
    #[prost(bytes = "vec", tag = "2")]
    content: Vec<u8>,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// NULL.
    Null,
    /// Its bytes; those of a text are UTF-8.
    Value(&'a [u8]),
    /// It is longer than the column allows.
    TooLong,
    /// It is a text that is not Unicode.
    NotText,
}

impl Cells {
    /// Adds a value. One of 2 GiB or more is too long.
    pub fn push(&mut self, cell: Cell<'_>) {
        let length = match cell {
            Cell::Null => NULL,
            Cell::NotText => NOT_TEXT,
            Cell::TooLong => TOO_LONG,
            Cell::Value(bytes) => match i32::try_from(bytes.len()) {
                Ok(length) => {
                    self.content.extend_from_slice(bytes);
                    length
                }
                Err(_) => TOO_LONG,
            },
        };
        self.lengths.push(length);
    }

    /// Adds a text in UTF-16.
    pub fn push_utf16(&mut self, text: &[u16]) {
        let begin = self.content.len();
        let mut utf8 = [0; 4];
        for character in char::decode_utf16(text.iter().copied()) {
            match character {
                Ok(character) => {
                    let utf8 = character.encode_utf8(&mut utf8);
                    self.content.extend_from_slice(utf8.as_bytes());
                }
                Err(_) => {
                    self.content.truncate(begin);
                    self.lengths.push(NOT_TEXT);
                    return;
                }
            }
        }
        match i32::try_from(self.content.len() - begin) {
            Ok(length) => self.lengths.push(length),
            Err(_) => {
                self.content.truncate(begin);
                self.lengths.push(TOO_LONG);
            }
        }
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Returns true if there is no value.
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    /// Returns the values in their order; `None` in the place of one whose bytes are missing.
    pub fn iter(&self) -> impl Iterator<Item = Option<Cell<'_>>> {
        let mut rest = self.content.as_slice();
        self.lengths.iter().map(move |length| match *length {
            NULL => Some(Cell::Null),
            TOO_LONG => Some(Cell::TooLong),
            NOT_TEXT => Some(Cell::NotText),
            length => {
                let length = usize::try_from(length).ok()?;
                let (value, after) = rest.split_at_checked(length)?;
                rest = after;
                Some(Cell::Value(value))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_value_stays_what_it_is() {
        let mut cells = Cells::default();
        let pushed = [
            Cell::Null,
            Cell::Value(b""),
            Cell::TooLong,
            Cell::Value(b"ab"),
            Cell::NotText,
        ];
        for cell in pushed {
            cells.push(cell);
        }
        cells.push_utf16(&[0x57ce, 0xd83d, 0xde00]);
        cells.push_utf16(&[0x41, 0xd83d]);
        let found: Vec<_> = cells.iter().flatten().collect();
        assert_eq!(found[..5], pushed);
        assert_eq!(found[5], Cell::Value("城😀".as_bytes()));
        assert_eq!(found[6], Cell::NotText);
        assert_eq!(cells.len(), 7);
        assert!(!cells.is_empty());
    }

    #[test]
    fn values_whose_bytes_are_missing_are_none() {
        let cells = Cells {
            lengths: vec![1, 2, -9],
            content: vec![7, 8],
        };
        let found: Vec<_> = cells.iter().collect();
        assert_eq!(found, [Some(Cell::Value(&[7])), None, None]);
    }

    proptest! {
        #[test]
        fn texts_come_back_after_the_wire(texts in proptest::collection::vec(".{0,20}", 0..20)) {
            let mut cells = Cells::default();
            for text in &texts {
                let utf16: Vec<u16> = text.encode_utf16().collect();
                cells.push_utf16(&utf16);
            }
            let received = Cells::decode(&*cells.encode_to_vec()).unwrap();
            let found = received.iter().map(|cell| match cell {
                Some(Cell::Value(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
                other => panic!("{other:?}"),
            });
            prop_assert_eq!(found.collect::<Vec<_>>(), texts);
        }
    }
}
