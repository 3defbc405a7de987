//! The access log as a page: for an enterprise about itself, for an organisation what it did, for an auditor all.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use credit_core::dates::{day_number, from_day_number};

use super::forms::{self, Done, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, Sight, record_lang, words};
use crate::access::{Audience, Block, Outcome, Purpose, Subject};
use crate::access_log::habit::{self, Alert, NOTE_CHARS_MAX};
use crate::access_log::store::{self, Filter, StoredRow};
use crate::identity::SignedIn;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page, encoded};
use crate::portal::view::{AlertLine, LookFilter, LookLine, LooksView};
use crate::sharing::corrections;
use crate::store::StoreError;

/// Looks on a page.
const LOOKS_SHOWN: i64 = 50;
/// Alerts on a page.
const ALERTS_SHOWN: i64 = 50;
const PATH: &str = "/access-log";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(FORM_BYTES_MAX);
    config
        .service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)))
        .service(web::resource("/access-log/note").app_data(form()).route(web::post().to(note)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let looks = reader_of(data.get_ref(), &request).looks;
    forms::show(&data, &request, move |data, known, page| {
        let sight = Sight::of(known.principal.clone(), &data.service, looks, None);
        written(data, &sight, page, &asked, Done::default(), None)
    })
    .await
}

async fn note(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let looks = reader_of(data.get_ref(), &request).looks;
    let looks_of_act = looks.clone();
    forms::take(
        &data,
        &request,
        fields,
        move |data, asked| {
            let sight = Sight::of(asked.known.principal.clone(), &data.service, looks_of_act, None);
            keep_note(data, &sight, asked)
        },
        move |data, known: &SignedIn, page, done, message| {
            let sight = Sight::of(known.principal.clone(), &data.service, looks, None);
            written(data, &sight, page, &Fields::new(), done, message)
        },
    )
    .await
}

fn keep_note(data: &ServiceData, sight: &Sight, asked: &forms::Asked) -> Result<Done, StoreError> {
    let text = asked.text("note").trim();
    let is_right = (1..=NOTE_CHARS_MAX).contains(&text.chars().count());
    let (Ok(id), true) = (asked.text("id").parse::<i64>(), is_right && sees_all(sight)) else {
        return Ok(Done::default());
    };
    let now = data.service.clock.now().0;
    let kept = habit::note(&mut *data.service.database.connection()?, id, (&sight.principal.id, text), now)?;
    Ok(Done { words: kept.map(|_| asked.reader.lang.texts().alerts_kept), ..Done::default() })
}

fn sees_all(sight: &Sight) -> bool {
    sight.principal.audience == Audience::Auditor
        && sight.may(Subject::Many, Block::AccessLog) == Outcome::Full
}

/// Whose looks a reader sees.
enum Whose {
    /// Of the one of its enterprises that was asked for.
    Enterprise(String),
    Organisation(String),
    All,
    Nobody,
}

fn whose(sight: &Sight, asked: &Fields) -> Whose {
    let who = &sight.principal;
    if sees_all(sight) {
        return Whose::All;
    }
    let wanted = asked.get("uscc").filter(|uscc| who.speaks_for(uscc)).or_else(|| who.enterprises.first());
    match (wanted, &who.organisation) {
        (Some(uscc), _) if sight.may(Subject::One(uscc), Block::AccessLog) == Outcome::Full => {
            Whose::Enterprise(uscc.clone())
        }
        (_, Some(organisation)) if sight.may_read_own_looks() => {
            Whose::Organisation(organisation.to_string())
        }
        _ => Whose::Nobody,
    }
}

fn written(
    data: &ServiceData,
    sight: &Sight,
    page: &Page,
    asked: &Fields,
    done: Done,
    message: Option<String>,
) -> Made {
    let (lang, whose) = (page.lang, whose(sight, asked));
    let rows = rows(data, &whose, asked)?;
    let older = older(&rows, asked);
    let corrected = corrections::corrected_at(&mut *data.service.database.connection()?, &rows)?;
    let alerts = match whose {
        Whose::All => habit::list(&mut *data.service.database.connection()?, true, i64::MAX, ALERTS_SHOWN)?,
        _ => Vec::new(),
    };
    let view = LooksView {
        lead: lead(&whose, lang),
        enterprises: sight.principal.enterprises.to_vec(),
        filter: matches!(whose, Whose::All).then(|| typed(asked)),
        uscc: match whose {
            Whose::Enterprise(uscc) => Some(uscc),
            _ => None,
        },
        alerts: alerts.into_iter().map(|alert| alert_line(alert, lang)).collect(),
        looks: rows.into_iter().zip(corrected).map(|row| line(row, lang)).collect(),
        older,
        done: done.words,
        message,
    };
    Ok(render::render_looks(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn rows(data: &ServiceData, whose: &Whose, asked: &Fields) -> Result<Vec<StoredRow>, StoreError> {
    let filter = match whose {
        Whose::Nobody => return Ok(Vec::new()),
        Whose::All => search(asked),
        Whose::Organisation(code) => Filter { organisation: Some(code.clone()), ..Filter::default() },
        Whose::Enterprise(uscc) => {
            Filter { uscc: Some(uscc.clone()), others_only: true, ..Filter::default() }
        }
    };
    let before = asked.get("before").and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
    store::list(&mut *data.service.access_log.connection()?, &filter, before, LOOKS_SHOWN)
}

fn search(asked: &Fields) -> Filter {
    let text =
        |name: &str| asked.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let day = |name: &str| text(name)?.parse::<NaiveDate>().ok().map(day_number);
    Filter {
        uscc: text("uscc"),
        who: text("who"),
        organisation: text("organisation"),
        from_day: day("from"),
        until_day: day("until"),
        others_only: false,
    }
}

fn typed(asked: &Fields) -> LookFilter {
    let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
    LookFilter {
        uscc: text("uscc"),
        who: text("who"),
        organisation: text("organisation"),
        from: text("from"),
        until: text("until"),
    }
}

/// The address of the looks before these, with what was asked kept.
fn older(rows: &[StoredRow], asked: &Fields) -> Option<String> {
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == LOOKS_SHOWN);
    let last = rows.last().filter(|_| is_full)?;
    let mut address = format!("{PATH}?before={}", last.id);
    for name in ["uscc", "who", "organisation", "from", "until"] {
        if let Some(text) = asked.get(name).filter(|text| !text.is_empty()) {
            address.push_str(&format!("&{name}={}", encoded(text)));
        }
    }
    Some(address)
}

fn lead(whose: &Whose, lang: Lang) -> &'static str {
    let t = lang.texts();
    match whose {
        Whose::Enterprise(_) => t.looks_lead_own,
        Whose::Organisation(_) => t.looks_lead_organisation,
        Whose::All => t.looks_lead_all,
        Whose::Nobody => t.looks_lead_nobody,
    }
}

fn line((row, corrected): (StoredRow, Option<i64>), lang: Lang) -> LookLine {
    LookLine {
        corrected: corrected.map(|at| words::minute(u64::try_from(at).unwrap_or(0))),
        at: words::minute(u64::try_from(row.at_ms).unwrap_or(0)),
        who: reader(&row.audience, row.organisation.as_deref(), lang),
        purpose: row.purpose.as_deref().map_or_else(String::new, |code| purpose(code, lang)),
        shown: blocks(&row.shown, lang),
        refused: blocks(&row.refused, lang),
        id: row.who,
        uscc: row.uscc,
        consent: row.consent,
    }
}

fn alert_line(alert: Alert, lang: Lang) -> AlertLine {
    AlertLine {
        id: alert.id.to_string(),
        day: from_day_number(alert.day).to_string(),
        who: format!("{} {}", reader(&alert.audience, alert.organisation.as_deref(), lang), alert.who),
        enterprises: alert.enterprises,
        habit: alert.habit,
    }
}

pub(super) fn reader(audience: &str, organisation: Option<&str>, lang: Lang) -> String {
    let title = Audience::of_code(audience).map_or(audience, |known| known.title(record_lang(lang)));
    match organisation {
        // A department without a code of its own is named by its role.
        Some(code) if code != audience => format!("{title} {code}"),
        _ => title.to_owned(),
    }
}

fn purpose(code: &str, lang: Lang) -> String {
    code.parse::<Purpose>()
        .map_or_else(|_| code.to_owned(), |known| known.title(record_lang(lang)).to_owned())
}

/// `grade:full;transactions:aggregate` in words; why something was refused is the page's column.
fn blocks(list: &str, lang: Lang) -> String {
    let one = |item: &str| {
        let (block, outcome) = item.split_once(':').unwrap_or((item, ""));
        let title = Block::of_code(block).map_or(block, |known| known.title(record_lang(lang)));
        match Outcome::title(outcome, record_lang(lang)) {
            Some(how) => lang.pick(format!("{title}（{how}）"), format!("{title} ({how})")),
            None => title.to_owned(),
        }
    };
    let all: Vec<String> = list.split(';').filter(|item| !item.is_empty()).map(one).collect();
    all.join(lang.texts().list_separator)
}
