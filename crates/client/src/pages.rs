//! Reads lists of a server page by page.

use chengji_domain::Result;
use chengji_paging::{ListAnswer, ListRequest, MAX_SIZE};
use chengji_proto::v1;

/// The unread pages of a list.
#[derive(Clone, Debug)]
pub struct Pages<R> {
    request: R,
    /// The cursor of the next page; none after the last.
    cursor: Option<String>,
    left: usize,
}

impl<R: ListRequest> Pages<R> {
    /// Reads all pages of a list.
    pub fn of(request: R) -> Self {
        Self::at_most(request, usize::MAX)
    }

    /// Reads the first pages of a list, with at most `limit` items.
    pub fn at_most(request: R, limit: usize) -> Self {
        let cursor = Some(String::new());
        let left = limit;
        Self {
            request,
            cursor,
            left,
        }
    }

    /// Requests the next page by `call`; `None` at the end. A page may be empty and have a next one.
    ///
    /// # Errors
    ///
    /// Errors of the call.
    pub async fn next(
        &mut self,
        call: impl AsyncFnOnce(R) -> Result<R::Answer>,
    ) -> Result<Option<R::Answer>> {
        let Some(cursor) = self.cursor.take().filter(|_| self.left > 0) else {
            return Ok(None);
        };
        let mut request = self.request.clone();
        let size = self.left.min(MAX_SIZE) as u32;
        request.set_page(Some(v1::PageRequest { size, cursor }));
        let mut page = call(request).await?;
        self.left = self.left.saturating_sub(page.items().len());
        self.cursor = Some(page.next_cursor().clone()).filter(|next| !next.is_empty());
        Ok(Some(page))
    }

    /// Reads the remaining pages into one answer: the items of all pages, and the other fields of the last. Its cursor
    /// is set if the list has more items.
    ///
    /// # Errors
    ///
    /// Errors of the calls.
    pub async fn whole(
        mut self,
        mut call: impl AsyncFnMut(R) -> Result<R::Answer>,
    ) -> Result<R::Answer> {
        let mut whole = R::Answer::default();
        while let Some(mut page) = self.next(&mut call).await? {
            let before = std::mem::take(whole.items());
            page.items().splice(0..0, before);
            whole = page;
        }
        Ok(whole)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use chengji_paging::Pager;

    use super::*;

    /// A server with so many people, of whom it gives three at a time.
    async fn listed(limit: usize, people: u64) -> (usize, String, Vec<u32>) {
        let sizes = RefCell::new(Vec::new());
        let pages = Pages::at_most(v1::ListPeopleRequest::default(), limit);
        let whole = pages.whole(async |mut request| {
            let asked = request.page.as_mut().unwrap();
            sizes.borrow_mut().push(asked.size);
            asked.size = asked.size.min(3);
            let pager = Pager::<u64>::of(&request)?;
            let rows = (0..people).map(|number| Ok((number, v1::Person::default())));
            let page = pager.fill(pager.rest(rows), |_, person| Ok(Some(person)))?;
            Ok(v1::ListPeopleResponse {
                people: page.items,
                next_cursor: page.next_cursor,
            })
        });
        let whole = whole.await.unwrap();
        (whole.people.len(), whole.next_cursor, sizes.into_inner())
    }

    #[tokio::test]
    async fn all_pages_are_read_or_as_many_as_are_wanted() {
        let (found, cursor, _) = listed(usize::MAX, 10).await;
        assert_eq!((found, cursor.as_str()), (10, ""));
        assert_eq!(listed(usize::MAX, 0).await.0, 0);
        let (found, cursor, sizes) = listed(5, 10).await;
        assert_eq!((found, sizes), (5, vec![5, 2]));
        assert!(!cursor.is_empty());
        let (found, cursor, _) = listed(10, 10).await;
        assert_eq!((found, cursor.as_str()), (10, ""));
    }
}
