//! The Merkle tree of a log as it is stored: all leaves, and every fourth level of the nodes above them, so
//! that the root at any size is read in a few short ranges.
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
/// Level of the nodes over a range of leaves.
const RANGE_LEVEL: u32 = 2;
/// Number of leaves in a range.
pub const RANGE: u64 = WIDTH.pow(RANGE_LEVEL);
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

    /// Returns the right edge of the tree over the first `size` leaves. Reads at most 15 keys for each factor
    /// of 16 in the size.
    pub fn edge(&self, view: &(impl View + ?Sized), size: u64) -> Result<Edge> {
        let mut nodes = Vec::new();
        for (level, numbers) in levels(size) {
            let mut found = self
                .read(view, level, numbers.clone())?
                .into_iter()
                .peekable();
            nodes.extend(numbers.map(|number| {
                let node = found.next_if(|(read, _)| *read == number);
                node.map(|(_, digest)| digest)
            }));
        }
        Ok(Edge { size, nodes })
    }

    /// Returns the pair that stores a node.
    pub fn pair(&self, node: Node) -> Pair {
        (self.key(node.level, node.number), node.digest.0.to_vec())
    }

    /// Returns the root over the first `size` leaves. Reads at most 15 keys for each factor of 16 in the
    /// size. Errors: STORAGE_DAMAGED if one of them is missing.
    pub fn root(&self, view: &(impl View + ?Sized), size: u64) -> Result<Digest> {
        let mut hasher = RootHasher::new();
        // The largest subtrees are on the left.
        for (level, numbers) in levels(size) {
            for node in self.complete_nodes(view, size, level, numbers)? {
                hasher.push_complete(node, 1 << (BITS * level));
            }
        }
        Ok(hasher.root())
    }

    /// Returns the roots over the ranges of [`RANGE`] leaves with these numbers, at most 16, of the tree over the
    /// first `size` leaves; the last range ends there. Reads at most 46 keys. Errors: STORAGE_DAMAGED if one of them
    /// is missing.
    pub fn range_roots(
        &self,
        view: &(impl View + ?Sized),
        size: u64,
        numbers: Range<u64>,
    ) -> Result<Vec<Digest>> {
        let whole = size / RANGE;
        let complete = numbers.start..numbers.end.min(whole);
        let mut roots = self.complete_nodes(view, size, RANGE_LEVEL, complete)?;
        if numbers.contains(&whole) && !size.is_multiple_of(RANGE) {
            let mut hasher = RootHasher::new();
            for (level, numbers) in levels(size).filter(|(level, _)| *level < RANGE_LEVEL) {
                for node in self.complete_nodes(view, size, level, numbers)? {
                    hasher.push_complete(node, 1 << (BITS * level));
                }
            }
            roots.push(hasher.root());
        }
        Ok(roots)
    }

    /// Returns the nodes of a level with these numbers, at most 16, of the tree over the first `size` leaves.
    fn complete_nodes(
        &self,
        view: &(impl View + ?Sized),
        size: u64,
        level: u32,
        numbers: Range<u64>,
    ) -> Result<Vec<Digest>> {
        let nodes = self.read(view, level, numbers.clone())?;
        if nodes.len() as u64 != numbers.end.saturating_sub(numbers.start) {
            return Err(damaged(msg::TreeNodesMissing {
                end: numbers.end,
                first: numbers.start,
                level,
                size,
            }));
        }
        Ok(nodes.into_iter().map(|(_, digest)| digest).collect())
    }

    /// Returns the nodes of a level with these numbers; fewer if some are missing.
    fn read(
        &self,
        view: &(impl View + ?Sized),
        level: u32,
        numbers: Range<u64>,
    ) -> Result<Vec<(u64, Digest)>> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let (lower, upper) = (self.key(level, numbers.start), self.key(level, numbers.end));
        let malformed = || damaged(msg::TreeNodeMalformed { level });
        let pairs = view.pairs(&lower, &upper, WIDTH as usize)?;
        let nodes = pairs.iter().map(|(key, node)| {
            let number = key.last_chunk().map(|number| u64::from_be_bytes(*number));
            let digest = Digest::from_slice(node).map_err(|_| malformed())?;
            Ok((number.ok_or_else(malformed)?, digest))
        });
        nodes.collect()
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

/// Returns the levels of the tree over `size` leaves, from the top, with the numbers of those nodes that no node
/// above them covers.
fn levels(size: u64) -> impl Iterator<Item = (u32, Range<u64>)> {
    let levels = (0..LEVELS).rev();
    levels.map(move |level| {
        let end = size >> (BITS * level);
        let below = size.checked_shr(BITS * (level + 1)).unwrap_or(0) * WIDTH;
        (level, below..end)
    })
}

/// The right edge of a stored tree: the nodes that the next leaves complete. With it, leaves are added without
/// reading any.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The number of leaves.
    size: u64,
    /// The nodes of all levels that no stored node covers, from the left. `None` if one is missing in the store:
    /// such a log is damaged, and no node is stored above the gap.
    nodes: Vec<Option<Digest>>,
}

