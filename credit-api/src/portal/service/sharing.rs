//! Sharing as a page: a department asks and sees where it stands, the zone operator answers, an enterprise sees what is
//! taken of it and need not be asked for again.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Days, Months, NaiveDate};
use credit_core::dates::{Moment, from_day_number};

use super::extracts::{self, Had};
use super::forms::{self, Asked, Done, Explained, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::looks::reader;
use super::{ServiceData, record_lang, words};
use crate::access::{Audience, Block, Principal, Purpose};
use crate::identity::SignedIn;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{ApplyView, ChoiceOf, PickOf, RequestCard, SharingView, TakenLine, TakenView};
use crate::sharing::acts::{self, Answer, Fault, SharingError, Terms};
use crate::sharing::requests::{self, BLOCKS, Cycle, MONTHS_MAX, Of, Standing, StandingRequest};
use crate::sharing::taken::{self, Taken};
use crate::store::StoreError;

/// Requests shown; all of them are in the API.
const REQUESTS_SHOWN: i64 = 200;
/// Enterprises of one agent that are shown.
const ENTERPRISES_SHOWN: usize = 20;
pub(super) const PATH: &str = "/sharing";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(4 * FORM_BYTES_MAX);
    let act = |path: &str| web::resource(format!("{PATH}/{path}")).app_data(form());
    config
        .service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)))
        .service(act("apply").route(web::post().to(apply)))
        .service(act("grant").route(web::post().to(grant)))
        .service(act("refuse").route(web::post().to(refuse)))
        .service(act("withdraw").route(web::post().to(withdraw)))
        .configure(extracts::configure);
}

impl Explained for SharingError {
    fn is_internal(&self) -> bool {
        matches!(self, SharingError::Store(_))
    }

    fn message(&self, lang: credit_core::records::Lang) -> String {
        SharingError::message(self, lang)
    }
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    forms::show(&data, &request, |data, known, page| written(data, known, page, Done::default(), None)).await
}

