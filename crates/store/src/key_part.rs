//! Parts of keys: numbers, texts and the identifiers of the domain, each with one encoding that
//! sorts as the values do.
//!
//! The encodings are part of the storage format. A changed encoding is a migration.

use std::borrow::Cow;
use std::cmp::Reverse;

use chengji_domain::access::Serial;
use chengji_domain::fact::LogOwner;
use chengji_domain::request::RequestId;
use chengji_domain::stop::StopTarget;
use chengji_domain::{CityCode, Epoch, Principal, ResourceCode, Result};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::keys::{Key, KeyReader};

const NANOS: i128 = 1_000_000_000;

/// Flips the sign bit, so that signed numbers sort as unsigned ones.
const SIGN: u64 = 1 << 63;

/// A value that can be encoded in a key and decoded again. Keys sort as their parts do.
pub trait KeyPart: Sized {
    /// Adds the part to a key.
    fn add_to(&self, key: Key) -> Key;

    /// Reads the part as the next of a key. Errors: STORAGE_DAMAGED.
    fn read(reader: &mut KeyReader<'_>) -> Result<Self>;
}

/// The first parts of a key `K`: all keys that begin with them are one range.
pub trait Leading<K>: KeyPart {}

/// The first parts of a key `K`, with a further part after them.
pub trait Before<K>: Leading<K> {
    /// The type of the part after them.
    type Next: KeyPart;
}

macro_rules! plain_parts {
    ($($part:ty: $method:ident),*) => {
        $(
            impl KeyPart for $part {
                fn add_to(&self, key: Key) -> Key {
                    key.$method(*self)
                }

                fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
                    reader.$method()
                }
            }
        )*
    };
}

plain_parts!(u8: u8, u32: u32, u64: u64);

impl KeyPart for bool {
    fn add_to(&self, key: Key) -> Key {
        key.u8(u8::from(*self))
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        match reader.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(reader.malformed()),
        }
    }
}

impl KeyPart for String {
    fn add_to(&self, key: Key) -> Key {
        key.text(self)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.text()
    }
}

/// Encoded as any text.
impl KeyPart for Cow<'static, str> {
    fn add_to(&self, key: Key) -> Key {
        key.text(self)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.text().map(Cow::Owned)
    }
}

/// `None` sorts first.
impl<T: KeyPart> KeyPart for Option<T> {
    fn add_to(&self, key: Key) -> Key {
        let key = key.u8(u8::from(self.is_some()));
        self.iter().fold(key, |key, part| part.add_to(key))
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        bool::read(reader)?.then(|| T::read(reader)).transpose()
    }
}

/// Sorts in the opposite order, for lists that begin with the latest.
impl<T: KeyPart> KeyPart for Reverse<T> {
    fn add_to(&self, key: Key) -> Key {
        key.flipped(|key| self.0.add_to(key))
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.flipped(|reader| T::read(reader)).map(Reverse)
    }
}

impl KeyPart for CityCode {
    fn add_to(&self, key: Key) -> Key {
        key.u32(self.number())
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        Self::from_number(reader.u32()?).map_err(|_| reader.malformed())
    }
}

impl KeyPart for ResourceCode {
    fn add_to(&self, key: Key) -> Key {
        key.text(self.as_str())
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.text()?.parse().map_err(|_| reader.malformed())
    }
}

/// Encoded as the city's number; 0 for the coordinator.
impl KeyPart for LogOwner {
    fn add_to(&self, key: Key) -> Key {
        match self {
            Self::City(city) => city.add_to(key),
            Self::Coordinator => key.u32(0),
        }
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        match reader.u32()? {
            0 => Ok(Self::Coordinator),
            city => CityCode::from_number(city)
                .map(Self::City)
                .map_err(|_| reader.malformed()),
        }
    }
}

/// The part of a principal without a certificate, which has no parsable name.
const NEWCOMER: &str = "newcomer";

impl KeyPart for Principal {
    fn add_to(&self, key: Key) -> Key {
        match self {
            Self::Newcomer => key.text(NEWCOMER),
            named => key.text(&named.to_string()),
        }
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        match reader.text()?.as_str() {
            NEWCOMER => Ok(Self::Newcomer),
            named => named.parse().map_err(|_| reader.malformed()),
        }
    }
}

