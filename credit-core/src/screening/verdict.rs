//! Reviewed false positives: silent until something changes.
//!
//! The digest covers all that a comparison looks at: the parts of every name and the code of both sides, the version of
//! the words and of the method. Brackets, script or spaces may change and the digest stays; a new former name, another
//! form, a code that was missing, or new words make it another one, and the pair is shown again.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::name::Subject;
use super::score::METHOD;
use super::words::Words;

/// SHA-256 over what was compared.
pub type Digest = [u8; 32];

/// The digest of a pair; the same both ways round.
#[must_use]
pub fn digest(a: &Subject, b: &Subject) -> Digest {
    let (one, other) = (side(a), side(b));
    let mut hash = Sha256::new();
    hash.update(b"xinji screening\0");
    hash.update(METHOD.to_le_bytes());
    field(&mut hash, Words::embedded().version.as_bytes());
    hash.update(one.min(other));
    hash.update(one.max(other));
    hash.finalize().into()
}

fn side(subject: &Subject) -> Digest {
    let mut hash = Sha256::new();
    field(&mut hash, subject.uscc().map_or("", |uscc| uscc.as_str()).as_bytes());
    for name in subject.names() {
        field(&mut hash, name.brand.as_bytes());
        hash.update(name.region.to_le_bytes());
        hash.update(name.trades.to_le_bytes());
        field(&mut hash, &name.form.map_or(Vec::new(), |form| vec![form]));
        hash.update([u8::from(name.form_slip), u8::from(name.region_slip)]);
        // A branch without a name of its own is none.
        field(&mut hash, name.branch.as_deref().unwrap_or_default().as_bytes());
    }
    hash.finalize().into()
}

/// Length first, so that no two lists of fields give the same bytes.
fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
    hash.update(bytes);
}

/// The pairs that a person has looked at and found to be two bodies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviewed(BTreeSet<Digest>);

impl Reviewed {
    /// Takes the digests of the reviewed pairs.
    #[must_use]
    pub fn new(digests: impl IntoIterator<Item = Digest>) -> Self {
        Self(digests.into_iter().collect())
    }

    /// Whether this very pair was reviewed and nothing about it has changed.
    #[must_use]
    pub fn silences(&self, a: &Subject, b: &Subject) -> bool {
        self.0.contains(&digest(a, b))
    }
}
