//! Signing in and out, and the receipt's download.
//!
//! A token is typed into a form and never stands in an address. The session's cookie is not sent by other sites
//! (`SameSite=Strict`), and a form is taken only from this site's own pages (`Origin` against `Host`).

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use credit_core::uscc::Uscc;
use serde::Deserialize;

use super::{
    SESSION_COOKIE, ServiceData, account, cases, consents, docking, inspections, keys, looks, measures,
    my_credit, negative_list, oidc, portfolio, purpose, sales, screening, sharing, statistics, traces,
    webhooks,
};
use crate::access::{Block, Outcome, Subject};
use crate::anchoring::receipts::{self, NoReceipt};
use crate::identity::sessions::{LONGEST_MS, Opened};
use crate::identity::{self, IdentityError, secrets};
use crate::portal::http::{error_response, html_response, page_of, reader_of};
use crate::portal::render::{self, ErrorView, Page, SignInView};
use crate::portal::{PortalData, PortalError};

/// Longest form, bytes.
pub(super) const FORM_BYTES_MAX: usize = 4_096;
/// Longest token, bytes.
const TOKEN_BYTES_MAX: usize = 256;

pub(super) type Data = web::Data<ServiceData>;

pub(super) fn configure(config: &mut web::ServiceConfig, data: Arc<ServiceData>) {
    if data.service.provider.is_some() {
        config.configure(oidc::configure);
    }
    config
        .app_data(Data::from(data))
        .service(
            web::resource("/sign-in")
                .app_data(web::FormConfig::default().limit(FORM_BYTES_MAX))
                .route(web::get().to(form))
                .route(web::post().to(sign_in)),
        )
        .service(web::resource("/sign-out").route(web::post().to(sign_out)))
        .configure(account::configure)
        .configure(keys::configure)
        .configure(looks::configure)
        .configure(cases::configure)
        .configure(my_credit::configure)
        .configure(measures::configure)
        .configure(inspections::configure)
        .configure(consents::configure)
        .configure(portfolio::configure)
        .configure(purpose::configure)
        .configure(docking::configure)
        .configure(negative_list::configure)
        .configure(webhooks::configure)
        .configure(sales::configure)
        .configure(traces::configure)
        .configure(screening::configure)
        .configure(sharing::configure)
        .configure(statistics::configure)
        .service(web::resource("/enterprises/{uscc}/receipt.json").route(web::get().to(receipt)));
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Csrf {
    csrf: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    login: String,
    password: String,
    code: String,
    new_password: String,
    token: String,
}

async fn form(data: Data, request: HttpRequest) -> HttpResponse {
    sign_in_page(&data, &request, HttpResponse::Ok(), SignInView::default()).await
}

async fn sign_in(data: Data, request: HttpRequest, typed: Option<web::Form<Typed>>) -> HttpResponse {
    if !is_own_form(&request) {
        return refused(&data, &request).await;
    }
    let typed = typed.map(web::Form::into_inner).unwrap_or_default();
    let (inner, address) = (data.clone(), request.peer_addr().map(|peer| peer.ip()));
    let login = typed.login.clone();
    let by_token = !typed.token.trim().is_empty();
    let opened = web::block(move || open(&inner, &typed, address)).await;
    let view = SignInView { login, ..SignInView::default() };
    let lang = reader_of(data.get_ref(), &request).lang;
    match opened {
        Ok(Ok(opened)) => see_other("/", begun(&request, opened.id, LONGEST_MS)),
        Ok(Err(error)) if error.is_internal() => {
            tracing::error!(%error, "sign-in");
            unavailable(&data, &request).await
        }
        Ok(Err(error)) => {
            tracing::warn!(why = %error, "sign-in refused");
            let (status, view) = match error {
                IdentityError::NewPasswordNeeded => {
                    (HttpResponse::Forbidden(), SignInView { new_password: true, ..view })
                }
                IdentityError::WeakPassword { .. } => {
                    let message = error.message(super::record_lang(lang));
                    let view = SignInView { new_password: true, message: Some(message), ..view };
                    (HttpResponse::Forbidden(), view)
                }
                IdentityError::Blocked { .. } => {
                    let message = error.message(super::record_lang(lang));
                    (HttpResponse::TooManyRequests(), SignInView { message: Some(message), ..view })
                }
                _ => {
                    let view = SignInView { refused: !by_token, token_refused: by_token, ..view };
                    (HttpResponse::Forbidden(), view)
                }
            };
            sign_in_page(&data, &request, status, view).await
        }
        Err(error) => {
            tracing::error!(%error, "sign-in");
            unavailable(&data, &request).await
        }
    }
}

/// With the token where one was typed, else with login and password.
fn open(data: &ServiceData, typed: &Typed, address: Option<IpAddr>) -> Result<Opened, IdentityError> {
    let token = typed.token.trim();
    if !token.is_empty() {
        let token = if token.len() > TOKEN_BYTES_MAX { "" } else { token };
        return data.identity.sign_in_with_token(token, address);
    }
    let new_password = Some(typed.new_password.as_str()).filter(|text| !text.is_empty());
    let (login, password) = (typed.login.as_str(), typed.password.as_str());
    data.identity
        .sign_in(&identity::sign_in::Typed { login, password, code: &typed.code, new_password }, address)
}

async fn sign_out(data: Data, request: HttpRequest, typed: Option<web::Form<Csrf>>) -> HttpResponse {
    let given = typed.map(|typed| typed.into_inner().csrf).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    let inner = data.clone();
    let is_own = is_own_form(&request);
    let ended = web::block(move || match inner.known(&reader)? {
        Some(known) if is_own && known.csrf().is_some_and(|csrf| secrets::same(csrf, &given)) => {
            inner.identity.end_session(&known).map_err(super::failed)?;
            Ok::<_, PortalError>(Some(inner.identity.leave_for_good(&known)))
        }
        Some(_) => Ok(None),
        None => Ok(is_own.then_some(None)),
    })
    .await;
    match ended {
        Ok(Ok(None)) => refused(&data, &request).await,
        Ok(Ok(Some(None))) => see_other("/", begun(&request, String::new(), 0)),
        Ok(Ok(Some(Some(place)))) => oidc::signed_out(&data, &request, &place).await,
        Ok(Err(error)) => {
            tracing::error!(%error, "sign-out");
            unavailable(&data, &request).await
        }
        Err(error) => {
            tracing::error!(%error, "sign-out");
            unavailable(&data, &request).await
        }
    }
}

async fn receipt(data: Data, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    let inner = data.clone();
    let Ok(uscc) = Uscc::parse(&uscc) else { return no_receipt(&data, &request).await };
    let may = web::block(move || {
        let sight = inner.sight(&reader)?.about(&inner.service, uscc.as_str())?;
        Ok::<_, PortalError>(sight.may(Subject::One(uscc.as_str()), Block::Receipt) == Outcome::Full)
    });
    if !matches!(may.await, Ok(Ok(true))) {
        return see_other("/sign-in", None);
    }
    let inner = data.clone();
    let made = web::block(move || {
        let mut connection = inner.service.database.connection()?;
        receipts::of_enterprise(
            &mut connection,
            &inner.anchor.reader(),
            uscc.as_str(),
            None,
            receipts::Format::Json,
        )
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
            no_receipt(&data, &request).await
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "receipt");
            unavailable(&data, &request).await
        }
        Err(error) => {
            tracing::error!(%error, "receipt");
            unavailable(&data, &request).await
        }
    }
}