/// Encoded as two numbers, which sort as the bytes do.
impl KeyPart for Serial {
    fn add_to(&self, key: Key) -> Key {
        let number = u128::from_be_bytes(self.0);
        key.u64((number >> 64) as u64).u64(number as u64)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        let number = u128::from(reader.u64()?) << 64 | u128::from(reader.u64()?);
        Ok(Self(number.to_be_bytes()))
    }
}

impl KeyPart for Epoch {
    fn add_to(&self, key: Key) -> Key {
        key.epoch(*self)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.epoch()
    }
}

/// Requests come before entries.
impl KeyPart for StopTarget {
    fn add_to(&self, key: Key) -> Key {
        match self {
            Self::Request(id) => id.add_to(key.u8(1)),
            Self::Entry(code) => code.add_to(key.u8(2)),
        }
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        match reader.u8()? {
            1 => RequestId::read(reader).map(Self::Request),
            2 => ResourceCode::read(reader).map(Self::Entry),
            _ => Err(reader.malformed()),
        }
    }
}

impl KeyPart for RequestId {
    fn add_to(&self, key: Key) -> Key {
        key.request(*self)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        reader.request()
    }
}

/// Encoded as whole seconds and nanoseconds, without loss.
impl KeyPart for Timestamp {
    fn add_to(&self, key: Key) -> Key {
        let nanos = self.as_nanosecond();
        // The seconds of a timestamp fit into 64 bits, the nanoseconds of a second into 32.
        let seconds = nanos.div_euclid(NANOS) as i64;
        key.u64(seconds.cast_unsigned() ^ SIGN)
            .u32(nanos.rem_euclid(NANOS) as u32)
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        let seconds = (reader.u64()? ^ SIGN).cast_signed();
        let nanos = i128::from(seconds) * NANOS + i128::from(reader.u32()?);
        Self::from_nanosecond(nanos).map_err(|_| reader.malformed())
    }
}

/// Encoded as year, month and day in one number.
impl KeyPart for Date {
    fn add_to(&self, key: Key) -> Key {
        let [high, low] = (self.year() ^ i16::MIN).to_be_bytes();
        let (month, day) = (self.month().cast_unsigned(), self.day().cast_unsigned());
        key.u32(u32::from_be_bytes([high, low, month, day]))
    }

    fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
        let [high, low, month, day] = reader.u32()?.to_be_bytes();
        let year = i16::from_be_bytes([high, low]) ^ i16::MIN;
        Self::new(year, month.cast_signed(), day.cast_signed()).map_err(|_| reader.malformed())
    }
}

impl KeyPart for () {
    fn add_to(&self, key: Key) -> Key {
        key
    }

    fn read(_: &mut KeyReader<'_>) -> Result<Self> {
        Ok(())
    }
}

/// Implements `KeyPart` for tuples, and `Leading` and `Before` for their beginnings.
macro_rules! tuples {
    ($($part:ident)*) => {
        tuples!(@grow [] $($part)*);
    };
    (@grow [$($leading:ident)*]) => {};
    (@grow [$($leading:ident)*] $part:ident $($rest:ident)*) => {
        #[allow(non_snake_case, reason = "a variable for each type parameter")]
        impl<$($leading: KeyPart,)* $part: KeyPart> KeyPart for ($($leading,)* $part,) {
            fn add_to(&self, key: Key) -> Key {
                let ($($leading,)* $part,) = self;
                $(let key = $leading.add_to(key);)*
                $part.add_to(key)
            }

            fn read(reader: &mut KeyReader<'_>) -> Result<Self> {
                Ok(($($leading::read(reader)?,)* $part::read(reader)?,))
            }
        }

        impl<$($leading: KeyPart,)* $part: KeyPart> Leading<Self> for ($($leading,)* $part,) {}

        tuples!(@begun [] [$($leading)* $part]);
        tuples!(@grow [$($leading)* $part] $($rest)*);
    };
    (@begun [$($leading:ident)*] [$next:ident $($rest:ident)*]) => {
        impl<$($leading: KeyPart,)* $next: KeyPart, $($rest: KeyPart,)*>
            Leading<($($leading,)* $next, $($rest,)*)> for ($($leading,)*) {}

        impl<$($leading: KeyPart,)* $next: KeyPart, $($rest: KeyPart,)*>
            Before<($($leading,)* $next, $($rest,)*)> for ($($leading,)*)
        {
            type Next = $next;
        }

        tuples!(@begun [$($leading)* $next] [$($rest)*]);
    };
    (@begun [$($leading:ident)*] []) => {};
}

