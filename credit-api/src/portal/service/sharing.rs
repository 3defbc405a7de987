//! Sharing as a page: a department asks and sees where it stands, the zone operator answers, an enterprise sees what is
//! taken of it and need not be asked for again.

use std::collections::HashSet;

use actix_web::web;
use chrono::NaiveDate;
use credit_core::dates::Moment;

use super::agreements::{self, minute, titles};
use super::extracts::{self, Had};
use super::forms::{self, Asked, Done, Explained, Made};
use super::http::FORM_BYTES_MAX;
use super::looks::reader;
use super::{ServiceData, record_lang};
use crate::access::{Audience, Block, Principal};
use crate::identity::SignedIn;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{
    AgreementView, Agreements, ApplyView, RequestCard, SharingView, TakenLine, TakenView,
};
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
    let acts = [
        ("apply", forms::post(apply, written)),
        ("grant", forms::post(grant, written)),
        ("refuse", forms::post(refuse, written)),
        ("withdraw", forms::post(withdraw, written)),
        ("extract", forms::post(extracts::ask, written)),
    ];
    forms::room(config, (PATH, 4 * FORM_BYTES_MAX), written, acts);
    extracts::configure(config);
}

impl Explained for SharingError {
    fn is_internal(&self) -> bool {
        matches!(self, SharingError::Store(_))
    }

    fn message(&self, lang: credit_core::records::Lang) -> String {
        SharingError::message(self, lang)
    }
}

fn apply(data: &ServiceData, asked: &Asked) -> Result<Done, SharingError> {
    let (who, terms) = (&asked.known.principal, terms(asked)?);
    match asked.text("corrects") {
        "" => acts::apply(&data.service, who, &terms, &mut |_, _| Ok(()))?,
        id => acts::correct(&data.service, who, (id, seen(asked)?.1), &terms, &mut |_, _| Ok(()))?,
    };
    Ok(asked.said(|t| t.sharing_asked))
}

fn grant(data: &ServiceData, asked: &Asked) -> Result<Done, SharingError> {
    let blocks = agreements::ticked(asked, &BLOCKS);
    answered(data, asked, &Answer::Grant { blocks, reason: reason(asked) })?;
    Ok(asked.said(|t| t.sharing_granted))
}

fn refuse(data: &ServiceData, asked: &Asked) -> Result<Done, SharingError> {
    answered(data, asked, &Answer::Refuse { reason: reason(asked).unwrap_or_default() })?;
    Ok(asked.said(|t| t.sharing_refused))
}

fn answered(data: &ServiceData, asked: &Asked, answer: &Answer) -> Result<StandingRequest, SharingError> {
    acts::answer(&data.service, &asked.known.principal, seen(asked)?, answer, &mut |_, _| Ok(()))
}

fn withdraw(data: &ServiceData, asked: &Asked) -> Result<Done, SharingError> {
    let (who, reason) = (&asked.known.principal, reason(asked));
    acts::withdraw(&data.service, who, seen(asked)?, reason.as_deref(), &mut |_, _| Ok(()))?;
    Ok(asked.said(|t| t.sharing_withdrawn))
}

/// What the reader has seen of the request.
fn seen(asked: &Asked) -> Result<(&str, i64), SharingError> {
    agreements::seen(asked).ok_or(SharingError::NotFound)
}

fn reason(asked: &Asked) -> Option<String> {
    Some(asked.text("reason").trim().to_owned()).filter(|text| !text.is_empty())
}

fn terms(asked: &Asked) -> Result<Terms, SharingError> {
    let wrong = |field, fault| SharingError::Field { field, fault };
    // A browser sends the ends of lines of a text as two characters.
    Ok(Terms {
        purpose: asked.text("purpose").parse().map_err(|_| wrong("purpose", Fault::Purpose))?,
        blocks: agreements::ticked(asked, &BLOCKS),
        basis: asked.text("basis").replace("\r\n", "\n"),
        cycle: Cycle::of_code(asked.text("cycle")).ok_or_else(|| wrong("cycle", Fault::Cycle))?,
        until: asked.text("until").trim().parse().map_err(|_| wrong("valid_to", Fault::Past))?,
    })
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>) -> Made {
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
        requests: Agreements::none(),
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
        let card = card(data, row, answers, now, lang);
        let card = RequestCard { correction_waits, correct, extracts, ..card };
        view.requests.put(standing == Standing::Asked, standing == Standing::Active, card);
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
    let asked = row.map(StandingRequest::asked_blocks).unwrap_or_default();
    let (purpose, chosen) = row.map_or(("", ""), |row| (&*row.purpose, &*row.cycle));
    ApplyView {
        of: row.map(|row| format!("-{}", row.id)).unwrap_or_default(),
        purposes: agreements::pick_purposes(&purposes, purpose, lang),
        blocks: agreements::pick_blocks(
            BLOCKS.into_iter().filter(is_open),
            |block| asked.contains(&block),
            lang,
        ),
        cycles: Cycle::ALL
            .map(|one| agreements::pick(one.code(), one.title(words), one.code() == chosen))
            .into(),
        basis: row.map(|row| row.basis.clone()).unwrap_or_default(),
        until: row.map(|row| row.until().to_string()).unwrap_or_default(),
        days: agreements::days(today, MONTHS_MAX),
    }
}

fn cycle(code: &str, lang: Lang) -> String {
    Cycle::of_code(code).map_or_else(|| code.to_owned(), |cycle| cycle.title(record_lang(lang)).to_owned())
}

fn card(data: &ServiceData, row: StandingRequest, answers: bool, now: Moment, lang: Lang) -> RequestCard {
    let (asked, standing) = (row.asked_blocks(), row.standing(now));
    let calendar = data.service.calendars.now();
    let open = |block: &Block| match (row.department(), row.known_purpose()) {
        (Some(who), Some(purpose)) => acts::is_open(&data.service.rules, &who, purpose, *block),
        _ => false,
    };
    let offered = asked.iter().copied().filter(|block| answers && standing == Standing::Asked && open(block));
    RequestCard {
        choices: agreements::pick_blocks(offered, |_| true, lang),
        of: AgreementView {
            version: row.version,
            purpose: agreements::purpose(&row.purpose, lang),
            blocks: titles(&asked, lang),
            until: row.until().to_string(),
            standing: standing.title(record_lang(lang)),
            asked: minute(row.asked_at),
            id: row.id.clone(),
        },
        department: reader(&row.audience, Some(&row.organisation), lang),
        cycle: cycle(&row.cycle, lang),
        granted: row.granted.as_ref().map(|_| titles(&row.granted_blocks(), lang)),
        answer_due: row.answer_due(&calendar).to_string(),
        overdue: row.is_overdue(&calendar, now),
        answered: row.decided_at.map(minute),
        ended: row.ended_at.map(minute),
        reason: row.end_reason.or(row.reason),
        basis: row.basis,
        corrects: row.corrects.is_some(),
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
