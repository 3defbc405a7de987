//! Forms of readers who are signed in: taken only from this site's own pages, with the token of the session.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, Route, web};
use credit_core::records::Lang as RecordLang;

use super::http::{self, Data};
use super::{ServiceData, record_lang};
use crate::consents::acts::ConsentError;
use crate::identity::{IdentityError, SignedIn, secrets};
use crate::portal::Reader;
use crate::portal::http::{error_response, html_response, reader_of};
use crate::portal::render::{ErrorView, Page, RenderError};
use crate::portal::texts::Texts;
use crate::store::StoreError;

/// What a form holds, by name.
pub(super) type Fields = HashMap<String, String>;

/// What a form did.
#[derive(Default)]
pub(super) struct Done {
    /// A word on what was done.
    pub words: Option<&'static str>,
    /// What is shown once: a secret, and an address that holds it.
    pub secret: Option<(String, String)>,
}

/// A reader who is signed in, with a form that may be taken.
pub(super) struct Asked {
    pub known: Arc<SignedIn>,
    pub fields: Fields,
    pub reader: Reader,
}

impl Asked {
    /// A field's text; empty when it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |text| text.as_str())
    }

    pub(super) fn lang(&self) -> RecordLang {
        record_lang(self.reader.lang)
    }

    /// A word on what was done.
    pub(super) fn said(&self, words: impl FnOnce(&'static Texts) -> &'static str) -> Done {
        Done { words: Some(words(self.reader.lang.texts())), ..Done::default() }
    }
}

/// Why an act was refused, in words for whoever sent the form.
pub(super) trait Explained: std::fmt::Display {
    /// Whether it is nothing that the reader did.
    fn is_internal(&self) -> bool;
    fn message(&self, lang: RecordLang) -> String;
}

impl Explained for IdentityError {
    fn is_internal(&self) -> bool {
        IdentityError::is_internal(self)
    }

    fn message(&self, lang: RecordLang) -> String {
        IdentityError::message(self, lang)
    }
}

impl Explained for ConsentError {
    fn is_internal(&self) -> bool {
        matches!(self, ConsentError::Store(_))
    }

    fn message(&self, lang: RecordLang) -> String {
        ConsentError::message(self, lang)
    }
}

impl Explained for StoreError {
    fn is_internal(&self) -> bool {
        true
    }

    fn message(&self, _: RecordLang) -> String {
        self.to_string()
    }
}

/// Writes a page, with what its form did or why it did not.
pub(super) type Make = fn(&ServiceData, &SignedIn, &Page, Done, Option<String>) -> Made;

/// A page for somebody who is signed in, and below it the address of each act that its forms ask for, in a body of at
/// most so many bytes.
pub(super) fn room<const N: usize>(
    config: &mut web::ServiceConfig,
    (path, bytes_max): (&'static str, usize),
    make: Make,
    acts: [(&str, Route); N],
) {
    let shown = move |data: Data, request: HttpRequest| async move {
        show(&data, &request, move |data, known, page| make(data, known, page, Done::default(), None)).await
    };
    config.service(web::resource(path).route(web::get().to(shown)).route(web::head().to(shown)));
    for (name, act) in acts {
        let form = web::FormConfig::default().limit(bytes_max);
        config.service(web::resource(format!("{path}/{name}")).app_data(form).route(act));
    }
}

/// Takes the form of an act, and shows the page again.
pub(super) fn post<E: Explained + 'static>(
    act: fn(&ServiceData, &Asked) -> Result<Done, E>,
    make: Make,
) -> Route {
    web::post().to(move |data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>| async move {
        take(&data, &request, fields, act, make).await
    })
}

/// A page for somebody who is signed in.
pub(super) async fn show(
    data: &Data,
    request: &HttpRequest,
    make: impl FnOnce(&ServiceData, &SignedIn, &Page) -> Made + Send + 'static,
) -> HttpResponse {
    let reader = reader_of(data.get_ref(), request);
    let (inner, page) = (data.clone(), http::page_for(data, request).await);
    let made = web::block(move || {
        let known = inner.known(&reader).map_err(|error| Trouble::Other(error.to_string()))?;
        let known = known.ok_or(Trouble::Nobody)?;
        make(&inner, &known, &page)
    })
    .await;
    finish(data, request, made, HttpResponse::Ok()).await
}