/// A node to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    level: u32,
    number: u64,
    digest: Digest,
}

impl Edge {
    /// Returns the number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf; returns the nodes that it completes.
    pub fn push(&mut self, leaf: Digest) -> Vec<Node> {
        let mut completed = Vec::new();
        let mut number = self.size;
        self.size += 1;
        self.nodes.push(Some(leaf));
        for level in 1..=LEVELS {
            if number % WIDTH != WIDTH - 1 {
                break;
            }
            number /= WIDTH;
            let children = self.nodes.len().saturating_sub(WIDTH as usize);
            let mut hasher = RootHasher::new();
            let mut is_whole = true;
            for child in self.nodes.drain(children..) {
                match child {
                    Some(digest) => hasher.push(digest),
                    None => is_whole = false,
                }
            }
            let digest = is_whole.then(|| hasher.root());
            completed.extend(digest.map(|digest| Node {
                level,
                number,
                digest,
            }));
            self.nodes.push(digest);
        }
        completed
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
        let mut edge = tree.edge(&*kv, 0).unwrap();
        for number in 0..leaves {
            let nodes = edge.push(leaf(number));
            let mut pairs: Vec<_> = nodes.into_iter().map(|node| tree.pair(node)).collect();
            pairs.push((tree.key(0, number), leaf(number).0.to_vec()));
            keys += pairs.len();
            let mut batch = Batch::new();
            pairs
                .into_iter()
                .for_each(|(key, value)| batch.put(key, value));
            kv.commit(&batch).unwrap();
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn an_edge_that_was_read_goes_on_as_the_one_that_grew(read in 0..600_u64, more in 0..300_u64) {
            let (kv, ..) = stored(read);
            let tree = StoredTree::of_own_log();
            let (mut found, mut grown) = (tree.edge(&*kv, read).unwrap(), tree.edge(&*kv, 0).unwrap());
            (0..read).for_each(|number| drop(grown.push(leaf(number))));
            for number in read..read + more {
                prop_assert_eq!(found.push(leaf(number)), grown.push(leaf(number)));
            }
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
    fn the_roots_of_ranges_are_those_of_their_leaves_in_few_reads() {
        let (kv, reads, _) = stored(2 * RANGE + 50);
        let tree = StoredTree::of_own_log();
        let expected = |leaves: Range<u64>| {
            let mut hasher = RootHasher::new();
            leaves.for_each(|number| hasher.push(leaf(number)));
            hasher.root()
        };
        for size in [
            0,
            1,
            40,
            RANGE - 1,
            RANGE,
            RANGE + 1,
            2 * RANGE,
            2 * RANGE + 50,
        ] {
            let ranges = 0..size.div_ceil(RANGE);
            let roots: Vec<_> = ranges
                .clone()
                .map(|range| expected(range * RANGE..size.min((range + 1) * RANGE)))
                .collect();
            let (keys, found) = reads.during(|| tree.range_roots(&*kv, size, 0..16));
            assert_eq!(found, Ok(roots.clone()), "{size}");
            assert!(keys <= 46, "{keys} keys");
            let last = ranges.end.saturating_sub(1);
            let found = tree.range_roots(&*kv, size, last..last + 16);
            assert_eq!(
                found.unwrap(),
                roots.last().copied().into_iter().collect::<Vec<_>>()
            );
            assert_eq!(
                tree.range_roots(&*kv, size, ranges.end..u64::MAX),
                Ok(vec![])
            );
        }
        let mut batch = Batch::new();
        batch.delete(tree.key(RANGE_LEVEL, 1));
        kv.commit(&batch).unwrap();
        let error = tree.range_roots(&*kv, 2 * RANGE, 0..16).unwrap_err();
        assert_eq!(error.code(), ErrorCode::StorageDamaged);
    }

    #[test]
    fn a_gap_is_damage_and_does_not_keep_further_leaves_out() {
        let (kv, ..) = stored(40);
        let tree = StoredTree::of_own_log();
        let mut batch = Batch::new();
        batch.delete(tree.key(0, 33));
        batch.delete(tree.key(1, 1));
        kv.commit(&batch).unwrap();
        let mut edge = tree.edge(&*kv, 40).unwrap();
        let completed: Vec<Node> = (40..48)
            .flat_map(|number| edge.push(leaf(number)))
            .collect();
        assert_eq!(completed, []);
        let next: Vec<Node> = (48..64)
            .flat_map(|number| edge.push(leaf(number)))
            .collect();
        assert_eq!(
            next.iter()
                .map(|node| (node.level, node.number))
                .collect::<Vec<_>>(),
            [(1, 3)]
        );
        assert_eq!(tree.root(&*kv, 31), Ok(root(31)));
        for size in [32, 40] {
            let error = tree.root(&*kv, size).unwrap_err();
            assert_eq!(error.code(), ErrorCode::StorageDamaged);
        }
    }
}
