//! Going to the provider to sign in, and coming back.
//!
//! The way back begins at another site. The session's cookie (`SameSite=Strict`) is not sent with it, nor with what it
//! is redirected to. So what belongs to the way is in a cookie of its own, `Lax`, for these two addresses and ten
//! minutes; and the answer is a page of ours, from which the browser goes on by itself.

use std::net::IpAddr;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::ServiceData;
use super::http::{Data, begun, page_for, see_other, sign_in_page, unavailable};
use crate::identity::oidc::{CALLBACK, Came, WAY_MS};
use crate::identity::sessions::{LONGEST_MS, Opened};
use crate::identity::{IdentityError, oidc};
use crate::portal::http::{html_response, reader_of};
use crate::portal::render::{self, Page, SignInView};

/// Where browsers leave from.
const START: &str = "/sign-in/oidc";
/// Name of the cookie that a browser has between going and coming back.
const WAY_COOKIE: &str = "xinji_way";

/// The two addresses; without a provider there are none.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource(START).route(web::get().to(leave)))
        .service(web::resource(CALLBACK).route(web::get().to(back)));
}

/// What the provider adds to the address.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Query {
    code: String,
    state: String,
    iss: Option<String>,
}

async fn leave(data: Data, request: HttpRequest) -> HttpResponse {
    let inner = data.clone();
    match web::block(move || inner.identity.leave_for_provider()).await {
        Ok(Ok(leaving)) => see_other(&leaving.url, Some(way_cookie(&data, &request, leaving.way, WAY_MS))),
        Ok(Err(error)) => refused(&data, &request, &error).await,
        Err(error) => {
            tracing::error!(%error, "sign-in at the provider");
            unavailable(&data, &request).await
        }
    }
}

async fn back(data: Data, request: HttpRequest) -> HttpResponse {
    let query = web::Query::<Query>::from_query(request.query_string()).ok();
    let query = query.map(web::Query::into_inner).unwrap_or_default();
    let way = request.cookie(WAY_COOKIE).map(|cookie| cookie.value().to_owned()).unwrap_or_default();
    let (inner, address) = (data.clone(), request.peer_addr().map(|peer| peer.ip()));
    let opened = web::block(move || open(&inner, &way, &query, address)).await;
    let mut response = match opened {
        Ok(Ok(opened)) => signed_in(&data, &request, opened).await,
        Ok(Err(error)) => refused(&data, &request, &error).await,
        Err(error) => {
            tracing::error!(%error, "sign-in at the provider");
            unavailable(&data, &request).await
        }
    };
    // Whatever came of it, this way has ended.
    let ended = response.add_cookie(&way_cookie(&data, &request, String::new(), 0));
    if let Err(error) = ended {
        tracing::warn!(%error, "cookie of a way");
    }
    // The address of this page has a code in it.
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn open(
    data: &ServiceData,
    way: &str,
    query: &Query,
    address: Option<IpAddr>,
) -> Result<Opened, IdentityError> {
    let came = Came { way, code: &query.code, state: &query.state, issuer: query.iss.as_deref() };
    data.identity.return_from_provider(&came, address)
}

/// A page of this site that goes on to the first one: a request that it makes brings the session's cookie.
async fn signed_in(data: &Data, request: &HttpRequest, opened: Opened) -> HttpResponse {
    let mut page = page_for(data, request).await;
    "/".clone_into(&mut page.path);
    match render::render_signed_in(&page) {
        Ok(html) => {
            let mut response = HttpResponse::Ok();
            for cookie in begun(request, opened.id, LONGEST_MS) {
                response.cookie(cookie);
            }
            html_response(response, html)
        }
        Err(error) => {
            tracing::error!(%error, "page after signing in");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// A page that goes on to the provider by itself. What a form is answered may lead to this site alone
/// (`form-action`), and it is said that somebody is signed out here whatever happens there.
pub(super) async fn signed_out(data: &Data, request: &HttpRequest, place: &str) -> HttpResponse {
    let page = Page { path: "/".to_owned(), viewer: None, ..page_for(data, request).await };
    match render::render_signed_out(&page, place) {
        Ok(html) => {
            let mut response = HttpResponse::Ok();
            for cookie in begun(request, String::new(), 0) {
                response.cookie(cookie);
            }
            html_response(response, html)
        }
        Err(error) => {
            tracing::error!(%error, "page after signing out");
            see_other("/", begun(request, String::new(), 0))
        }
    }
}

/// The sign-in page, with what went wrong; the other ways to sign in stand there as well.
async fn refused(data: &Data, request: &HttpRequest, error: &IdentityError) -> HttpResponse {
    if error.is_internal() {
        tracing::error!(%error, "sign-in at the provider");
        return unavailable(data, request).await;
    }
    tracing::warn!(why = %error, "sign-in at the provider refused");
    let response = match error {
        IdentityError::ProviderDown => HttpResponse::ServiceUnavailable(),
        IdentityError::Blocked { .. } => HttpResponse::TooManyRequests(),
        _ => HttpResponse::Forbidden(),
    };
    let lang = super::record_lang(reader_of(data.get_ref(), request).lang);
    let view = SignInView { message: Some(error.message(lang)), ..SignInView::default() };
    sign_in_page(data, request, response, view).await
}

/// The cookie of a way; an age of nothing takes it away.
fn way_cookie(data: &Data, request: &HttpRequest, way: String, age_ms: i64) -> Cookie<'static> {
    let is_https = data.service.provider.as_deref().is_some_and(oidc::Provider::is_https);
    Cookie::build(WAY_COOKIE, way)
        .path(START)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https || request.connection_info().scheme() == "https")
        .max_age(Duration::milliseconds(age_ms))
        .finish()
}
