//! `/single-window`: signed batches of customs messages in, a receipt for each message out.

use actix_web::http::header::HeaderMap;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use credit_core::records::Lang;

use super::jobs::JobErrorBody;
use super::single_window_body::{BatchReceiptsBody, PushedBody, PushedStateBody, ReceiptsBody, receipt};
use crate::access::{Audience, Block, Subject};
use crate::http::answer;
use crate::http::authenticate::Who;
use crate::http::caller::Caller;
use crate::http::cursor::{self, List, Page};
use crate::http::idempotency::Kept;
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::jobs;
use crate::single_window::old;
use crate::single_window::push::{BatchRequest, Push, PushError};
use crate::single_window::secrets::{SecretError, Signed};
use crate::single_window::store::{self, BatchRow};
use crate::single_window::{BODY_BYTES_MAX, TOLERANCE_SECONDS, WEBHOOK_ID_CHARS_MAX, is_source};

const ACCEPTED: u16 = 202;

/// Takes a signed batch of customs messages, all or nothing; a job reads them, and each message has a receipt.
///
/// The body is signed as Standard Webhooks (`standardwebhooks.com`) says. A `webhook-id` stands for one batch
/// for good: the same body again has the same answer and is not taken twice.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/single-window/batches",
    tag = "single window",
    params(
        ("webhook-id" = String, Header, description = "The batch's id with the sender: 1 to 128 visible ASCII characters without a full stop"),
        ("webhook-timestamp" = i64, Header, description = "When it was signed, Unix time in seconds; within five minutes of ours"),
        ("webhook-signature" = String, Header, description = "v1,BASE64 of HMAC-SHA256 over id, time and body; several, one for each secret, between spaces"),
    ),
    request_body = BatchRequest,
    responses(
        (status = 202, body = PushedBody, description = "Taken, or taken before under this webhook-id; Location names the receipts"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The body cannot be used; nothing of it is kept"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a sender, or not signed, wrongly signed, or signed too long ago; nothing is kept"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The webhook-id was used for another body"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "Body larger than 16 MiB"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let user = sender(&who)?;
    let signed = signed(request.headers(), state.service.clock.now().0)?;
    params::is_json(&request)?;
    let body = payload.to_bytes_limited(BODY_BYTES_MAX).await;
    let body = body.map_err(|_| too_large())?.map_err(|_| Problem::new(Code::BadRequest))?;
    let row = blocking(&state, move |state| {
        let window = &state.single_window;
        let secrets = window.signing(&user)?;
        if secrets.is_empty() {
            return Err(Problem::new(Code::NoSigningSecret));
        }
        if !signed.is_of(&secrets, &body) {
            return Err(Problem::new(Code::SignatureRefused));
        }
        let push = Push { user: &user, signed: &signed, body: &body };
        match window.recall(&push)? {
            Some(row) => Ok(row),
            None => Ok(window.take(&state.jobs, &push, params::parsed(&body)?)?),
        }
    })
    .await?;
    let body = PushedBody::of(&row);
    let written = serde_json::to_string(&body).unwrap_or_default();
    Ok(Kept { status: ACCEPTED, location: Some(body.receipts), body: written }.answer())
}

/// The receipts of a batch, in the order of its messages; none while it waits.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/single-window/batches/{id}/receipts",
    tag = "single window",
    params(
        ("id" = String, Path, description = "Id of the batch, as its push was answered"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = BatchReceiptsBody, description = "How far the batch is, and a page of its receipts"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Another role"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such batch, or another sender's"),
    ),
    security(("token" = []))
)]
pub async fn receipts_of(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let id = params::id(&request, Code::BatchNotFound)?;
    let asked = Params::of(&request)?;
    let page: Page<i64> = asked.page(List::BatchReceipts)?;
    let after = page.place.map_or(Ok(0), i32::try_from).map_err(|_| Problem::new(Code::InvalidCursor))?;
    let own = own(&who);
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let batch = store::find(&mut connection, &id)?;
        let batch = batch.filter(|row| own.as_ref().is_none_or(|user| *user == row.user_id));
        let batch = batch.ok_or_else(|| Problem::new(Code::BatchNotFound))?;
        // First how far it is: what is done by then has all its receipts.
        let state_of = standing(state, &batch, caller.lang)?;
        let rows = store::receipts_of(&mut connection, &batch.id, after, page.wanted())?;
        let (rows, next_cursor) = page.cut(rows, |row| i64::from(row.position));
        let items = rows.iter().map(|row| receipt(row, caller.lang)).collect::<Result<_, _>>()?;
        Ok(BatchReceiptsBody { batch: state_of, items, next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

/// Receipts of all batches of the sender since a cursor, in the order in which they were given; for the operator those
/// of all senders.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/single-window/receipts",
    tag = "single window",
    params(
        ("since" = Option<String>, Query, description = "next_cursor of the answer before, or a receipt's id; the beginning without it"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
    ),
    responses(
        (status = 200, body = ReceiptsBody, description = "Receipts, the oldest first"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Unknown cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Another role"),
    ),
    security(("token" = []))
)]
pub async fn receipts(
    state: Shared,
    caller: Caller,
    who: Who,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    caller.needs(Subject::Zone, Block::Delivery)?;
    let asked = Params::of(&request)?;
    let limit = asked.limit()?;
    let since = match asked.text("since") {
        Some(text) => cursor::decode_number(List::Receipts, text)?,
        None => 0,
    };
    let own = own(&who);
    let body = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if !(0..=store::last_receipt(&mut connection)?).contains(&since) {
            return Err(unknown_place());
        }
        if since > 0 && since + 1 < old::first_kept(&mut connection)? {
            return Err(gone());
        }
        let mut rows = store::receipts_after(&mut connection, own.as_deref(), since, limit + 1)?;
        let shown = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > shown;
        rows.truncate(shown);
        let place = rows.last().map_or(since, |row| row.seq);
        let items = rows.iter().map(|row| receipt(row, caller.lang)).collect::<Result<_, _>>()?;
        Ok(ReceiptsBody { items, next_cursor: cursor::encode(List::Receipts, &place.to_string()), more })
    })
    .await?;
    answer::json(&request, &body)
}

/// A place that no answer has named: of another database, or of a restored one's future.
pub(super) fn unknown_place() -> Problem {
    Problem::new(Code::InvalidCursor).fault(
        "#/query/since",
        Words::new("应为上一次回答的 next_cursor", "expected next_cursor of the answer before"),
    )
}

/// A place after which receipts were taken away: whoever read on from it would miss them and not know.
fn gone() -> Problem {
    Problem::new(Code::InvalidCursor).fault(
        "#/query/since",
        Words::new(
            "此位置之后的部分回执已超过五年保存期，不再保留；不带 since 即从现存第一条读起",
            "receipts after this place were kept for five years and are gone; without since one begins with the first there is",
        ),
    )
}

fn standing(state: &State, row: &BatchRow, lang: Lang) -> Result<PushedStateBody, Problem> {
    let mut connection = state.service.database.connection()?;
    let batch = PushedBody::of(row);
    if !store::receipts_of(&mut connection, &row.id, 0, 1)?.is_empty() {
        return Ok(PushedStateBody { batch, state: "done", error: None });
    }
    let job = jobs::store::find(&mut connection, &row.job_id)?;
    let Some(job) = job.filter(|job| job.is_finished()) else {
        return Ok(PushedStateBody { batch, state: "waiting", error: None });
    };
    // It may have ended between the two looks.
    if !store::receipts_of(&mut connection, &row.id, 0, 1)?.is_empty() {
        return Ok(PushedStateBody { batch, state: "done", error: None });
    }
    let error = job.failure().map(|error| JobErrorBody {
        code: error.code,
        message: if lang == Lang::Zh { error.zh } else { error.en },
    });
    let cancelled = || JobErrorBody {
        code: job.state.clone(),
        message: match lang {
            Lang::Zh => "运营者取消了此批，未接收任何内容。".to_owned(),
            Lang::En => "The operator cancelled the batch; nothing of it was taken.".to_owned(),
        },
    };
    Ok(PushedStateBody { batch, state: "failed", error: Some(error.unwrap_or_else(cancelled)) })
}

/// Whose receipts somebody sees; nothing for those who see all.
fn own(who: &Who) -> Option<String> {
    let is_source = who.0.principal.audience == Audience::Source;
    is_source.then(|| who.0.user.as_deref().unwrap_or_default().to_owned())
}

/// The user who pushes: of the role source, for customs messages, since a secret belongs to a user.
fn sender(who: &Who) -> Result<String, Problem> {
    let user = who.0.user.as_deref().filter(|_| is_source(&who.0.principal));
    user.map(str::to_owned).ok_or_else(|| {
        Problem::new(Code::NotYours).detail(Words::new(
            "只有来源为 ceb 的数据源用户可以推送；请运营者添加用户，并为其签发密钥。",
            "Only a user of the role source with the organisation ceb pushes; ask the operator for one, with a key.",
        ))
    })
}

fn too_large() -> Problem {
    Problem::new(Code::TooLarge).detail(Words::new(
        format!("一批不超过 {BODY_BYTES_MAX} 字节；请拆分成几批。"),
        format!("A batch has at most {BODY_BYTES_MAX} bytes; push several."),
    ))
}

/// The three headers of a signed body, once its time is near ours.
fn signed(headers: &HeaderMap, now_ms: i64) -> Result<Signed, Problem> {
    let text = |name: &'static str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        value.filter(|value| !value.is_empty()).ok_or_else(|| {
            let words = Words::new("缺少此请求头", "this header is missing");
            Problem::new(Code::SignatureRequired).fault(format!("#/header/{name}"), words)
        })
    };
    let (id, time, signatures) =
        (text("webhook-id")?, text("webhook-timestamp")?, text("webhook-signature")?);
    let sign = |byte: u8| byte.is_ascii_graphic() && byte != b'.';
    if id.len() > WEBHOOK_ID_CHARS_MAX || !id.bytes().all(sign) {
        let words = Words::new(
            format!("应为 1 至 {WEBHOOK_ID_CHARS_MAX} 个可见的 ASCII 字符，不含句点"),
            format!("expected 1 to {WEBHOOK_ID_CHARS_MAX} visible ASCII characters without a full stop"),
        );
        return Err(Problem::new(Code::SignatureRequired).fault("#/header/webhook-id", words));
    }
    let seconds = time.parse::<i64>().map_err(|_| {
        let words = Words::new("应为 Unix 时间（秒）", "expected Unix time in seconds");
        Problem::new(Code::SignatureRequired).fault("#/header/webhook-timestamp", words)
    })?;
    let here = now_ms.div_euclid(1_000);
    if seconds.abs_diff(here) > TOLERANCE_SECONDS.unsigned_abs() {
        let words = Words::new(
            format!("此处时钟为 {here}，相差不得超过 {TOLERANCE_SECONDS} 秒"),
            format!("the clock here says {here}; at most {TOLERANCE_SECONDS} seconds apart"),
        );
        return Err(Problem::new(Code::SignatureExpired).fault("#/header/webhook-timestamp", words));
    }
    Ok(Signed { id: id.to_owned(), seconds, signatures: signatures.to_owned() })
}

impl From<PushError> for Problem {
    fn from(error: PushError) -> Self {
        match error {
            PushError::Body { pointer, zh, en } => {
                Problem::new(Code::InvalidBody).fault(pointer, Words::new(zh, en))
            }
            PushError::Used => Problem::new(Code::IdempotencyConflict)
                .detail(Words::new(
                    "此 webhook-id 已用于内容不同的一批；请换一个编号。",
                    "This webhook-id stands for a batch with another body; use a new one.",
                ))
                .fault("#/header/webhook-id", Words::new("已被使用", "in use")),
            PushError::Store(error) => error.into(),
            PushError::Identity(error) => error.into(),
            error @ PushError::Evidence(_) => Problem::internal(&error),
        }
    }
}

impl From<SecretError> for Problem {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Store(error) => error.into(),
            error => Problem::internal(&error),
        }
    }
}
