//! My credit: what an enterprise's agent wants to know first, on one page.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::advice::{Advice, plan};
use credit_core::uscc::Uscc;

use super::forms::{self, Fields, Made, Trouble};
use super::http::Data;
use super::{ServiceData, Sight, cases, rating, record_lang, words};
use crate::access::{Block, Outcome, Subject};
use crate::evaluation::ask::{self, Answer};
use crate::identity::SignedIn;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{AdviceLine, MyCreditView};
use crate::registry;

pub(super) const PATH: &str = "/my-credit";

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        let sight = Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), None);
        written(data, known, page, &sight, asked.get("uscc").map(String::as_str))
    })
    .await
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, sight: &Sight, asked: Option<&str>) -> Made {
    let own = &known.principal.enterprises;
    let code = asked.or_else(|| own.first().map(|code| &**code)).ok_or(Trouble::NotFound)?;
    let uscc = Uscc::parse(code).map_err(|_| Trouble::NotFound)?;
    if !known.principal.speaks_for(uscc.as_str()) {
        return Err(Trouble::NotFound);
    }
    let lang = page.lang;
    let mut connection = data.service.database.connection()?;
    let found = registry::find(&mut connection, uscc.as_str())?.ok_or(Trouble::NotFound)?;
    let is_whole = |block| sight.may(Subject::One(uscc.as_str()), block) == Outcome::Full;
    let may_score = is_whole(Block::Score) && is_whole(Block::Indicators) && is_whole(Block::Grade);
    let answer = may_score
        .then(|| {
            let ledger = Some(data.ledger());
            ask::rating(&data.service, &mut connection, ledger, uscc, None, None, record_lang(lang))
        })
        .transpose()?
        .flatten();
    let card = &data.service.card;
    let (advice, obstacles) = answer.as_ref().map(|answer| advice(data, answer, lang)).unwrap_or_default();
    let view = MyCreditView {
        name: found.name,
        others: own.iter().filter(|other| **other != *uscc.as_str()).map(ToString::to_string).collect(),
        grade: answer.as_ref().map(|answer| rating::grade(answer, card, lang)),
        ruler: answer.as_ref().map(|answer| rating::ruler(answer, None, card, lang)),
        advice,
        obstacles,
        repairs: Vec::new(),
        measures: Vec::new(),
        cases: cases::open_of(data, known, sight, uscc.as_str(), lang)?,
        uscc: uscc.to_string(),
    };
    Ok(render::render_my_credit(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

/// What would raise the score, the most effective first, and what no point overcomes.
fn advice(data: &ServiceData, answer: &Answer, lang: Lang) -> (Vec<AdviceLine>, Vec<String>) {
    let (card, seen) = (&data.service.card, &answer.assessed);
    let plan = plan(card, seen.kind, &seen.observations, &seen.standing);
    let line = |step: Advice| AdviceLine {
        code: step.indicator.as_str().to_owned(),
        name: card.indicator(step.indicator).map(|rule| words::text(&rule.name, lang)).unwrap_or_default(),
        text: words::text(&step.text, lang),
        gain: rating::points(step.gain).to_string(),
    };
    let obstacle = |code: String| card.reason_text(&code).map(|text| words::text(text, lang));
    (plan.steps.into_iter().map(line).collect(), plan.blocked_by.into_iter().filter_map(obstacle).collect())
}
