//! Consents as a page: an enterprise reads the exact text and decides, an institution asks, an auditor reads.

use actix_web::web;
use chrono::NaiveDate;
use credit_core::dates::Moment;
use credit_core::records::Lang as RecordLang;
use credit_core::uscc::Uscc;

use super::forms::{self, Asked, Done, Made};
use super::http::FORM_BYTES_MAX;
use super::{ServiceData, agreements, record_lang};
use crate::access::{Audience, Principal};
use crate::consents::acts::{self, Answer, ConsentError, Fault, Question};
use crate::consents::{self, BLOCKS, Consent, Kind, MONTHS_MAX, Of, PURPOSES, Standing};
use crate::identity::SignedIn;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{AgreementView, Agreements, AskView, ConsentCard, ConsentsView};

/// Consents shown; all of them are in the API.
const CONSENTS_SHOWN: i64 = 200;
const PATH: &str = "/consents";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let acts = [
        ("ask", forms::post(ask, written)),
        ("grant", forms::post(grant, written)),
        ("decline", forms::post(decline, written)),
        ("revoke", forms::post(revoke, written)),
    ];
    forms::room(config, (PATH, FORM_BYTES_MAX), written, acts);
}

fn ask(data: &ServiceData, asked: &Asked) -> Result<Done, ConsentError> {
    let question = question(asked, data.service.clock.today())?;
    acts::ask(&data.service, &asked.known.principal, &question, &mut |_, _| Ok(()))?;
    Ok(asked.said(|t| t.consents_asked))
}

fn grant(data: &ServiceData, asked: &Asked) -> Result<Done, ConsentError> {
    decide(data, asked, &Answer::Grant { text_digest: asked.text("text_digest").to_owned() })?;
    Ok(asked.said(|t| t.consents_granted))
}

fn decline(data: &ServiceData, asked: &Asked) -> Result<Done, ConsentError> {
    decide(data, asked, &Answer::Decline)?;
    Ok(asked.said(|t| t.consents_declined))
}

fn decide(data: &ServiceData, asked: &Asked, answer: &Answer) -> Result<Consent, ConsentError> {
    let (id, version) = agreements::seen(asked).ok_or(ConsentError::NotFound)?;
    acts::decide(&data.service, &asked.known.principal, id, version, answer, &mut |_, _| Ok(()))
}

fn revoke(data: &ServiceData, asked: &Asked) -> Result<Done, ConsentError> {
    let (id, version) = agreements::seen(asked).ok_or(ConsentError::NotFound)?;
    acts::revoke(&data.service, &asked.known.principal, id, version, &mut |_, _| Ok(()))?;
    Ok(asked.said(|t| t.consents_revoked))
}

fn question(asked: &Asked, today: NaiveDate) -> Result<Question, ConsentError> {
    let wrong = |field, fault| ConsentError::Field { field, fault };
    let day = |name| asked.text(name).trim().parse::<NaiveDate>();
    Ok(Question {
        uscc: Uscc::parse(asked.text("uscc").trim()).map_err(|_| ConsentError::NoEnterprise)?,
        purpose: asked.text("purpose").parse().map_err(|_| wrong("purpose", Fault::Purpose))?,
        blocks: agreements::ticked(asked, &BLOCKS),
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
        consents: Agreements::none(),
        done: done.words,
        message,
    };
    for row in rows {
        let standing = row.standing(now);
        let card = card(row, now, lang);
        view.consents.put(standing == Standing::Asked, standing == Standing::Active, card);
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
    AskView {
        purposes: agreements::pick_purposes(&PURPOSES, "", lang),
        blocks: agreements::pick_blocks(BLOCKS, |_| false, lang),
        days: agreements::days(today, MONTHS_MAX),
    }
}

fn card(row: Consent, now: Moment, lang: Lang) -> ConsentCard {
    let words = record_lang(lang);
    ConsentCard {
        of: AgreementView {
            version: row.version,
            purpose: agreements::purpose(&row.purpose, lang),
            blocks: agreements::titles(&row.block_list(), lang),
            until: row.until().to_string(),
            standing: row.standing(now).title(words),
            asked: agreements::minute(row.asked_at),
            id: row.id.clone(),
        },
        from: row.from().to_string(),
        text: if words == RecordLang::Zh { row.text_zh } else { row.text_en },
        text_digest: row.text_digest,
        product: row.product,
        uscc: row.uscc,
        financier: row.financier,
    }
}
