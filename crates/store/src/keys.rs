//! Where everything stands in the store: the table of key prefixes and the shape of keys.
//!
//! The table is append-only and its bytes are pinned: directories written by any version are read
//! by every later one. A prefix that falls out of use keeps its byte; none is ever given twice.
//! Keys sort as their parts do. What stands in the values does not matter here.

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Result};

use crate::kv::hex;

macro_rules! prefixes {
    ($( $(#[doc = $doc:literal])* $name:ident = $byte:literal; )*) => {
        /// The first byte of every key: what kind of record it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Prefix { $( $(#[doc = $doc])* $name = $byte, )* }

        impl Prefix {
            /// Every prefix there is.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];
        }
    };
}

prefixes! {
    /// Who owns this directory: one record, for ever.
    Owner = 0x01;
    /// Epoch and next position of the own log: one record.
    LogHead = 0x02;
    /// The own log's entries as they stand, by position.
    LogEntry = 0x03;
    /// The own log's leaf hashes, by position.
    LogLeaf = 0x04;
    /// Position reached in a followed log and the number of its copy, by its owner.
    Follow = 0x05;
    /// Followed logs' entries as they stand, by owner, number of the copy, and position.
    MirrorEntry = 0x06;
    /// Followed logs' leaf hashes, by owner, number of the copy, and position.
    MirrorLeaf = 0x07;
    /// Entries that could not be applied, with the reason.
    Quarantine = 0x08;
    /// Copies of followed logs that are no longer continued, by owner and number of the copy.
    LogCopy = 0x09;
    /// The epochs of the own log, by number.
    OwnEpoch = 0x0a;
    /// Followed logs that are not what they were, by owner.
    LogAlarm = 0x0b;
    /// Entries of the own catalogue as of their last revision.
    CatalogueEntry = 0x10;
    /// What a resource is mounted on.
    Mount = 0x12;
    /// Entries of all cities' catalogues.
    Federated = 0x13;
    /// Where entries of the own catalogue stand, by code.
    Life = 0x14;
    /// Revisions of entries, by code and number.
    Revision = 0x15;
    /// Moves of entries, by code and number.
    LifeStep = 0x16;
    /// Entries of an import that do not count yet, by number of the piece.
    Staged = 0x18;
    /// The import that is being put into effect: one record.
    ImportUnderWay = 0x19;
    /// Requests by their number.
    Request = 0x20;
    /// Requests that wait until their provider's log has been read.
    Waiting = 0x21;
    /// Up to where a city's log had arrived, by city and time, latest first; of city 0 the latest time
    /// that was recorded: one record.
    Arrival = 0x22;
    /// Positions of seals in the own log, by month-end.
    Seal = 0x23;
    /// Positions of facts in the own log that change the membership.
    MembershipFact = 0x24;
    /// What cities have used of their budgets, by city.
    CityUse = 0x25;
    /// Requests with a backdated move, by number.
    Backdated = 0x26;
    /// The provider's own acts on deliveries, by target.
    Stop = 0x27;
    /// Requests that ask for a person's attention, by city and time.
    Attention = 0x28;
    /// The own epoch in which the coordinator's log was read to its end: one record.
    ReadSinceEpoch = 0x29;
    /// Requests by parties, state and time.
    RequestList = 0x2a;
    /// Requests with a reminder to come, by deadline.
    RequestReminder = 0x2b;
    /// Entries of cities' logs about requests that are not opened yet, by request, city and position.
    EarlyMove = 0x2c;
    /// Members of the cluster.
    Member = 0x30;
    /// The signed list of members, people and revocations: one record.
    Roster = 0x31;
    /// When the coordinator was last heard: one record.
    RosterHeard = 0x32;
    /// People and their rights, by principal.
    Person = 0x33;
    /// Certificates that were issued here, by principal and number.
    Certificate = 0x34;
    /// Invitations that were given out, by number.
    Invitation = 0x35;
    /// What was done and what was denied, by number.
    Audit = 0x36;
    /// Receipts for what was delivered.
    Receipt = 0x40;
    /// Transfers that have begun, for resuming them.
    Transfer = 0x41;
    /// The same receipts, by request.
    ReceiptOf = 0x42;
    /// Answers given under an idempotency key.
    Idempotency = 0x50;
}

/// The byte that stands for NUL inside a text, after a NUL.
const ESCAPED: u8 = 0xff;

/// The byte that ends a text, after a NUL. It is less than [`ESCAPED`], so that a text sorts
/// before every longer one that begins with it.
const END: u8 = 0x01;

/// Builds a key part by part. Keys with the same kinds of parts sort as the parts do, and no two
/// different lists of parts make the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of this prefix with no further part.
    pub fn new(prefix: Prefix) -> Self {
        Self(vec![prefix as u8])
    }

    /// Parts that no prefix stands before: of a key within a value.
    pub(crate) fn parts() -> Self {
        Self(Vec::new())
    }

    /// Adds one byte, which sorts as a number.
    #[must_use]
    pub fn u8(mut self, part: u8) -> Self {
        self.0.push(part);
        self
    }

    /// Adds a number, which sorts as a number.
    #[must_use]
    pub fn u32(mut self, part: u32) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// Adds a number, which sorts as a number.
    #[must_use]
    pub fn u64(mut self, part: u64) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// Adds a text, which sorts by its bytes, wherever it ends. Any text may be a part.
    #[must_use]
    pub fn text(mut self, part: &str) -> Self {
        for byte in part.bytes() {
            self.0.push(byte);
            if byte == 0 {
                self.0.push(ESCAPED);
            }
        }
        self.0.extend_from_slice(&[0, END]);
        self
    }

    /// Adds an epoch, which sorts by its number, then by its random bytes.
    #[must_use]
    pub fn epoch(mut self, part: Epoch) -> Self {
        self = self.u32(part.number);
        self.0.extend_from_slice(&part.id);
        self
    }

    /// Adds a request's number, which sorts by city, epoch and position.
    #[must_use]
    pub fn request(self, part: RequestId) -> Self {
        self.u32(part.city.number()).epoch(part.epoch).u64(part.seq)
    }

    /// Adds what `parts` adds, with all bits flipped, so that it sorts in the opposite order.
    #[must_use]
    pub(crate) fn flipped(self, parts: impl FnOnce(Self) -> Self) -> Self {
        let from = self.0.len();
        let mut key = parts(self);
        for byte in &mut key.0[from..] {
            *byte = !*byte;
        }
        key
    }

    /// The key's bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// The range `lower <= key < upper` of this key and all keys that begin with its parts.
    pub fn range(self) -> (Vec<u8>, Vec<u8>) {
        let mut upper = self.0.clone();
        // Ends at the prefix byte at the latest: none of the table is 0xff.
        while upper.last() == Some(&u8::MAX) {
            upper.pop();
        }
        if let Some(last) = upper.last_mut() {
            *last += 1;
        }
        (self.0, upper)
    }
}

/// Reads the parts of a key back, in the order they were added.
#[derive(Clone, Debug)]
pub struct KeyReader<'a> {
    key: &'a [u8],
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// Begins to read a key, which must be of this prefix.
    pub fn new(prefix: Prefix, key: &'a [u8]) -> Result<Self> {
        match key.split_first() {
            Some((first, rest)) if *first == prefix as u8 => Ok(Self { key, rest }),
            _ => Err(malformed(key)),
        }
    }

    /// Begins to read parts that no prefix stands before.
    pub(crate) fn of_parts(parts: &'a [u8]) -> Self {
        Self {
            key: parts,
            rest: parts,
        }
    }

    /// The next part, one byte.
    pub fn u8(&mut self) -> Result<u8> {
        self.bytes().map(u8::from_be_bytes)
    }

    /// The next part, a number.
    pub fn u32(&mut self) -> Result<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    /// The next part, a number.
    pub fn u64(&mut self) -> Result<u64> {
        self.bytes().map(u64::from_be_bytes)
    }

    /// The next part, an epoch.
    pub fn epoch(&mut self) -> Result<Epoch> {
        let (number, id) = (self.u32()?, self.bytes()?);
        Ok(Epoch { number, id })
    }

    /// The next part, a request's number.
    pub fn request(&mut self) -> Result<RequestId> {
        Ok(RequestId {
            city: CityCode::from_number(self.u32()?).map_err(|_| malformed(self.key))?,
            epoch: self.epoch()?,
            seq: self.u64()?,
        })
    }

    /// The next part, a text.
    pub fn text(&mut self) -> Result<String> {
        let mut text = Vec::new();
        loop {
            let nul = self.rest.iter().position(|byte| *byte == 0);
            let (plain, mark) = nul
                .and_then(|nul| self.rest.split_at_checked(nul))
                .ok_or_else(|| malformed(self.key))?;
            text.extend_from_slice(plain);
            match mark {
                [0, ESCAPED, rest @ ..] => {
                    text.push(0);
                    self.rest = rest;
                }
                [0, END, rest @ ..] => {
                    self.rest = rest;
                    return String::from_utf8(text).map_err(|_| malformed(self.key));
                }
                _ => return Err(malformed(self.key)),
            }
        }
    }

    /// Ends reading: there must be no part left.
    pub fn end(self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(malformed(self.key))
        }
    }

    /// Reads what [`Key::flipped`] added.
    pub(crate) fn flipped<T>(
        &mut self,
        read: impl FnOnce(&mut KeyReader<'_>) -> Result<T>,
    ) -> Result<T> {
        let bytes: Vec<u8> = self.rest.iter().map(|byte| !*byte).collect();
        let mut parts = KeyReader::of_parts(&bytes);
        let part = read(&mut parts)?;
        self.rest = &self.rest[bytes.len() - parts.rest.len()..];
        Ok(part)
    }

    /// The error of a key whose parts are not what they should be.
    pub(crate) fn malformed(&self) -> Error {
        malformed(self.key)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| malformed(self.key))?;
        self.rest = rest;
        Ok(*bytes)
    }
}

