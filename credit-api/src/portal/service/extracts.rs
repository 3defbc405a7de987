//! Extracts on the page of sharing: a department has one made, sees how far it is, and fetches the files.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use credit_core::dates::Moment;

use super::agreements::minute;
use super::forms::{self, Asked, Done, Explained};
use super::http::{self, Data};
use super::sharing::PATH;
use super::{PortalError, ServiceData};
use crate::jobs::store::State;
use crate::portal::http::{error_response, reader_of};
use crate::portal::lang::Lang;
use crate::portal::render::ErrorView;
use crate::portal::view::{ExtractLine, ExtractsView};
use crate::sharing::attachment::attachment;
use crate::sharing::extract::{Extract, FILES};
use crate::sharing::fetching::{self, Refused};
use crate::sharing::requests::StandingRequest;
use crate::store::{DbConnection, StoreError};

/// Extracts shown, of all requests and of one; the others are in the department's own books.
const EXTRACTS_SHOWN: i64 = 200;
const OF_ONE_SHOWN: usize = 5;

/// Where files are fetched.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    let file = web::get().to(file);
    config.service(web::resource(format!("{PATH}/extracts/{{id}}/{{file}}")).route(file));
}

impl Explained for Refused {
    fn is_internal(&self) -> bool {
        matches!(self, Refused::Store(_) | Refused::Io(_))
    }

    fn message(&self, lang: credit_core::records::Lang) -> String {
        Refused::message(self, lang)
    }
}

pub(super) fn ask(data: &ServiceData, asked: &Asked) -> Result<Done, Refused> {
    let (who, id) = (&asked.known.principal, asked.text("id"));
    fetching::ask(&data.service, &data.jobs, who, id, &mut |_, _| Ok(()))?;
    Ok(asked.said(|t| t.extracts_asked))
}

/// Why no file is sent.
enum NoFile {
    Nobody,
    Refused(Refused),
    Failed(PortalError),
}

async fn file(data: Data, request: HttpRequest, place: web::Path<(String, String)>) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    let (id, asked) = place.into_inner();
    let inner = data.clone();
    let opened = web::block(move || {
        let known = inner.known(&reader).map_err(NoFile::Failed)?.ok_or(NoFile::Nobody)?;
        let name = FILES.into_iter().find(|name| *name == asked).ok_or(NoFile::Refused(Refused::NotFound))?;
        let opened = fetching::open(&inner.service, &known.principal, &id, name);
        opened.map(|(file, bytes)| (name, file, bytes)).map_err(NoFile::Refused)
    })
    .await;
    match opened {
        Ok(Ok((name, file, bytes))) => attachment(name, file, bytes),
        Ok(Err(NoFile::Nobody)) => forms::nobody(&data, &request).await,
        Ok(Err(NoFile::Refused(refused))) if !refused.is_internal() => {
            no_file(&data, &request, &refused).await
        }
        Ok(Err(NoFile::Refused(refused))) => failed(&data, &request, &refused.to_string()).await,
        Ok(Err(NoFile::Failed(error))) => failed(&data, &request, &error.to_string()).await,
        Err(error) => failed(&data, &request, &error.to_string()).await,
    }
}

async fn failed(data: &Data, request: &HttpRequest, why: &str) -> HttpResponse {
    tracing::error!(%why, path = request.path(), "portal file");
    http::unavailable(data, request).await
}

async fn no_file(data: &Data, request: &HttpRequest, refused: &Refused) -> HttpResponse {
    let page = http::page_for(data, request).await;
    let t = page.lang.texts();
    let (response, status, title, help): (HttpResponseBuilder, _, _, _) = match refused {
        Refused::FilesGone => (HttpResponse::Gone(), 410, t.error_files_gone, t.error_files_gone_help),
        Refused::NotInForce(_) => {
            (HttpResponse::Conflict(), 409, t.error_not_in_force, t.error_not_in_force_help)
        }
        _ => (HttpResponse::NotFound(), 404, t.error_no_extract, t.error_no_extract_help),
    };
    error_response(&page, response, &ErrorView { status, title, help })
}

/// What was had under some requests.
#[derive(Default)]
pub(super) struct Had {
    newest: HashMap<String, Vec<(Extract, String)>>,
    last_asked: HashMap<String, i64>,
}

impl Had {
    pub(super) fn under(connection: &mut DbConnection, requests: Vec<String>) -> Result<Self, StoreError> {
        let mut newest: HashMap<String, Vec<_>> = HashMap::new();
        for (extract, state) in fetching::under(connection, &requests, EXTRACTS_SHOWN)? {
            let of_one = newest.entry(extract.request_id.clone()).or_default();
            if of_one.len() < OF_ONE_SHOWN {
                of_one.push((extract, state));
            }
        }
        Ok(Self { newest, last_asked: fetching::last_asked(connection, &requests)? })
    }

    pub(super) fn view(
        &self,
        data: &ServiceData,
        request: &StandingRequest,
        now: Moment,
        lang: Lang,
    ) -> ExtractsView {
        let today = now.shanghai_date();
        let next = fetching::next_day(self.last_asked.get(&request.id).copied(), request, today);
        let days = data.service.config.extract_days;
        let of_one = self.newest.get(&request.id).map_or(&[][..], Vec::as_slice);
        ExtractsView {
            may_ask: next.is_some_and(|day| day <= today),
            next: next.map(|day| day.to_string()),
            lines: of_one.iter().map(|(extract, state)| line(extract, state, (days, now), lang)).collect(),
        }
    }
}

fn line(extract: &Extract, state: &str, (days, now): (u16, Moment), lang: Lang) -> ExtractLine {
    let t = lang.texts();
    let has_files = fetching::has_files(extract, days, now);
    let is_waiting = extract.made_at.is_none()
        && [State::Queued, State::Running].iter().any(|waiting| waiting.as_str() == state);
    let standing = match extract.made_at {
        Some(_) if has_files => t.extracts_made,
        Some(_) => t.extracts_gone,
        None if state == State::Queued.as_str() => t.extracts_queued,
        None if is_waiting => t.extracts_running,
        None if state == State::Cancelled.as_str() => t.extracts_cancelled,
        None => t.extracts_failed,
    };
    ExtractLine {
        id: extract.id.clone(),
        asked: minute(extract.asked_at),
        standing,
        is_waiting,
        enterprises: extract.enterprises,
        files: if has_files { FILES.to_vec() } else { Vec::new() },
        until: fetching::kept_until(extract, days).map(|until| minute(until.0)),
    }
}
