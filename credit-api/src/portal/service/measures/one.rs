//! One measure: what it does and why, who has confirmed it, what the reader may decide.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::supervision::{Measure, State, Verb};

use super::{PATH, effect_words, hands, is_desk_of, minute, queue, sees, title, verb_words, waited};
use crate::access::{Audience, Subject};
use crate::cases::parties::Party;
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::case_texts::CaseTexts;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::forms::{self, Asked, Done, Explained, Fields, Made, Trouble};
use crate::portal::service::http::Data;
use crate::portal::service::persons::Persons;
use crate::portal::service::{ServiceData, Sight, my_credit, record_lang};
use crate::portal::view::{ChoiceOf, MeasureStepView, MeasureView};
use crate::registry;
use crate::supervision::acts::{self, MeasureError};
use crate::supervision::statement::Step;
use crate::supervision::store::{self, MeasureRow};

/// What a form says of itself after it was sent.
#[derive(Default)]
struct Said {
    done: Option<&'static str>,
    message: Option<String>,
    reason: String,
}

pub(super) async fn page(data: Data, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let reader = reader_of(data.get_ref(), &request);
    let id = id.into_inner();
    forms::show(&data, &request, move |data, known, page| {
        written(data, known, page, (&id, &reader), Said::default())
    })
    .await
}

pub(super) async fn decide(
    data: Data,
    request: HttpRequest,
    id: web::Path<String>,
    fields: Option<web::Form<Fields>>,
) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    let (reader, id) = (reader_of(data.get_ref(), &request), id.into_inner());
    let (asked_of, typed) = (id.clone(), fields.get("reason").cloned().unwrap_or_default());
    let act = move |data: &ServiceData, asked: &Asked| {
        let verb = Verb::of(asked.text("verb")).ok_or(MeasureError::NotFound)?;
        let version = asked.text("version").parse().map_err(|_| MeasureError::NotFound)?;
        let row =
            store::find(&mut *data.service.database.connection().map_err(MeasureError::Store)?, &asked_of)?;
        let row = row.ok_or(MeasureError::NotFound)?;
        if !sees(&sight(data, &asked.known, &asked.reader), &row, Subject::One(&row.uscc)) {
            return Err(MeasureError::NotFound);
        }
        let party = Party::of(&asked.known);
        acts::decide(
            &data.service,
            &party,
            (&asked_of, version),
            verb,
            asked.text("reason"),
            &mut |_, _| Ok(()),
        )?;
        data.anchored("a decision on a measure");
        Ok::<_, MeasureError>(Done { words: Some(CaseTexts::of(asked.reader.lang).taken), ..Done::default() })
    };
    let make =
        move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>| {
            // What was typed is kept where it was not taken.
            let reason = if message.is_some() { typed } else { String::new() };
            written(data, known, page, (&id, &reader), Said { done: done.words, message, reason })
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

fn sight(data: &ServiceData, known: &SignedIn, reader: &Reader) -> Sight {
    Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), reader.purpose.as_deref())
}

fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    (id, reader): (&str, &Reader),
    said: Said,
) -> Made {
    let (audience, lang) = (known.principal.audience, page.lang);
    let mut connection = data.service.database.connection()?;
    let row = store::find(&mut connection, id)?.filter(|_| is_desk_of(audience)).ok_or(Trouble::NotFound)?;
    if !sees(&sight(data, known, reader), &row, Subject::One(&row.uscc)) {
        return Err(Trouble::NotFound);
    }
    let steps = store::steps_of(&mut connection, id)?;
    let persons = Persons::of(&mut connection, steps.iter().filter_map(|step| step.by.as_deref()))?;
    let names = registry::names(&mut connection, std::slice::from_ref(&row.uscc))?;
    let (measure, state) = (row.measure()?, row.state()?);
    let (verbs, why_not) = offered(&Party::of(known), &row, state, lang);
    let view = MeasureView {
        id: row.id.clone(),
        version: row.version,
        name: names.get(&row.uscc).cloned().unwrap_or_default(),
        title: lang.pick(&measure.title_zh, &measure.title_en).clone(),
        does: lang.pick(&measure.does_zh, &measure.does_en).clone(),
        effect: effect_words(measure.effect, lang),
        state: title(state, lang),
        cause: my_credit::cause_words(&row.cause()?, lang),
        basis: lang.pick(&measure.basis_zh, &measure.basis_en).clone(),
        since: minute(row.changed_at),
        waited: waited(&data.service.calendars.now(), row.changed_at, data.service.clock.today(), lang),
        agency: agency(&row, lang),
        takes: takes(measure, lang),
        hands: hands((&row, measure), &steps, &persons, (state, lang)),
        verbs: verbs
            .iter()
            .map(|verb| ChoiceOf { code: verb.code(), words: act_words(*verb, lang).to_owned() })
            .collect(),
        why_not,
        reason: said.reason,
        steps: steps.iter().rev().map(|step| step_view(step, &persons, lang)).collect(),
        back: queue(state),
        done: said.done,
        message: said.message,
        uscc: row.uscc,
    };
    let path = format!("{PATH}/{}", row.id);
    Ok(render::render_measure(&Page { path, ..page.clone() }, &view)?)
}

/// What the reader may decide, or why it is somebody else's to decide.
fn offered(
    who: &Party,
    row: &MeasureRow,
    state: State,
    lang: Lang,
) -> (&'static [Verb], Option<&'static str>) {
    let is_same = row.confirmed_by.as_deref() == Some(who.person.as_str());
    let audience = who.principal.audience;
    match (audience, state) {
        (Audience::Commerce, State::Proposed) => (&[Verb::Confirm, Verb::Refuse], None),
        (Audience::Reviewer, State::Confirmed) if is_same => (
            &[Verb::Refuse],
            Some(lang.pick("您已确认过，须由另一人复核。", "You have confirmed it: another person has to.")),
        ),
        (Audience::Reviewer, State::Confirmed) => (&[Verb::Confirm, Verb::Refuse], None),
        (Audience::Commerce | Audience::Reviewer, State::InForce) => (&[Verb::Lift], None),
        (_, State::Proposed) => {
            (&[], Some(lang.pick("待综试办工作人员确认。", "It waits for an officer of the zone office.")))
        }
        (_, State::Confirmed) => (
            &[],
            Some(lang.pick(
                "待复核人员确认：经办人不得自行复核。",
                "It waits for a reviewer: the officer does not confirm it again.",
            )),
        ),
        _ => (&[], None),
    }
}

fn agency(row: &MeasureRow, lang: Lang) -> Option<&'static str> {
    let audience = row.agency.as_deref().and_then(Audience::of_code)?;
    Some(audience.title(record_lang(lang)))
}

fn takes(measure: &Measure, lang: Lang) -> &'static str {
    let d = DeskTexts::of(lang);
    match (measure.takes_two(), measure.binds()) {
        (true, _) => d.two,
        (_, true) => d.one,
        _ => d.by_itself,
    }
}

fn act_words(verb: Verb, lang: Lang) -> &'static str {
    match verb {
        Verb::Confirm => lang.pick("确认", "Confirm"),
        Verb::Refuse => lang.pick("不采取", "Refuse"),
        _ => lang.pick("解除", "Lift"),
    }
}

fn step_view(step: &Step, persons: &Persons, lang: Lang) -> MeasureStepView {
    let (verb, state) = step.known().unzip();
    MeasureStepView {
        verb: verb.map_or("", |verb| verb_words(verb, lang)),
        state: state.map_or("", |state| title(state, lang)),
        at: minute(step.at),
        by: step.by.as_deref().map(|by| persons.name(by)),
        reason: step.reason.clone(),
    }
}
