//! Consents as a page: an enterprise reads the exact text and decides, an institution asks, an auditor reads.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Days, Months, NaiveDate};
use credit_core::dates::Moment;
use credit_core::records::Lang as RecordLang;
use credit_core::uscc::Uscc;

use super::forms::{self, Asked, Done, Fields, Made};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, record_lang, words};
use crate::access::{Audience, Block, Principal, Purpose};
use crate::consents::acts::{self, Answer, ConsentError, Fault, Question};
use crate::consents::{self, BLOCKS, Consent, Kind, MONTHS_MAX, Of, PURPOSES, Standing};
use crate::identity::SignedIn;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{AskView, ChoiceOf, ConsentCard, ConsentsView};

/// Consents shown; all of them are in the API.
const CONSENTS_SHOWN: i64 = 200;
const PATH: &str = "/consents";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = || web::FormConfig::default().limit(FORM_BYTES_MAX);
    let act = |path: &str| web::resource(format!("{PATH}/{path}")).app_data(form());
    config
        .service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)))
        .service(act("ask").route(web::post().to(ask)))
        .service(act("grant").route(web::post().to(grant)))
        .service(act("decline").route(web::post().to(decline)))
        .service(act("revoke").route(web::post().to(revoke)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    forms::show(&data, &request, |data, known, page| written(data, known, page, Done::default(), None)).await
}

async fn ask(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let question = question(asked, data.service.clock.today())?;
        acts::ask(&data.service, &asked.known.principal, &question, &mut |_, _| Ok(()))?;
        Ok::<_, ConsentError>(said(asked.reader.lang.texts().consents_asked))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn grant(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let answer = Answer::Grant { text_digest: asked.text("text_digest").to_owned() };
        decide(data, asked, &answer)?;
        Ok::<_, ConsentError>(said(asked.reader.lang.texts().consents_granted))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn decline(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        decide(data, asked, &Answer::Decline)?;
        Ok::<_, ConsentError>(said(asked.reader.lang.texts().consents_declined))
    };
    forms::take(&data, &request, fields, act, written).await
}

async fn revoke(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let act = |data: &ServiceData, asked: &Asked| {
        let who = &asked.known.principal;
        acts::revoke(&data.service, who, asked.text("id"), version(asked)?, &mut |_, _| Ok(()))?;
        Ok::<_, ConsentError>(said(asked.reader.lang.texts().consents_revoked))
    };
    forms::take(&data, &request, fields, act, written).await
}

fn decide(data: &ServiceData, asked: &Asked, answer: &Answer) -> Result<Consent, ConsentError> {
    let who = &asked.known.principal;
    acts::decide(&data.service, who, asked.text("id"), version(asked)?, answer, &mut |_, _| Ok(()))
}

fn said(words: &'static str) -> Done {
    Done { words: Some(words), ..Done::default() }
}

/// What the reader has seen of the consent.
fn version(asked: &Asked) -> Result<i64, ConsentError> {
    asked.text("version").parse().map_err(|_| ConsentError::NotFound)
}

fn question(asked: &Asked, today: NaiveDate) -> Result<Question, ConsentError> {
    let wrong = |field, fault| ConsentError::Field { field, fault };
    let ticked = |block: &Block| asked.fields.contains_key(&format!("block_{}", block.code()));
    let day = |name| asked.text(name).trim().parse::<NaiveDate>();
    Ok(Question {
        uscc: Uscc::parse(asked.text("uscc").trim()).map_err(|_| ConsentError::NoEnterprise)?,
        purpose: asked.text("purpose").parse().map_err(|_| wrong("purpose", Fault::Purpose))?,
        blocks: BLOCKS.into_iter().filter(ticked).collect(),
        product: asked.text("product").to_owned(),
        kind: Kind::of_code(asked.text("kind")).unwrap_or(Kind::Single),
        from: day("from").unwrap_or(today),
        until: day("until").map_err(|_| wrong("until", Fault::Order))?,
    })
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>) -> Made {
    let (who, lang, now) = (&known.principal, page.lang, data.service.clock.now());
    let rows = consents::list(
        &mut *data.service.database.connection()?,
        &Of::visible_to(who),
        None,
        CONSENTS_SHOWN,
    )?;
    let mut view = ConsentsView {
        lead: lead(who.audience, lang),
        decides: who.audience == Audience::Enterprise,
        ask: asks(who).then(|| ask_view(now.shanghai_date(), lang)),
        waiting: Vec::new(),
        in_force: Vec::new(),
        past: Vec::new(),
        done: done.words,
        message,
    };
    for row in rows {
        let list = match row.standing(now) {
            Standing::Asked => &mut view.waiting,
            Standing::Active => &mut view.in_force,
            _ => &mut view.past,
        };
        list.push(card(row, now, lang));
    }
    Ok(render::render_consents(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn asks(who: &Principal) -> bool {
    who.audience == Audience::Financier && who.organisation.is_some()
}

fn lead(audience: Audience, lang: Lang) -> &'static str {
    let t = lang.texts();
    match audience {
        Audience::Enterprise => t.consents_lead_enterprise,
        Audience::Financier => t.consents_lead_financier,
        Audience::Auditor => t.consents_lead_all,
        _ => t.consents_lead_nobody,
    }
}

fn ask_view(today: NaiveDate, lang: Lang) -> AskView {
    let words = record_lang(lang);
    let last = today.checked_add_months(Months::new(MONTHS_MAX));
    let last = last.and_then(|end| end.checked_sub_days(Days::new(1))).unwrap_or(today);
    AskView {
        purposes: PURPOSES
            .map(|one| ChoiceOf { code: one.code(), words: one.title(words).to_owned() })
            .into(),
        blocks: BLOCKS.map(|one| ChoiceOf { code: one.code(), words: one.title(words).to_owned() }).into(),
        first: today.to_string(),
        last: last.to_string(),
    }
}

fn card(row: Consent, now: Moment, lang: Lang) -> ConsentCard {
    let words = record_lang(lang);
    let purpose = row.purpose.parse::<Purpose>();
    let blocks: Vec<&str> = row.block_list().into_iter().map(|block| block.title(words)).collect();
    ConsentCard {
        version: row.version,
        purpose: purpose.map_or_else(|_| row.purpose.clone(), |known| known.title(words).to_owned()),
        blocks: blocks.join(lang.texts().list_separator),
        from: row.from().to_string(),
        until: row.until().to_string(),
        standing: row.standing(now).title(words),
        asked: words::minute(u64::try_from(row.asked_at).unwrap_or(0)),
        text: if words == RecordLang::Zh { row.text_zh } else { row.text_en },
        text_digest: row.text_digest,
        product: row.product,
        id: row.id,
        uscc: row.uscc,
        financier: row.financier,
    }
}