async fn apply(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let (who, terms) = (&asked.known.principal, terms(asked)?);
        match asked.text("corrects") {
            "" => acts::apply(&data.service, who, &terms, &mut |_, _| Ok(()))?,
            id => acts::correct(&data.service, who, (id, version(asked)?), &terms, &mut |_, _| Ok(()))?,
        };
        Ok::<_, SharingError>(said(asked.reader.lang.texts().sharing_asked))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn grant(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let answer = Answer::Grant { blocks: ticked(asked), reason: reason(asked) };
        answered(data, asked, &answer)?;
        Ok::<_, SharingError>(said(asked.reader.lang.texts().sharing_granted))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn refuse(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        answered(data, asked, &Answer::Refuse { reason: reason(asked).unwrap_or_default() })?;
        Ok::<_, SharingError>(said(asked.reader.lang.texts().sharing_refused))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn withdraw(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let (who, seen) = (&asked.known.principal, (asked.text("id"), version(asked)?));
        acts::withdraw(&data.service, who, seen, reason(asked).as_deref(), &mut |_, _| Ok(()))?;
        Ok::<_, SharingError>(said(asked.reader.lang.texts().sharing_withdrawn))
    };
    forms::take(&data, &request, fields, act, written).await
}

fn answered(data: &ServiceData, asked: &Asked, answer: &Answer) -> Result<StandingRequest, SharingError> {
    let (who, seen) = (&asked.known.principal, (asked.text("id"), version(asked)?));
    acts::answer(&data.service, who, seen, answer, &mut |_, _| Ok(()))
}

pub(super) fn said(words: &'static str) -> Done {
    Done { words: Some(words), ..Done::default() }
}

/// What the reader has seen of the request.
fn version(asked: &Asked) -> Result<i64, SharingError> {
    asked.text("version").parse().map_err(|_| SharingError::NotFound)
}

fn reason(asked: &Asked) -> Option<String> {
    Some(asked.text("reason").trim().to_owned()).filter(|text| !text.is_empty())
}

fn ticked(asked: &Asked) -> Vec<Block> {
    let is_ticked = |block: &Block| asked.fields.contains_key(&format!("block_{}", block.code()));
    BLOCKS.into_iter().filter(is_ticked).collect()
}

fn terms(asked: &Asked) -> Result<Terms, SharingError> {
    let wrong = |field, fault| SharingError::Field { field, fault };
    // A browser sends the ends of lines of a text as two characters.
    Ok(Terms {
        purpose: asked.text("purpose").parse().map_err(|_| wrong("purpose", Fault::Purpose))?,
        blocks: ticked(asked),
        basis: asked.text("basis").replace("\r\n", "\n"),
        cycle: Cycle::of_code(asked.text("cycle")).ok_or_else(|| wrong("cycle", Fault::Cycle))?,
        until: asked.text("until").trim().parse().map_err(|_| wrong("valid_to", Fault::Past))?,
    })
}

pub(super) fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    done: Done,
    message: Option<String>,
) -> Made {
    let (who, lang, now) = (&known.principal, page.lang, data.service.clock.now());
    let of = Of::visible_to(who);
    let mut connection = data.service.database.connection()?;
    let rows = requests::list(&mut connection, &of, None, REQUESTS_SHOWN)?;
    let answers = who.audience == Audience::Operator;
    let own = matches!(of, Of::Department(..));
    let corrected: HashSet<String> = rows
        .iter()
        .filter(|row| row.standing(now) == Standing::Asked)
        .filter_map(|row| row.corrects.clone())
        .collect();
    let mut had = Had::default();
    if own {
        let in_force = rows.iter().filter(|row| row.standing(now) == Standing::Active);
        had = Had::under(&mut connection, in_force.map(|row| row.id.clone()).collect())?;
    }
    drop(connection);
    let mut view = SharingView {
        lead: lead(who, lang),
        answers,
        own,
        apply: own.then(|| apply_view(data, who, None, now.shanghai_date(), lang)),
        waiting: Vec::new(),
        in_force: Vec::new(),
        past: Vec::new(),
        taken: taken_views(data, who, lang)?,
        done: done.words,
        message,
    };
    for row in rows {
        let standing = row.standing(now);
        let correction_waits = corrected.contains(&row.id);
        let is_open = matches!(standing, Standing::Asked | Standing::Active);
        let correct = (own && is_open && !correction_waits)
            .then(|| apply_view(data, who, Some(&row), now.shanghai_date(), lang));
        let extracts = (own && standing == Standing::Active).then(|| had.view(data, &row, now, lang));
        let list = match standing {
            Standing::Asked => &mut view.waiting,
            Standing::Active => &mut view.in_force,
            _ => &mut view.past,
        };
        let card = card(data, row, answers, now, lang);
        list.push(RequestCard { correction_waits, correct, extracts, ..card });
    }
    Ok(render::render_sharing(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn lead(who: &Principal, lang: Lang) -> &'static str {
    let t = lang.texts();
    match who.audience {
        Audience::Operator => t.sharing_lead_operator,
        Audience::Auditor => t.sharing_lead_all,
        Audience::Enterprise => t.sharing_lead_enterprise,
        audience if audience.is_department() => t.sharing_lead_department,
        _ => t.sharing_lead_nobody,
    }
}

/// The form, empty or filled with what a request says.
fn apply_view(
    data: &ServiceData,
    who: &Principal,
    row: Option<&StandingRequest>,
    today: NaiveDate,
    lang: Lang,
) -> ApplyView {
    let words = record_lang(lang);
    let rules = &data.service.rules;
    let purposes = rules.purposes_of(who);
    let is_open = |block: &Block| purposes.iter().any(|purpose| acts::is_open(rules, who, *purpose, *block));
    let last = today.checked_add_months(Months::new(MONTHS_MAX));
    let last = last.and_then(|end| end.checked_sub_days(Days::new(1))).unwrap_or(today);
    let asked = row.map(StandingRequest::asked_blocks).unwrap_or_default();
    let pick = |code: &'static str, title: &str, chosen| PickOf { code, words: title.to_owned(), chosen };
    ApplyView {
        of: row.map(|row| format!("-{}", row.id)).unwrap_or_default(),
        purposes: purposes
            .iter()
            .map(|one| pick(one.code(), one.title(words), row.is_some_and(|row| row.purpose == one.code())))
            .collect(),
        blocks: BLOCKS
            .into_iter()
            .filter(is_open)
            .map(|block| pick(block.code(), block.title(words), asked.contains(&block)))
            .collect(),
        cycles: Cycle::ALL
            .map(|one| pick(one.code(), one.title(words), row.is_some_and(|row| row.cycle == one.code())))
            .into(),
        basis: row.map(|row| row.basis.clone()).unwrap_or_default(),
        until: row.map(|row| row.until().to_string()).unwrap_or_default(),
        first: today.to_string(),
        last: last.to_string(),
    }
}

fn choice(block: Block, lang: Lang) -> ChoiceOf {
    ChoiceOf { code: block.code(), words: block.title(record_lang(lang)).to_owned() }
}

fn titles(blocks: &[Block], lang: Lang) -> String {
    let titles: Vec<&str> = blocks.iter().map(|block| block.title(record_lang(lang))).collect();
    titles.join(lang.texts().list_separator)
}

pub(super) fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}

fn cycle(code: &str, lang: Lang) -> String {
    Cycle::of_code(code).map_or_else(|| code.to_owned(), |cycle| cycle.title(record_lang(lang)).to_owned())
}

fn card(data: &ServiceData, row: StandingRequest, answers: bool, now: Moment, lang: Lang) -> RequestCard {
    let words = record_lang(lang);
    let purpose = row.purpose.parse::<Purpose>();
    let asked = row.asked_blocks();
    let open = |block: &Block| match (row.department(), row.known_purpose()) {
        (Some(who), Some(purpose)) => acts::is_open(&data.service.rules, &who, purpose, *block),
        _ => false,
    };
    let choices = if answers && row.standing(now) == Standing::Asked {
        asked.iter().copied().filter(open).map(|block| choice(block, lang)).collect()
    } else {
        Vec::new()
    };
    RequestCard {
        version: row.version,
        department: reader(&row.audience, Some(&row.organisation), lang),
        purpose: purpose.map_or_else(|_| row.purpose.clone(), |known| known.title(words).to_owned()),
        cycle: cycle(&row.cycle, lang),
        blocks: titles(&asked, lang),
        granted: row.granted.as_ref().map(|_| titles(&row.granted_blocks(), lang)),
        until: row.until().to_string(),
        standing: row.standing(now).title(words),
        asked: minute(row.asked_at),
        answer_due: from_day_number(row.due_day).to_string(),
        overdue: row.is_overdue(now),
        answered: row.decided_at.map(minute),
        ended: row.ended_at.map(minute),
        reason: row.end_reason.or(row.reason),
        basis: row.basis,
        corrects: row.corrects.is_some(),
        id: row.id,
        choices,
        correction_waits: false,
        correct: None,
        extracts: None,
    }
}

/// What is taken of the enterprises that the reader speaks for.
fn taken_views(data: &ServiceData, who: &Principal, lang: Lang) -> Result<Vec<TakenView>, StoreError> {
    if who.audience != Audience::Enterprise {
        return Ok(Vec::new());
    }
    let of_one = |uscc: &String| {
        let lines = taken_lines(data, who, uscc, lang)?;
        Ok(TakenView { uscc: uscc.clone(), lines })
    };
    who.enterprises.iter().take(ENTERPRISES_SHOWN).map(of_one).collect()
}

/// What departments take of an enterprise, for whoever speaks for it.
pub(super) fn taken_lines(
    data: &ServiceData,
    who: &Principal,
    uscc: &str,
    lang: Lang,
) -> Result<Vec<TakenLine>, StoreError> {
    if !who.speaks_for(uscc) {
        return Ok(Vec::new());
    }
    let taken = taken::of_enterprise(&data.service, uscc, data.service.clock.now())?;
    Ok(taken.iter().map(|one| line(one, lang)).collect())
}

fn line(taken: &Taken, lang: Lang) -> TakenLine {
    let request = &taken.request;
    TakenLine {
        department: reader(&request.audience, Some(&request.organisation), lang),
        blocks: titles(&request.granted_blocks(), lang),
        basis: request.basis.clone(),
        cycle: cycle(&request.cycle, lang),
        since: request.decided_at.map(minute).unwrap_or_default(),
        until: request.until().to_string(),
        last: taken.last_ms.map(minute),
    }
}
