//! An agency's node over HTTP: status page, monitors' routes, its mirror of the log, and its two witnesses.

use super::Follower;
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

async fn numbers(metrics: Data<Option<PrometheusHandle>>) -> HttpResponse {
    match metrics.get_ref() {
        Some(handle) => HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(handle.render()),
        None => HttpResponse::NotFound().finish(),
    }
}