tuples!(A B C D E F);

#[cfg(test)]
mod tests {
    use chengji_domain::Epoch;
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Prefix;

    fn bytes(part: &impl KeyPart) -> Vec<u8> {
        part.add_to(Key::new(Prefix::Audit)).finish()
    }

    fn read<T: KeyPart>(key: &[u8]) -> T {
        let mut reader = KeyReader::new(Prefix::Audit, key).unwrap();
        let part = T::read(&mut reader).unwrap();
        reader.end().unwrap();
        part
    }

    type Parts = (
        Option<bool>,
        Reverse<(String, u8)>,
        Timestamp,
        (Date, Reverse<Timestamp>),
        RequestId,
        Reverse<Option<u64>>,
    );

    fn time() -> impl Strategy<Value = Timestamp> {
        let nanos = prop_oneof![-3..3_i128, -2_000_000_000..2_000_000_000_i128];
        prop_oneof![
            nanos.prop_map(|nanos| Timestamp::from_nanosecond(nanos).unwrap()),
            Just(Timestamp::MIN),
            Just(Timestamp::MAX),
        ]
    }

    fn parts() -> impl Strategy<Value = Parts> {
        let text = proptest::string::string_regex("[\0\u{1}ab城\u{10ffff}]{0,3}").unwrap();
        let date = (-2..3_i16, 1..3_i8, 1..3_i8);
        let city = prop_oneof![Just("430100"), Just("430200")];
        (
            any::<Option<bool>>(),
            (text, 0..2_u8).prop_map(Reverse),
            time(),
            (
                date.prop_map(|(year, month, day)| Date::new(year, month, day).unwrap()),
                time().prop_map(Reverse),
            ),
            (city, 1..3_u32, 0..3_u64).prop_map(|(city, epoch, seq)| RequestId {
                city: city.parse().unwrap(),
                epoch: Epoch {
                    number: epoch,
                    id: [seq as u8; 8],
                },
                seq,
            }),
            prop_oneof![Just(None), Just(Some(0)), Just(Some(u64::MAX))].prop_map(Reverse),
        )
    }

    proptest! {
        #[test]
        fn keys_sort_as_their_parts_do_and_read_back(one in parts(), other in parts()) {
            prop_assert_eq!(bytes(&one).cmp(&bytes(&other)), one.cmp(&other));
            prop_assert_eq!(read::<Parts>(&bytes(&one)), one);
        }
    }

    #[test]
    fn a_borrowed_text_is_encoded_as_an_owned_one() {
        for text in ["", "城", "a\0b", "\0"] {
            let key = bytes(&Cow::Borrowed(text));
            assert_eq!(key, bytes(&text.to_owned()));
            assert_eq!(read::<Cow<'static, str>>(&key), text);
        }
    }

    #[test]
    fn every_principal_reads_back() {
        let named = ["coordinator", "city/430100/node", "operator/li.ming"];
        let named = named.map(|name| name.parse::<Principal>().unwrap());
        for principal in named.into_iter().chain([Principal::Newcomer]) {
            assert_eq!(read::<Principal>(&bytes(&principal)), principal);
        }
    }

    #[test]
    fn keys_that_say_nothing_are_refused() {
        let reader = |key: &'static [u8]| KeyReader::of_parts(key);
        assert!(bool::read(&mut reader(&[2])).is_err());
        assert!(CityCode::read(&mut reader(&[0, 0, 0, 1])).is_err());
        assert!(Date::read(&mut reader(&[0x80, 0, 13, 1])).is_err());
        assert!(Timestamp::read(&mut reader(&[0xff; 12])).is_err());
        assert!(<Reverse<String>>::read(&mut reader(b"a")).is_err());
        assert!(ResourceCode::read(&mut reader(&[b'1', 0, 1])).is_err());
    }
}
