//! The Merkle tree over a log's leaves: RFC 6962, section 2.1.

use chengji_domain::Digest;
use sha2::{Digest as _, Sha256};

/// Computes the root of a tree leaf by leaf, holding one hash for each of its complete subtrees.
#[derive(Clone, Debug, Default)]
pub struct RootHasher {
    /// Roots of complete subtrees from the largest (left) to the smallest.
    subtrees: Vec<Digest>,
    leaves: u64,
}

impl RootHasher {
    /// Starts with the empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        self.push_complete(leaf, 1);
    }

    /// Adds the root of the next complete subtree of `leaves` leaves, a power of two that divides the
    /// number of leaves so far.
    pub(crate) fn push_complete(&mut self, root: Digest, leaves: u64) {
        let mut node = root;
        // Each trailing one bit of the count is a complete subtree of the size of the present one.
        for _ in 0..(self.leaves / leaves).trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = node_hash(left, node);
            }
        }
        self.subtrees.push(node);
        self.leaves += leaves;
    }

    /// Returns the number of leaves.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// Returns the root of the tree over the leaves so far; without leaves, the hash of the empty string.
    pub fn root(&self) -> Digest {
        let right_to_left = self.subtrees.iter().rev().copied();
        right_to_left
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or_else(|| Digest::of(b""))
    }
}

/// Computes an inner node: SHA-256(0x01 ‖ left ‖ right).
fn node_hash(left: Digest, right: Digest) -> Digest {
    let hash = Sha256::new()
        .chain_update([1])
        .chain_update(left.0)
        .chain_update(right.0);
    Digest(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kv::hex;

    /// Leaves and roots of the reference implementation of Certificate Transparency.
    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut hasher = RootHasher::new();
        assert_eq!(
            hex(&hasher.root().0),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in leaves.into_iter().zip(roots) {
            hasher.push(Digest(chengji_log::leaf(leaf)));
            assert_eq!(hex(&hasher.root().0), root, "{} leaves", hasher.leaves());
        }
    }

    /// The definition of RFC 6962, transcribed.
    fn by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(b""),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(by_definition(left), by_definition(right))
            }
        }
    }

    proptest! {
        #[test]
        fn a_root_is_that_of_the_definition(count in 0..200_usize) {
            let leaves: Vec<_> = (0..count).map(|n| Digest(chengji_log::leaf(&n.to_be_bytes()))).collect();
            let mut hasher = RootHasher::new();
            leaves.iter().for_each(|leaf| hasher.push(*leaf));
            prop_assert_eq!(hasher.root(), by_definition(&leaves));
        }
    }
}
