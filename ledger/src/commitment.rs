//! The commitment to a statement: its fields, each with its own salt, under one RFC 6962 root. One field can
//! be shown without the others; once the record's salt is destroyed nothing can be shown or guessed.
//!
//! Leaf of a field = `SCALE(field id u16, salt [u8; 32], value Vec<u8>)`, salt of a field =
//! HMAC-SHA256(record salt, field id as two bytes, little endian). Fields are sorted by id. Field 0 is always
//! there, always shown, and holds the number of fields: without it the shape of the tree, and with it the
//! positions, could be told otherwise under the same root.

use std::fmt;

use parity_scale_codec::Encode;
use zeroize::Zeroizing;

use crate::encoding::hmac_sha256;
use crate::merkle::{Hash, leaf_hash, root, split};

/// Number of a field in the statement's schema.
pub type FieldId = u16;

/// The field that holds the number of fields, itself included, as SCALE `u16`.
pub const COUNT_FIELD: FieldId = 0;

/// Most fields of a statement, the count included.
pub const MAX_FIELDS: usize = 512;

/// Longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 4096;

/// Most hashes a disclosure needs.
pub const MAX_HIDDEN_HASHES: usize = MAX_FIELDS;

/// Why fields cannot be committed to, or do not belong to a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommitmentError {
    #[error("field {COUNT_FIELD} is reserved for the number of fields")]
    ReservedField,
    #[error("field {0} is there twice")]
    DuplicateField(FieldId),
    #[error("{0} fields are more than {MAX_FIELDS}")]
    TooManyFields(usize),
    #[error("the value of field {0} is longer than {MAX_VALUE_BYTES} bytes")]
    ValueTooLong(FieldId),
    #[error("the first shown field is not the number of fields")]
    CountField,
    #[error("the number of fields is not the committed one")]
    Count,
    #[error("fields are not in the order of their ids and positions")]
    Order,
    #[error("a position is outside the statement")]
    Position,
    #[error("the proof of the hidden fields has a wrong number of hashes")]
    ProofLength,
    #[error("the fields lead to another commitment")]
    Mismatch,
}

/// The secret of one record. Whoever has it can show any field; destroying it hides all for ever.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordSalt(Zeroizing<[u8; 32]>);

impl RecordSalt {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Salt of one field; tells nothing of the record salt or of other fields' salts.
    #[must_use]
    pub fn field(&self, id: FieldId) -> [u8; 32] {
        hmac_sha256(&self.0, &[&id.to_le_bytes()])
    }
}

impl fmt::Debug for RecordSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordSalt(hidden)")
    }
}

/// One field of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub id: FieldId,
    pub value: Vec<u8>,
}

/// Fields sorted by id, the count first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    fields: Vec<Field>,
}

impl Statement {
    /// Takes the fields in any order and adds the count.
    ///
    /// # Errors
    /// When an id is reserved or doubled, or a limit is passed.
    pub fn new(mut fields: Vec<Field>) -> Result<Self, CommitmentError> {
        let total = fields.len().saturating_add(1);
        let count = u16::try_from(total).ok().filter(|_| total <= MAX_FIELDS);
        let count = count.ok_or(CommitmentError::TooManyFields(total))?;
        fields.push(Field { id: COUNT_FIELD, value: count.encode() });
        fields.sort_by_key(|field| field.id);
        for pair in fields.windows(2) {
            if let [first, second] = pair
                && first.id == second.id
            {
                return Err(match first.id {
                    COUNT_FIELD => CommitmentError::ReservedField,
                    id => CommitmentError::DuplicateField(id),
                });
            }
        }
        match fields.iter().find(|field| field.value.len() > MAX_VALUE_BYTES) {
            Some(field) => Err(CommitmentError::ValueTooLong(field.id)),
            None => Ok(Self { fields }),
        }
    }

    /// All fields in their order, the count first.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The root that goes into the entry.
    #[must_use]
    pub fn commitment(&self, salt: &RecordSalt) -> Hash {
        root(&self.leaves(salt))
    }

    /// Shows the chosen fields (and always the count) with what is needed to verify them.
    #[must_use]
    pub fn disclose(&self, salt: &RecordSalt, chosen: impl Fn(FieldId) -> bool) -> Disclosure {
        let shown: Vec<bool> =
            self.fields.iter().map(|field| field.id == COUNT_FIELD || chosen(field.id)).collect();
        let mut hidden = Vec::new();
        collect_hidden(&self.leaves(salt), &shown, &mut hidden);
        let fields = (0u16..)
            .zip(&self.fields)
            .zip(&shown)
            .filter(|(_, shown)| **shown)
            .map(|((position, field), _)| ShownField {
                position,
                id: field.id,
                salt: salt.field(field.id),
                value: field.value.clone(),
            })
            .collect();
        let count = u16::try_from(self.fields.len()).unwrap_or(u16::MAX);
        Disclosure { count, fields, hidden }
    }

