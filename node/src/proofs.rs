//! Proofs from a log for receipts: where an entry is, what the state map says of its subject, whose label that is.

use ledger::entry::Entry;
use ledger::label::LabelProof;
use ledger::note::Note;
use ledger::proof::TlogProof;
use ledger::receipt::{LabelClaim, ListClaim, SealProof, StateClaim, Status, Subject};
use ledger::state::StateKey;
use ledger::store::StoreError;

use crate::view::LedgerView;

/// What a status tells about one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListAsked {
    pub list: u16,
    /// Published, so that its entries name the plain hash of the code.
    pub is_public: bool,
}

/// Proofs against one published checkpoint.
#[derive(Debug, Clone)]
pub struct Proofs<'a> {
    view: &'a LedgerView,
    checkpoint: Note,
    size: u64,
    block: u32,
}

impl<'a> Proofs<'a> {
    /// Proofs against this checkpoint of the log, which must end a block.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when it is not published; damage.
    pub fn against(view: &'a LedgerView, size: u64, checkpoint: Note) -> Result<Self, StoreError> {
        let have = view.published_size();
        if size > have {
            return Err(StoreError::OutOfRange { asked: size, have });
        }
        let missing = || StoreError::Missing { what: format!("the block that ends at {size}") };
        let span = view.store().span_ending_at(size)?.ok_or_else(missing)?;
        Ok(Self { view, checkpoint, size, block: span.number })
    }

    /// That entry `index` is in the log.
    ///
    /// # Errors
    /// [`StoreError::OutOfRange`] when the checkpoint does not cover it; damage.
    pub fn inclusion(&self, index: u64) -> Result<TlogProof, StoreError> {
        let hashes = self.view.store().inclusion_proof(index, self.size)?;
        Ok(TlogProof { extra: None, index, hashes, checkpoint: self.checkpoint.clone() })
    }

    /// The seal at the end of the checkpoint.
    ///
    /// # Errors
    /// Damage.
    pub fn seal(&self) -> Result<SealProof, StoreError> {
        let last = self.size.saturating_sub(1);
        let hashes = self.view.store().inclusion_proof(last, self.size)?;
        Ok(SealProof { seal: self.view.store().decoded_header(self.block)?, hashes })
    }

    /// What the state map holds under a key.
    ///
    /// # Errors
    /// Damage.
    pub fn state(&self, key: &StateKey) -> Result<StateClaim, StoreError> {
        let found = self.view.store().prove_state(key, self.block)?;
        Ok(StateClaim { value: found.value, proof: found.proof })
    }

    /// What the state map says of the subject of an entry; nothing for kinds that have no place there.
    ///
    /// # Errors
    /// Damage.
    pub fn state_of(&self, entry: &Entry) -> Result<Option<(SealProof, StateClaim)>, StoreError> {
        let key = match entry {
            Entry::Rating { env, .. } => StateKey::Rating { label: env.subject },
            Entry::Listing { env, listing } => StateKey::List { list: listing.list, subject: env.subject },
            _ => return Ok(None),
        };
        Ok(Some((self.seal()?, self.state(&key)?)))
    }

    /// Ties a code to its label, by the key that the genesis names.
    ///
    /// # Errors
    /// Damage.
    pub fn label(&self, uscc: &str, proof: LabelProof) -> Result<LabelClaim, StoreError> {
        let hashes = self.view.store().inclusion_proof(0, self.size)?;
        Ok(LabelClaim { uscc: uscc.to_owned(), proof, genesis: self.view.store().genesis()?, hashes })
    }

    /// What the log says of an enterprise: its rating in force, and whether it is on these lists.
    ///
    /// # Errors
    /// Damage.
    pub fn status(
        &self,
        uscc: &str,
        label: ([u8; 32], LabelProof),
        lists: &[ListAsked],
    ) -> Result<Status, StoreError> {
        let (label, proof) = label;
        let seal = self.seal()?;
        let index = self.size.saturating_sub(1);
        let claims = lists.iter().map(|asked| {
            let subject = if asked.is_public { ledger::label::public_list_label(uscc) } else { label };
            let claim = self.state(&StateKey::List { list: asked.list, subject })?;
            Ok(ListClaim { list: asked.list, is_public: asked.is_public, claim })
        });
        Ok(Status {
            subject: Subject::Labelled(self.label(uscc, proof)?),
            proof: TlogProof { extra: None, index, hashes: seal.hashes, checkpoint: self.checkpoint.clone() },
            seal: seal.seal,
            rating: Some(self.state(&StateKey::Rating { label })?),
            lists: claims.collect::<Result<_, StoreError>>()?,
        })
    }

    /// What anybody may be shown: whether an enterprise is on these published lists. Its label is not in it.
    ///
    /// # Errors
    /// Damage.
    pub fn public_status(&self, uscc: &str, lists: &[u16]) -> Result<Status, StoreError> {
        let seal = self.seal()?;
        let index = self.size.saturating_sub(1);
        let subject = ledger::label::public_list_label(uscc);
        let claims = lists.iter().map(|list| {
            let claim = self.state(&StateKey::List { list: *list, subject })?;
            Ok(ListClaim { list: *list, is_public: true, claim })
        });
        Ok(Status {
            subject: Subject::Code(uscc.to_owned()),
            proof: TlogProof { extra: None, index, hashes: seal.hashes, checkpoint: self.checkpoint.clone() },
            seal: seal.seal,
            rating: None,
            lists: claims.collect::<Result<_, StoreError>>()?,
        })
    }
}
