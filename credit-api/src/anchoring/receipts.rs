//! Receipts: a rating's whole statement, opened, with the proof that the ledger holds it. And what the ledger says of
//! an enterprise: its status.

use ledger::commitment::{RecordSalt, Statement};
use ledger::entry::Entry;
use ledger::note::Note;
use ledger::policy::Policy;
use ledger::proof::TlogProof;
use ledger::receipt::status::MAX_STATUS_LISTS;
use ledger::receipt::{Receipt, ReceiptError, Status};
use node::finality::Cosigner;
use node::proofs::{ListAsked, Proofs};
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
    #[error("the file cannot be written: {0}")]
    Format(ReceiptError),
    #[error("{0}")]
    Statement(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a receipt is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// The whole receipt.
    #[default]
    Json,
    /// The bare proof of C2SP, with the entry's SCALE bytes in its `extra` line.
    TlogProof,
}

impl Format {
    /// The names by which a format is asked for.
    pub const NAMES: [&'static str; 2] = ["json", "tlog-proof"];

    /// The format of a name of [`Format::NAMES`].
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "tlog-proof" => Some(Self::TlogProof),
            _ => None,
        }
    }

    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::TlogProof => "text/x.tlog-proof",
        }
    }

    /// How the name of such a file ends.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::TlogProof => "tlog-proof",
        }
    }

    fn write(self, receipt: Receipt) -> Result<String, NoReceipt> {
        match self {
            Self::Json => receipt.to_json().map_err(NoReceipt::Format),
            Self::TlogProof => {
                let entry = receipt.entry.encode_checked().map_err(|error| unreadable(&error))?;
                Ok(TlogProof { extra: Some(entry), ..receipt.proof }.to_string())
            }
        }
    }
}

/// The receipt of an enterprise's rating in force, or of the one of this number, as a file.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn of_enterprise(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    uscc: &str,
    seq: Option<i64>,
    format: Format,
) -> Result<String, NoReceipt> {
    let row = match seq {
        None => history::current(connection, uscc)?,
        Some(seq) => history::by_seq(connection, uscc, seq)?,
    };
    let row = row.ok_or_else(|| NoReceipt::NoRating(uscc.to_owned()))?;
    format.write(of_row(connection, ledger, &row)?)
}

/// The receipt of one rating change.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn of_row(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    row: &RatingRow,
) -> Result<Receipt, NoReceipt> {
    let statement = committed(&fields_of(row)?).map_err(NoReceipt::Statement)?;
    of_statement(connection, ledger, ("rating", &row.uscc, row.seq), &statement, row.salt.as_deref())
}

/// The receipt of a statement that was anchored as the row of the outbox with this kind, subject and number: all its
/// fields, opened, and whose they are.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn of_statement(
    connection: &mut DbConnection,
    ledger: &LedgerReader,
    (kind, uscc, seq): (&str, &str, i64),
    statement: &Statement,
    salt: Option<&[u8]>,
) -> Result<Receipt, NoReceipt> {
    let landed = outbox::find(connection, kind, uscc, seq)?;
    let index = landed.and_then(|row| row.leaf_index).ok_or(NoReceipt::Pending)?;
    let index = u64::try_from(index).map_err(|error| NoReceipt::Statement(error.to_string()))?;
    let salt: [u8; 32] = salt.and_then(|salt| salt.try_into().ok()).ok_or(NoReceipt::Erased)?;
    let entry = Entry::decode_strict(&ledger.view.entry(index)?).map_err(|error| unreadable(&error))?;
    let (size, note) = shown(ledger, index)?;
    let proofs = Proofs::against(&ledger.view, size, note)?;
    let (_, label) = ledger.label.prove(uscc).map_err(|error| unreadable(&error))?;
    let disclosure = Some(statement.disclose(&RecordSalt::new(salt), |_| true));
    Ok(Receipt {
        disclosure,
        proof: proofs.inclusion(index)?,
        state: proofs.state_of(&entry)?,
        label: Some(proofs.label(uscc, label)?),
        entry,
    })
}

/// What the ledger says of an enterprise, whether it is known here or not: its rating in force and whether it is on
/// these lists. As a file.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn status(ledger: &LedgerReader, uscc: &str, lists: &[ListAsked]) -> Result<String, NoReceipt> {
    if lists.len() > MAX_STATUS_LISTS {
        return Err(NoReceipt::Format(ReceiptError::TooManyLists(lists.len())));
    }
    let (size, note) = shown(ledger, 0)?;
    let label = ledger.label.prove(uscc).map_err(|error| unreadable(&error))?;
    let status: Status = Proofs::against(&ledger.view, size, note)?.status(uscc, label, lists)?;
    status.to_json().map_err(NoReceipt::Format)
}

/// Whether an enterprise is on these published lists, for anybody: its label is not shown. As a file.
///
/// # Errors
/// [`NoReceipt`] says what is missing.
pub fn public_status(ledger: &LedgerReader, uscc: &str, lists: &[u16]) -> Result<String, NoReceipt> {
    let (size, note) = shown(ledger, 0)?;
    let status = Proofs::against(&ledger.view, size, note)?.public_status(uscc, lists)?;
    status.to_json().map_err(NoReceipt::Format)
}

/// The checkpoint that shows most about a leaf, with the lines that the policy knows.
fn shown(ledger: &LedgerReader, index: u64) -> Result<(u64, Note), NoReceipt> {
    let policy = Policy::parse(ledger.view.policy().as_bytes()).map_err(|error| unreadable(&error))?;
    let (size, note) = ledger.view.checkpoint_to_show(index)?;
    Ok((size, policy.keep_known(&note)))
}

fn unreadable(error: &dyn std::fmt::Display) -> NoReceipt {
    NoReceipt::Statement(error.to_string())
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