    fn leaves(&self, salt: &RecordSalt) -> Vec<Hash> {
        self.fields.iter().map(|field| field_leaf(field.id, &salt.field(field.id), &field.value)).collect()
    }
}

/// Leaf hash of one field.
#[must_use]
pub fn field_leaf(id: FieldId, salt: &[u8; 32], value: &[u8]) -> Hash {
    leaf_hash(&(id, salt, value).encode())
}

/// Roots of the largest subtrees without a shown field, from left to right.
fn collect_hidden(leaves: &[Hash], shown: &[bool], hidden: &mut Vec<Hash>) {
    if !shown.contains(&true) {
        hidden.push(root(leaves));
    } else if leaves.len() > 1 {
        let middle = middle(leaves.len());
        if let (Some((left, right)), Some((shown_left, shown_right))) =
            (leaves.split_at_checked(middle), shown.split_at_checked(middle))
        {
            collect_hidden(left, shown_left, hidden);
            collect_hidden(right, shown_right, hidden);
        }
    }
}

/// Where a tree of `len` leaves, at least two, is split.
fn middle(len: usize) -> usize {
    u64::try_from(len).ok().and_then(|len| usize::try_from(split(len)).ok()).unwrap_or(1)
}

/// A field that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownField {
    /// Place among all fields of the statement, from 0.
    pub position: u16,
    pub id: FieldId,
    pub salt: [u8; 32],
    pub value: Vec<u8>,
}

/// Some or all fields of a statement, with the hashes that stand for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// Number of fields of the statement, the count included.
    pub count: u16,
    /// Shown fields in order; the first is the count.
    pub fields: Vec<ShownField>,
    /// Roots of the largest subtrees without a shown field, left to right; empty when all is shown.
    pub hidden: Vec<Hash>,
}

impl Disclosure {
    /// The value of a shown field.
    #[must_use]
    pub fn value(&self, id: FieldId) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.id == id).map(|field| field.value.as_slice())
    }

    /// Checks that these fields, at these positions, are what the commitment holds.
    ///
    /// # Errors
    /// [`CommitmentError`] names the first thing wrong.
    pub fn verify(&self, commitment: &Hash) -> Result<(), CommitmentError> {
        self.check_form()?;
        let leaves: Vec<(usize, Hash)> = self
            .fields
            .iter()
            .map(|field| (usize::from(field.position), field_leaf(field.id, &field.salt, &field.value)))
            .collect();
        let mut rest = Rest { leaves: &leaves, hidden: &self.hidden };
        let found = rest.rebuild(0, usize::from(self.count)).ok_or(CommitmentError::ProofLength)?;
        if !rest.hidden.is_empty() || !rest.leaves.is_empty() {
            return Err(CommitmentError::ProofLength);
        }
        if found == *commitment { Ok(()) } else { Err(CommitmentError::Mismatch) }
    }

    fn check_form(&self) -> Result<(), CommitmentError> {
        if usize::from(self.count) > MAX_FIELDS || self.fields.len() > MAX_FIELDS {
            return Err(CommitmentError::TooManyFields(usize::from(self.count).max(self.fields.len())));
        }
        let first = self.fields.first().filter(|field| field.id == COUNT_FIELD && field.position == 0);
        if first.ok_or(CommitmentError::CountField)?.value != self.count.encode() {
            return Err(CommitmentError::Count);
        }
        let in_order = |pair: &[ShownField]| match pair {
            [first, second] => first.id < second.id && first.position < second.position,
            _ => true,
        };
        if !self.fields.windows(2).all(in_order) {
            return Err(CommitmentError::Order);
        }
        for field in &self.fields {
            if field.position >= self.count {
                return Err(CommitmentError::Position);
            }
            if field.value.len() > MAX_VALUE_BYTES {
                return Err(CommitmentError::ValueTooLong(field.id));
            }
        }
        Ok(())
    }
}

/// What a rebuild has not used yet.
struct Rest<'a> {
    leaves: &'a [(usize, Hash)],
    hidden: &'a [Hash],
}