fn malformed(key: &[u8]) -> Error {
    Error::new(
        ErrorCode::StorageDamaged,
        format!("the stored key {} is malformed", hex(key)),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Adding a line is a change of the storage format; changing or removing one is a defect.
    #[test]
    fn the_bytes_of_all_prefixes_are_pinned_and_differ() {
        let pinned = [
            (Prefix::Owner, 0x01),
            (Prefix::LogHead, 0x02),
            (Prefix::LogEntry, 0x03),
            (Prefix::LogLeaf, 0x04),
            (Prefix::Follow, 0x05),
            (Prefix::MirrorEntry, 0x06),
            (Prefix::MirrorLeaf, 0x07),
            (Prefix::Quarantine, 0x08),
            (Prefix::LogCopy, 0x09),
            (Prefix::OwnEpoch, 0x0a),
            (Prefix::LogAlarm, 0x0b),
            (Prefix::CatalogueEntry, 0x10),
            (Prefix::Mount, 0x12),
            (Prefix::Federated, 0x13),
            (Prefix::Life, 0x14),
            (Prefix::Revision, 0x15),
            (Prefix::LifeStep, 0x16),
            (Prefix::Staged, 0x18),
            (Prefix::ImportUnderWay, 0x19),
            (Prefix::Request, 0x20),
            (Prefix::Waiting, 0x21),
            (Prefix::Arrival, 0x22),
            (Prefix::Seal, 0x23),
            (Prefix::MembershipFact, 0x24),
            (Prefix::CityUse, 0x25),
            (Prefix::Backdated, 0x26),
            (Prefix::Stop, 0x27),
            (Prefix::Attention, 0x28),
            (Prefix::ReadSinceEpoch, 0x29),
            (Prefix::RequestList, 0x2a),
            (Prefix::RequestReminder, 0x2b),
            (Prefix::EarlyMove, 0x2c),
            (Prefix::Member, 0x30),
            (Prefix::Roster, 0x31),
            (Prefix::RosterHeard, 0x32),
            (Prefix::Person, 0x33),
            (Prefix::Certificate, 0x34),
            (Prefix::Invitation, 0x35),
            (Prefix::Audit, 0x36),
            (Prefix::Receipt, 0x40),
            (Prefix::Transfer, 0x41),
            (Prefix::ReceiptOf, 0x42),
            (Prefix::Idempotency, 0x50),
        ];
        assert_eq!(pinned.map(|(prefix, _)| prefix), Prefix::ALL);
        for (prefix, byte) in pinned {
            assert_eq!(Key::new(prefix).finish(), [byte]);
        }
        let bytes: BTreeSet<u8> = pinned.iter().map(|(_, byte)| *byte).collect();
        assert_eq!(bytes.len(), pinned.len());
        assert!(
            !bytes.contains(&0xff),
            "a range over 0xff has no upper bound"
        );
    }

    #[test]
    fn the_bytes_of_parts_are_pinned() {
        let key = Key::new(Prefix::Request)
            .u32(430_100)
            .u64(7)
            .text("a\0b")
            .finish();
        let mut pinned = vec![0x20, 0, 6, 0x90, 0x14, 0, 0, 0, 0, 0, 0, 0, 7];
        pinned.extend([b'a', 0, 0xff, b'b', 0, 1]);
        assert_eq!(key, pinned);
        let request = "430100-1-7-AEAQCAIBAEAQC".parse().unwrap();
        let key = Key::new(Prefix::Request).request(request).finish();
        let mut pinned = vec![0x20, 0, 6, 0x90, 0x14, 0, 0, 0, 1];
        pinned.extend([1; 8]);
        pinned.extend([0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(key, pinned);
    }

    #[test]
    fn a_range_carries_over_bytes_that_are_full() {
        let (lower, upper) = Key::new(Prefix::Idempotency).u32(u32::MAX).range();
        assert_eq!(lower, [0x50, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(upper, [0x51]);
        let (_, upper) = Key::new(Prefix::Request).u32(0x0102_ffff).range();
        assert_eq!(upper, [0x20, 1, 3]);
    }

    #[test]
    fn damaged_keys_are_refused() {
        let key = Key::new(Prefix::Follow).text("city").u64(3).finish();
        assert!(KeyReader::new(Prefix::Mount, &key).is_err());
        assert!(KeyReader::new(Prefix::Mount, &[]).is_err());
        let mut reader = KeyReader::new(Prefix::Follow, &key[..9]).unwrap();
        assert_eq!(reader.text().unwrap(), "city");
        assert_eq!(reader.u64().unwrap_err().code(), ErrorCode::StorageDamaged);
        for wrong in [
            &[5, b'a'][..],
            &[5, b'a', 0],
            &[5, b'a', 0, 7],
            &[5, 0xc0, 0, 1],
        ] {
            assert!(
                KeyReader::new(Prefix::Follow, wrong)
                    .unwrap()
                    .text()
                    .is_err(),
                "{wrong:?}"
            );
        }
        assert!(KeyReader::new(Prefix::Follow, &key).unwrap().end().is_err());
    }

    type Parts = (u32, String, String, u64);

    fn key((city, name, kind, seq): &Parts) -> Key {
        Key::new(Prefix::Quarantine)
            .u32(*city)
            .text(name)
            .text(kind)
            .u64(*seq)
    }

    fn parts() -> impl Strategy<Value = Parts> {
        // Few letters, NUL among them, so that texts often begin alike.
        let text = || proptest::string::string_regex("[\0\u{1}ab城\u{10ffff}]{0,3}").unwrap();
        (
            0..3_u32,
            text(),
            text(),
            prop_oneof![0..3_u64, Just(u64::MAX), Just(255)],
        )
    }

    /// Requests of few cities, epochs and positions, so that parts are often alike.
    fn request() -> impl Strategy<Value = RequestId> {
        let city = prop_oneof![Just("430100"), Just("430200")];
        let id = proptest::array::uniform8(prop_oneof![Just(0), Just(1), Just(0xff)]);
        let number = prop_oneof![Just(1), Just(2), Just(u32::MAX)];
        let seq = prop_oneof![0..2_u64, Just(256), Just(u64::MAX)];
        (city, number, id, seq).prop_map(|(city, number, id, seq)| RequestId {
            city: city.parse().unwrap(),
            epoch: Epoch { number, id },
            seq,
        })
    }

    proptest! {
        #[test]
        fn requests_sort_by_city_epoch_and_position_and_read_back(
            left in request(),
            right in request(),
        ) {
            let key = |id| Key::new(Prefix::Waiting).request(id).finish();
            prop_assert_eq!(key(left).cmp(&key(right)), left.cmp(&right));
            let bytes = key(left);
            let mut reader = KeyReader::new(Prefix::Waiting, &bytes).unwrap();
            prop_assert_eq!(reader.request().unwrap(), left);
            prop_assert!(reader.end().is_ok());
        }

        #[test]
        fn keys_sort_as_their_parts_do(left in parts(), right in parts()) {
            let ordering = key(&left).finish().cmp(&key(&right).finish());
            prop_assert_eq!(ordering, left.cmp(&right));
        }

        #[test]
        fn keys_read_back(parts in parts()) {
            let bytes = key(&parts).finish();
            let mut reader = KeyReader::new(Prefix::Quarantine, &bytes).unwrap();
            let read = (
                reader.u32().unwrap(),
                reader.text().unwrap(),
                reader.text().unwrap(),
                reader.u64().unwrap(),
            );
            prop_assert_eq!(read, parts);
            prop_assert!(reader.end().is_ok());
        }

        #[test]
        fn a_range_holds_just_what_begins_with_its_parts(of in parts(), other in parts()) {
            let (lower, upper) = Key::new(Prefix::Quarantine).u32(of.0).text(&of.1).range();
            let bytes = key(&other).finish();
            let within = lower <= bytes && bytes < upper;
            prop_assert_eq!(within, (of.0, &of.1) == (other.0, &other.1));
        }
    }
}
