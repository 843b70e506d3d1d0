//! Splits what is sent to the node into messages, each well below the 4 MiB that a server accepts.

use prost::Message;

/// Things of one message at most.
pub(super) const MAX: usize = 1_000;
/// Their bytes at most, unless one thing alone is larger.
const MAX_BYTES: usize = 768 * 1024;

/// All things in their order, in batches that are as large as they may be.
pub(super) fn batches<T: Message>(things: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    let mut things = things.peekable();
    std::iter::from_fn(move || {
        let (mut batch, mut room) = (Vec::new(), MAX_BYTES);
        while batch.len() < MAX
            && let Some(thing) =
                things.next_if(|thing| batch.is_empty() || thing.encoded_len() <= room)
        {
            room = room.saturating_sub(thing.encoded_len());
            batch.push(thing);
        }
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn everything_is_sent_once_in_small_messages(
            sizes in prop::collection::vec(prop_oneof![1..10_usize, 300_000..900_000_usize], 0..9),
            many in 0..2_500_usize,
        ) {
            let sizes = sizes.into_iter().chain(std::iter::repeat_n(1, many));
            let things: Vec<String> = sizes.map(|size| "a".repeat(size)).collect();
            let batches: Vec<Vec<String>> = batches(things.iter().cloned()).collect();
            for batch in &batches {
                let bytes: usize = batch.iter().map(Message::encoded_len).sum();
                prop_assert!((1..=MAX).contains(&batch.len()));
                prop_assert!(batch.len() == 1 || bytes <= MAX_BYTES);
            }
            prop_assert_eq!(batches.concat(), things);
        }
    }
}
