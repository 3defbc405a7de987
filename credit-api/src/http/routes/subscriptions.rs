//! `/subscriptions`: changes sent to an address of the subscriber's.

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Purpose;
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::authenticate::Who;
use crate::http::cursor::{List, Page};
use crate::http::idempotency::{self, Kept, Key};
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody, Words};
use crate::http::state::{Shared, State, blocking};
use crate::sharing::feed::Kind;
use crate::store::DbConnection;
use crate::webhooks::OVERLAP_HOURS_DEFAULT;
use crate::webhooks::acts::{self, NewSubscription, WebhookError};
use crate::webhooks::event;
use crate::webhooks::store::{self, Delivery, SecretRow, Subscription};

/// What somebody subscribes to.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionRequest {
    /// 1 to 100 characters.
    pub name: String,
    /// `https://…`, at an address of the public network unless the operator allows others.
    pub url: String,
    /// What the changes are for. Departments: `supervision` unless another is named; agents: `self`; an institution
    /// names the purpose of the enterprises' consents.
    pub purpose: Option<Purpose>,
    /// `rating.changed`, `list.changed`, `class.changed`, `record.corrected`; none: all.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// The enterprise, for an agent who speaks for several.
    pub uscc: Option<String>,
}

/// A subscription.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SubscriptionBody {
    pub id: String,
    pub name: String,
    pub url: String,
    pub audience: String,
    pub organisation: Option<String>,
    pub uscc: Option<String>,
    pub purpose: String,
    /// Empty: all.
    pub kinds: Vec<String>,
    /// `active` or `disabled`.
    pub state: String,
    /// Why it is disabled: `gave_up` (not taken for more than three days), `gone` (the receiver answered 410),
    /// `letter_ended` or `unusable`.
    pub reason: Option<String>,
    /// Attempts at the next change that were not taken.
    pub failed_attempts: i32,
    pub failing_since: Option<String>,
    /// When the next change is tried again, where one was not taken.
    pub next_attempt_at: Option<String>,
    pub created_at: String,
}

impl SubscriptionBody {
    fn of(row: &Subscription) -> Self {
        let failing = row.attempts > 0 && row.state == store::ACTIVE;
        Self {
            id: row.id.clone(),
            name: row.name.clone(),
            url: row.url.clone(),
            audience: row.audience.clone(),
            organisation: row.organisation.clone(),
            uscc: row.uscc.clone(),
            purpose: row.purpose.clone(),
            kinds: row.kinds.split(';').filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
            state: row.state.clone(),
            reason: row.reason.clone(),
            failed_attempts: row.attempts,
            failing_since: row.failing_since.map(rfc3339),
            next_attempt_at: failing.then(|| rfc3339(row.next_at)),
            created_at: rfc3339(row.created_at),
        }
    }
}

/// A subscription that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewSubscriptionBody {
    #[serde(flatten)]
    pub subscription: SubscriptionBody,
    /// The first signing secret, `whsec_` and base64, shown once; `null` when the request is repeated with its
    /// idempotency key, since it is not stored.
    pub secret: Option<String>,
}

/// A subscription with its secrets, without what is secret of them.
#[derive(Serialize, ToSchema)]
pub struct WholeSubscriptionBody {
    #[serde(flatten)]
    pub subscription: SubscriptionBody,
    /// Those that sign now, the newest first.
    pub secrets: Vec<SecretBody>,
}

/// A signing secret, without the secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SecretBody {
    pub id: String,
    pub created_at: String,
    /// Until when it signs; `null`: until it is replaced.
    pub ends_at: Option<String>,
}

impl SecretBody {
    fn of(row: &SecretRow) -> Self {
        Self { id: row.id.clone(), created_at: rfc3339(row.created_at), ends_at: row.ends_at.map(rfc3339) }
    }
}

/// A signing secret that was made just now.
#[derive(Serialize, ToSchema)]
pub struct NewSecretBody {
    #[serde(flatten)]
    pub about: SecretBody,
    /// `whsec_` and base64, shown once; `null` when the request is repeated with its idempotency key.
    pub secret: Option<String>,
}

/// How long the secrets before still sign.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRequest {
    /// 0 to 720, default 24.
    pub overlap_hours: Option<i64>,
}

/// A change that was sent, with what came of the last attempt.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryBody {
    /// The change's number.
    pub id: i64,
    /// `webhook-id`, the same at every attempt.
    pub webhook_id: String,
    pub uscc: String,
    pub kind: String,
    /// `waiting`, `delivered`, `withheld` (not the subscriber's to see any more), `again` (another attempt was asked
    /// for) or `failed` (which was not taken).
    pub state: String,
    pub attempts: i32,
    pub first_at: String,
    pub last_at: String,
    /// HTTP status of the last answer.
    pub status: Option<i32>,
    pub latency_ms: Option<i64>,
    /// Its first 512 bytes.
    pub answer: String,
    /// Why there was none: `address`, `timeout`, `tls` or `connection`.
    pub trouble: Option<String>,
}

