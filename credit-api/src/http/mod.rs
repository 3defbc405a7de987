//! The service over HTTP: API under `/api/v1`, its reference under `/api/docs`, the ledger under `/ledger`.
//!
//! A handler parses, asks `access`, calls a capability and renders. Around all of them lies the `envelope`.

pub mod acts;
pub mod answer;
pub mod authenticate;
pub mod cache;
pub mod caller;
pub mod clients;
pub mod cursor;
mod docs;
mod envelope;
pub mod idempotency;
pub mod metrics;
mod openapi;
pub mod params;
pub mod problem;
pub(crate) mod problem_texts;
pub mod rate_limit;
pub mod routes;
pub mod state;
pub mod tls;

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, FromRequest, Handler, HttpRequest, HttpResponse, HttpServer, Resource, Responder};

use crate::access::token::{self, AdminToken};
use crate::access_log::writer::AccessLog;
use crate::anchoring::Anchor;
use crate::cases::files as kept_files;
use crate::folder::Nudge;
use crate::identity::letters::FILE_BYTES_MAX;
use crate::jobs::Jobs;
use crate::portal;
use crate::screening::names::{Keeper, Names};
use crate::service::Service;
use crate::webhooks::worker::Worker;
use clients::Clients;
use problem::{Code, Problem};
use routes::{
    access_alerts, access_log, activity, advice, batches, case_files, case_kinds, case_lists, certificates,
    changes, consents, disclosure, docking, enterprise, enterprises, extracts, health, inspections, jobs,
    keys, letters, me, measures, negative_list, rating, ratings, receipt, repair_certificate, repair_plan,
    sales, scorecards, screening_list, screening_reviews, screenings, sessions, sharing, sign_off,
    simulations, single_window, single_window_classes, standing_requests, statistics, subscriptions, traces,
    upload, users,
};
use state::{Limits, Shared, State};

pub use envelope::{RequestId, envelope};

/// How long running requests may take after a signal to stop, seconds.
const SHUTDOWN_SECONDS: u64 = 20;
/// How often lists of revoked certificates are looked at.
const LISTS_EACH: std::time::Duration = std::time::Duration::from_secs(5);
/// How long the head of a request may take to arrive, seconds.
const HEAD_SECONDS: u64 = 10;

/// Serves until SIGINT or SIGTERM; running requests are finished first.
///
/// # Errors
/// The address cannot be had, the token cannot be read, the jobs cannot be started.
pub fn serve(service: Service, anchor: Arc<Anchor>, folders: Nudge) -> io::Result<()> {
    let (token, made) = AdminToken::open(&service.config.data).map_err(io::Error::other)?;
    if let Some(text) = made {
        let place = service.config.data.join(token::FILE_NAME);
        say(&format!("administrator's token, shown once and kept in {}: {text}", place.display()));
    }
    // First, since jobs that go on where they were write what they look at.
    let access_log = AccessLog::start(service.access_log.clone())?;
    let names = Names::default();
    let keeper = Keeper::start(&names, &service.database)?;
    let jobs = Jobs::start_with(service.clone(), Arc::clone(&anchor), names).map_err(io::Error::other)?;
    let listen = service.config.listen;
    let state = web::Data::new(State::new(service, anchor, (jobs, access_log), token, Limits::default()));
    let webhooks = Worker::start(&state.webhooks, &state.anchor)?;
    let outcome = actix_web::rt::System::new().block_on(run(state.clone(), listen, folders));
    drop(webhooks);
    drop(keeper);
    state.jobs.stop();
    outcome
}

async fn run(state: Shared, listen: std::net::SocketAddr, folders: Nudge) -> io::Result<()> {
    let for_app = state.clone();
    let server = HttpServer::new(move || {
        let state = for_app.clone();
        App::new().wrap(from_fn(envelope)).configure(move |config| configure(config, &state))
    })
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .client_request_timeout(std::time::Duration::from_secs(HEAD_SECONDS))
    .on_connect(tls::note_certificate);
    let (server, scheme) = match tls::open(&state.service.config, &state.service.clock) {
        Ok(Some(opened)) => {
            if let Some(clients) = opened.clients {
                let _ = state.clients.set(clients);
            }
            (server.bind_rustls_0_23(listen, opened.server)?, "https")
        }
        Ok(None) => (server.bind(listen)?, "http"),
        Err(error) => return Err(io::Error::other(error)),
    };
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    let handle = server.handle();
    say(&format!("listening on {scheme}://{address}"));
    actix_web::rt::spawn(async move {
        if let Err(error) = stop_asked(folders, state.clients.get()).await {
            tracing::error!(%error, "signals cannot be heard");
            return;
        }
        handle.stop(true).await;
    });
    server.await
}

