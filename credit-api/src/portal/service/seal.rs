//! The seal: how far the rating shown is on the ledger, and the path to check it.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::checkpoint::Checkpoint;
use ledger::note::{self, Note, Vkey};
use ledger::policy::Policy;

use super::ledger::header;
use super::{ServiceData, failed, words};
use crate::anchoring::outbox;
use crate::evaluation::view::RatingView;
use crate::portal::PortalError;
use crate::portal::view::{CosignerView, SealState, SealView};
use crate::store::DbConnection;

/// The ledger's word on the rating shown. A rating that is not recorded, or not in a signed checkpoint, waits.
pub(super) fn view(
    data: &ServiceData,
    connection: &mut DbConnection,
    rating: &RatingView,
) -> Result<SealView, PortalError> {
    let Some(anchor) = &rating.anchor else { return Ok(pending()) };
    let row = outbox::find(connection, "rating", &rating.uscc, anchor.seq).map_err(failed)?;
    let ledger = data.ledger();
    let index = row.as_ref().and_then(|row| row.leaf_index).and_then(|index| u64::try_from(index).ok());
    let Some(index) = index.filter(|index| *index < ledger.published_size()) else { return Ok(pending()) };
    let span = ledger.store().span_of(index).map_err(failed)?;
    let sealed_at = header(ledger, span.number).map_err(failed)?.body.batch.at_ms;
    let note = ledger.store().note_covering(index).map_err(failed)?;
    let parsed = note.and_then(|(_, note)| Note::parse(note.as_bytes()).ok());
    let checkpoint = parsed.as_ref().and_then(|note| note.text.parse::<Checkpoint>().ok());
    let policy = Policy::parse(ledger.policy().as_bytes()).map_err(failed)?;
    let (cosigners, is_final) = parsed.as_ref().map_or_else(Default::default, |note| cosigned(note, &policy));
    let leaf_hash = ledger.store().leaf_hash(index).map_err(failed)?;
    Ok(SealView {
        state: if is_final { SealState::Final } else { SealState::Sequenced },
        leaf: Some((index, STANDARD.encode(leaf_hash))),
        block: Some((span.number, words::time(sealed_at))),
        checkpoint: checkpoint.map(|checkpoint| (checkpoint.size, STANDARD.encode(checkpoint.root))),
        cosigners,
        receipt_href: Some(format!("/enterprises/{}/receipt.json", rating.uscc)),
    })
}

fn pending() -> SealView {
    SealView {
        state: SealState::Pending,
        leaf: None,
        block: None,
        checkpoint: None,
        cosigners: Vec::new(),
        receipt_href: None,
    }
}

/// The policy's witnesses whose cosignatures hold, and whether they are the quorum it asks for.
fn cosigned(note: &Note, policy: &Policy) -> (Vec<CosignerView>, bool) {
    let keys: Vec<Vkey> = policy.witnesses().iter().map(|witness| witness.vkey.clone()).collect();
    let verified = note::open(note, &keys).unwrap_or_default();
    let places: BTreeSet<usize> = verified.iter().map(|signature| signature.key).collect();
    let cosigners = verified
        .iter()
        .filter_map(|signature| {
            let name = policy.witnesses().get(signature.key)?.name.clone();
            Some(CosignerView { name, time: words::time(signature.time?.saturating_mul(1_000)) })
        })
        .collect();
    (cosigners, policy.quorum().is_some() && policy.is_quorum(&places))
}