impl Rest<'_> {
    /// Root of the subtree of `len` leaves from `start`; `None` when a hash is missing. The recursion is as deep
    /// as the tree, nine levels at most.
    fn rebuild(&mut self, start: usize, len: usize) -> Option<Hash> {
        let shown = self.leaves.first().filter(|(position, _)| *position < start + len);
        let Some((_, leaf)) = shown else {
            let (first, rest) = self.hidden.split_first()?;
            self.hidden = rest;
            return Some(*first);
        };
        if len == 1 {
            let leaf = *leaf;
            self.leaves = self.leaves.get(1..)?;
            return Some(leaf);
        }
        let middle = middle(len);
        let left = self.rebuild(start, middle)?;
        let right = self.rebuild(start + middle, len - middle)?;
        Some(crate::merkle::node_hash(&left, &right))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn salt() -> RecordSalt {
        RecordSalt::new([9; 32])
    }

    fn statement(fields: u16) -> Statement {
        let fields = (1..=fields).rev().map(|id| Field { id: id * 3, value: vec![1; usize::from(id % 5)] });
        Statement::new(fields.collect()).unwrap()
    }

    #[test]
    fn the_commitment_is_the_root_over_scale_leaves() {
        let statement = Statement::new(vec![Field { id: 0x0102, value: b"A".to_vec() }]).unwrap();
        let leaf = |id: [u8; 2], value: &[u8]| {
            let salt = hmac_sha256(&[9; 32], &[&id]);
            let length = u8::try_from(value.len() * 4).unwrap();
            leaf_hash(&[id.as_slice(), &salt, &[length], value].concat())
        };
        let expected = root(&[leaf([0, 0], &[2, 0]), leaf([2, 1], b"A")]);
        assert_eq!(statement.commitment(&salt()), expected);
        assert_ne!(statement.commitment(&RecordSalt::new([8; 32])), expected);
    }

    #[test]
    fn all_shown_needs_no_hash() {
        let statement = statement(69);
        let all = statement.disclose(&salt(), |_| true);
        assert!(all.hidden.is_empty());
        assert_eq!(all.fields.len(), 70);
        assert_eq!(all.verify(&statement.commitment(&salt())), Ok(()));
        assert_eq!(all.value(3), Some([1].as_slice()));
        assert_eq!(all.value(4), None);
    }

    #[test]
    fn another_shape_under_the_same_root_is_refused() {
        // Three leaves hash like four of which the last two hide behind one hash.
        let statement = statement(2);
        let root = statement.commitment(&salt());
        let good = statement.disclose(&salt(), |_| false);
        assert_eq!(good.verify(&root), Ok(()));
        for count in [0, 1, 2, 4, 5, 512, 513, u16::MAX] {
            let mut shown = Disclosure { count, ..good.clone() };
            assert!(shown.verify(&root).is_err(), "{count}");
            shown.fields[0].value = count.encode();
            assert!(shown.verify(&root).is_err(), "{count} with a forged count field");
        }
    }

    #[test]
    fn bad_statements_are_named() {
        let field = |id, len| Field { id, value: vec![0; len] };
        assert_eq!(Statement::new(vec![field(0, 1)]), Err(CommitmentError::ReservedField));
        assert_eq!(Statement::new(vec![field(7, 1), field(7, 2)]), Err(CommitmentError::DuplicateField(7)));
        assert_eq!(
            Statement::new(vec![field(7, MAX_VALUE_BYTES + 1)]),
            Err(CommitmentError::ValueTooLong(7))
        );
        let many = (1..=512).map(|id| field(id, 0)).collect();
        assert_eq!(Statement::new(many), Err(CommitmentError::TooManyFields(513)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_selection_verifies_and_any_change_is_refused(
            count in 1u16..90, mask in any::<u128>(), which in any::<prop::sample::Index>(), change in 0u8..6,
        ) {
            let statement = statement(count);
            let root = statement.commitment(&salt());
            let shown = statement.disclose(&salt(), |id| mask >> (id / 3) & 1 == 1);
            prop_assert_eq!(shown.verify(&root), Ok(()));
            let mut bad = shown.clone();
            let at = which.index(bad.fields.len());
            match change {
                0 => bad.fields[at].value.push(0),
                1 => bad.fields[at].salt[5] ^= 1,
                2 => bad.fields[at].id += 1,
                3 => bad.fields[at].position += 1,
                4 => { bad.fields.remove(at); }
                _ => bad.hidden.push([0; 32]),
            }
            prop_assert!(bad.verify(&root).is_err());
            let mut hidden = shown;
            if !hidden.hidden.is_empty() {
                let at = which.index(hidden.hidden.len());
                hidden.hidden[at][0] ^= 1;
                prop_assert_eq!(hidden.verify(&root), Err(CommitmentError::Mismatch));
                hidden.hidden.remove(at);
                prop_assert!(hidden.verify(&root).is_err());
            }
        }
    }
}