/// Until SIGINT or SIGTERM. SIGHUP has the operator's folders looked at, and the lists of revoked certificates, which
/// are looked at from time to time as well.
async fn stop_asked(folders: Nudge, clients: Option<&Arc<Clients>>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut ticks = actix_web::rt::time::interval(LISTS_EACH);
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = hang_up.recv() => folders.look_now(),
            _ = ticks.tick() => {}
        }
        if let Some(clients) = clients.cloned()
            && let Err(error) = web::block(move || clients.look()).await
        {
            tracing::error!(%error, "the lists of revoked certificates cannot be looked at");
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// All routes.
pub fn configure(config: &mut ServiceConfig, state: &Shared) {
    config
        .app_data(state.clone())
        .app_data(web::PayloadConfig::new(state.limits.body_bytes))
        .service(readable("/healthz", health::healthz))
        .service(readable("/readyz", health::readyz))
        .service(readable("/metrics", health::metrics_text))
        .service(readable("/api/openapi.json", docs::openapi_json))
        .service(readable("/api/docs", docs::page))
        .service(readable("/api/docs.css", docs::style))
        .service(web::scope("/api/v1").configure(api).default_service(web::to(nothing_here)))
        .service(web::scope("/api").default_service(web::to(nothing_here)))
        .service(node::http::ledger_scope(Arc::clone(state.anchor.view())))
        .configure(portal::service::configure(Arc::clone(&state.portal)))
        .default_service(web::to(portal::http::not_found));
}

fn api(config: &mut ServiceConfig) {
    config
        .service(web::resource("/sources/{source}/batches").post(upload::post))
        .service(readable("/batches", batches::list))
        .service(readable("/batches/{id}", batches::get))
        .service(readable("/batches/{id}/rejects", batches::rejects))
        .service(readable("/jobs/{id}", jobs::get).delete(jobs::cancel))
        .service(readable("/enterprises", enterprises::list))
        .service(readable("/enterprises/{uscc}", enterprise::get))
        .service(readable("/enterprises/{uscc}/rating", rating::get))
        .service(readable("/enterprises/{uscc}/ratings", ratings::list))
        .service(readable("/enterprises/{uscc}/activity", activity::get))
        .service(readable("/enterprises/{uscc}/sales", sales::list))
        .service(readable("/sales/{id}", sales::get))
        .service(readable("/traces", traces::list))
        .service(readable("/disclosure", disclosure::many))
        .service(readable("/enterprises/{uscc}/disclosure", disclosure::one))
        .service(readable("/enterprises/{uscc}/docking", docking::of_enterprise))
        .service(readable("/docking/mappings", docking::mappings))
        .service(readable("/docking/reconciliation", docking::reconciliation))
        .service(readable("/enterprises/{uscc}/receipt", receipt::get))
        .service(readable("/enterprises/{uscc}/advice", advice::advice))
        .service(readable("/enterprises/{uscc}/repair-plan", repair_plan::get))
        .service(web::resource("/enterprises/{uscc}/rating/sign-off").post(sign_off::post))
        .service(web::resource("/enterprises/{uscc}/simulations").post(simulations::simulate_one))
        .service(readable("/enterprises/{uscc}/access-log", access_log::of_enterprise))
        .service(readable("/access-log", access_log::all))
        .service(readable("/access-log/alerts", access_alerts::list))
        .service(web::resource("/access-log/alerts/{id}/note").post(access_alerts::note))
        .service(readable("/consents", consents::list).post(consents::post))
        .service(readable("/consents/{id}", consents::get))
        .service(web::resource("/consents/{id}/grant").post(consents::grant))
        .service(web::resource("/consents/{id}/decline").post(consents::decline))
        .service(web::resource("/consents/{id}/revoke").post(consents::revoke))
        .service(readable("/subscriptions", subscriptions::list).post(subscriptions::post))
        .service(readable("/subscriptions/{id}", subscriptions::get).delete(subscriptions::delete))
        .service(web::resource("/subscriptions/{id}/enable").post(subscriptions::enable))
        .service(web::resource("/subscriptions/{id}/secrets").post(subscriptions::add_secret))
        .service(readable("/subscriptions/{id}/deliveries", subscriptions::deliveries))
        .service(
            web::resource("/subscriptions/{id}/deliveries/{delivery}/redeliver")
                .post(subscriptions::redeliver),
        )
        .configure(shared)
        .configure(windowed)
        .configure(party)
        .configure(supervised)
        .service(readable("/screenings", screening_list::get).post(screenings::post))
        .service(readable("/screenings/reviews", screening_reviews::list).post(screening_reviews::post))
        .service(readable("/screenings/{id}", screenings::get))
        .service(readable("/screenings/{id}/{file}", screenings::file))
        .service(readable("/negative-list", negative_list::list))
        .service(readable("/negative-list/{uscc}/proof", negative_list::proof))
        .service(readable("/statistics/trade", statistics::trade))
        .service(readable("/statistics/enterprises", statistics::enterprises))
        .service(readable("/statistics/migration", statistics::migration))
        .service(readable("/statistics/matching", statistics::matching))
        .service(readable("/scorecards", scorecards::list))
        .service(readable("/scorecards/{id}", scorecards::get))
        .configure(identity);
}

/// What departments take from here.
fn shared(config: &mut ServiceConfig) {
    let act = |verb: &str| web::resource(format!("/standing-requests/{{id}}/{verb}"));
    config
        .service(readable("/changes", changes::get))
        .service(readable("/standing-requests", standing_requests::list).post(standing_requests::post))
        .service(readable("/standing-requests/{id}", standing_requests::get))
        .service(act("answer").post(standing_requests::answer))
        .service(act("withdraw").post(standing_requests::withdraw))
        .service(act("correct").post(standing_requests::correct))
        .service(web::resource("/extracts").post(extracts::post))
        .service(readable("/extracts/{id}", extracts::get))
        .service(readable("/extracts/{id}/{file}", extracts::file))
        .service(readable("/enterprises/{uscc}/sharing", sharing::of_enterprise));
}

/// The provincial single window.
fn windowed(config: &mut ServiceConfig) {
    config
        .service(web::resource("/single-window/batches").post(single_window::post))
        .service(readable("/single-window/batches/{id}/receipts", single_window::receipts_of))
        .service(readable("/single-window/receipts", single_window::receipts))
        .service(readable("/single-window/classes", single_window_classes::get));
}

/// Cases and what their parties bring.
fn party(config: &mut ServiceConfig) {
    let file_limit = web::PayloadConfig::new(kept_files::FILE_BYTES_MAX);
    config
        .service(web::resource("/case-files").route(web::post().to(case_files::bring)).app_data(file_limit))
        .service(readable("/cases", case_lists::board))
        .service(readable("/cases/{id}/files/{digest}", case_files::file))
        .service(readable("/repairs/{id}/certificate", repair_certificate::get));
    of_kind!(config, objections, "objections");
    of_kind!(config, appeals, "appeals");
    of_kind!(config, repairs, "repairs");
    of_kind!(config, list_entries, "list-entries");
    of_kind!(config, alerts, "alerts");
    of_kind!(config, disputes, "disputes");
}

/// Measures of supervision, and inspections.
fn supervised(config: &mut ServiceConfig) {
    config
        .service(readable("/measures", measures::list))
        .service(readable("/measures/catalogue", measures::catalogue))
        .service(readable("/measures/{id}", measures::get))
        .service(web::resource("/measures/{id}/confirm").post(measures::confirm))
        .service(web::resource("/measures/{id}/refuse").post(measures::refuse))
        .service(web::resource("/measures/{id}/lift").post(measures::lift))
        .service(readable("/inspection-plans", inspections::list).post(inspections::post))
        .service(readable("/inspection-plans/{id}", inspections::get))
        .service(web::resource("/inspection-plans/{id}/draw").post(inspections::draw))
        .service(readable("/inspection-plans/{id}/tasks", inspections::tasks))
        .service(web::resource("/inspection-plans/{id}/tasks/{uscc}/result").post(inspections::enter));
}

/// The addresses of one kind of case.
macro_rules! of_kind {
    ($config:ident, $kind:ident, $folder:literal) => {
        $config
            .service(readable(concat!("/", $folder), case_kinds::$kind::list).post(case_kinds::$kind::open))
            .service(readable(concat!("/", $folder, "/{id}"), case_kinds::$kind::get))
            .service(web::resource(concat!("/", $folder, "/{id}/{verb}")).post(case_kinds::$kind::step))
    };
}
use of_kind;

/// Who there is, and how they sign in.
fn identity(config: &mut ServiceConfig) {
    let file_limit = web::PayloadConfig::new(FILE_BYTES_MAX);
    config
        .service(readable("/me", me::get))
        .service(web::resource("/me/password").post(me::password))
        .service(web::resource("/me/second-factor").post(me::begin).delete(me::remove))
        .service(web::resource("/me/second-factor/confirm").post(me::confirm))
        .service(readable("/sessions", sessions::list).post(sessions::post).delete(sessions::end_all))
        .service(web::resource("/sessions/{id}").delete(sessions::end))
        .service(readable("/users", users::list).post(users::post))
        .service(readable("/users/{id}", users::get))
        .service(web::resource("/users/{id}/disable").post(users::disable))
        .service(web::resource("/users/{id}/enable").post(users::enable))
        .service(web::resource("/users/{id}/reset").post(users::reset))
        .service(
            readable("/users/{id}/letters", letters::list)
                .route(web::post().to(letters::post))
                .app_data(file_limit),
        )
        .service(web::resource("/letters/{id}/approve").post(letters::approve))
        .service(web::resource("/letters/{id}/refuse").post(letters::refuse))
        .service(web::resource("/letters/{id}/revoke").post(letters::revoke))
        .service(readable("/letters/{id}/file", letters::file))
        .service(readable("/certificates", certificates::list).post(certificates::post))
        .service(web::resource("/certificates/{id}").delete(certificates::revoke))
        .service(readable("/keys", keys::list).post(keys::post))
        .service(web::resource("/keys/{id}").delete(keys::revoke))
        .service(web::resource("/keys/{id}/rotate").post(keys::rotate));
}

/// A resource that is read by GET and HEAD.
fn readable<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args> + Copy,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path).route(web::get().to(handler)).route(web::head().to(handler))
}

async fn nothing_here(_: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::new(Code::NotFound))
}
