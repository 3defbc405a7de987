//! The seal: how far the rating shown is on the ledger, and the path to check it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::checkpoint::Checkpoint;
use node::finality::Cosigner;

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
    let (_, note) = ledger.checkpoint_over(index).map_err(failed)?;
    let checkpoint = note.text.parse::<Checkpoint>().ok();
    let cosigners = ledger.cosigners(index).map_err(failed)?.into_iter().map(cosigner).collect();
    let is_final = index < ledger.final_size();
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

fn cosigner(cosigner: Cosigner) -> CosignerView {
    CosignerView { name: cosigner.name, time: words::time(cosigner.time.saturating_mul(1_000)) }
}
