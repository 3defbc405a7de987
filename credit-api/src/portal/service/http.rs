//! Signing in and out, and the receipt's download.
//!
//! A token is typed into a form and never stands in an address. The session's cookie is not sent by other sites
//! (`SameSite=Strict`), and a form is taken only from this site's own pages (`Origin` against `Host`).

use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::uscc::Uscc;
use serde::Deserialize;

use super::sessions::SESSION_MS;
use super::{SESSION_COOKIE, ServiceData};
use crate::access::Block;
use crate::anchoring::receipts::{self, NoReceipt};
use crate::portal::http::{error_response, html_response, page_of, reader_of};
use crate::portal::render::{self, ErrorView, SignInView};
use crate::portal::{PortalData, Reader};

/// Longest form, bytes.
const FORM_BYTES_MAX: usize = 1_024;
/// Longest token, bytes.
const TOKEN_BYTES_MAX: usize = 256;

type Data = web::Data<ServiceData>;

pub(super) fn configure(config: &mut web::ServiceConfig, data: Arc<ServiceData>) {
    config
        .app_data(Data::from(data))
        .service(
            web::resource("/sign-in")
                .app_data(web::FormConfig::default().limit(FORM_BYTES_MAX))
                .route(web::get().to(form))
                .route(web::post().to(sign_in)),
        )
        .service(web::resource("/sign-out").route(web::post().to(sign_out)))
        .service(web::resource("/enterprises/{uscc}/receipt.json").route(web::get().to(receipt)));
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    token: String,
}

async fn form(data: Data, request: HttpRequest) -> HttpResponse {
    sign_in_page(&data, &request, HttpResponse::Ok(), false)
}

async fn sign_in(data: Data, request: HttpRequest, typed: Option<web::Form<Typed>>) -> HttpResponse {
    if !is_own_form(&request) {
        return refused(&data, &request);
    }
    let token = typed.map(|typed| typed.into_inner().token).unwrap_or_default();
    let token = token.trim();
    if token.is_empty() || token.len() > TOKEN_BYTES_MAX || !data.sign_in.check(token) {
        tracing::warn!("sign-in refused");
        return sign_in_page(&data, &request, HttpResponse::Forbidden(), true);
    }
    match data.sessions.open(data.service.clock.now().0) {
        Ok(id) => see_other("/", Some(session_cookie(&request, id, Duration::milliseconds(SESSION_MS)))),
        Err(error) => {
            tracing::error!(%error, "no randomness for a session");
            HttpResponse::ServiceUnavailable().finish()
        }
    }
}

async fn sign_out(data: Data, request: HttpRequest) -> HttpResponse {
    if !is_own_form(&request) {
        return refused(&data, &request);
    }
    if let Some(cookie) = request.cookie(SESSION_COOKIE) {
        data.sessions.close(cookie.value());
    }
    see_other("/", Some(session_cookie(&request, String::new(), Duration::ZERO)))
}

async fn receipt(data: Data, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    if !data.sight(&reader_of(data.get_ref(), &request)).may(Block::Receipt) {
        return see_other("/sign-in", None);
    }
    let Ok(uscc) = Uscc::parse(&uscc) else { return no_receipt(&data, &request) };
    let inner = data.clone();
    let made = web::block(move || {
        let mut connection = inner.service.database.connection()?;
        receipts::current(&mut connection, &inner.anchor.reader(), uscc.as_str(), receipts::Format::Json)
    })
    .await;
    match made {
        Ok(Ok(text)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CACHE_CONTROL, "private, no-store"))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"receipt-{uscc}.json\""),
            ))
            .body(text),
        Ok(Err(NoReceipt::NoRating(_) | NoReceipt::Pending | NoReceipt::Erased)) => {
            no_receipt(&data, &request)
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "receipt");
            unavailable(&data, &request)
        }
        Err(error) => {
            tracing::error!(%error, "receipt");
            unavailable(&data, &request)
        }
    }
}

/// Whether the form was sent from a page of this host. Browsers send `Origin` with every POST.
fn is_own_form(request: &HttpRequest) -> bool {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let host = text(header::HOST);
    origin.is_some() && origin == host
}

fn session_cookie(request: &HttpRequest, id: String, age: Duration) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, id)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(request.connection_info().scheme() == "https")
        .max_age(age)
        .finish()
}

fn see_other(place: &str, cookie: Option<Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, place)).insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(cookie) = cookie {
        response.cookie(cookie);
    }
    response.finish()
}

fn sign_in_page(
    data: &ServiceData,
    request: &HttpRequest,
    response: actix_web::HttpResponseBuilder,
    refused: bool,
) -> HttpResponse {
    let reader: Reader = reader_of(data, request);
    let viewer = data.viewer(&reader).unwrap_or_default();
    let page = page_of(data, request, &reader, viewer);
    match render::render_sign_in(&page, &SignInView { refused }) {
        Ok(html) => html_response(response, html),
        Err(error) => {
            tracing::error!(%error, "sign-in page");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn refused(data: &ServiceData, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::Forbidden(), 403)
}

fn no_receipt(data: &ServiceData, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::NotFound(), 404)
}

fn unavailable(data: &ServiceData, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::ServiceUnavailable(), 503)
}

fn trouble(
    data: &ServiceData,
    request: &HttpRequest,
    response: actix_web::HttpResponseBuilder,
    status: u16,
) -> HttpResponse {
    let reader = reader_of(data, request);
    let t = reader.lang.texts();
    let (title, help) = match status {
        403 => (t.error_foreign_form, t.error_foreign_form_help),
        404 => (t.error_no_receipt, t.error_no_receipt_help),
        _ => (t.error_unavailable, t.error_unavailable_help),
    };
    error_response(&page_of(data, request, &reader, None), response, &ErrorView { status, title, help })
}
