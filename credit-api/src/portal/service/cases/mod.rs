//! Cases as pages: the list of a reader's cases by deadline ([`desk`]), one with its terms and what may be done
//! ([`one`]), the form that opens one ([`open`]). What may be done is the engine's; the pages only ask it.

mod desk;
mod one;
mod open;

use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::cases::{Digest, Verb};
use credit_core::records::{Lang as RecordLang, SourceId};

use super::forms::{self, Asked, Done, Explained};
use super::http::{self, Data};
use super::parts::{self, Parts, Upload};
use super::{ServiceData, alerts, words};
use crate::access::Audience;
use crate::cases::acts::{self, Brought, CaseError};
use crate::cases::parties::Party;
use crate::cases::subject::About;
use crate::cases::{files, store};
use crate::portal::Reader;
use crate::portal::case_texts::CaseTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::encoded;
use crate::store::StoreError;

pub(super) use desk::open_of;

pub(super) const PATH: &str = "/cases";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource(PATH).route(web::get().to(desk::page)).route(web::head().to(desk::page)))
        .service(web::resource(format!("{PATH}/new")).route(web::get().to(open::page)))
        .service(web::resource(format!("{PATH}/open")).route(web::post().to(open_case)))
        .service(web::resource(format!("{PATH}/{{id}}/files/{{digest}}")).route(web::get().to(one::file)))
        .service(web::resource(format!("{PATH}/{{id}}/certificate")).route(web::get().to(one::certificate)))
        .service(
            web::resource(format!("{PATH}/{{id}}"))
                .route(web::get().to(one::page))
                .route(web::post().to(step)),
        );
}

/// Why a form was not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error("{0} is no PDF, PNG or JPEG")]
    NoFile(String),
    #[error("the form is over a limit")]
    TooLarge,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Case(error.into())
    }
}

impl Explained for Refused {
    fn is_internal(&self) -> bool {
        matches!(self, Self::Case(CaseError::Store(_)))
    }

    fn message(&self, lang: RecordLang) -> String {
        let c = CaseTexts::of(if lang == RecordLang::Zh { Lang::Zh } else { Lang::En });
        match self {
            Self::TooLarge => c.too_large.to_owned(),
            Self::NoFile(name) => format!("{}{name}", c.no_file),
            Self::Case(error) if lang == RecordLang::Zh => error.zh(),
            Self::Case(error) => error.to_string(),
        }
    }
}

/// The form of somebody who is signed in: from nobody else are files read.
pub(super) async fn received(
    data: &Data,
    request: &HttpRequest,
    form: Multipart,
) -> Result<(Reader, Parts), HttpResponse> {
    if !http::is_own_form(request) {
        return Err(http::refused(data, request).await);
    }
    let reader = reader_of(data.get_ref(), request);
    let (inner, asked) = (data.clone(), reader.clone());
    match web::block(move || inner.known(&asked)).await {
        Ok(Ok(Some(_))) => Ok((reader, parts::read(form).await)),
        Ok(Ok(None)) => Err(http::see_other("/sign-in", None)),
        _ => Err(http::unavailable(data, request).await),
    }
}

/// Takes a step in a case, and shows the case again.
async fn step(data: Data, request: HttpRequest, id: web::Path<String>, form: Multipart) -> HttpResponse {
    let (reader, parts) = match received(&data, &request, form).await {
        Ok(received) => received,
        Err(answer) => return answer,
    };
    let id = id.into_inner();
    let (uploads, is_too_large, shown) = (parts.uploads, parts.is_too_large, id.clone());
    let act = move |data: &ServiceData, asked: &Asked| {
        if is_too_large {
            return Err(Refused::TooLarge);
        }
        let party = Party::of(&asked.known);
        let row = store::find(&mut *data.service.database.connection()?, &id)?;
        let kind = row.ok_or(CaseError::NotFound)?.kind()?;
        let verb = Verb::of(asked.text("verb")).ok_or(CaseError::NotFound)?;
        let version = asked.text("version").parse().map_err(|_| CaseError::NotFound)?;
        let brought = brought(data, asked, &party, &uploads)?;
        acts::step(&data.service, &party, (&id, kind, version), verb, &brought, &mut |_, _| Ok(()))?;
        Ok(Done { words: Some(CaseTexts::of(asked.reader.lang).taken), ..Done::default() })
    };
    let make = move |data: &ServiceData, known: &_, page: &_, done: Done, message| {
        one::written(data, known, page, &one::Asking { id: shown, reader }, (done.words, message))
    };
    forms::take_fields(&data, &request, parts.fields, act, make).await
}