impl DeliveryBody {
    fn of(row: Delivery) -> Self {
        Self {
            id: row.seq,
            webhook_id: event::id(&row.subscription_id, row.seq),
            uscc: row.uscc,
            kind: row.kind,
            state: row.state,
            attempts: row.attempts,
            first_at: rfc3339(row.first_at),
            last_at: rfc3339(row.last_at),
            status: row.status,
            latency_ms: row.latency_ms,
            answer: row.answer,
            trouble: row.trouble,
        }
    }
}

/// Subscribes to changes, from now on; the first signing secret is in this answer alone.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions",
    tag = "webhooks",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours: the same answer without the secret")),
    request_body = SubscriptionRequest,
    responses(
        (status = 201, body = NewSubscriptionBody, description = "Made; Location names it"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Not a department, an institution or an enterprise"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Too many, or the idempotency key was used for another request"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn post(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let key = Key::of(&request, &who.0.principal, &[&body])?;
    if let Some(kept) = idempotency::recall(&state, key.as_ref()).await? {
        return Ok(kept.answer());
    }
    let asked: SubscriptionRequest = params::json(&request, &body)?;
    let new = NewSubscription {
        kinds: kinds(&asked.kinds)?,
        name: asked.name,
        url: asked.url,
        purpose: asked.purpose,
        uscc: asked.uscc,
    };
    let kept = blocking(&state, move |state| subscribed(state, &who, key.as_ref(), &new)).await?;
    Ok(kept.answer())
}

fn kinds(codes: &[String]) -> Result<Vec<Kind>, Problem> {
    let found: Option<Vec<Kind>> = codes.iter().map(|code| Kind::of_code(code)).collect();
    found.ok_or_else(|| {
        let known = Kind::ALL.map(Kind::code).join(", ");
        let words = Words::new(format!("应取自 {known}"), format!("expected some of {known}"));
        Problem::new(Code::InvalidBody).fault("#/kinds", words)
    })
}

fn subscribed(state: &State, who: &Who, key: Option<&Key>, new: &NewSubscription) -> Result<Kept, Problem> {
    let now = state.service.clock.now().0;
    let kept = |row: &Subscription, secret: Option<String>| Kept {
        status: 201,
        location: Some(format!("/api/v1/subscriptions/{}", row.id)),
        body: written(&NewSubscriptionBody { subscription: SubscriptionBody::of(row), secret }),
    };
    let mut keep = |connection: &mut DbConnection, row: &Subscription| match key {
        Some(key) => idempotency::keep(connection, key, &kept(row, None), now),
        None => Ok(()),
    };
    match state.webhooks.subscribe(&who.0.principal, who.0.user.as_deref(), new, &mut keep) {
        Ok((row, secret)) => Ok(kept(&row, Some(secret))),
        Err(WebhookError::Store(error)) => {
            idempotency::overtaken(&mut *state.service.database.connection()?, key, error, now)
        }
        Err(error) => Err(error.into()),
    }
}

fn written(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// Own subscriptions, the newest first; for the operator and the auditor all.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions",
    tag = "webhooks",
    params(
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<SubscriptionBody>, description = "A page of subscriptions"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Params::of(&request)?;
    let page = asked.page(List::Subscriptions)?;
    let of = acts::visible_to(&who.0.principal);
    let (rows, next_cursor) = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        let rows = store::list(&mut connection, &of, page.before(), page.wanted())?;
        Ok(page.cut(rows, |row| (row.created_at, row.id.clone())))
    })
    .await?;
    let items = rows.iter().map(SubscriptionBody::of).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

/// One subscription, with the secrets that sign.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "Subscription id")),
    responses(
        (status = 200, body = WholeSubscriptionBody, description = "The subscription"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn get(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    let body = blocking(&state, move |state| {
        let who = &who.0.principal;
        let subscription = SubscriptionBody::of(&state.webhooks.subscription(who, &id)?);
        let secrets = state.webhooks.live_secrets(who, &id)?.iter().map(SecretBody::of).collect();
        Ok(WholeSubscriptionBody { subscription, secrets })
    })
    .await?;
    answer::json(&request, &body)
}

/// Ends a subscription. An attempt that is under way may still arrive.
///
/// # Errors
/// Problems.
#[utoipa::path(
    delete,
    path = "/api/v1/subscriptions/{id}",
    tag = "webhooks",
    params(("id" = String, Path, description = "Subscription id")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn delete(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    blocking(&state, move |state| Ok(state.webhooks.unsubscribe(&who.0.principal, &id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Goes on with a subscription that was disabled, at the change where it stopped.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/enable",
    tag = "webhooks",
    params(("id" = String, Path, description = "Subscription id")),
    responses(
        (status = 200, body = SubscriptionBody, description = "Active again"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is not disabled"),
    ),
    security(("token" = []))
)]
pub async fn enable(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    let row = blocking(&state, move |state| Ok(state.webhooks.enable(&who.0.principal, &id)?)).await?;
    Ok(HttpResponse::Ok().json(SubscriptionBody::of(&row)))
}

/// Makes another signing secret, which is in this answer alone. Those before sign beside it for a while.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/secrets",
    tag = "webhooks",
    params(("id" = String, Path, description = "Subscription id")),
    request_body = SecretRequest,
    responses(
        (status = 201, body = NewSecretBody, description = "Made"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid body"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Only the subscriber learns a secret"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Too many live secrets"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "The body is not JSON"),
    ),
    security(("token" = []))
)]
pub async fn add_secret(
    state: Shared,
    who: Who,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    let asked: SecretRequest = params::json(&request, &body)?;
    let hours = asked.overlap_hours.unwrap_or(OVERLAP_HOURS_DEFAULT);
    let made = move |state: &State| Ok(state.webhooks.add_secret(&who.0.principal, &id, hours)?);
    let (row, secret) = blocking(&state, made).await?;
    Ok(HttpResponse::Created()
        .insert_header((actix_web::http::header::CACHE_CONTROL, "no-store"))
        .json(NewSecretBody { about: SecretBody::of(&row), secret: Some(secret) }))
}

/// What was sent, the last change first, with what came of the last attempt at each.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions/{id}/deliveries",
    tag = "webhooks",
    params(
        ("id" = String, Path, description = "Subscription id"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
    ),
    responses(
        (status = 200, body = PageBody<DeliveryBody>, description = "A page of deliveries"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription, or not yours"),
    ),
    security(("token" = []))
)]
pub async fn deliveries(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    let asked = Params::of(&request)?;
    let page: Page<i64> = asked.page(List::Deliveries)?;
    let (before, wanted) = (page.place.unwrap_or(i64::MAX), page.wanted());
    let rows = blocking(&state, move |state| {
        Ok(state.webhooks.deliveries(&who.0.principal, &id, before, wanted)?)
    })
    .await?;
    let (rows, next_cursor) = page.cut(rows, |row| row.seq);
    let items = rows.into_iter().map(DeliveryBody::of).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

/// Asks for another attempt at a change that was sent before.
///
/// # Errors
/// Problems.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{id}/deliveries/{delivery}/redeliver",
    tag = "webhooks",
    params(
        ("id" = String, Path, description = "Subscription id"),
        ("delivery" = i64, Path, description = "Delivery id"),
    ),
    responses(
        (status = 202, body = DeliveryBody, description = "It is tried again at once, with the same `webhook-id`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such subscription or delivery, or not yours"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "It is still being tried"),
    ),
    security(("token" = []))
)]
pub async fn redeliver(state: Shared, who: Who, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let id = params::id(&request, Code::SubscriptionNotFound)?;
    let seq = request.match_info().get("delivery").and_then(|text| text.parse::<i64>().ok());
    let seq = seq.ok_or_else(|| Problem::new(Code::DeliveryNotFound))?;
    let row =
        blocking(&state, move |state| Ok(state.webhooks.redeliver(&who.0.principal, &id, seq)?)).await?;
    Ok(HttpResponse::Accepted().json(DeliveryBody::of(row)))
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        use credit_core::records::Lang;
        let said =
            |code| Problem::new(code).detail(Words::new(error.message(Lang::Zh), error.message(Lang::En)));
        match &error {
            WebhookError::NotAllowed => said(Code::NotYours),
            WebhookError::NotFound => Problem::new(Code::SubscriptionNotFound),
            WebhookError::NoDelivery => Problem::new(Code::DeliveryNotFound),
            WebhookError::Field { field, zh, en } => Problem::new(Code::InvalidBody)
                .fault(format!("#/{field}"), Words::new(zh.clone(), en.clone())),
            WebhookError::State { .. } => said(Code::WrongState),
            WebhookError::Key(why) => Problem::internal(why),
            WebhookError::Store(_) => match error {
                WebhookError::Store(error) => error.into(),
                other => Problem::internal(&other),
            },
        }
    }
}
