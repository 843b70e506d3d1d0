//! Bounds the size of an answer: callers accept messages of 4 MiB.

use prost::Message;

/// Maximum length of the items of an answer in bytes: half of what callers accept, since an answer has other fields
/// besides.
const BYTES: usize = 2 << 20;

/// Remaining bytes of one answer.
#[derive(Debug)]
pub struct AnswerBudget {
    left: usize,
    is_empty: bool,
}

impl Default for AnswerBudget {
    fn default() -> Self {
        Self::of(BYTES)
    }
}

impl AnswerBudget {
    fn of(bytes: usize) -> Self {
        Self {
            left: bytes,
            is_empty: true,
        }
    }

    /// Takes the bytes of one more item, if they remain. The first item always fits, so that every page makes
    /// progress.
    pub fn fits(&mut self, item: &impl Message) -> bool {
        let size = item.encoded_len();
        if size > self.left && !self.is_empty {
            return false;
        }
        self.is_empty = false;
        self.left = self.left.saturating_sub(size);
        true
    }
}

/// Returns whether a message is small enough for an answer.
pub fn is_one_answer(message: &impl Message) -> bool {
    message.encoded_len() <= BYTES
}

/// Splits a list into parts that fit one answer each, in order; no part is empty.
pub fn pieces<M: Message>(items: Vec<M>) -> Vec<Vec<M>> {
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let mut budget = AnswerBudget::default();
    for item in items {
        if !budget.fits(&item) {
            pieces.push(std::mem::take(&mut piece));
            budget = AnswerBudget::default();
            budget.fits(&item);
        }
        piece.push(item);
    }
    pieces.extend((!piece.is_empty()).then_some(piece));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_before_it_is_too_large_and_has_one_item_at_least() {
        // A text of this length has two bytes more in a message.
        for (lengths, fitting) in [
            (&[8, 8, 8][..], 3),
            (&[8, 8, 9, 1], 2),
            (&[100, 1], 1),
            (&[1, 100, 1], 1),
            (&[], 0),
        ] {
            let items: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
            let mut budget = AnswerBudget::of(30);
            let taken = items.iter().take_while(|item| budget.fits(*item)).count();
            assert_eq!(taken, fitting, "{lengths:?}");
        }
    }

    #[test]
    fn pieces_hold_everything_once_and_each_is_one_answer() {
        let items: Vec<String> = (0..7)
            .map(|number| "x".repeat((number + 1) << 18))
            .collect();
        let pieces = pieces(items.clone());
        assert_eq!(pieces.concat(), items);
        for piece in &pieces {
            let bytes: usize = piece.iter().map(Message::encoded_len).sum();
            assert!(bytes <= BYTES, "{bytes}");
        }
        assert!(super::pieces(Vec::<String>::new()).is_empty());
    }
}
