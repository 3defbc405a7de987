//! `/healthz`, `/readyz`, `/metrics`.

use actix_web::HttpResponse;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access_log::habit;
use crate::anchoring::outbox;
use crate::http::metrics;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::store::bulk;

/// Role of a process that another has taken the ledger from.
const FENCED: &str = "fenced";

/// A service that runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Health {
    pub status: &'static str,
    pub version: &'static str,
    /// `current`, or `stale` when the files of the access policies cannot be used and those before hold.
    pub policies: &'static str,
    /// The same of the files that say which class of a department stands beside which grade.
    pub mappings: &'static str,
    /// The same of the operator's own rules of alerts.
    pub alert_rules: &'static str,
    /// The same of the operator's own calendars of working days.
    pub calendars: &'static str,
    /// The same of the certificates of those who sign customs messages.
    pub ceb_certificates: &'static str,
}

/// A service that can answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready`, or `fenced` when another process has taken the ledger over; that is answered with 503.
    pub status: &'static str,
    /// What this process does for the ledger: `active`, `standby` or `fenced`.
    pub ledger_role: &'static str,
    /// What keeps a standby from following the active process, or why this one was fenced.
    pub ledger_trouble: Option<String>,
    /// Leaves under the last signed checkpoint.
    pub ledger_entries: u64,
    /// Ratings and files that wait for the ledger.
    pub outbox_pending: i64,
    /// Enterprises whose facts changed since their last evaluation.
    pub enterprises_to_evaluate: i64,
    pub jobs_unfinished: i64,
    /// Names the access policies in force.
    pub policies_version: String,
    /// Why the files of the access policies are not in force; those before hold.
    pub policies_trouble: Option<String>,
    /// Why the files of the mappings of grades are not in force; those before hold.
    pub mappings_trouble: Option<String>,
    /// Why the operator's own rules of alerts are not in force; those before hold.
    pub alert_rules_trouble: Option<String>,
    /// Why the operator's own calendars of working days are not in force; those before hold.
    pub calendars_trouble: Option<String>,
    /// Why the certificates of those who sign customs messages are not in force; those before hold.
    pub ceb_certificates_trouble: Option<String>,
    /// The last year whose working days are known; terms that reach a later one are provisional.
    pub calendar_until: Option<i32>,
    /// Why certificates of clients are not checked with the lists of revoked ones, or none is taken.
    pub client_crl_trouble: Option<String>,
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    dirty: i64,
    #[diesel(sql_type = BigInt)]
    jobs: i64,
}

/// Whether the process runs; touches nothing.
///
/// # Errors
/// None.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operations",
    responses((status = 200, body = Health, description = "The process runs")),
    security(())
)]
pub async fn healthz(state: Shared) -> HttpResponse {
    let state_of = |trouble: Option<String>| if trouble.is_some() { "stale" } else { "current" };
    HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        policies: state_of(state.service.rules.trouble()),
        mappings: state_of(state.service.mappings.trouble()),
        alert_rules: state_of(state.service.alerts.trouble()),
        calendars: state_of(state.service.calendars.trouble()),
        ceb_certificates: state_of(state.service.evidence.certificates().trouble()),
    })
}

/// Whether database and ledger answer.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses(
        (status = 200, body = Readiness, description = "Requests can be answered"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "Database or ledger do not answer, or (as the body of 200) this process was fenced"),
    ),
    security(())
)]
pub async fn readyz(state: Shared) -> Result<HttpResponse, Problem> {
    let ready = blocking(&state, read).await.map_err(|_| Problem::new(Code::Busy))?;
    let mut answer =
        if ready.status == FENCED { HttpResponse::ServiceUnavailable() } else { HttpResponse::Ok() };
    Ok(answer.insert_header(("Cache-Control", "no-store")).json(ready))
}

fn read(state: &State) -> Result<Readiness, Problem> {
    let mut connection = state.service.database.connection()?;
    let rows: Vec<Waiting> = bulk::load(
        &mut connection,
        "SELECT (SELECT COUNT(*) FROM dirty) AS dirty, \
         (SELECT COUNT(*) FROM jobs WHERE state IN ('queued', 'running')) AS jobs",
        std::iter::empty(),
    )?;
    let view = state.anchor.view();
    view.checkpoint().map_err(|error| Problem::internal(&error))?;
    let (dirty, jobs) = rows.first().map_or((0, 0), |row| (row.dirty, row.jobs));
    let ledger = state.anchor.status();
    Ok(Readiness {
        status: if ledger.role == FENCED { FENCED } else { "ready" },
        ledger_role: ledger.role,
        ledger_trouble: ledger.trouble,
        ledger_entries: view.published_size(),
        outbox_pending: outbox::pending_count(&mut connection)?,
        enterprises_to_evaluate: dirty,
        jobs_unfinished: jobs,
        policies_version: state.service.rules.engine().version().to_owned(),
        policies_trouble: state.service.rules.trouble(),
        mappings_trouble: state.service.mappings.trouble(),
        alert_rules_trouble: state.service.alerts.trouble(),
        calendars_trouble: state.service.calendars.trouble(),
        ceb_certificates_trouble: state.service.evidence.certificates().trouble(),
        calendar_until: state.service.calendars.now().last_published_year(),
        client_crl_trouble: state.clients.get().and_then(|clients| clients.trouble()),
    })
}

/// Counters in the text format of Prometheus.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain", description = "Counters")),
    security(())
)]
pub async fn metrics_text(state: Shared) -> Result<HttpResponse, Problem> {
    let text = blocking(&state, |state| {
        let now = read(state)?;
        let (outbox, dirty) = (now.outbox_pending, now.enterprises_to_evaluate);
        metrics::access_alerts(habit::open_alerts(&mut *state.service.database.connection()?)?);
        metrics::waiting(outbox, dirty, now.jobs_unfinished, now.ledger_entries);
        metrics::ledger_role(now.ledger_role, now.ledger_trouble.is_some());
        metrics::troubles(&[
            ("access_policies_trouble", now.policies_trouble.is_some()),
            ("docking_mappings_trouble", now.mappings_trouble.is_some()),
            ("alert_rules_trouble", now.alert_rules_trouble.is_some()),
            ("calendars_trouble", now.calendars_trouble.is_some()),
            ("ceb_certificates_trouble", now.ceb_certificates_trouble.is_some()),
            ("client_crl_trouble", now.client_crl_trouble.is_some()),
        ]);
        Ok(state.metrics.text())
    })
    .await?;
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "text/plain; version=0.0.4; charset=utf-8"))
        .insert_header(("Cache-Control", "no-store"))
        .body(text))
}
