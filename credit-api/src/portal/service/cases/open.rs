//! The form that opens a case: what it is about, what the rating would be if the enterprise is right, the reasons.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::cases::Kind;
use credit_core::negative_list::{NegativeListRules, Rule};
use credit_core::records::SourceId;
use credit_core::uscc::Uscc;

use super::{PATH, about_words};
use crate::cases::acts::CaseError;
use crate::cases::parties::{self, Party};
use crate::cases::subject::{About, Watched};
use crate::evaluation::assess::Assessed;
use crate::evaluation::knowledge::{Question, latest_knowledge};
use crate::evaluation::run;
use crate::evaluation::suppose::Known;
use crate::identity::SignedIn;
use crate::portal::case_texts::CaseTexts;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::ServiceData;
use crate::portal::service::forms::{self, Fields, Made, Trouble};
use crate::portal::service::http::Data;
use crate::portal::service::rating::grade_of;
use crate::portal::view::{Choice, OpenView, SupposedView};
use crate::registry;
use crate::store::StoreError;

/// Kind, enterprise and subject, as a form or an address names them.
pub(super) fn question(fields: &Fields) -> Result<(Kind, Uscc, About), CaseError> {
    let text = |name: &str| fields.get(name).map_or("", |text| text.as_str());
    let kind = Kind::of(text("kind")).ok_or(CaseError::NotFound)?;
    let uscc = Uscc::parse(text("uscc")).map_err(|_| CaseError::NoEnterprise)?;
    let about = match kind {
        Kind::ListEntry => {
            About::Watch(Watched { code: text("code").to_owned(), facts: text("facts").trim().to_owned() })
        }
        // A dispute about an order is filed here; one about a record of `complaints` names it.
        Kind::Dispute if text("about").is_empty() => About::Order(text("order").trim().to_owned()),
        _ => serde_json::from_str(text("about")).map_err(|_| CaseError::NoSuchThing)?,
    };
    Ok((kind, uscc, about))
}

pub(super) async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let fields = web::Query::<Fields>::from_query(request.query_string());
    let fields = fields.map(web::Query::into_inner).unwrap_or_default();
    forms::show(&data, &request, move |data, known, page| written(data, known, page, &fields, None)).await
}

pub(super) fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    fields: &Fields,
    message: Option<String>,
) -> Made {
    let (kind, uscc, about) = question(fields).map_err(|_| Trouble::NotFound)?;
    let party = Party::of(known);
    // Whoever does not begin such a case has no page for it.
    parties::role_to_open(&party, kind, uscc.as_str()).ok_or(Trouble::NotFound)?;
    let (lang, c) = (page.lang, CaseTexts::of(page.lang));
    let mut connection = data.service.database.connection()?;
    let found = registry::find(&mut connection, uscc.as_str())?.ok_or(Trouble::NotFound)?;
    let view = OpenView {
        kind: lang.pick(kind.zh(), kind.en()),
        kind_code: kind.code(),
        is_dispute: matches!((kind, &about), (Kind::Dispute, About::Order(_))),
        order: match &about {
            About::Order(number) => number.clone(),
            _ => String::new(),
        },
        lead: match kind {
            Kind::Objection => c.lead_objection,
            Kind::Appeal => c.lead_appeal,
            Kind::ListEntry => c.lead_list_entry,
            Kind::Dispute => c.lead_dispute,
            _ => c.lead_repair,
        },
        uscc: uscc.to_string(),
        name: found.name,
        about: serde_json::to_string(&about).map_err(|error| Trouble::Other(error.to_string()))?,
        about_words: match about {
            About::Watch(_) | About::Order(_) => String::new(),
            _ => about_words(&about, uscc.as_str(), lang),
        },
        watch: if kind == Kind::ListEntry { watch_codes(lang) } else { Vec::new() },
        facts: fields.get("facts").cloned().unwrap_or_default(),
        basis: fields.get("basis").cloned().unwrap_or_default(),
        supposed: supposed(data, uscc, &about, lang)?,
        reason: fields.get("reason").cloned().unwrap_or_default(),
        message,
    };
    let path = format!("{PATH}/new");
    let query = fields.iter().filter(|(name, _)| ["kind", "uscc", "about"].contains(&name.as_str()));
    let query: Vec<String> = query.map(|(name, text)| format!("{name}={}", render::encoded(text))).collect();
    Ok(render::render_case_open(&Page { path, query: query.join("&"), ..page.clone() }, &view)?)
}

/// The kinds of entries of the zone's own watch list.
fn watch_codes(lang: Lang) -> Vec<Choice> {
    let rules = NegativeListRules::embedded().rules().filter(|rule| !rule.code.is_mirror());
    let choice = |rule: &Rule| Choice {
        value: rule.code.code().to_owned(),
        words: format!("{} {}", rule.code.code(), lang.pick(&rule.title_zh, &rule.title_en)),
    };
    rules.map(choice).collect()
}

/// The rating without the record that is contested, beside the one of today.
fn supposed(
    data: &ServiceData,
    uscc: Uscc,
    about: &About,
    lang: Lang,
) -> Result<Option<SupposedView>, StoreError> {
    let About::Record(record) = about else { return Ok(None) };
    let Some(source) = SourceId::ALL.into_iter().find(|source| source.as_str() == record.source) else {
        return Ok(None);
    };
    let mut connection = data.service.database.connection()?;
    let known_at = latest_knowledge(&mut connection)?.max(data.service.clock.now().0);
    let question = Question { as_of: data.service.clock.today(), known_at };
    let known = Known::load(&mut connection, uscc, known_at)?;
    let key = record.natural_key();
    let mut without = known.clone();
    without.records.retain(|one| one.source() != source || one.natural_key() != key);
    if without.records.len() == known.records.len() {
        return Ok(None);
    }
    let (card, medians) = (&data.service.card, &data.service.medians);
    let now = run::ask_supposing(&mut connection, question, &known, (card, medians))?;
    let then = run::ask_supposing(&mut connection, question, &without, (card, medians))?;
    let (Some(now), Some(then)) = (now, then) else { return Ok(None) };
    let grade = |one: &Assessed| {
        let view = grade_of(one.decision.grade, question.as_of, card, lang);
        format!("{} {}", view.code, view.meaning)
    };
    Ok(Some(SupposedView {
        grade_now: grade(&now),
        score_now: now.evaluation.score.to_string(),
        grade_then: grade(&then),
        score_then: then.evaluation.score.to_string(),
    }))
}
