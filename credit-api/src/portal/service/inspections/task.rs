//! What was found at one enterprise that was drawn.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use credit_core::supervision::plan::Period;

use super::{PATH, Refused, days, minute, sight};
use crate::access::{Audience, Block, Outcome, Subject};
use crate::cases::parties::Party;
use crate::identity::SignedIn;
use crate::inspections::acts::{self, Finding, InspectionError};
use crate::inspections::store::{self, TaskRow};
use crate::portal::Reader;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::ServiceData;
use crate::portal::service::forms::{self, Asked, Done, Fields, Made, Trouble};
use crate::portal::service::http::Data;
use crate::portal::service::persons::Persons;
use crate::portal::view::{TaskLine, TaskView};
use crate::registry;
use crate::store::StoreError;

type Place = web::Path<(String, String)>;

/// What was typed, and what came of it.
#[derive(Default)]
struct Said {
    done: Option<&'static str>,
    message: Option<String>,
    typed: Fields,
}

pub(super) async fn page(data: Data, request: HttpRequest, path: Place) -> HttpResponse {
    let (reader, place) = (reader_of(data.get_ref(), &request), path.into_inner());
    forms::show(&data, &request, move |data, known, page| {
        written(data, known, page, (&place.0, &place.1, &reader), Said::default())
    })
    .await
}

/// Enters a finding, or corrects it.
pub(super) async fn enter(
    data: Data,
    request: HttpRequest,
    path: Place,
    fields: Option<web::Form<Fields>>,
) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    let (reader, (id, uscc)) = (reader_of(data.get_ref(), &request), path.into_inner());
    let (asked_of, typed) = ((id.clone(), uscc.clone()), fields.clone());
    let act = move |data: &ServiceData, asked: &Asked| {
        let (id, uscc) = (asked_of.0.as_str(), asked_of.1.as_str());
        let sight = sight(data, &asked.known, &asked.reader);
        let may = sight.is_some_and(|one| one.may(Subject::One(uscc), Block::Inspections) == Outcome::Full);
        let version = asked.text("version").parse().ok().filter(|_| may);
        let version = version.ok_or(InspectionError::NotFound)?;
        let note = Some(asked.text("note").trim().to_owned()).filter(|note| !note.is_empty());
        let finding = Finding {
            inspected_on: asked.text("inspected_on").parse().map_err(|_| Refused::Day)?,
            passed: match asked.text("result") {
                "pass" => true,
                "fail" => false,
                _ => return Err(Refused::Inspection(InspectionError::NotFound)),
            },
            note,
        };
        let party = Party::of(&asked.known);
        let about = (id, uscc, version);
        acts::enter((&data.service, &data.jobs), &party, about, &finding, &mut |_, _| Ok(()))?;
        let words = Some(DeskTexts::of(asked.reader.lang).entered);
        Ok(Done { words, ..Done::default() })
    };
    let make =
        move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>| {
            let typed = if message.is_some() { typed } else { Fields::default() };
            written(data, known, page, (&id, &uscc, &reader), Said { done: done.words, message, typed })
        };
    forms::take_fields(&data, &request, fields, act, make).await
}

/// The task in the list of a plan.
pub(super) fn line(
    row: &TaskRow,
    (period, today): (Option<Period>, NaiveDate),
    name: Option<&String>,
    lang: Lang,
) -> Result<TaskLine, StoreError> {
    let (task, d) = (row.task()?, DeskTexts::of(lang));
    Ok(TaskLine {
        href: format!("{PATH}/{}/tasks/{}", row.plan_id, row.uscc),
        uscc: row.uscc.clone(),
        name: name.cloned().unwrap_or_default(),
        class: row.class.clone(),
        inspectors: task.inspectors.join(lang.texts().list_separator),
        result: result(row, lang),
        is_failed: row.passed == Some(0),
        beyond: match (row.is_overdue(period, today), row.is_late(period)) {
            (true, _) => Some(d.overdue),
            (_, true) => Some(d.late),
            _ => None,
        },
        inspected_on: row.inspected_on().map(|day| day.to_string()),
    })
}

fn result(row: &TaskRow, lang: Lang) -> &'static str {
    let d = DeskTexts::of(lang);
    match row.passed {
        None => d.not_inspected,
        Some(0) => d.fail,
        Some(_) => d.pass,
    }
}

fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    (id, uscc, reader): (&str, &str, &Reader),
    said: Said,
) -> Made {
    let (sight, lang) = (sight(data, known, reader).ok_or(Trouble::NotFound)?, page.lang);
    if sight.may(Subject::One(uscc), Block::Inspections) != Outcome::Full {
        return Err(Trouble::NotFound);
    }
    let mut connection = data.service.database.connection()?;
    let plan = store::find(&mut connection, id)?.ok_or(Trouble::NotFound)?;
    let row = store::task(&mut connection, id, uscc)?.ok_or(Trouble::NotFound)?;
    let names = registry::names(&mut connection, &[uscc.to_owned()])?;
    let persons = Persons::of(&mut connection, row.entered_by.as_deref())?;
    let (period, today) = (plan.period(), data.service.clock.today());
    let line = line(&row, (period, today), names.get(uscc), lang)?;
    // Before its first day there is nothing to enter.
    let first_day = plan.first_day().filter(|day| *day <= today);
    let typed = |name: &str| said.typed.get(name).cloned();
    let kept_day = line.inspected_on.clone().unwrap_or_else(|| today.to_string());
    let entered = row.entered_by.as_deref().zip(row.entered_at);
    let view = TaskView {
        plan: plan.id,
        plan_title: plan.title,
        version: row.version,
        name: line.name,
        class: line.class,
        inspectors: line.inspectors,
        result: line.result,
        is_failed: line.is_failed,
        beyond: line.beyond,
        period: period.map(days),
        inspected_on: line.inspected_on,
        entered: entered.map(|(by, at)| format!("{} · {}", persons.name(by), minute(at))),
        days: first_day
            .filter(|_| known.principal.audience == Audience::Commerce)
            .map(|first| (first.to_string(), today.to_string())),
        has_begun: period.is_none_or(|period| period.from <= today),
        is_correction: row.passed.is_some(),
        typed_day: typed("inspected_on").unwrap_or(kept_day),
        typed_note: typed("note").or_else(|| row.note.clone()).unwrap_or_default(),
        typed_failed: typed("result").map_or(row.passed == Some(0), |result| result == "fail"),
        note: row.note,
        uscc: row.uscc,
        done: said.done,
        message: said.message,
    };
    let path = format!("{PATH}/{id}/tasks/{uscc}");
    Ok(render::render_task(&Page { path, ..page.clone() }, &view)?)
}
