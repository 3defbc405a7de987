//! `GET /batches`, `/batches/{id}`, `/batches/{id}/rejects`.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody, Written, prefers};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::intake::batches::{self, Batch, Reject};
use crate::intake::rejected_csv;

/// A received file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BatchBody {
    pub id: String,
    /// Empty when the file was refused whole.
    pub source: String,
    pub dialect: String,
    pub file_name: String,
    /// SHA-256 of the file, hexadecimal.
    pub file_digest: String,
    pub bytes: i64,
    pub received_at: String,
    pub rows_total: i64,
    pub rows_new: i64,
    pub rows_superseding: i64,
    pub rows_unchanged: i64,
    pub rows_rejected: i64,
    /// Columns that the source does not know, with the number of rows that fill them.
    pub extra_columns: BTreeMap<String, u64>,
    /// Why the file was refused whole, if it was.
    pub refused: Option<Refusal>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Refusal {
    pub code: String,
    pub column: Option<String>,
    pub message: String,
}

#[derive(Deserialize)]
struct StoredRefusal {
    code: String,
    column: Option<String>,
    zh: String,
    en: String,
}

/// One error of a rejected row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RejectBody {
    /// Physical line where the record starts; the header is line 1.
    pub line: i64,
    /// Empty for errors of the whole row.
    pub column: String,
    pub code: String,
    pub found: String,
    pub message: String,
    /// The row as received.
    pub row: String,
}

fn batch_body(batch: Batch, lang: Lang) -> BatchBody {
    let refused = batch.refused.as_deref().and_then(|text| serde_json::from_str::<StoredRefusal>(text).ok());
    BatchBody {
        extra_columns: batch.extra(),
        id: batch.id,
        source: batch.source,
        dialect: batch.dialect,
        file_name: batch.file_name,
        file_digest: batch.file_digest,
        bytes: batch.bytes,
        received_at: rfc3339(batch.received_at),
        rows_total: batch.rows_total,
        rows_new: batch.rows_new,
        rows_superseding: batch.rows_superseding,
        rows_unchanged: batch.rows_unchanged,
        rows_rejected: batch.rows_rejected,
        refused: refused.map(|stored| Refusal {
            code: stored.code,
            column: stored.column.filter(|column| !column.is_empty()),
            message: if lang == Lang::Zh { stored.zh } else { stored.en },
        }),
    }
}

fn reject_body(reject: &Reject, lang: Lang) -> RejectBody {
    RejectBody {
        line: reject.line,
        column: reject.column_name.clone(),
        code: reject.code.clone(),
        found: reject.found.clone(),
        message: reject.message(lang),
        row: reject.raw.clone(),
    }
}

/// Received files, newest first.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/batches",
    tag = "intake",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<BatchBody>, description = "A page of received files"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Operations)?;
    let params = Params::of(&request)?;
    let page: Page<i64> = params.page(List::Batches)?;
    let (before, wanted) = (page.place.unwrap_or(i64::MAX), page.wanted());
    let rows = blocking(&state, move |state| {
        Ok(batches::list(&mut *state.service.database.connection()?, before, wanted)?)
    })
    .await?;
    let (rows, next_cursor) = page.cut(rows, |batch| batch.received_at);
    let items = rows.into_iter().map(|batch| batch_body(batch, caller.lang)).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

/// One received file.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}",
    tag = "intake",
    params(("id" = String, Path, description = "Batch id")),
    responses(
        (status = 200, body = BatchBody, description = "The received file"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such batch"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let id = params::id(&request, Code::BatchNotFound)?;
    let found =
        blocking(&state, move |state| Ok(batches::find(&mut *state.service.database.connection()?, &id)?))
            .await?;
    let batch = found.ok_or_else(|| Problem::new(Code::BatchNotFound))?;
    answer::json(&request, &batch_body(batch, caller.lang))
}

/// The rejected rows of a file in file order; with `Accept: text/csv` all of them, to correct and send again.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/batches/{id}/rejects",
    tag = "intake",
    params(
        ("id" = String, Path, description = "Batch id"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50; JSON only"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before; JSON only"),
    ),
    responses(
        (status = 200, description = "The rejected rows", content(
            (PageBody<RejectBody> = "application/json"),
            (String = "text/csv"),
        )),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such batch"),
    ),
    security(("token" = []))
)]
pub async fn rejects(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let id = params::id(&request, Code::BatchNotFound)?;
    if prefers(&request, "text/csv") {
        return rejects_csv(&state, id, &request).await;
    }
    let params = Params::of(&request)?;
    let page: Page<i64> = params.page(List::Rejects)?;
    let (after, wanted) = (page.place.unwrap_or(0), page.wanted());
    let rows = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if batches::find(&mut connection, &id)?.is_none() {
            return Err(Problem::new(Code::BatchNotFound));
        }
        Ok(batches::rejects_of(&mut connection, &id, after, wanted)?)
    })
    .await?;
    let (rows, next_cursor) = page.cut(rows, |reject| reject.position);
    let items = rows.iter().map(|reject| reject_body(reject, caller.lang)).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

async fn rejects_csv(state: &Shared, id: String, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let name = format!(
        "attachment; filename=\"rejected-{}.csv\"",
        id.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    );
    let csv = blocking(state, move |state| {
        let mut connection = state.service.database.connection()?;
        let batch = batches::find(&mut connection, &id)?.ok_or_else(|| Problem::new(Code::BatchNotFound))?;
        let mut output = Vec::new();
        let mut writer = rejected_csv::Writer::new(&mut output).map_err(|error| Problem::internal(&error))?;
        writer.batch(&mut connection, &batch).map_err(|error| Problem::internal(&error))?;
        writer.finish().map_err(|error| Problem::internal(&error))?;
        Ok(output)
    })
    .await?;
    let mut answer = Written::new(csv, "text/csv; charset=utf-8").answer(request);
    if let Ok(value) = name.parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}
