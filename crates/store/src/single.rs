//! Tables of one record, each under a prefix of its own.

use std::marker::PhantomData;

use chengji_domain::Result;

use crate::codec::{self, Codec};
use crate::keys::{Key, Prefix};
use crate::ledger::Tx;
use crate::view::View;

/// The one record of a prefix, stored by the codec `C`.
pub struct Single<C> {
    prefix: Prefix,
    codec: PhantomData<fn() -> C>,
}

impl<C: Codec> Single<C> {
    /// Declares the record of this prefix.
    pub const fn new(prefix: Prefix) -> Self {
        Self {
            prefix,
            codec: PhantomData,
        }
    }

    /// Returns the record's prefix.
    pub fn prefix(&self) -> Prefix {
        self.prefix
    }

    /// Returns the record, if there is one. Errors: STORAGE_DAMAGED.
    pub fn get(&self, view: &(impl View + ?Sized)) -> Result<Option<C::Record>> {
        let key = self.key();
        let stored = view.value(&key)?;
        stored
            .map(|bytes| codec::decode::<C>(self.prefix, &key, &bytes))
            .transpose()
    }

    /// Stores the record, replacing the present one.
    pub fn put(&self, tx: &mut Tx<'_>, record: &C::Record) -> Result<()> {
        let bytes = C::encode(record)?;
        tx.put(self.key(), bytes);
        Ok(())
    }

    /// Deletes the record, if there is one.
    pub fn delete(&self, tx: &mut Tx<'_>) {
        tx.delete(self.key());
    }

    fn key(&self) -> Vec<u8> {
        Key::new(self.prefix).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chengji_domain::{Error, ErrorCode};
    use chengji_messages::{Message, msg};

    use super::*;
    use crate::codec::KeyOnly;
    use crate::ledger::Ledger;
    use crate::memory::MemoryStore;
    use crate::span::Limit;
    use crate::table::Table;

    const NOT_A_NUMBER: msg::RecordNotEmpty<usize> = msg::RecordNotEmpty { bytes: 3 };

    /// A number of four bytes.
    struct Number;

    impl Codec for Number {
        type Record = u32;

        fn encode(number: &u32) -> Result<Vec<u8>> {
            Ok(number.to_be_bytes().to_vec())
        }

        fn decode(bytes: &[u8]) -> Result<u32> {
            let bytes = bytes.try_into();
            let bytes = bytes.map_err(|_| Error::new(ErrorCode::InvalidArgument, NOT_A_NUMBER))?;
            Ok(u32::from_be_bytes(bytes))
        }
    }

    // Prefixes of other records: these tests do not share their stores.
    static ONE: Single<Number> = Single::new(Prefix::Roster);
    static MANY: Table<u32, Number> = Table::new(Prefix::Member, &[]);
    static SET: Table<u32, KeyOnly> = Table::new(Prefix::Waiting, &[]);

    fn ledger() -> Ledger {
        Ledger::create(Arc::new(MemoryStore::new()), "city/430100", [1; 8]).unwrap()
    }

    #[tokio::test]
    async fn a_single_record_is_there_from_when_it_is_put_until_it_is_deleted() {
        let ledger = ledger();
        let found = || ONE.get(&**ledger.kv()).unwrap();
        assert_eq!(found(), None);
        for number in [7, 8] {
            ledger.write(move |tx| ONE.put(tx, &number)).await.unwrap();
            assert_eq!(found(), Some(number));
        }
        let deleted = ledger.write(|tx| {
            ONE.delete(tx);
            Ok(())
        });
        deleted.await.unwrap();
        assert_eq!(found(), None);
    }

    #[tokio::test]
    async fn a_damaged_record_is_an_error_that_names_prefix_and_key() {
        let ledger = ledger();
        let damage = ledger.write(|tx| {
            tx.put(Key::new(Prefix::Roster).finish(), vec![1]);
            tx.put(Key::new(Prefix::Member).u32(0x6162).finish(), vec![2]);
            tx.put(Key::new(Prefix::Waiting).u32(1).finish(), vec![3]);
            Ok(())
        });
        damage.await.unwrap();
        let kv = &**ledger.kv();
        let damaged = |kind: &str, key: &str, cause: Message| {
            let message = msg::RecordDamaged { cause, key, kind };
            Error::new(ErrorCode::StorageDamaged, message)
        };
        let not_a_number = || Message::from(NOT_A_NUMBER);
        let many = damaged("Member", "\\x00\\x00ab", not_a_number());
        let found = [
            ONE.get(kv).unwrap_err(),
            MANY.get(kv, &0x6162).unwrap_err(),
            MANY.all().page(kv, Limit::rows(1)).map(drop).unwrap_err(),
            MANY.all().last(kv).unwrap_err(),
            SET.all().first(kv).unwrap_err(),
        ];
        let not_empty = msg::RecordNotEmpty { bytes: 1 }.into();
        let expected = [
            damaged("Roster", "", not_a_number()),
            many.clone(),
            many.clone(),
            many,
            damaged("Waiting", "\\x00\\x00\\x00\\x01", not_empty),
        ];
        assert_eq!(found, expected);
        // Presence and deletion do not depend on the content.
        assert!(MANY.contains(kv, &0x6162).unwrap());
        ledger.write(|tx| MANY.delete(tx, &0x6162)).await.unwrap();
        assert!(!MANY.contains(kv, &0x6162).unwrap());
    }

    #[tokio::test]
    async fn the_first_the_last_and_those_between_two_keys_are_found() {
        let ledger = ledger();
        let put = ledger.write(|tx| [3, 5, 9].iter().try_for_each(|n| MANY.put(tx, n, n)));
        put.await.unwrap();
        let kv = &**ledger.kv();
        let keys = |span: crate::Span<'_, Table<u32, Number>>| -> Vec<u32> {
            let rows = span.collect(kv).unwrap();
            rows.into_iter().map(|(key, _)| key).collect()
        };
        assert_eq!(MANY.all().first(kv).unwrap(), Some((3, 3)));
        assert_eq!(MANY.all().last(kv).unwrap(), Some((9, 9)));
        assert_eq!(keys(MANY.range(..9)), [3, 5]);
        assert_eq!(keys(MANY.range(4..=9)), [5, 9]);
        assert_eq!(MANY.range(..3).last(kv).unwrap(), None);
    }
}
