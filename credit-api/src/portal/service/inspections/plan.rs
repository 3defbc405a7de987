//! One plan: what was committed to, the draw, those drawn, and how to check it without us.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::supervision::draw;
use credit_core::supervision::plan::{Plan, Root};

use super::{PATH, Refused, Stage, days, grades, leaf_of, leaf_view, minute, number, sight, task};
use crate::access::{Audience, Block, Subject};
use crate::cases::parties::Party;
use crate::identity::SignedIn;
use crate::inspections::acts::{self, InspectionError};
use crate::inspections::store::{self, PlanRow};
use crate::portal::Reader;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::forms::{self, Asked, Done, Fields, Made, Trouble};
use crate::portal::service::http::{Data, not_found};
use crate::portal::service::persons::Persons;
use crate::portal::service::{ServiceData, Sight};
use crate::portal::view::{CheckView, ClassLine, DrawnView, PlanView};
use crate::registry;
use crate::store::DbConnection;

/// Tasks of a page.
const SHOWN: usize = 25;
/// Makes a draw again from the two texts alone.
const PROGRAM: &str = include_str!("check_draw.py");

/// What a form says of itself after it was sent.
#[derive(Default)]
pub(super) struct Said {
    pub(super) done: Option<&'static str>,
    pub(super) message: Option<String>,
    /// Shown once.
    pub(super) secret: Option<String>,
    pub(super) typed: String,
}

pub(super) async fn page(data: Data, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let after = asked.ok().and_then(|asked| asked.get("after").cloned()).unwrap_or_default();
    let (reader, id) = (reader_of(data.get_ref(), &request), id.into_inner());
    forms::show(&data, &request, move |data, known, page| {
        written(data, known, page, (&id, &after, &reader), Said::default())
    })
    .await
}

/// Draws the plan with its secret.
pub(super) async fn draw(
    data: Data,
    request: HttpRequest,
    id: web::Path<String>,
    fields: Option<web::Form<Fields>>,
) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    let (reader, id) = (reader_of(data.get_ref(), &request), id.into_inner());
    let (asked_of, typed) = (id.clone(), fields.get("secret").cloned().unwrap_or_default());
    let act = move |data: &ServiceData, asked: &Asked| {
        if sight(data, &asked.known, &asked.reader).is_none() {
            return Err(Refused::Inspection(InspectionError::NotFound));
        }
        let secret = store::bytes_of(&asked.text("secret").trim().to_ascii_lowercase());
        let secret = secret.ok_or(Refused::Digits)?;
        let version = asked.text("version").parse().map_err(|_| InspectionError::NotFound)?;
        let about = (asked_of.as_str(), version);
        let party = Party::of(&asked.known);
        acts::draw((&data.service, &data.anchor), &party, about, &secret, &mut |_, _| Ok(()))?;
        data.anchored("a draw");
        let words = Some(DeskTexts::of(asked.reader.lang).was_drawn);
        Ok(Done { words, ..Done::default() })
    };
    let make =
        move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message: Option<String>| {
            let typed = if message.is_some() { typed } else { String::new() };
            let said = Said { done: done.words, message, typed, secret: None };
            written(data, known, page, (&id, "", &reader), said)
        };
    forms::take_fields(&data, &request, fields, act, make).await
}

/// The text of a plan or of its draw, whose SHA-256 is on the ledger, to be saved.
pub(super) async fn text(
    data: Data,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (id, which) = path.into_inner();
    let (reader, inner, name) = (reader_of(data.get_ref(), &request), data.clone(), which.clone());
    let found = web::block(move || {
        let Some(known) = inner.known(&reader)? else { return Ok(None) };
        if sight(&inner, &known, &reader).is_none() {
            return Ok(None);
        }
        let row = store::find(&mut *inner.service.database.connection()?, &id)?;
        let Some(row) = row else { return Ok(None) };
        let plan = row.plan()?;
        Ok::<_, Trouble>(match which.as_str() {
            "plan" => Some(plan.text()),
            "draw" => row
                .drawn()
                .map(|(secret, root)| plan.draw_text(&secret, root, &plan.draw(&secret, &root.hash))),
            _ => None,
        })
    })
    .await;
    match found {
        Ok(Ok(Some(text))) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.txt\"")))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(text),
        _ => not_found(&data, &request).await,
    }
}