/// A page for anybody.
pub(super) async fn show_all(
    data: &Data,
    request: &HttpRequest,
    make: impl FnOnce(&ServiceData, &Page) -> Made + Send + 'static,
) -> HttpResponse {
    let (inner, page) = (data.clone(), http::page_for(data, request).await);
    let made = web::block(move || make(&inner, &page)).await;
    finish(data, request, made, HttpResponse::Ok()).await
}

/// Takes a form, does what it asks for, and shows the page again with what came of it.
pub(super) async fn take<E: Explained>(
    data: &Data,
    request: &HttpRequest,
    fields: Option<web::Form<Fields>>,
    act: impl FnOnce(&ServiceData, &Asked) -> Result<Done, E> + Send + 'static,
    make: impl FnOnce(&ServiceData, &SignedIn, &Page, Done, Option<String>) -> Made + Send + 'static,
) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    take_fields(data, request, fields, act, make).await
}

/// The same with fields that were read already.
pub(super) async fn take_fields<E: Explained>(
    data: &Data,
    request: &HttpRequest,
    fields: Fields,
    act: impl FnOnce(&ServiceData, &Asked) -> Result<Done, E> + Send + 'static,
    make: impl FnOnce(&ServiceData, &SignedIn, &Page, Done, Option<String>) -> Made + Send + 'static,
) -> HttpResponse {
    if !http::is_own_form(request) {
        return http::refused(data, request).await;
    }
    let reader = reader_of(data.get_ref(), request);
    let (inner, page) = (data.clone(), http::page_for(data, request).await);
    let made = web::block(move || {
        let known = inner.known(&reader).map_err(|error| Trouble::Other(error.to_string()))?;
        let known = known.ok_or(Trouble::Nobody)?;
        let given = fields.get("csrf").map_or("", |text| text.as_str());
        if !known.csrf().is_some_and(|csrf| secrets::same(csrf, given)) {
            return Err(Trouble::Foreign);
        }
        let asked = Asked { known, fields, reader };
        let (done, message) = match act(&inner, &asked) {
            Ok(done) => (done, None),
            Err(error) if error.is_internal() => return Err(Trouble::Other(error.to_string())),
            Err(error) => (Done::default(), Some(error.message(asked.lang()))),
        };
        // What was done may have been to sign out.
        let known = inner.known(&asked.reader).map_err(|error| Trouble::Other(error.to_string()))?;
        make(&inner, &*known.ok_or(Trouble::Nobody)?, &page, done, message)
    })
    .await;
    finish(data, request, made, HttpResponse::Ok()).await
}

/// A page, or why there is none.
pub(super) type Made = Result<String, Trouble>;

pub(super) enum Trouble {
    /// Nobody is signed in.
    Nobody,
    /// The form is not of this session.
    Foreign,
    /// There is no such thing, or the reader does not see it.
    NotFound,
    Other(String),
}

impl From<RenderError> for Trouble {
    fn from(error: RenderError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<crate::portal::PortalError> for Trouble {
    fn from(error: crate::portal::PortalError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<IdentityError> for Trouble {
    fn from(error: IdentityError) -> Self {
        Self::Other(error.to_string())
    }
}

async fn finish(
    data: &Data,
    request: &HttpRequest,
    made: Result<Made, actix_web::error::BlockingError>,
    response: actix_web::HttpResponseBuilder,
) -> HttpResponse {
    match made.unwrap_or_else(|error| Err(Trouble::Other(error.to_string()))) {
        Ok(html) => {
            let mut answer = html_response(response, html);
            // Secrets may stand on these pages.
            let headers = answer.headers_mut();
            let no_store = actix_web::http::header::HeaderValue::from_static("no-store");
            headers.insert(actix_web::http::header::CACHE_CONTROL, no_store);
            answer
        }
        Err(Trouble::Nobody) if request.method() == actix_web::http::Method::GET => {
            nobody(data, request).await
        }
        Err(Trouble::Nobody) => http::see_other("/sign-in", None),
        Err(Trouble::NotFound) => http::not_found(data, request).await,
        Err(Trouble::Foreign) => http::refused(data, request).await,
        Err(Trouble::Other(why)) => {
            tracing::error!(%why, path = request.path(), "portal page");
            http::unavailable(data, request).await
        }
    }
}

pub(super) async fn nobody(data: &Data, request: &HttpRequest) -> HttpResponse {
    let page = http::page_for(data, request).await;
    let t = page.lang.texts();
    let view = ErrorView { status: 401, title: t.error_not_signed_in, help: t.error_not_signed_in_help };
    error_response(&page, HttpResponse::Unauthorized(), &view)
}
