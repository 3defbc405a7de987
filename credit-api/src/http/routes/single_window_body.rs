//! Batches of the single window and their receipts, as they are shown.

use credit_core::records::{Expected, FieldError, Lang};
use serde::Serialize;
use utoipa::ToSchema;

use super::jobs::JobErrorBody;
use crate::evaluation::view::rfc3339;
use crate::http::cursor::{self, List};
use crate::http::problem::Problem;
use crate::single_window::store::{BatchRow, ReceiptRow};

/// A batch that was taken in, and will be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PushedBody {
    pub id: String,
    pub webhook_id: String,
    pub messages: i32,
    pub received_at: String,
    /// Where its receipts are.
    pub receipts: String,
}

impl PushedBody {
    pub(super) fn of(row: &BatchRow) -> Self {
        Self {
            id: row.id.clone(),
            webhook_id: row.webhook_id.clone(),
            messages: row.messages,
            received_at: rfc3339(row.received_at),
            receipts: format!("/api/v1/single-window/batches/{}/receipts", row.id),
        }
    }
}

/// How far a batch is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PushedStateBody {
    #[serde(flatten)]
    pub batch: PushedBody,
    /// `waiting`; `done`: every message has its receipt; `failed`: nothing of the batch is in and no receipt will come,
    /// push it again under another `webhook-id`.
    pub state: &'static str,
    /// Why it failed.
    pub error: Option<JobErrorBody>,
}

/// What became of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// Its place among all receipts: a cursor after it, for `GET /single-window/receipts`.
    pub id: String,
    /// The batch that was pushed.
    pub batch: String,
    /// Place of the message in the batch, from 1.
    pub position: i32,
    /// The sender's id of the message.
    pub message: String,
    /// `taken`: in, and something of it is new; `unchanged`: all of it was here; `partly`: some documents are in,
    /// others refused; `refused`: nothing of it is in.
    pub state: String,
    pub documents: DocumentsBody,
    /// What was wrong, at most 20 things; what is refused is not in, and is to be pushed corrected.
    pub errors: Vec<ReceiptErrorBody>,
    /// The sales that its documents are part of (`GET /sales/{id}`), as known when it was taken; at most 20.
    pub sales: Vec<String>,
    pub at: String,
}

/// Business documents of a message, by what became of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentsBody {
    pub new: i32,
    /// Of a key that was there: the one sent later is current, whichever came first.
    pub superseding: i32,
    pub unchanged: i32,
    pub refused: i32,
}

/// One thing wrong with a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptErrorBody {
    pub code: String,
    /// Physical line of the message, out of its envelope.
    pub line: i64,
    /// The field; empty when a document or the message as a whole is meant.
    pub field: String,
    pub message: String,
}

/// The receipts of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchReceiptsBody {
    pub batch: PushedStateBody,
    /// In the order of the messages.
    pub items: Vec<ReceiptBody>,
    /// Where the next page begins; `null` on the last.
    pub next_cursor: Option<String>,
}

/// A part of all receipts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptsBody {
    pub items: Vec<ReceiptBody>,
    /// What to ask for next as `since`; the same as was asked for while there is nothing new.
    pub next_cursor: String,
    /// Whether there is more already.
    pub more: bool,
}

/// What is wrong with a message as a whole says itself what to do.
fn words(error: &FieldError, lang: Lang) -> String {
    match &error.expected {
        Expected::Stated { zh, en } if error.column.is_empty() && error.found.is_empty() => match lang {
            Lang::Zh => zh.to_string(),
            Lang::En => en.to_string(),
        },
        _ => error.message(lang),
    }
}

/// A receipt as it is shown.
pub(super) fn receipt(row: &ReceiptRow, lang: Lang) -> Result<ReceiptBody, Problem> {
    let errors = row.refusals()?.into_iter().map(|refusal| ReceiptErrorBody {
        code: refusal.error.code.as_str().to_owned(),
        line: refusal.line,
        field: refusal.error.column.to_string(),
        message: words(&refusal.error, lang),
    });
    Ok(ReceiptBody {
        id: cursor::encode(List::Receipts, &row.seq.to_string()),
        batch: row.batch_id.clone(),
        position: row.position,
        message: row.message_id.clone(),
        state: row.state.clone(),
        documents: DocumentsBody {
            new: row.fresh,
            superseding: row.superseding,
            unchanged: row.unchanged,
            refused: row.refused,
        },
        errors: errors.collect(),
        sales: row.sale_ids()?,
        at: rfc3339(row.known_from),
    })
}