pub(super) fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    (id, after, reader): (&str, &str, &Reader),
    said: Said,
) -> Made {
    let (sight, lang) = (sight(data, known, reader).ok_or(Trouble::NotFound)?, page.lang);
    let (d, mut connection) = (DeskTexts::of(lang), data.service.database.connection()?);
    let row = store::find(&mut connection, id)?.ok_or(Trouble::NotFound)?;
    let (plan, stage) = (row.plan()?, Stage::of(data, &mut connection, &row)?);
    let acted = [Some(row.made_by.as_str()), row.drawn_by.as_deref()];
    let persons = Persons::of(&mut connection, acted.into_iter().flatten())?;
    let is_officer = known.principal.audience == Audience::Commerce;
    let drawn = match row.drawn() {
        Some(of) => Some(drawn(data, &mut connection, (&row, &plan, of), (&sight, after, &persons), lang)?),
        None => None,
    };
    let view = PlanView {
        version: row.version,
        title: row.title.clone(),
        state: stage.words(lang),
        made: minute(row.made_at),
        by: persons.name(&row.made_by),
        day: plan.day.to_string(),
        catalogue: plan.catalogue.clone(),
        period: plan.period.map(days),
        classes: classes(&plan),
        inspectors: plan.inspectors.join(lang.texts().list_separator),
        commitment: hex::encode(plan.secret_commitment),
        digest: hex::encode(plan.digest()),
        leaf: leaf_of(&mut connection, id, 1)?.map(|index| leaf_view(data, index, lang)),
        may_draw: stage == Stage::Ready && is_officer,
        wait: match stage {
            Stage::Drawn => None,
            Stage::Ready => Some(d.draw_officer).filter(|_| !is_officer),
            Stage::Waits | Stage::Committed => Some(d.draw_wait),
        },
        secret_typed: said.typed,
        secret: said.secret,
        check: row.secret.as_deref().map(|secret| check(secret, lang)),
        drawn,
        done: said.done,
        message: said.message,
        id: row.id,
    };
    let path = format!("{PATH}/{id}");
    Ok(render::render_plan(&Page { path, ..page.clone() }, &view)?)
}

fn classes(plan: &Plan) -> Vec<ClassLine> {
    let line = |(class, percent): (&credit_core::supervision::Class, &u8)| {
        let count = plan.population.values().filter(|of| *of == class).count();
        ClassLine {
            class: class.code(),
            grades: grades(*class),
            rate: format!("{percent} %"),
            enterprises: number(count),
            drawn: number(draw::count(count, *percent)),
        }
    };
    plan.rates.iter().map(line).collect()
}

fn drawn(
    data: &ServiceData,
    connection: &mut DbConnection,
    (row, plan, (secret, root)): (&PlanRow, &Plan, ([u8; 32], Root)),
    (sight, after, persons): (&Sight, &str, &Persons),
    lang: Lang,
) -> Result<DrawnView, Trouble> {
    let all = plan.draw(&secret, &root.hash);
    let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let mut rows = store::tasks(connection, &row.id, after, limit)?;
    let is_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let next = rows.last().filter(|_| is_more).map(|last| format!("{PATH}/{}?after={}", row.id, last.uscc));
    let codes: Vec<String> = rows.iter().map(|one| one.uscc.clone()).collect();
    let names = registry::names(connection, &codes)?;
    // Each of them is looked at.
    let seen =
        rows.iter().filter(|one| sight.may(Subject::Among(&one.uscc), Block::Inspections).is_allowed());
    let of = (plan.period, data.service.clock.today());
    let tasks = seen.map(|one| task::line(one, of, names.get(&one.uscc), lang)).collect::<Result<_, _>>()?;
    Ok(DrawnView {
        at: minute(row.drawn_at.unwrap_or_default()),
        by: row.drawn_by.as_deref().map(|by| persons.name(by)).unwrap_or_default(),
        secret: hex::encode(secret),
        root: hex::encode(root.hash),
        root_size: lang.pick(format!("前 {} 条", root.size), format!("of {} leaves", root.size)),
        seed: hex::encode(draw::seed(&secret, &root.hash)),
        digest: hex::encode(plan.draw_digest(&secret, root, &all)),
        leaf: leaf_of(connection, &row.id, 2)?.map(|index| leaf_view(data, index, lang)),
        tasks,
        total: number(all.len()),
        next,
        is_later: !after.is_empty(),
    })
}

/// With what anybody can check the draw.
fn check(secret: &str, lang: Lang) -> CheckView {
    CheckView {
        commands: format!(
            "sha256sum plan.txt draw.txt\nSECRET={secret}\nprintf %s $SECRET | xxd -r -p | sha256sum\n\
             python3 check_draw.py"
        ),
        program: PROGRAM
            .replace("THE SAME", lang.pick("抽取一致", "the same draw"))
            .replace("ANOTHER", lang.pick("抽取不一致", "another draw")),
    }
}
