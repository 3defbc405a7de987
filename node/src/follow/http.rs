//! An agency's node over HTTP: status page, monitors' routes, its mirror of the log, and its two witnesses.

use super::Follower;
use super::intake::http::intake_routes;
use super::mirror::mirror_routes;
use super::page::Page;
use crate::http::ledger_scope;
use crate::witness::witness_routes;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// Below this path the witness with the replay key answers.
pub const REPLAY_PREFIX: &str = "/replay";

/// Everything that a node serves.
pub fn configure(app: &mut ServiceConfig, node: &Arc<Follower>, metrics: Option<&PrometheusHandle>) {
    app.app_data(Data::from(Arc::clone(node)))
        .app_data(Data::new(metrics.cloned()))
        .route("/", web::get().to(page))
        .route("/status.json", web::get().to(status))
        .route("/evidence.json", web::get().to(evidence))
        .route("/healthz", web::get().to(healthz))
        .route("/metrics", web::get().to(numbers))
        .service(ledger_scope(Arc::clone(node.view())));
    mirror_routes(app);
    if node.intake().is_some() {
        intake_routes(app);
    }
    witness_routes(app, REPLAY_PREFIX, node.replay_witness());
    witness_routes(app, "", node.witness());
}

async fn page(node: Data<Follower>, request: HttpRequest) -> HttpResponse {
    let asked = request.query_string();
    let accepts = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let is_zh = match asked {
        "lang=zh" => true,
        "lang=en" => false,
        _ => accepts.is_none_or(|languages| !languages.trim_start().starts_with("en")),
    };
    match (Page { status: node.status(), is_zh }).render() {
        Ok(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"))
            .body(html),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

async fn status(node: Data<Follower>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(node.status())
}

/// The evidence for which this node refuses.
async fn evidence(node: Data<Follower>) -> HttpResponse {
    let path = node.status().evidence().cloned();
    let text = web::block(move || path.and_then(|path| std::fs::read_to_string(path).ok())).await;
    match text {
        Ok(Some(text)) => HttpResponse::Ok().content_type("application/json").body(text),
        _ => HttpResponse::NotFound().body("this node keeps no evidence\n"),
    }
}

async fn healthz(node: Data<Follower>) -> HttpResponse {
    let status = node.status();
    if status.is_healthy() {
        return HttpResponse::Ok().body("ok\n");
    }
    let why = status.last_error.unwrap_or_else(|| "the log is refused; see /status.json".to_owned());
    HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE).body(format!("{why}\n"))
}

/// Where the node stands, set when it is asked for, beside what was counted.
async fn numbers(node: Data<Follower>, recorder: Data<Option<PrometheusHandle>>) -> HttpResponse {
    let Some(handle) = recorder.get_ref() else { return HttpResponse::NotFound().finish() };
    let status = node.status();
    let count = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    let of = |files: usize| u64::try_from(files).unwrap_or(u64::MAX);
    for (name, number) in [
        ("follow_seen_leaves", status.seen),
        ("follow_behind_leaves", status.seen.saturating_sub(status.replayed)),
        ("follow_witness_cosigned_leaves", status.witness_cosigned),
        ("follow_replay_cosigned_leaves", status.replay_cosigned),
        ("follow_last_seal_seconds", status.sealed_ms / 1000),
        ("follow_failures_in_a_row", u64::from(status.failures)),
        ("follow_wrong_scores", of(status.wrong_scores)),
        ("follow_refused", u64::from(status.refusal.is_some())),
        ("follow_right_scores", of(status.right_scores)),
        ("follow_unchecked_scores", of(status.unchecked_scores)),
    ] {
        metrics::gauge!(name).set(count(number));
    }
    if let Some(statements) = &status.statements {
        metrics::gauge!("follow_disclosed_withheld").set(count(statements.withheld));
        metrics::gauge!("follow_disclosed_passed_seconds").set(count(statements.passed_ms / 1000));
    }
    if let Some(intake) = node.intake() {
        let pending = intake.last().map_or(0, |seen| seen.checkpoint.size);
        metrics::gauge!("follow_pending_leaves").set(count(pending));
        metrics::gauge!("follow_next_entry").set(count(intake.next().unwrap_or(0)));
    }
    handle.run_upkeep();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render())
}
