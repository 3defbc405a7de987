//! F3: near-duplicate texts, as simhashes that differ in at most three bits.
//!
//! Hashes that differ in at most three of four 16-bit bands' bits agree in at least one band (pigeonhole), so
//! only hashes sharing a band are compared; equal hashes are folded into one first.

use std::collections::{BTreeMap, BTreeSet};

/// Hashes at most this many bits apart are near-duplicates.
pub const NEAR_BITS: u32 = 3;
/// So many distinct buyers with near-duplicate texts are a copy ring.
pub const COPY_BUYERS: usize = 5;
/// The 64 bits in [`NEAR_BITS`] + 1 bands.
const BANDS: [u32; 4] = [0, 16, 32, 48];
const BAND_MASK: u64 = 0xFFFF;

/// For each (simhash, buyer token): whether the hashes within [`NEAR_BITS`] of it, itself included, come from
/// at least [`COPY_BUYERS`] distinct buyers. In the order given.
#[must_use]
pub fn near_duplicates(reviews: &[(u64, &str)]) -> Vec<bool> {
    let buyers = buyers_by_hash(reviews);
    let hashes: Vec<u64> = buyers.keys().copied().collect();
    let mut copied: BTreeSet<u64> = BTreeSet::new();
    let buckets = bands(&hashes);
    for hash in &hashes {
        if is_copied(*hash, &buckets, &buyers) {
            copied.insert(*hash);
        }
    }
    reviews.iter().map(|(hash, _)| copied.contains(hash)).collect()
}

/// Distinct buyers of each hash, no more than decide the rule: a hash with [`COPY_BUYERS`] is flagged by itself,
/// and so is every hash near it.
fn buyers_by_hash<'a>(reviews: &[(u64, &'a str)]) -> BTreeMap<u64, BTreeSet<&'a str>> {
    let mut buyers: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for (hash, buyer) in reviews {
        let of_hash = buyers.entry(*hash).or_default();
        if of_hash.len() < COPY_BUYERS {
            of_hash.insert(buyer);
        }
    }
    buyers
}

/// Hashes by band and the band's bits.
fn bands(hashes: &[u64]) -> BTreeMap<(u32, u64), Vec<u64>> {
    let mut buckets: BTreeMap<(u32, u64), Vec<u64>> = BTreeMap::new();
    for hash in hashes {
        for band in BANDS {
            buckets.entry((band, (hash >> band) & BAND_MASK)).or_default().push(*hash);
        }
    }
    buckets
}

fn is_copied(
    hash: u64,
    buckets: &BTreeMap<(u32, u64), Vec<u64>>,
    buyers: &BTreeMap<u64, BTreeSet<&str>>,
) -> bool {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let sharing = BANDS.iter().filter_map(|band| buckets.get(&(*band, (hash >> band) & BAND_MASK)));
    for other in sharing.flatten().filter(|other| (hash ^ **other).count_ones() <= NEAR_BITS) {
        found.extend(buyers.get(other).into_iter().flatten());
        if found.len() >= COPY_BUYERS {
            return true;
        }
    }
    false
}
