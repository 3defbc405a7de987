//! Requests to pages. Every answer carries a strict content security policy; nothing comes from elsewhere.

use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

use super::assets;
use super::data::{PortalData, PortalError, Reader, SearchAsk};
use super::lang::{LANG_COOKIE, Lang};
use super::render::{self, ErrorView, Page, RenderError, Viewer, encoded};
use super::view::Sort;
use crate::access::Looks;

/// Longest search text, in characters.
pub const QUERY_CHARS_MAX: usize = 100;
/// Longest cursor and longest code in an address, in bytes.
const CURSOR_BYTES_MAX: usize = 200;
/// Holds the purpose for which an officer reads, until the browser is closed.
pub const PURPOSE_COOKIE: &str = "xinji-purpose";
/// What a page may load: only what this server serves as files. Styles and scripts inside the page are refused.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the handlers work with.
type Data = web::Data<dyn PortalData>;

/// Adds the portal's routes. The data are shared by all workers.
pub fn configure(data: Arc<dyn PortalData>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(Data::from(data))
            .service(web::resource("/").route(web::get().to(home)).route(web::head().to(home)))
            .service(web::resource("/enterprises").route(web::get().to(search)).route(web::head().to(search)))
            .service(
                web::resource("/enterprises/{uscc}")
                    .route(web::get().to(enterprise))
                    .route(web::head().to(enterprise)),
            )
            .service(web::resource("/zone").route(web::get().to(zone)).route(web::head().to(zone)))
            .service(web::resource("/ledger-view").route(web::get().to(ledger)).route(web::head().to(ledger)))
            .service(web::resource("/verify").route(web::get().to(verify)).route(web::head().to(verify)))
            .service(
                web::resource("/assets/{version}/{file}")
                    .route(web::get().to(asset))
                    .route(web::head().to(asset)),
            );
    }
}

/// Everything a page may be asked with.
#[derive(Debug, Default, Deserialize)]
struct Ask {
    lang: Option<String>,
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    grade: String,
    cursor: Option<String>,
    sort: Option<String>,
}

impl Ask {
    fn read(request: &HttpRequest) -> Option<Self> {
        web::Query::<Ask>::from_query(request.query_string()).ok().map(web::Query::into_inner)
    }

    /// Whether all texts are within their limits.
    fn fits(&self) -> bool {
        let short = |text: &str| text.len() <= CURSOR_BYTES_MAX;
        self.q.chars().count() <= QUERY_CHARS_MAX
            && short(&self.kind)
            && short(&self.grade)
            && self.cursor.as_deref().is_none_or(short)
            && self.sort.as_deref().is_none_or(short)
    }

    fn sort(&self) -> Sort {
        match self.sort.as_deref() {
            Some("loss") => Sort::Loss,
            _ => Sort::Catalogue,
        }
    }

    /// The query again, without the language.
    fn kept(&self) -> String {
        let cursor = self.cursor.as_deref().unwrap_or_default();
        let sort = self.sort.as_deref().unwrap_or_default();
        let pairs = [
            ("q", &*self.q),
            ("kind", &*self.kind),
            ("grade", &*self.grade),
            ("cursor", cursor),
            ("sort", sort),
        ];
        let kept = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        kept.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }
}

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("not found")]
    NotFound,
    #[error("bad request")]
    BadRequest,
    #[error(transparent)]
    Data(PortalError),
    #[error(transparent)]
    Render(RenderError),
}

impl From<PortalError> for Trouble {
    fn from(error: PortalError) -> Self {
        Self::Data(error)
    }
}

impl From<RenderError> for Trouble {
    fn from(error: RenderError) -> Self {
        Self::Render(error)
    }
}

type Content = Result<String, Trouble>;

async fn home(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |data, page, reader, _| Ok(render::render_home(page, &data.home(reader)?)?)).await
}

async fn search(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |data, page, reader, ask| {
        let asked = SearchAsk {
            q: ask.q.trim().to_owned(),
            kind: ask.kind.clone(),
            grade: ask.grade.clone(),
            cursor: ask.cursor.clone().filter(|cursor| !cursor.is_empty()),
        };
        Ok(render::render_search(page, &data.search(&asked, reader)?)?)
    })
    .await
}

async fn enterprise(data: Data, request: HttpRequest, uscc: web::Path<String>) -> HttpResponse {
    answer(data, request, move |data, page, reader, ask| {
        if uscc.len() > CURSOR_BYTES_MAX {
            return Err(Trouble::NotFound);
        }
        let view = data.enterprise(&uscc, ask.sort(), reader)?.ok_or(Trouble::NotFound)?;
        Ok(render::render_enterprise(page, &view)?)
    })
    .await
}

async fn zone(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |data, page, reader, _| Ok(render::render_zone(page, &data.zone(reader)?)?)).await
}

async fn ledger(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |data, page, reader, ask| {
        let cursor = ask.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        Ok(render::render_ledger(page, &data.ledger(cursor, reader)?)?)
    })
    .await
}

async fn verify(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |data, page, reader, _| Ok(render::render_verify(page, &data.verify(reader)?)?))
        .await
}

