//! The desk of measures: what is proposed and waits for an officer, what waits for a second person, what holds.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::supervision::{State, Verb};

use super::forms::{self, Asked, Done, Explained, Fields, Made, Trouble};
use super::http::{Data, FORM_BYTES_MAX};
use super::{ServiceData, Sight, my_credit, words};
use crate::access::{Audience, Block, Subject};
use crate::cases::parties::Party;
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::case_texts::CaseTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::view::{ChoiceOf, MeasureCard, MeasuresView};
use crate::registry;
use crate::store::StoreError;
use crate::supervision::acts::{self, MeasureError};
use crate::supervision::store::{self, MeasureRow, Which};

pub(super) const PATH: &str = "/measures";
/// Measures of a page.
const SHOWN: i64 = 50;

/// What the desk can be asked for, the first without being asked.
const STATES: [State; 5] = [State::Proposed, State::Confirmed, State::InForce, State::Stayed, State::Frozen];

pub(super) fn configure(config: &mut web::ServiceConfig) {
    let form = web::FormConfig::default().limit(FORM_BYTES_MAX);
    config.service(
        web::resource(PATH)
            .app_data(form)
            .route(web::get().to(page))
            .route(web::head().to(page))
            .route(web::post().to(decide)),
    );
}

/// Whether this is somebody's desk.
pub(super) fn is_desk_of(audience: Audience) -> bool {
    matches!(audience, Audience::Commerce | Audience::Reviewer | Audience::Operator | Audience::Auditor)
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        written(data, known, page, (&asked, &reader), (None, None))
    })
    .await
}

async fn decide(data: Data, request: HttpRequest, fields: Option<web::Form<Fields>>) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    let shown = fields.clone();
    let act = |data: &ServiceData, asked: &Asked| {
        let party = Party::of(&asked.known);
        let verb = Verb::of(asked.text("verb")).ok_or(MeasureError::NotFound)?;
        let version = asked.text("version").parse().map_err(|_| MeasureError::NotFound)?;
        let what = (asked.text("id"), version);
        acts::decide(&data.service, &party, what, verb, asked.text("reason"), &mut |_, _| Ok(()))?;
        Ok::<_, MeasureError>(Done { words: Some(CaseTexts::of(asked.reader.lang).taken), ..Done::default() })
    };
    let make = move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message| {
        written(data, known, page, (&shown, &reader), (done.words, message))
    };
    forms::take_fields(&data, &request, fields, act, make).await
}

impl Explained for MeasureError {
    fn is_internal(&self) -> bool {
        matches!(self, MeasureError::Store(_))
    }

    fn message(&self, lang: credit_core::records::Lang) -> String {
        MeasureError::message(self, lang)
    }
}

fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    (asked, reader): (&Fields, &Reader),
    (done, message): (Option<&'static str>, Option<String>),
) -> Made {
    let (audience, lang) = (known.principal.audience, page.lang);
    let sight = Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), None);
    let is_own = audience.is_department();
    if !is_desk_of(audience) || !sight.may_ask(Subject::Many, Block::Measures, is_own).is_allowed() {
        return Err(Trouble::NotFound);
    }
    let wanted = asked.get("state").and_then(|code| State::of(code)).filter(|state| STATES.contains(state));
    let first = if audience == Audience::Reviewer { State::Confirmed } else { State::Proposed };
    let state = wanted.unwrap_or(first);
    let mut connection = data.service.database.connection()?;
    let at = data.service.clock.now().0;
    let which = Which { states: vec![state], at, ..Which::default() };
    let found = store::at(&mut connection, &which, SHOWN)?;
    let ids: Vec<String> = found.iter().map(|one| one.id.clone()).collect();
    let rows = store::these(&mut connection, &ids)?;
    let codes: Vec<String> = rows.values().map(|row| row.uscc.clone()).collect();
    let names = registry::names(&mut connection, &codes)?;
    let seen = found.iter().filter_map(|one| rows.get(&one.id));
    let seen =
        seen.filter(|row| sight.may_ask(Subject::Among(&row.uscc), Block::Measures, is_own).is_allowed());
    let cards = seen.map(|row| card(row, names.get(&row.uscc), audience, lang)).collect::<Result<_, _>>()?;
    let view = MeasuresView {
        states: STATES
            .map(|state| ChoiceOf { code: state.code(), words: title(state, lang).to_owned() })
            .into(),
        state: state.code(),
        cards,
        done,
        message,
    };
    Ok(render::render_measures(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn card(
    row: &MeasureRow,
    name: Option<&String>,
    audience: Audience,
    lang: Lang,
) -> Result<MeasureCard, StoreError> {
    let (measure, state) = (row.measure()?, row.state()?);
    let verbs: &[Verb] = match (audience, state) {
        (Audience::Commerce, State::Proposed) => &[Verb::Confirm, Verb::Refuse],
        (Audience::Reviewer, State::Confirmed) => &[Verb::Confirm, Verb::Refuse],
        (Audience::Commerce | Audience::Reviewer, State::InForce) => &[Verb::Lift],
        _ => &[],
    };
    Ok(MeasureCard {
        id: row.id.clone(),
        version: row.version,
        uscc: row.uscc.clone(),
        name: name.cloned().unwrap_or_default(),
        title: lang.pick(&measure.title_zh, &measure.title_en).clone(),
        does: lang.pick(&measure.does_zh, &measure.does_en).clone(),
        cause: my_credit::cause_words(&row.cause()?, lang),
        basis: lang.pick(&measure.basis_zh, &measure.basis_en).clone(),
        since: words::minute(u64::try_from(row.changed_at).unwrap_or(0)),
        verbs: verbs
            .iter()
            .map(|verb| ChoiceOf { code: verb.code(), words: act_words(*verb, lang).to_owned() })
            .collect(),
    })
}

fn title(state: State, lang: Lang) -> &'static str {
    match state {
        State::Proposed => lang.pick("待经办人确认", "waits for an officer"),
        State::Confirmed => lang.pick("待复核人确认", "waits for a second person"),
        State::InForce => lang.pick("执行中", "in force"),
        State::Stayed => lang.pick("申诉期间暂缓", "stayed by an appeal"),
        State::Frozen => lang.pick("名单数据过时，冻结", "frozen, the lists are stale"),
        _ => lang.pick("已结束", "over"),
    }
}

fn act_words(verb: Verb, lang: Lang) -> &'static str {
    match verb {
        Verb::Confirm => lang.pick("确认", "Confirm"),
        Verb::Refuse => lang.pick("不采取", "Refuse"),
        _ => lang.pick("解除", "Lift"),
    }
}
