#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::merkle;
use proptest::prelude::*;

fn leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|i| merkle::leaf_hash(&i.to_be_bytes())).collect()
}

fn of(all: &[Hash], part: Subtree) -> Hash {
    merkle::root(&all[usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap()])
}

fn proof(all: &[Hash], run: Subtree) -> Vec<Hash> {
    let size = u64::try_from(all.len()).unwrap();
    subtree_proof_parts(run, size).unwrap().into_iter().map(|part| of(all, part)).collect()
}

/// The definition word for word: `SUBTREE_SUBPROOF(start, end, D_n, b)`.
fn by_the_draft(start: usize, end: usize, all: &[Hash], is_known: bool) -> Vec<Hash> {
    if start == 0 && end == all.len() {
        return if is_known { Vec::new() } else { vec![merkle::root(all)] };
    }
    let middle = all.len().next_power_of_two() / 2;
    let (left, right) = all.split_at(middle);
    let (mut path, other) = if end <= middle {
        (by_the_draft(start, end, left, is_known), right)
    } else if start >= middle {
        (by_the_draft(start - middle, end - middle, right, is_known), left)
    } else {
        (by_the_draft(0, end - middle, right, false), left)
    };
    path.push(merkle::root(other));
    path
}

#[test]
fn every_run_of_every_small_tree() {
    let everything = leaves(36);
    for size in 1..=36_u64 {
        let all = &everything[..usize::try_from(size).unwrap()];
        let root = merkle::root(all);
        for end in 1..=size {
            for start in 0..end {
                let run = Subtree { start, end };
                let is_subtree = start % (end - start).next_power_of_two() == 0;
                if !is_subtree {
                    assert_eq!(subtree_proof_parts(run, size), Err(MerkleError::NoSubtree { start, end }));
                    continue;
                }
                let proof = proof(all, run);
                let [from, until] = [start, end].map(|n| usize::try_from(n).unwrap());
                assert_eq!(proof, by_the_draft(from, until, all, true), "{start} {end} of {size}");
                let run_root = of(all, run);
                assert_eq!(verify_subtree(run, size, &proof, &run_root, &root), Ok(()));
                assert!(verify_subtree(run, size, &proof, &[9; 32], &root).is_err());
                assert!(verify_subtree(run, size, &proof, &run_root, &[9; 32]).is_err());
                if start == 0 {
                    assert_eq!(proof, merkle::consistency_proof(all, end).unwrap());
                }
                if end == start + 1 {
                    assert_eq!(proof, merkle::inclusion_proof(all, start).unwrap());
                }
            }
        }
    }
}

#[test]
fn bounds_are_errors() {
    for (start, end, size) in [(0, 0, 0), (1, 1, 4), (2, 1, 4), (0, 5, 4), (4, 5, 4)] {
        let run = Subtree { start, end };
        assert!(matches!(subtree_proof_parts(run, size), Err(MerkleError::IndexOutOfRange { .. })));
    }
    let run = Subtree { start: 0, end: u64::MAX };
    assert_eq!(subtree_proof_parts(run, u64::MAX), Err(MerkleError::TooLarge(u64::MAX)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_changed_proof_is_refused(size in 257_u64..1500, pick: u64, at: prop::sample::Index, bit in 0_u8..8) {
        let all = leaves(size);
        let start = pick % (size / 256 + u64::from(size % 256 > 0)) * 256;
        let run = Subtree { start, end: size.min(start + 256) };
        let (root, run_root, good) = (merkle::root(&all), of(&all, run), proof(&all, run));
        prop_assert_eq!(verify_subtree(run, size, &good, &run_root, &root), Ok(()));
        let mut bad = good.clone();
        let place = at.index(bad.len());
        bad[place][0] ^= 1 << bit;
        prop_assert!(verify_subtree(run, size, &bad, &run_root, &root).is_err());
        let longer = [good.clone(), vec![[0; 32]]].concat();
        prop_assert!(verify_subtree(run, size, &longer, &run_root, &root).is_err());
        prop_assert!(verify_subtree(run, size, &good[1..], &run_root, &root).is_err());
        let other = Subtree { start: (start + 256) % 512, end: (start + 256) % 512 + 256 };
        prop_assert!(other == run || verify_subtree(other, size, &good, &run_root, &root).is_err());
    }

    #[test]
    fn hostile_numbers_never_panic(start: u64, end: u64, size: u64, proof in prop::collection::vec(any::<[u8; 32]>(), 0..66)) {
        let _ = verify_subtree(Subtree { start, end }, size, &proof, &[0; 32], &[0; 32]);
        let _ = verify_subtree(Subtree { start, end }, merkle::MAX_TREE_SIZE, &proof, &[0; 32], &[0; 32]);
    }
}
