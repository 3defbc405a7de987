//! The ledger's page: checkpoint and blocks, newest first.

use ledger::header::Header;
use ledger::store::{BlockSpan, StoreError};
use node::finality::WitnessStatus;
use node::view::LedgerView as LedgerReader;
use parity_scale_codec::DecodeAll;

use super::{failed, words};
use crate::portal::PortalError;
use crate::portal::view::{BlockRow, LedgerView, WitnessRow};

/// Blocks on one page.
const BLOCKS_AT_ONCE: usize = 20;

/// `cursor` is the index of the first leaf of the last block shown; an unreadable one begins at the newest.
pub(super) fn view(ledger: &LedgerReader, cursor: Option<&str>) -> Result<LedgerView, PortalError> {
    let size = ledger.published_size();
    let asked = cursor.and_then(|cursor| cursor.parse::<u64>().ok()).filter(|end| *end < size);
    let mut end = asked.unwrap_or(size);
    let mut blocks = Vec::with_capacity(BLOCKS_AT_ONCE);
    while blocks.len() < BLOCKS_AT_ONCE
        && let Some(last) = end.checked_sub(1)
    {
        let span = ledger.store().span_of(last).map_err(failed)?;
        blocks.push(row(ledger, span).map_err(failed)?);
        end = span.first_index;
    }
    let checkpoint = ledger.checkpoint().map_err(failed)?;
    let root = checkpoint.as_deref().and_then(|note| note.lines().nth(2)).unwrap_or_default().to_owned();
    Ok(LedgerView {
        checkpoint,
        size,
        root,
        vkey: ledger.vkey().to_string(),
        final_size: ledger.witness_policy().quorum().map(|_| ledger.final_size()),
        witnesses: ledger.witnesses().into_iter().map(witness).collect(),
        blocks,
        after: asked.is_some(),
        next: (end > 0).then(|| end.to_string()),
    })
}

fn witness(status: WitnessStatus) -> WitnessRow {
    WitnessRow {
        name: status.name,
        size: status.size,
        lag: status.lag,
        last_seen: status.last_seen_ms.map(words::time),
    }
}

fn row(ledger: &LedgerReader, span: BlockSpan) -> Result<BlockRow, StoreError> {
    let header = header(ledger, span.number)?;
    Ok(BlockRow {
        number: span.number,
        sealed_at: words::time(header.body.batch.at_ms),
        first_leaf: span.first_index,
        last_leaf: span.end().saturating_sub(1),
        header_hash: hex::encode(header.hash()),
    })
}

/// The header of a sealed block.
pub(super) fn header(ledger: &LedgerReader, number: u32) -> Result<Header, StoreError> {
    let missing = || StoreError::Missing { what: format!("header {number}") };
    let bytes = ledger.store().header(number)?.ok_or_else(missing)?;
    Header::decode_all(&mut bytes.as_slice())
        .map_err(|_| StoreError::Damaged { what: format!("header {number}") })
}
