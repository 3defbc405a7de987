//! Receipts: a rating's whole statement, opened, with the proof that the ledger holds it.

use ledger::commitment::RecordSalt;
use ledger::entry::Entry;
use ledger::policy::Policy;
use ledger::receipt::{Receipt, ReceiptError};
use node::finality::Cosigner;
use node::proofs::Proofs;
use node::view::LedgerView;

use super::{LedgerReader, outbox};
use crate::evaluation::history::{self, RatingRow};
use crate::evaluation::statement::{committed, fields_of};
use crate::evaluation::view::{AnchorView, CosignerView, rfc3339};
use crate::store::{DbConnection, StoreError};
use credit_core::records::Lang;

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum NoReceipt {
    #[error("{0} has no rating on record; evaluate it first")]
    NoRating(String),
    #[error(
        "the rating is not on the ledger yet; it is pending and will be sequenced by the running service"
    )]
    Pending,
    #[error("the statement's salt was destroyed; nothing of it can be shown any more")]
    Erased,
    #[error("the ledger: {0}")]
    Ledger(#[from] ledger::store::StoreError),
    #[error("the receipt cannot be written: {0:?}")]
    Format(ReceiptError),
    #[error("{0}")]
    Statement(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The receipt of an enterprise's rating in force, as a file.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn current(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    uscc: &str,
) -> Result<String, NoReceipt> {
    let row = history::current(connection, uscc)?.ok_or_else(|| NoReceipt::NoRating(uscc.to_owned()))?;
    of_row(connection, ledger, &row)
}

/// The receipt of one rating change, as a file.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn of_row(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    row: &RatingRow,
) -> Result<String, NoReceipt> {
    let landed = outbox::find(connection, "rating", &row.uscc, row.seq)?;
    let index = landed.and_then(|row| row.leaf_index).ok_or(NoReceipt::Pending)?;
    let index = u64::try_from(index).map_err(|error| NoReceipt::Statement(error.to_string()))?;
    let salt: [u8; 32] =
        row.salt.as_deref().and_then(|salt| salt.try_into().ok()).ok_or(NoReceipt::Erased)?;
    let statement = committed(&fields_of(row)?).map_err(NoReceipt::Statement)?;
    let unreadable = |error: &dyn std::fmt::Display| NoReceipt::Statement(error.to_string());
    let entry = Entry::decode_strict(&ledger.view.entry(index)?).map_err(|error| unreadable(&error))?;
    let policy = Policy::parse(ledger.view.policy().as_bytes()).map_err(|error| unreadable(&error))?;
    let (size, note) = ledger.view.checkpoint_to_show(index)?;
    let proofs = Proofs::against(&ledger.view, size, policy.keep_known(&note))?;
    let (_, label) = ledger.label.prove(&row.uscc).map_err(|error| unreadable(&error))?;
    let disclosure = Some(statement.disclose(&RecordSalt::new(salt), |_| true));
    Receipt {
        disclosure,
        proof: proofs.inclusion(index)?,
        state: proofs.state_of(&entry)?,
        label: Some(proofs.label(&row.uscc, label)?),
        entry,
    }
    .to_json()
    .map_err(NoReceipt::Format)
}

/// Where a rating change stands on the ledger. The ledger itself is needed only where there are witnesses.
///
/// # Errors
/// The database's; the ledger's as [`StoreError::Damaged`].
pub fn anchor_view(
    connection: &mut DbConnection,
    ledger: Option<&LedgerView>,
    row: &RatingRow,
    lang: Lang,
) -> Result<AnchorView, StoreError> {
    let landed = outbox::find(connection, "rating", &row.uscc, row.seq)?;
    let (leaf_index, block) = landed.map_or((None, None), |row| (row.leaf_index, row.block));
    let index = leaf_index.and_then(|index| u64::try_from(index).ok());
    let standing = match index {
        None => Standing::Pending,
        Some(index) => standing(ledger, index),
    };
    let cosigners = match (index, ledger) {
        (Some(index), Some(ledger)) => cosigners(ledger, index)?,
        _ => Vec::new(),
    };
    Ok(AnchorView {
        state: standing.state(),
        seq: row.seq,
        leaf_index,
        block,
        commitment: row.commitment.clone(),
        recorded_at: rfc3339(row.recorded_at),
        cosigners,
        text: standing.text(lang).to_owned(),
    })
}

/// How far an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Pending,
    /// On the ledger, and the policy asks for no witness.
    WithoutWitnesses,
    /// On the ledger; the quorum has not cosigned it.
    Sequenced,
    Final,
}

fn standing(ledger: Option<&LedgerView>, index: u64) -> Standing {
    match ledger {
        Some(ledger) if index < ledger.final_size() => Standing::Final,
        Some(ledger) if ledger.witness_policy().quorum().is_some() => Standing::Sequenced,
        _ => Standing::WithoutWitnesses,
    }
}

impl Standing {
    fn state(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::WithoutWitnesses | Self::Sequenced => "sequenced",
            Self::Final => "final",
        }
    }

    fn text(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Pending, Lang::Zh) => "已记录，等待写入账本。",
            (Self::Pending, Lang::En) => "Recorded; waiting to be written to the ledger.",
            (Self::WithoutWitnesses, Lang::Zh) => {
                "已写入账本并签署检查点；见证方策略为空，故“sequenced”即为终态。"
            }
            (Self::WithoutWitnesses, Lang::En) => {
                "On the ledger under a signed checkpoint; the witness policy is empty, so `sequenced` is the end."
            }
            (Self::Sequenced, Lang::Zh) => "已写入账本并签署检查点，等待见证方联署。",
            (Self::Sequenced, Lang::En) => {
                "On the ledger under a signed checkpoint; waiting for the witnesses' cosignatures."
            }
            (Self::Final, Lang::Zh) => "已写入账本，见证方策略要求的各方均已联署，为终态。",
            (Self::Final, Lang::En) => {
                "On the ledger and cosigned by the witnesses that the policy asks for: final."
            }
        }
    }
}

fn cosigners(ledger: &LedgerView, index: u64) -> Result<Vec<CosignerView>, StoreError> {
    let damaged = |error: ledger::store::StoreError| StoreError::Damaged {
        what: "ledger",
        key: index.to_string(),
        why: error.to_string(),
    };
    let found = ledger.cosigners(index).map_err(damaged)?;
    let view = |cosigner: Cosigner| CosignerView {
        name: cosigner.name,
        size: cosigner.size,
        at: rfc3339(i64::try_from(cosigner.time.saturating_mul(1_000)).unwrap_or(i64::MAX)),
    };
    Ok(found.into_iter().map(view).collect())
}
