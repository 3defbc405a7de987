//! The page of the negative list: public, of any day.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use credit_core::records::ListCode;
use credit_core::rules::listing::{list_name, list_name_en};
use credit_core::uscc::Uscc;

use super::forms::{self, Fields};
use super::http::Data;
use super::{ServiceData, Sight, record_lang, watch, words};
use crate::evaluation::knowledge::latest_knowledge;
use crate::http::problem_texts;
use crate::negative_list::lists;
use crate::negative_list::register::{self, Entry, Question};
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page, encoded};
use crate::portal::view::{Choice, ListedLine, NegativeListView, WatchNotice};
use crate::store::StoreError;

/// Lines on a page; with all entries of its last enterprise.
const LINES_SHOWN: usize = 50;
/// Own enterprises whose entries of the watch list are named.
const OWN_SHOWN: usize = 5;
const PATH: &str = "/negative-list";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show_all(&data, &request, move |data, page| {
        let sight = data.sight(&reader)?;
        let view = view(data, &sight, &asked, page.lang)?;
        let query = address(&view, None);
        let query = query.split_once('?').map_or("", |(_, query)| query).to_owned();
        Ok(render::render_negative_list(&Page { path: PATH.to_owned(), query, ..page.clone() }, &view)?)
    })
    .await
}

fn view(
    data: &ServiceData,
    sight: &Sight,
    asked: &Fields,
    lang: Lang,
) -> Result<NegativeListView, StoreError> {
    let now = data.service.clock.now();
    let typed = |name: &str| asked.get(name).map(|text| text.trim()).filter(|text| !text.is_empty());
    let day = typed("at").map(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d"));
    let list = lists::ALL.into_iter().map(|(_, list)| list).find(|list| Some(list.as_str()) == typed("list"));
    let (one, wrong_code) = match typed("uscc").map(|text| Uscc::parse(&text.to_uppercase())) {
        None => (None, None),
        Some(Ok(uscc)) => (Some(uscc), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let mut connection = data.service.database.connection()?;
    let question = Question {
        day: day.and_then(Result::ok).unwrap_or_else(|| now.shanghai_date()),
        calendar: data.service.calendars.now(),
        known_at: latest_knowledge(&mut connection)?.max(now.0),
        kind: None,
        list,
        one,
        after: typed("after").map(str::to_owned),
        limit: LINES_SHOWN,
    };
    let found = match wrong_code {
        Some(_) => register::Page::default(),
        None => register::page(&mut connection, &question)?,
    };
    let received = register::last_received(&mut connection)?;
    let name = |list| name_of(list, lang);
    drop(connection);
    let watch = match one {
        Some(uscc) => watch::notices(data, sight, uscc, lang)?,
        None => own_watch(data, sight, lang)?,
    };
    let mut view = NegativeListView {
        watch,
        day: question.day.to_string(),
        is_day_wrong: matches!(day, Some(Err(_))),
        list: list.map(ListCode::as_str).unwrap_or_default().to_owned(),
        lists: lists::ALL
            .map(|(_, list)| Choice { value: list.as_str().to_owned(), words: name(list).to_owned() })
            .to_vec(),
        uscc: typed("uscc").unwrap_or_default().to_uppercase(),
        wrong_code: wrong_code.map(|error| problem_texts::uscc(&error).in_lang(record_lang(lang)).to_owned()),
        lines: found.entries.into_iter().map(|entry| line(entry, lang)).collect(),
        next: None,
        received: received.map(|at| words::minute(u64::try_from(at).unwrap_or(0))),
        is_stale: register::is_stale(received, now.0),
    };
    view.next = found.next.map(|after| address(&view, Some(&after)));
    Ok(view)
}

/// Of one's own enterprises, where none is asked for.
fn own_watch(data: &ServiceData, sight: &Sight, lang: Lang) -> Result<Vec<WatchNotice>, StoreError> {
    let own = sight.principal.enterprises.iter().take(OWN_SHOWN).filter_map(|code| Uscc::parse(code).ok());
    let mut found = Vec::new();
    for uscc in own {
        found.extend(watch::notices(data, sight, uscc, lang)?);
    }
    Ok(found)
}

/// Where the same is asked for, from a place on.
fn address(view: &NegativeListView, after: Option<&str>) -> String {
    let asked = [("list", view.list.as_str()), ("uscc", &view.uscc), ("after", after.unwrap_or_default())];
    let mut address = format!("{PATH}?at={}", view.day);
    for (name, value) in asked.into_iter().filter(|(_, value)| !value.is_empty()) {
        address.push_str(&format!("&{name}={}", encoded(value)));
    }
    address
}

fn line(entry: Entry, lang: Lang) -> ListedLine {
    let Entry { listing, name, .. } = entry;
    ListedLine {
        uscc: listing.uscc.to_string(),
        name,
        list: name_of(listing.list, lang),
        decision_no: listing.decision_no,
        authority: listing.authority,
        since: listing.effective_on.to_string(),
        until: listing.expires_on.map(|day| day.to_string()),
        reason: listing.reason,
        basis: listing.basis,
    }
}

fn name_of(list: ListCode, lang: Lang) -> &'static str {
    lang.pick(list_name(list), list_name_en(list))
}
