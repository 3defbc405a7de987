//! The checkpoints of a folder that is made again: as they were published, to the byte.
//!
//! Ed25519 is deterministic, so a key that is at hand makes its lines again. After a rotation the old key is not kept
//! for ever; its lines then come from where a checkpoint was kept ([`KeptNote`]).

use super::RebuildError;
use ledger::checkpoint::Checkpoint;
use ledger::note::{Note, SignatureLine, Signer, Vkey};
use ledger::store::Store;

/// A checkpoint that somebody kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptNote {
    /// By the operator itself, as it published it: which lines it has is known by this.
    Recorded(String),
    /// By somebody else, who may have left lines out: it gives those that cannot be made.
    Shown(String),
}

/// Finds what was kept of the checkpoint of a size. Sizes are asked for in ascending order.
pub type KeptOf<'a> = dyn FnMut(u64) -> Result<Option<KeptNote>, RebuildError> + 'a;

/// For whoever has kept nothing.
///
/// # Errors
/// Never.
pub fn none_kept(_size: u64) -> Result<Option<KeptNote>, RebuildError> {
    Ok(None)
}

/// Makes again the checkpoints up to `size` that the store lacks, each with the lines that it was published with: as
/// recorded, else of each key of its block, made by those of `signers` that are at hand and taken from what is kept for
/// the others. To be called only for sizes whose tree is known to have been published or recorded in the tip row.
///
/// A line that can neither be made nor found is missing, and a size without any is left out. Of what is kept only
/// lines that verify are taken; a record with another line is named in the log.
///
/// # Errors
/// Failures of the store, and of `kept`.
pub fn sign_again(
    store: &Store,
    signers: &[Signer],
    size: u64,
    kept: &mut KeptOf<'_>,
) -> Result<(), RebuildError> {
    let Some(ring) = store.key_ring()? else { return Ok(()) };
    let signed = store.last_note()?.map_or(0, |(size, _)| size);
    for span in store.spans_from(signed)? {
        let span = span?;
        if span.end() > size {
            break;
        }
        let vkeys = store.checkpoint_keys_at(&ring, span.number)?;
        let origin = store.origin().to_owned();
        let text = Checkpoint { origin, size: span.end(), root: store.root_at(span.end())? }.to_string();
        let signatures = lines(&text, &vkeys, signers, kept(span.end())?.as_ref());
        if !signatures.is_empty() {
            store.put_note(span.end(), &Note { text, signatures }.to_string())?;
        }
    }
    Ok(())
}

fn lines(text: &str, vkeys: &[Vkey], signers: &[Signer], kept: Option<&KeptNote>) -> Vec<SignatureLine> {
    let (note, is_recorded) = match kept {
        Some(KeptNote::Recorded(note)) => (Some(note), true),
        Some(KeptNote::Shown(note)) => (Some(note), false),
        None => (None, false),
    };
    let kept = note.and_then(|note| Note::parse(note.as_bytes()).ok()).filter(|kept| kept.text == text);
    let kept = kept.map(|kept| kept.signatures).unwrap_or_default();
    let holds =
        |line: &SignatureLine| vkeys.iter().any(|vkey| vkey.claims(line) && vkey.verify(text, line).is_ok());
    if is_recorded && !kept.is_empty() && kept.iter().all(holds) {
        return kept;
    }
    if is_recorded {
        let size = text.lines().nth(1).unwrap_or_default();
        tracing::error!(
            size,
            "the recorded checkpoint of this size is not one of this log; it is signed again"
        );
    }
    let line_of = |vkey: &Vkey| match signers.iter().find(|signer| signer.vkey().key() == vkey.key()) {
        Some(signer) => Some(signer.sign(text, 0)),
        None => kept.iter().find(|line| vkey.claims(line) && holds(line)).cloned(),
    };
    vkeys.iter().filter_map(line_of).collect()
}
