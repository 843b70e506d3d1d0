//! Request numbers (申请号): composition, display and parsing.

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;
use data_encoding::{BASE32_NOPAD, BASE32_NOPAD_VISUAL};

use crate::city::CityCode;
use crate::epoch::Epoch;
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// The number of a request: the position in the consumer's log where it was made. Printed as
/// `430100-1-42-JBSWY3DPEHPK6`: city, number of the epoch, position, and the epoch's random bytes in Base32
/// (RFC 4648 section 6, without padding).
///
/// Two epochs of one number, such as two restores of one backup, give their requests different
/// numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId {
    /// The consumer.
    pub city: CityCode,
    /// Epoch of its log.
    pub epoch: Epoch,
    /// Position in its log.
    pub seq: u64,
}

/// A request number in a form used by people: in full, or without the epoch's random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestNumber {
    /// The full number.
    Full(RequestId),
    /// The first three parts, such as `430100-1-42`. Several requests share them if the consumer's log was
    /// forked.
    Short {
        /// The consumer.
        city: CityCode,
        /// Number of the epoch of its log.
        epoch: u32,
        /// Position in its log.
        seq: u64,
    },
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { city, epoch, seq } = self;
        write!(f, "{city}-{}-{seq}-", epoch.number)?;
        BASE32_NOPAD.encode_write(&epoch.id, f)
    }
}

impl fmt::Display for RequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(id) => id.fmt(f),
            Self::Short { city, epoch, seq } => write!(f, "{city}-{epoch}-{seq}"),
        }
    }
}

impl FromStr for RequestId {
    type Err = Error;

    /// Parses a full number exactly as printed: programs exchange no other form.
    fn from_str(text: &str) -> Result<Self, Error> {
        match parse(text) {
            Some(RequestNumber::Full(id)) if id.to_string() == text => Ok(id),
            _ => {
                let text = Quoted(text);
                let message = msg::RequestNumberNotInFull { text };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

impl FromStr for RequestNumber {
    type Err = Error;

    /// Parses either form. In the last part small letters are read as capitals, and 0, 1 and 8, which do not
    /// occur in it, as O, I and B.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::RequestNumberMalformed { text },
            )
        })
    }
}

fn parse(text: &str) -> Option<RequestNumber> {
    let mut parts = text.split('-');
    let city = parts.next()?.parse().ok()?;
    let epoch = decimal(parts.next()?)?;
    let epoch = u32::try_from(epoch).ok().filter(|number| *number > 0)?;
    let seq = decimal(parts.next()?)?;
    let Some(id) = parts.next() else {
        return Some(RequestNumber::Short { city, epoch, seq });
    };
    let id = BASE32_NOPAD_VISUAL.decode(id.to_ascii_uppercase().as_bytes());
    let epoch = Epoch {
        number: epoch,
        id: id.ok()?.try_into().ok()?,
    };
    let full = RequestNumber::Full(RequestId { city, epoch, seq });
    parts.next().is_none().then_some(full)
}

/// Parses a number without a sign or leading zeros.
fn decimal(text: &str) -> Option<u64> {
    let plain = text == "0" || !text.starts_with('0');
    (plain && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u32, id: [u8; 8], seq: u64) -> RequestId {
        RequestId {
            city: "430100".parse().unwrap(),
            epoch: Epoch { number, id },
            seq,
        }
    }

    #[test]
    fn the_printed_form_is_pinned() {
        let id = id(2, *b"Hello!\xde\xad", 42);
        assert_eq!(id.to_string(), "430100-2-42-JBSWY3DPEHPK2");
    }

    proptest! {
        #[test]
        fn a_number_parses_what_it_prints_and_differs_from_every_other(
            number in 1u32..,
            random in any::<[u8; 8]>(),
            seq in any::<u64>(),
            place in 0..8_usize,
            change in 1u8..,
        ) {
            let made = id(number, random, seq);
            let text = made.to_string();
            prop_assert_eq!(text.parse::<RequestId>().unwrap(), made);
            prop_assert_eq!(text.parse::<RequestNumber>().unwrap(), RequestNumber::Full(made));
            // As copied from paper or by telephone.
            let (place_in_log, last) = text.rsplit_once('-').unwrap();
            let misread = last.to_lowercase().replace('o', "0").replace('i', "1");
            let spoken = format!("{place_in_log}-{}", misread.replace('b', "8"));
            prop_assert_eq!(spoken.parse::<RequestNumber>().unwrap(), RequestNumber::Full(made));
            let short = RequestNumber::Short { city: made.city, epoch: number, seq };
            prop_assert_eq!(place_in_log.parse::<RequestNumber>().unwrap(), short);
            prop_assert_eq!(short.to_string(), place_in_log);
            // A fork of the same epoch number.
            let mut forked = random;
            forked[place] ^= change;
            prop_assert_ne!(id(number, forked, seq).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "430100",
            "430100-1",
            "430100-0-2",
            "430100-+1-2",
            "430100-01-2",
            "430100-1-2-",
            "430100-1-2-3",
            // Too short, too long, bits beyond the eighth byte, a character outside the alphabet.
            "430100-1-2-JBSWY3DPEHPK",
            "430100-1-2-JBSWY3DPEHPK66",
            "430100-1-2-JBSWY3DPEHPK7",
            "430100-1-2-JBSWY3DPEHP9K",
            "430100-1-2-JBSWY3DPEHPK6-1",
        ] {
            assert!(
                text.parse::<RequestNumber>().is_err(),
                "{text} was accepted"
            );
            assert!(text.parse::<RequestId>().is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn between_programs_a_number_has_one_form() {
        for text in [
            "430100-1-2",
            "430100-1-2-jbswy3dpehpk6",
            "430100-1-2-J8SWY3DPEHPK6",
        ] {
            assert!(text.parse::<RequestNumber>().is_ok(), "{text}");
            assert!(text.parse::<RequestId>().is_err(), "{text} was accepted");
        }
    }
}
