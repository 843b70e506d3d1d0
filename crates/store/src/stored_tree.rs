//! The Merkle tree of a log as it is stored: the leaves, and of the nodes above them every fourth level,
//! so that the root at any size is read in a few short ranges.
//!
//! A node at level n, from 1, is the root of 16^n leaves. It is written with the last of them and never
//! changes. The number of stored nodes is a fifteenth of that of the leaves.

use std::ops::Range;

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

use crate::keys::{Key, Prefix};
use crate::kv::Pair;
use crate::merkle::RootHasher;
use crate::view::View;

/// Children of a stored node.
const WIDTH: u64 = 16;
/// Number of bits of a position per stored level.
const BITS: u32 = WIDTH.trailing_zeros();
/// Number of levels for a position of 64 bits, the leaves included.
const LEVELS: u32 = u64::BITS / BITS;

/// The keys of a log's leaves and nodes.
#[derive(Clone, Debug)]
pub struct StoredTree {
    leaves: Key,
    nodes: Key,
}

impl StoredTree {
    /// Describes a tree whose leaves are stored under `leaves` by position, and its nodes under `nodes` by
    /// level and number.
    pub fn new(leaves: Key, nodes: Key) -> Self {
        Self { leaves, nodes }
    }

    /// Returns the tree of the own log.
    pub fn of_own_log() -> Self {
        Self::new(Key::new(Prefix::LogLeaf), Key::new(Prefix::LogNode))
    }

    /// Returns the pairs of the nodes that the leaf at this position completes, to be stored with it. Empty
    /// if earlier leaves are missing: such a log is damaged, and so is each root over the gap.
    pub fn completed(
        &self,
        view: &(impl View + ?Sized),
        position: u64,
        leaf: Digest,
    ) -> Result<Vec<Pair>> {
        let (mut pairs, mut index, mut node) = (Vec::new(), position, leaf);
        for level in 0..LEVELS {
            if index % WIDTH != WIDTH - 1 {
                break;
            }
            let earlier = self.read(view, level, index - (WIDTH - 1)..index)?;
            if earlier.len() as u64 != WIDTH - 1 {
                break;
            }
            let mut hasher = RootHasher::new();
            earlier.into_iter().for_each(|node| hasher.push(node));
            hasher.push(node);
            (node, index) = (hasher.root(), index / WIDTH);
            pairs.push((self.key(level + 1, index), node.0.to_vec()));
        }
        Ok(pairs)
    }

    /// Returns the root over the first `size` leaves. Reads at most 15 keys for each factor of 16 in the
    /// size. Errors: STORAGE_DAMAGED if one of them is missing.
    pub fn root(&self, view: &(impl View + ?Sized), size: u64) -> Result<Digest> {
        let mut hasher = RootHasher::new();
        // The largest subtrees are on the left.
        for level in (0..LEVELS).rev() {
            let end = size >> (BITS * level);
            let below = size.checked_shr(BITS * (level + 1)).unwrap_or(0) * WIDTH;
            let wanted = end - below;
            let nodes = self.read(view, level, below..end)?;
            if nodes.len() as u64 != wanted {
                return Err(damaged(msg::TreeNodesMissing {
                    end,
                    first: below,
                    level,
                    size,
                }));
            }
            for node in nodes {
                hasher.push_complete(node, 1 << (BITS * level));
            }
        }
        Ok(hasher.root())
    }

    /// Returns the nodes of a level with these numbers; fewer if some are missing.
    fn read(
        &self,
        view: &(impl View + ?Sized),
        level: u32,
        numbers: Range<u64>,
    ) -> Result<Vec<Digest>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let (lower, upper) = (self.key(level, numbers.start), self.key(level, numbers.end));
        let pairs = view.pairs(&lower, &upper, WIDTH as usize)?;
        pairs
            .iter()
            .map(|(_, node)| Digest::from_slice(node))
            .collect::<Result<_>>()
            .map_err(|_| damaged(msg::TreeNodeMalformed { level }))
    }

    /// Returns the key of a node; of a leaf at level 0.
    fn key(&self, level: u32, number: u64) -> Vec<u8> {
        match u8::try_from(level) {
            Ok(0) | Err(_) => self.leaves.clone().u64(number),
            Ok(level) => self.nodes.clone().u8(level).u64(number),
        }
        .finish()
    }
}

fn damaged(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::counting::{CountingStore, Reads};
    use crate::kv::{Batch, KeyValue};
    use crate::memory::MemoryStore;

    fn leaf(number: u64) -> Digest {
        Digest(chengji_log::leaf(&number.to_be_bytes()))
    }

    /// A store with the tree of `leaves` leaves, and the number of keys in it.
    fn stored(leaves: u64) -> (Box<dyn KeyValue>, Reads, usize) {
        let store = CountingStore::new(MemoryStore::new());
        let (reads, kv) = (store.reads(), Box::new(store) as Box<dyn KeyValue>);
        let (tree, mut keys) = (StoredTree::of_own_log(), 0);
        for number in 0..leaves {
            let mut pairs = tree.completed(&*kv, number, leaf(number)).unwrap();
            pairs.push((tree.key(0, number), leaf(number).0.to_vec()));
            keys += pairs.len();
            let mut batch = Batch::new();
            pairs
                .into_iter()
                .for_each(|(key, value)| batch.put(key, value));
            kv.commit(batch).unwrap();
        }
        (kv, reads, keys)
    }

    fn root(leaves: u64) -> Digest {
        let mut hasher = RootHasher::new();
        (0..leaves).for_each(|number| hasher.push(leaf(number)));
        hasher.root()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_root_at_any_size_is_that_of_the_leaves(
            leaves in 0..700_u64, size in any::<prop::sample::Index>(),
        ) {
            let size = size.index(usize::try_from(leaves).unwrap() + 1) as u64;
            let (kv, ..) = stored(leaves);
            prop_assert_eq!(StoredTree::of_own_log().root(&*kv, size), Ok(root(size)));
        }
    }

    #[test]
    fn a_root_is_read_in_few_keys_and_few_nodes_are_stored() {
        let (kv, reads, keys) = stored(10_000);
        // 10,000 leaves, and 625, 39 and 2 nodes above them.
        assert_eq!(keys, 10_000 + 625 + 39 + 2);
        for size in [1, 15, 16, 4_095, 4_096, 9_999, 10_000] {
            let (read, found) = reads.during(|| StoredTree::of_own_log().root(&*kv, size));
            assert_eq!(found, Ok(root(size)), "{size}");
            assert!(read <= 4 * 15, "{read} keys for {size} leaves");
        }
    }

    #[test]
    fn a_gap_is_damage_and_does_not_keep_further_leaves_out() {
        let (kv, ..) = stored(40);
        let tree = StoredTree::of_own_log();
        let mut batch = Batch::new();
        batch.delete(tree.key(0, 33));
        batch.delete(tree.key(1, 1));
        kv.commit(batch).unwrap();
        assert_eq!(tree.completed(&*kv, 47, leaf(47)), Ok(Vec::new()));
        assert_eq!(tree.root(&*kv, 31), Ok(root(31)));
        for size in [32, 40] {
            let error = tree.root(&*kv, size).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged);
        }
    }
}