/// Opens a case, and shows it.
async fn open_case(data: Data, request: HttpRequest, form: Multipart) -> HttpResponse {
    let (reader, parts) = match received(&data, &request, form).await {
        Ok(received) => received,
        Err(answer) => return answer,
    };
    let (uploads, is_too_large) = (parts.uploads, parts.is_too_large);
    let shown = parts.fields.clone();
    let opened = std::sync::Arc::new(std::sync::OnceLock::new());
    let told = opened.clone();
    let act = move |data: &ServiceData, asked: &Asked| {
        if is_too_large {
            return Err(Refused::TooLarge);
        }
        let party = Party::of(&asked.known);
        let (kind, uscc, about) = open::question(&asked.fields)?;
        let brought = Brought { about: Some(about), ..brought(data, asked, &party, &uploads)? };
        let (row, _) = acts::open(&data.service, &party, (kind, uscc), &brought, &mut |_, _| Ok(()))?;
        let _ = told.set(row.id);
        Ok(Done { words: Some(CaseTexts::of(asked.reader.lang).submitted), ..Done::default() })
    };
    let make = move |data: &ServiceData, known: &_, page: &_, done: Done, message| match opened.get() {
        Some(id) => {
            let asking = one::Asking { id: id.clone(), reader };
            one::written(data, known, page, &asking, (done.words, message))
        }
        None => open::written(data, known, page, &shown, message),
    };
    forms::take_fields(&data, &request, parts.fields, act, make).await
}

fn brought(data: &ServiceData, asked: &Asked, party: &Party, uploads: &[Upload]) -> Result<Brought, Refused> {
    let text = |name| Some(asked.text(name).trim().to_owned()).filter(|text| !text.is_empty());
    let mut attachments = Vec::with_capacity(uploads.len());
    for upload in uploads {
        let kept = files::keep(&data.service, party, &upload.name, &upload.bytes)?;
        let row = kept.ok_or_else(|| Refused::NoFile(upload.name.clone()))?;
        let digest = Digest::try_from(row.digest.clone());
        attachments.push(digest.map_err(|_| CaseError::NoSuchFile { digest: row.digest })?);
    }
    Ok(Brought {
        outcome: text("outcome").and_then(|code| credit_core::cases::Outcome::of(&code)),
        reason: text("reason"),
        basis: text("basis"),
        attachments,
        about: None,
        asked: text("asked").and_then(|code| Audience::of_code(&code)).filter(|who| who.is_department()),
    })
}

/// What a case of this enterprise is about, in a line.
pub(super) fn about_words(about: &About, uscc: &str, lang: Lang) -> String {
    let c = CaseTexts::of(lang);
    match about {
        About::Record(record) => {
            let source = SourceId::ALL.into_iter().find(|source| source.as_str() == record.source);
            let title = source.map_or(record.source.as_str(), |source| words::source(source, lang));
            let parts = record.key.iter().map(String::as_str);
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty() && *part != uscc).collect();
            format!("{title} · {}", parts.join(" · "))
        }
        About::Rating(seq) => lang.pick(format!("{} {seq} 次", c.rating_no), format!("{}{seq}", c.rating_no)),
        About::Indicator(code) => format!("{} {code}", c.indicator),
        About::Entry(case) => format!("{} {case}", c.entry),
        About::Watch(entry) => format!("{} · {}", entry.code, entry.facts),
        About::Alert(alarm) => alerts::title(&alarm.rule, lang),
        About::Order(number) => format!("{} {number}", c.order),
    }
}

/// Where the certificate of a repair is saved.
pub(super) fn certificate_href(id: &str) -> String {
    format!("{PATH}/{id}/certificate")
}

/// Where an entry of the watch list is proposed.
pub(super) fn watch_href(uscc: &str) -> String {
    format!("{PATH}/new?kind={}&uscc={uscc}", credit_core::cases::Kind::ListEntry.code())
}

/// Where a consumer's dispute with an enterprise is filed.
pub(super) fn dispute_href(uscc: &str) -> String {
    format!("{PATH}/new?kind={}&uscc={uscc}", credit_core::cases::Kind::Dispute.code())
}

/// Where a case is opened from a page.
pub(super) fn open_href(kind: credit_core::cases::Kind, uscc: &str, about: &About) -> Option<String> {
    let about = serde_json::to_string(about).ok()?;
    Some(format!("{PATH}/new?kind={}&uscc={uscc}&about={}", kind.code(), encoded(&about)))
}
