//! Who is inspected, and by whom: a draw that anybody can redo, and that nobody can have rigged.
//!
//! The seed is `SHA-256(secret ‖ root)`: `secret` are 32 bytes that an officer chose and to whose SHA-256 the plan
//! committed; `root` is the root hash of the ledger after the block that follows the one with that commitment. Whoever
//! chose the secret could not know the root, and whoever makes blocks could not know the secret.
//!
//! An enterprise's ticket is `SHA-256(seed ‖ uscc)`, the code as its 18 ASCII bytes. Of each class the enterprises with
//! the smallest tickets are drawn, compared as numbers written big-endian: [`count`] of them. An inspector's ticket for
//! an enterprise is `SHA-256(seed ‖ uscc ‖ 0x00 ‖ name)`, the name as UTF-8; the [`INSPECTORS`] smallest inspect it.

use sha2::{Digest, Sha256};

/// Inspectors of one enterprise: nobody inspects alone (双随机).
pub const INSPECTORS: usize = 2;

/// SHA-256 of a secret, to which a plan commits.
#[must_use]
pub fn commitment(secret: &[u8; 32]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The seed of a draw.
#[must_use]
pub fn seed(secret: &[u8; 32], root: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(secret);
    hash.update(root);
    hash.finalize().into()
}

/// How many of a population of this size are drawn at a rate in percent: rounded up, so that no class of a few is left
/// out for ever, and never more than there are.
#[must_use]
pub fn count(population: usize, percent: u8) -> usize {
    population.saturating_mul(usize::from(percent.min(100))).div_ceil(100)
}

/// The drawn ones of a population, in the order of their codes; a code that is there twice counts once.
#[must_use]
pub fn draw<'a>(seed: &[u8; 32], population: &[&'a str], count: usize) -> Vec<&'a str> {
    let mut tickets: Vec<([u8; 32], &'a str)> =
        population.iter().map(|uscc| (ticket(seed, &[uscc.as_bytes()]), *uscc)).collect();
    tickets.sort_unstable();
    tickets.dedup();
    let mut drawn: Vec<&'a str> = tickets.into_iter().take(count).map(|(_, uscc)| uscc).collect();
    drawn.sort_unstable();
    drawn
}

/// The inspectors of an enterprise, in the order of their tickets.
#[must_use]
pub fn inspectors<'a>(seed: &[u8; 32], uscc: &str, all: &[&'a str]) -> Vec<&'a str> {
    let of = |name: &str| ticket(seed, &[uscc.as_bytes(), &[0], name.as_bytes()]);
    let mut tickets: Vec<([u8; 32], &'a str)> = all.iter().map(|name| (of(name), *name)).collect();
    tickets.sort_unstable();
    tickets.dedup();
    tickets.into_iter().take(INSPECTORS).map(|(_, name)| name).collect()
}

fn ticket(seed: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed);
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