/// A file of the portal; with the current version in the address it may be kept for ever.
async fn asset(path: web::Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (version, file) = path.into_inner();
    let Some(asset) = assets::find(&file) else { return HttpResponse::NotFound().finish() };
    let etag = format!("\"{}\"", assets::version());
    let kept = if version == assets::version() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let mut response =
        if known == Some(etag.as_str()) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag.as_str()))
        .insert_header((header::CACHE_CONTROL, kept))
        .insert_header((header::CONTENT_TYPE, asset.content_type))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if known == Some(etag.as_str()) { response.finish() } else { response.body(asset.body) }
}

/// Reads who asks for what, makes the page on the blocking pool, and answers.
async fn answer(
    data: Data,
    request: HttpRequest,
    make: impl FnOnce(&dyn PortalData, &Page, &Reader, &Ask) -> Content + Send + 'static,
) -> HttpResponse {
    let asked = Ask::read(&request);
    let chosen = asked.as_ref().and_then(|ask| ask.lang.clone());
    let reader = reader(data.get_ref(), &request, chosen.as_deref());
    let ask = asked.filter(Ask::fits);
    let mut page = Page {
        lang: reader.lang,
        path: request.path().to_owned(),
        query: ask.as_ref().map(Ask::kept).unwrap_or_default(),
        viewer: None,
        sample: data.is_sample(),
    };
    let lang = reader.lang;
    let bare = page.clone();
    let made = web::block(move || {
        let ask = ask.ok_or(Trouble::BadRequest)?;
        page.viewer = data.viewer(&reader)?;
        make(data.get_ref(), &page, &reader, &ask)
    })
    .await;
    let mut response = match made {
        Ok(Ok(html)) => html_response(HttpResponse::Ok(), html),
        Ok(Err(trouble)) => trouble_response(&trouble, &bare),
        Err(error) => {
            tracing::error!(%error, path = %bare.path, "portal page");
            trouble_response(&Trouble::Data(PortalError(Box::new(error))), &bare)
        }
    };
    if chosen.is_some() {
        let remembered = Cookie::build(LANG_COOKIE, lang.code())
            .path("/")
            .same_site(SameSite::Lax)
            .http_only(true)
            .max_age(Duration::days(365))
            .finish();
        // A cookie of two letters always fits a header.
        if let Err(error) = response.add_cookie(&remembered) {
            tracing::warn!(%error, "language cookie");
        }
    }
    response
}

fn reader(data: &dyn PortalData, request: &HttpRequest, lang: Option<&str>) -> Reader {
    let cookie = |name: &str| request.cookie(name).map(|cookie| cookie.value().to_owned());
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Reader {
        lang: Lang::negotiate(lang, cookie(LANG_COOKIE).as_deref(), accept),
        session: cookie(data.session_cookie()),
        purpose: cookie(PURPOSE_COOKIE),
        looks: request.extensions().get::<Looks>().cloned().unwrap_or_default(),
    }
}

/// Who asks, with the language the address, the cookie or the browser names.
pub(super) fn reader_of(data: &dyn PortalData, request: &HttpRequest) -> Reader {
    let asked = Ask::read(request);
    reader(data, request, asked.as_ref().and_then(|ask| ask.lang.as_deref()))
}

/// What surrounds a page without a query.
pub(super) fn page_of(
    data: &dyn PortalData,
    request: &HttpRequest,
    reader: &Reader,
    viewer: Option<Viewer>,
) -> Page {
    Page {
        lang: reader.lang,
        path: request.path().to_owned(),
        query: String::new(),
        viewer,
        sample: data.is_sample(),
    }
}

fn trouble_response(trouble: &Trouble, page: &Page) -> HttpResponse {
    let t = page.lang.texts();
    let (status, title, help, response) = match trouble {
        Trouble::NotFound if page.path.starts_with("/enterprises/") => {
            (404, t.error_no_enterprise, t.error_code_help, HttpResponse::NotFound())
        }
        Trouble::NotFound => (404, t.error_not_found, t.error_not_found_help, HttpResponse::NotFound()),
        Trouble::BadRequest => {
            (400, t.error_bad_request, t.error_bad_request_help, HttpResponse::BadRequest())
        }
        Trouble::Data(_) | Trouble::Render(_) => {
            tracing::error!(%trouble, path = %page.path, "portal page");
            (503, t.error_unavailable, t.error_unavailable_help, HttpResponse::ServiceUnavailable())
        }
    };
    error_response(page, response, &ErrorView { status, title, help })
}

/// An error page.
pub(super) fn error_response(page: &Page, response: HttpResponseBuilder, view: &ErrorView) -> HttpResponse {
    match render::render_error(page, view) {
        Ok(html) => html_response(response, html),
        Err(error) => {
            tracing::error!(%error, "portal error page");
            HttpResponse::InternalServerError().finish()
        }
    }
}

pub(super) fn html_response(mut response: HttpResponseBuilder, html: String) -> HttpResponse {
    response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "Accept-Language, Cookie"))
        .body(html)
}

/// The page for an address that nothing else answers; for `App::default_service`.
pub async fn not_found(data: Data, request: HttpRequest) -> HttpResponse {
    answer(data, request, |_, _, _, _| Err(Trouble::NotFound)).await
}
