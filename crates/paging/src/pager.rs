//! Fills a page of a list.

use std::ops::Bound;

use chengji_domain::Result;
use chengji_proto::service::Page;
use chengji_store::KeyPart;
use prost::Message;

use crate::budget::AnswerBudget;
use crate::cursor::List;
use crate::list::ListRequest;

/// Default number of items of a page.
const DEFAULT_SIZE: usize = 100;
/// Maximum number of items of a page.
pub const MAX_SIZE: usize = 10_000;
/// Number of filtered-out rows after which a page ends, so that it reads a bounded number of records.
pub const MAX_PASSED_OVER: usize = 2_000;
/// Maximum number of rows read at once.
const AT_ONCE: usize = 128;

/// Fills the requested page of a list whose rows are ordered by their positions `K`.
#[derive(Clone, Debug)]
pub struct Pager<K> {
    list: List,
    size: usize,
    after: Option<K>,
}

impl<K: KeyPart> Pager<K> {
    /// Parses the page that a request asks for.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if the cursor does not belong to this list.
    pub fn of<R: ListRequest>(request: &R) -> Result<Self> {
        let list = List::of(request);
        let (size, cursor) = request
            .page()
            .map_or((0, ""), |page| (page.size, page.cursor.as_str()));
        let after = match cursor {
            "" => None,
            cursor => Some(list.position(cursor)?),
        };
        let size = match size as usize {
            0 => DEFAULT_SIZE,
            size => size.min(MAX_SIZE),
        };
        Ok(Self { list, size, after })
    }

    /// Returns the maximum number of items of the page.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the position after which the page begins; `None` for the first page.
    pub fn after(&self) -> Option<&K> {
        self.after.as_ref()
    }

    /// Returns the range of positions from which the page is taken.
    pub fn bounds(&self) -> (Bound<K>, Bound<K>)
    where
        K: Clone,
    {
        let after = self.after.clone();
        (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        )
    }

    /// Skips the rows up to [`after`](Self::after), for lists that are not read from a store.
    pub fn rest<T>(
        &self,
        rows: impl IntoIterator<Item = Result<(K, T)>>,
    ) -> impl Iterator<Item = Result<(K, T)>>
    where
        K: Ord,
    {
        let is_before = |row: &Result<(K, T)>| match (row, &self.after) {
            (Ok((position, _)), Some(after)) => position <= after,
            _ => false,
        };
        rows.into_iter().skip_while(is_before)
    }

    /// Returns how many rows to read at once: those of the page, and one that shows whether there is a next page.
    pub fn at_once(&self) -> usize {
        (self.size + 1).min(AT_ONCE)
    }

    /// Fills the page from `rows`, which begin after [`after`](Self::after) and are ordered. `item` converts a row, or
    /// returns `None` to filter it out.
    ///
    /// # Errors
    ///
    /// Errors of the rows and of `item`.
    pub fn fill<T, M: Message>(
        &self,
        rows: impl IntoIterator<Item = Result<(K, T)>>,
        mut item: impl FnMut(&K, T) -> Result<Option<M>>,
    ) -> Result<Page<M>> {
        let (mut items, mut budget) = (Vec::new(), AnswerBudget::default());
        let (mut last, mut passed_over) = (None, 0);
        for row in rows {
            let (position, row) = row?;
            if items.len() == self.size || passed_over == MAX_PASSED_OVER {
                return Ok(self.ended(items, last.as_ref()));
            }
            match item(&position, row)? {
                Some(item) if budget.fits(&item) => items.push(item),
                Some(_) => return Ok(self.ended(items, last.as_ref())),
                None => passed_over += 1,
            }
            last = Some(position);
        }
        Ok(self.ended(items, None))
    }

    fn ended<M>(&self, items: Vec<M>, last: Option<&K>) -> Page<M> {
        let next_cursor = last.map(|last| self.list.cursor(last)).unwrap_or_default();
        Page { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;
    use chengji_proto::v1;
    use proptest::prelude::*;

    use super::*;

    fn asked(size: u32, cursor: &str) -> v1::ListReceiptsRequest {
        v1::ListReceiptsRequest {
            request: String::new(),
            page: Some(v1::PageRequest {
                size,
                cursor: cursor.to_owned(),
            }),
        }
    }

    /// A page of receipts, each of which has this many bytes; none where it is left out.
    fn page(rows: &[Option<usize>], size: u32, cursor: &str) -> Result<Page<v1::Receipt>> {
        let pager = Pager::<u64>::of(&asked(size, cursor))?;
        let from = pager.after().map_or(0, |after| *after as usize + 1);
        let rows = (from as u64..).zip(&rows[from..]).map(Ok);
        pager.fill(rows, |seq, bytes| {
            Ok(bytes.map(|bytes| v1::Receipt {
                seq: *seq,
                digest: vec![0; bytes],
                ..v1::Receipt::default()
            }))
        })
    }

    fn row() -> impl Strategy<Value = Option<usize>> {
        prop_oneof![
            Just(None),
            (0..9_usize).prop_map(Some),
            (0..(3_usize << 20)).prop_map(Some)
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn pages_have_everything_once_in_order_and_none_is_too_large(
            rows in prop::collection::vec(row(), 0..20), size in 1..5_u32,
        ) {
            let (mut found, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = page(&rows, size, &cursor).unwrap();
                let bytes: usize = page.items.iter().map(Message::encoded_len).sum();
                prop_assert!(page.items.len() <= size as usize);
                prop_assert!(page.items.len() <= 1 || bytes <= 2 << 20);
                found.extend(page.items.iter().map(|item| item.seq));
                cursor = page.next_cursor;
                if cursor.is_empty() {
                    break;
                }
                prop_assert!(!page.items.is_empty());
            }
            let all = (0..).zip(&rows).filter(|(_, row)| row.is_some());
            prop_assert_eq!(found, all.map(|(seq, _)| seq).collect::<Vec<u64>>());
        }
    }

    #[test]
    fn a_page_has_a_hundred_items_unless_another_number_is_asked_for() {
        let rows = vec![Some(0); MAX_SIZE + 1];
        let size = |size| page(&rows, size, "").unwrap().items.len();
        assert_eq!(size(0), DEFAULT_SIZE);
        assert_eq!(size(1), 1);
        assert_eq!(size(u32::MAX), MAX_SIZE);
    }

    #[test]
    fn a_page_ends_after_many_rows_that_are_left_out_and_has_a_next_one() {
        let mut rows = vec![None; MAX_PASSED_OVER + 1];
        rows.push(Some(0));
        let first = page(&rows, 0, "").unwrap();
        assert!(first.items.is_empty() && !first.next_cursor.is_empty());
        let second = page(&rows, 0, &first.next_cursor).unwrap();
        assert_eq!((second.items.len(), second.next_cursor.as_str()), (1, ""));
        // Where nothing comes after them, the list ends there.
        let last = page(&rows[..MAX_PASSED_OVER], 0, "").unwrap();
        assert_eq!(last.next_cursor, "");
    }

    #[test]
    fn what_is_no_cursor_is_an_error() {
        let error = page(&[Some(0)], 0, "next").unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(!error.remedy().is_empty());
    }
}
