//! The list of plans, the newest first, and the form that makes one.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Days, NaiveDate};
use credit_core::supervision::plan::{Period, Plan};
use credit_core::supervision::{Catalogue, Class, draw};

use super::{PATH, Refused, Stage, days, grades, minute, number, plan, sight};
use crate::access::Audience;
use crate::cases::parties::Party;
use crate::identity::SignedIn;
use crate::inspections::acts::{self, InspectionError, Wanted};
use crate::inspections::store;
use crate::portal::Reader;
use crate::portal::desk_texts::DeskTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::ServiceData;
use crate::portal::service::forms::{self, Asked, Done, Fields, Made, Trouble};
use crate::portal::service::http::Data;
use crate::portal::service::persons::Persons;
use crate::portal::view::{InspectionsView, PlanForm, PlanLine, RateField};
use crate::store::versioned::random;

/// How long the period is that the form has at first, days.
const PERIOD_DAYS: u64 = 90;
/// Plans of a page: each is read whole, with its population.
const SHOWN: usize = 10;

pub(super) async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| written(data, known, page, (&asked, &reader), None))
        .await
}

/// Makes a plan, and shows it, with the secret where the service made one.
pub(super) async fn make(
    data: Data,
    request: HttpRequest,
    fields: Option<web::Form<Fields>>,
) -> HttpResponse {
    let fields = fields.map(web::Form::into_inner).unwrap_or_default();
    let (reader, typed) = (reader_of(data.get_ref(), &request), fields.clone());
    let made: Arc<OnceLock<(String, Option<String>)>> = Arc::default();
    let told = Arc::clone(&made);
    let act = move |data: &ServiceData, asked: &Asked| {
        if sight(data, &asked.known, &asked.reader).is_none() {
            return Err(Refused::Inspection(InspectionError::NotFound));
        }
        let (wanted, secret) = wanted(asked)?;
        let row = acts::plan(&data.service, &Party::of(&asked.known), &wanted, &mut |_, _| Ok(()))?;
        data.anchored("a plan of inspection");
        let _ = told.set((row.id, secret));
        let words = Some(DeskTexts::of(asked.reader.lang).plan_made);
        Ok(Done { words, ..Done::default() })
    };
    let make = move |data: &ServiceData, known: &SignedIn, page: &Page, done: Done, message| match made.get()
    {
        Some((id, secret)) => {
            let said = plan::Said { done: done.words, secret: secret.clone(), ..plan::Said::default() };
            plan::written(data, known, page, (id, "", &reader), said)
        }
        None => written(data, known, page, (&typed, &reader), message),
    };
    forms::take_fields(&data, &request, fields, act, make).await
}

/// What was typed as a plan, and the secret where the service makes it.
fn wanted(asked: &Asked) -> Result<(Wanted, Option<String>), Refused> {
    let mut rates = BTreeMap::new();
    for class in Class::ALL {
        let text = asked.text(rate_name(class)).trim();
        if !text.is_empty() {
            rates.insert(class, text.parse().map_err(|_| Refused::Rate)?);
        }
    }
    let given = asked.text("commitment").trim().to_ascii_lowercase();
    let (secret_commitment, secret) = if given.is_empty() {
        let secret = random::<32>()?;
        (draw::commitment(&secret), Some(hex::encode(secret)))
    } else {
        (store::bytes_of(&given).ok_or(Refused::Digits)?, None)
    };
    let inspectors = asked.text("inspectors").lines().map(str::trim).filter(|name| !name.is_empty());
    let day = |name: &str| asked.text(name).trim().parse::<NaiveDate>().map_err(|_| Refused::Period);
    let wanted = Wanted {
        title: asked.text("title").to_owned(),
        period: Some(Period { from: day("from")?, until: day("until")? }),
        rates: Some(rates),
        inspectors: inspectors.map(str::to_owned).collect(),
        secret_commitment,
    };
    Ok((wanted, secret))
}

fn rate_name(class: Class) -> &'static str {
    match class {
        Class::I => "rate-I",
        Class::II => "rate-II",
        Class::III => "rate-III",
        Class::IV => "rate-IV",
    }
}

fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    (asked, reader): (&Fields, &Reader),
    message: Option<String>,
) -> Made {
    sight(data, known, reader).ok_or(Trouble::NotFound)?;
    let lang = page.lang;
    let before = asked.get("before").and_then(|text| text.split_once('.'));
    let before: Option<(i64, &str)> = before.and_then(|(at, id)| Some((at.parse().ok()?, id)));
    let mut connection = data.service.database.connection()?;
    let mut rows = store::list(&mut connection, before, i64::try_from(SHOWN + 1).unwrap_or(i64::MAX))?;
    let is_more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    let next = rows.last().filter(|_| is_more);
    let next = next.map(|row| format!("{PATH}?before={}.{}", row.made_at, row.id));
    let persons = Persons::of(&mut connection, rows.iter().map(|row| row.made_by.as_str()))?;
    let (open, today) = (store::open_tasks(&mut connection, &rows)?, data.service.clock.today());
    let mut plans = Vec::with_capacity(rows.len());
    for row in &rows {
        let (plan, stage) = (row.plan()?, Stage::of(data, &mut connection, row)?);
        let left = open.get(&row.id).copied().unwrap_or_default();
        let is_over = plan.period.is_some_and(|period| period.is_over(today));
        plans.push(PlanLine {
            period: plan.period.map(days),
            overdue: (is_over && left > 0).then(|| number(usize::try_from(left).unwrap_or_default())),
            id: row.id.clone(),
            title: row.title.clone(),
            made: minute(row.made_at),
            by: persons.name(&row.made_by),
            population: number(plan.population.len()),
            state: stage.words(lang),
            rates: rates(&plan, lang),
        });
    }
    let view = InspectionsView {
        form: (known.principal.audience == Audience::Commerce)
            .then(|| form(asked, today, message.is_some() || (plans.is_empty() && before.is_none()))),
        plans,
        next,
        is_later: before.is_some(),
        done: None,
        message,
    };
    Ok(render::render_inspections(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

/// `I 1 %, II 5 %`.
fn rates(plan: &Plan, lang: Lang) -> String {
    let all = plan.rates.iter().map(|(class, percent)| format!("{} {percent} %", class.code()));
    all.collect::<Vec<_>>().join(lang.texts().list_separator)
}

/// What was typed; of a form that was not sent the least rates of the catalogue.
fn form(asked: &Fields, today: NaiveDate, is_open: bool) -> PlanForm {
    let text = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let was_sent = asked.contains_key("csrf");
    let field = |class: Class| {
        let range = Catalogue::embedded().rate_of(class)?;
        let least = range.at_least.to_string();
        Some(RateField {
            class: class.code(),
            grades: grades(class),
            least: range.at_least,
            most: range.at_most,
            value: if was_sent { text(rate_name(class)) } else { least },
        })
    };
    let day = |name: &str, first: Option<NaiveDate>| match was_sent {
        true => text(name),
        false => first.map(|day| day.to_string()).unwrap_or_default(),
    };
    PlanForm {
        title: text("title"),
        from: day("from", Some(today)),
        until: day("until", today.checked_add_days(Days::new(PERIOD_DAYS - 1))),
        today: today.to_string(),
        rates: Class::ALL.into_iter().filter_map(field).collect(),
        inspectors: text("inspectors"),
        commitment: text("commitment"),
        is_open,
    }
}