/// Whether the form was sent from a page of this host. Browsers send `Origin` with every POST.
pub(super) fn is_own_form(request: &HttpRequest) -> bool {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let host = text(header::HOST);
    origin.is_some() && origin == host
}

/// The cookie of a session; an age of nothing takes it away.
#[must_use]
pub fn session_cookie(request: &HttpRequest, id: String, age_ms: i64) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, id)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(request.connection_info().scheme() == "https")
        .max_age(Duration::milliseconds(age_ms))
        .finish()
}

/// The cookies of a browser on which a session begins or ends.
pub(super) fn begun(request: &HttpRequest, id: String, age_ms: i64) -> [Cookie<'static>; 2] {
    [session_cookie(request, id, age_ms), purpose::forgotten(request)]
}

pub(super) fn see_other(place: &str, cookies: impl IntoIterator<Item = Cookie<'static>>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, place)).insert_header((header::CACHE_CONTROL, "no-store"));
    for cookie in cookies {
        response.cookie(cookie);
    }
    response.finish()
}

/// The sign-in page, which may also answer another address.
pub(super) async fn sign_in_page(
    data: &Data,
    request: &HttpRequest,
    response: HttpResponseBuilder,
    view: SignInView,
) -> HttpResponse {
    let mut page = page_for(data, request).await;
    "/sign-in".clone_into(&mut page.path);
    let view = SignInView { provider: data.service.provider.is_some(), ..view };
    match render::render_sign_in(&page, &view) {
        Ok(html) => html_response(response, html),
        Err(error) => {
            tracing::error!(%error, "sign-in page");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// What surrounds a page of this reader.
pub(super) async fn page_for(data: &Data, request: &HttpRequest) -> Page {
    let reader = reader_of(data.get_ref(), request);
    let (inner, asked) = (data.clone(), reader.clone());
    let viewer = web::block(move || inner.viewer(&asked)).await;
    let viewer = viewer.ok().and_then(Result::ok).flatten();
    page_of(data.get_ref(), request, &reader, viewer)
}

pub(super) async fn refused(data: &Data, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::Forbidden(), 403).await
}

/// There is no such thing, or the reader does not see it.
pub(super) async fn not_found(data: &Data, request: &HttpRequest) -> HttpResponse {
    let page = page_for(data, request).await;
    let t = page.lang.texts();
    let view = ErrorView { status: 404, title: t.error_not_found, help: t.error_not_found_help };
    error_response(&page, HttpResponse::NotFound(), &view)
}

async fn no_receipt(data: &Data, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::NotFound(), 404).await
}

pub(super) async fn unavailable(data: &Data, request: &HttpRequest) -> HttpResponse {
    trouble(data, request, HttpResponse::ServiceUnavailable(), 503).await
}

async fn trouble(
    data: &Data,
    request: &HttpRequest,
    response: HttpResponseBuilder,
    status: u16,
) -> HttpResponse {
    let page = page_for(data, request).await;
    let t = page.lang.texts();
    let (title, help) = match status {
        403 => (t.error_foreign_form, t.error_foreign_form_help),
        404 => (t.error_no_receipt, t.error_no_receipt_help),
        _ => (t.error_unavailable, t.error_unavailable_help),
    };
    error_response(&page, response, &ErrorView { status, title, help })
}
