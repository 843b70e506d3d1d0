//! Limits on a page of a list: as many items as requested, and no more bytes than callers accept in
//! one message.

use prost::Message;

/// Bytes of items after which a page ends. Callers accept 4 MiB.
pub const PAGE_BYTES: usize = 2 << 20;

/// The room left on a page.
#[derive(Debug)]
pub struct Room {
    left: usize,
    is_empty: bool,
    is_full: bool,
}

impl Room {
    /// Starts an empty page.
    pub fn of_page() -> Self {
        Self::of(PAGE_BYTES)
    }

    fn of(bytes: usize) -> Self {
        Self {
            left: bytes,
            is_empty: true,
            is_full: false,
        }
    }

    /// Returns true if the next item fits on the page. The first one always does, so that every
    /// page makes progress; after the first that does not fit, none does.
    pub fn fits(&mut self, item: &impl Message) -> bool {
        let size = item.encoded_len();
        self.is_full |= size > self.left && !self.is_empty;
        if self.is_full {
            return false;
        }
        self.is_empty = false;
        self.left = self.left.saturating_sub(size);
        true
    }

    /// Returns true if an item did not fit.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Truncates a list to the items that fit on the page. Returns true if any were cut off.
    pub fn cut(&mut self, items: &mut Vec<impl Message>) -> bool {
        let fitting = items.iter().take_while(|item| self.fits(*item)).count();
        items.truncate(fitting);
        self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lengths: &[usize]) -> Vec<String> {
        lengths.iter().map(|length| "x".repeat(*length)).collect()
    }

    #[test]
    fn a_page_ends_before_it_is_too_large_and_has_one_item_at_least() {
        // Each text of this length takes two more bytes in a message.
        for (lengths, fitting) in [
            (&[8, 8, 8][..], 3),
            (&[8, 8, 9, 1], 2),
            (&[100, 1], 1),
            (&[1, 100, 1], 1),
            (&[], 0),
        ] {
            let mut items = texts(lengths);
            let is_cut = Room::of(30).cut(&mut items);
            assert_eq!((items.len(), is_cut), (fitting, fitting < lengths.len()));
        }
    }
}
