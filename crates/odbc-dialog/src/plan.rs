//! The number of rows that are fetched at a time, and the maximum length of their values.

/// Maximum number of rows that are fetched at a time: those of a batch of the node.
const MAX_ROWS: usize = 8_192;

/// Bytes of rows without long values.
const USUAL: usize = 8 << 20;
/// Bytes of rows with long values.
const LARGE: usize = 64 << 20;
/// Maximum bytes of a long value.
const LONG: usize = 16 << 20;
/// Minimum bytes of a long value, however many columns have some.
const LEAST_LONG: usize = 64 << 10;
/// Bytes from which a declared length is too large for a buffer: the column is treated as one of long values.
const BOUNDED: usize = 64 << 10;

/// How rows are fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number of rows at a time.
    pub rows: usize,
    /// Maximum bytes of a value, by column.
    pub most: Vec<usize>,
}

impl Plan {
    /// Plans for columns with values of these lengths in bytes, `None` where none is declared, and for at most `limit`
    /// rows.
    pub fn of(lengths: &[Option<usize>], limit: Option<u64>) -> Self {
        let lengths = lengths.iter().map(|length| {
            let length = length.filter(|length| *length <= BOUNDED);
            length.map(|length| length.max(1))
        });
        let lengths: Vec<Option<usize>> = lengths.collect();
        let long = lengths.iter().filter(|length| length.is_none()).count();
        let bounded: usize = lengths.iter().flatten().sum();
        let each = LARGE.saturating_sub(bounded) / long.max(1);
        let each = each.clamp(LEAST_LONG, LONG);
        let most: Vec<usize> = lengths.iter().map(|n| n.unwrap_or(each)).collect();
        let bytes: usize = most.iter().sum();
        let all = if long == 0 { USUAL } else { LARGE };
        let wanted = limit.and_then(|limit| usize::try_from(limit).ok());
        let rows = (all / bytes.max(1)).min(wanted.unwrap_or(MAX_ROWS));
        Self {
            rows: rows.clamp(1, MAX_ROWS),
            most,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_rows_are_fetched_many_at_a_time_and_long_ones_few() {
        let short = Plan::of(&[Some(8), Some(40)], None);
        assert_eq!((short.rows, short.most), (MAX_ROWS, vec![8, 40]));
        let limited = Plan::of(&[Some(8)], Some(3));
        assert_eq!(limited.rows, 3);
        let long = Plan::of(&[Some(8), None], None);
        assert_eq!((long.rows, long.most), (3, vec![8, LONG]));
        let on_paper = Plan::of(&[Some(1 << 30)], None);
        assert_eq!(on_paper.most, [LONG]);
        assert_eq!(Plan::of(&[], Some(0)).rows, 1);
    }

    proptest! {
        #[test]
        fn memory_is_bounded(
            lengths in proptest::collection::vec(proptest::option::of(0_usize..1 << 32), 0..300),
            limit in proptest::option::of(any::<u64>()),
        ) {
            let plan = Plan::of(&lengths, limit);
            let row: usize = plan.most.iter().sum();
            prop_assert_eq!(plan.most.len(), lengths.len());
            prop_assert!((1..=MAX_ROWS).contains(&plan.rows));
            prop_assert!(plan.rows == 1 || plan.rows * row <= LARGE);
            prop_assert!(plan.most.iter().all(|most| (1..=LONG).contains(most)));
        }
    }
}
