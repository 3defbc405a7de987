//! One case: where it stands, its terms, its steps, what the reader may do.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use credit_core::calendar::WorkingDays;
use credit_core::cases::{
    Case, ClockState, ClockView, Kind, Missing, Offer, Role, State, Step, Verb, clocks_of, is_disputed,
    stays_consequences,
};
use credit_core::dates::Moment;

use super::{PATH, about_words};
use crate::access::{Ask, Audience, Block, Outcome, Subject};
use crate::cases::files::{self, FileRow};
use crate::cases::parties::{self, Party};
use crate::cases::rules;
use crate::cases::store::{self, CaseRow};
use crate::cases::subject::About;
use crate::http::routes::case_files;
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::case_texts::CaseTexts;
use crate::portal::http::{error_response, reader_of};
use crate::portal::lang::Lang;
use crate::portal::render::{self, ErrorView, Page};
use crate::portal::service::forms::{self, Made, Trouble};
use crate::portal::service::http::{Data, not_found, page_for};
use crate::portal::service::{ServiceData, Sight, alerts, purpose, record_lang, words};
use crate::portal::view::{
    CaseFile, CaseView, ChoiceOf, ClockLine, DisputeSaid, DisputeView, Files, OfferForm, OthersLine,
    StripView, TakenStep,
};
use crate::registry;
use crate::repair::certificate::{self, NotGiven};
use crate::store::{DbConnection, StoreError};

/// Which case, and who asks.
#[derive(Clone)]
pub(super) struct Asking {
    pub(super) id: String,
    pub(super) reader: Reader,
}

pub(super) async fn page(data: Data, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let asking = Asking { id: id.into_inner(), reader: reader_of(data.get_ref(), &request) };
    forms::show(&data, &request, move |data, known, page| written(data, known, page, &asking, (None, None)))
        .await
}

/// A file that a step attaches, to be saved; for whoever sees the case.
pub(super) async fn file(
    data: Data,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (id, digest) = path.into_inner();
    let asking = Asking { id, reader: reader_of(data.get_ref(), &request) };
    let inner = data.clone();
    let found = web::block(move || {
        let Some(known) = inner.known(&asking.reader)? else { return Ok(None) };
        let seen = seen(&inner, &known, &asking)?.filter(|(_, is_whole)| *is_whole);
        let attached = seen.map(|(row, _)| files::attached(&inner.service, &row, &digest)).transpose();
        Ok::<_, Trouble>(attached?.flatten())
    })
    .await;
    match found {
        Ok(Ok(Some((row, bytes)))) => case_files::to_be_saved(&row, bytes),
        _ => not_found(&data, &request).await,
    }
}

/// The certificate of a repair, as the interface gives it; for whoever sees the case.
pub(super) async fn certificate(data: Data, request: HttpRequest, id: web::Path<String>) -> HttpResponse {
    let asking = Asking { id: id.into_inner(), reader: reader_of(data.get_ref(), &request) };
    let inner = data.clone();
    let found = web::block(move || {
        let Some(known) = inner.known(&asking.reader)? else { return Ok(None) };
        let Some((row, _)) = seen(&inner, &known, &asking)? else { return Ok(None) };
        let mut connection = inner.service.database.connection()?;
        let Ok(made) = certificate::standing(&mut connection, &row, inner.service.clock.today()) else {
            return Ok(None);
        };
        let file = certificate::file(&mut connection, &inner.anchor.reader(), &made).ok();
        Ok::<_, Trouble>(file.map(|text| (row.id, text)))
    })
    .await;
    let Ok(Ok(Some((id, text)))) = found else {
        let page = page_for(&data, &request).await;
        let c = CaseTexts::of(page.lang);
        let view =
            ErrorView { status: 404, title: c.error_no_certificate, help: c.error_no_certificate_help };
        return error_response(&page, HttpResponse::NotFound(), &view);
    };
    let name = format!("attachment; filename=\"repair-{}.json\"", id.get(..16).unwrap_or(&id));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(text)
}

/// The case, where the reader may see it, and whether all of it.
fn seen(
    data: &ServiceData,
    known: &SignedIn,
    asking: &Asking,
) -> Result<Option<(CaseRow, bool)>, StoreError> {
    let row = store::find(&mut *data.service.database.connection()?, &asking.id)?;
    let party = Party::of(known);
    let Some(row) = row.filter(|row| parties::sees(&party, row)) else { return Ok(None) };
    let sight = Sight::of(known.principal.clone(), &data.service, asking.reader.looks.clone(), None);
    let circumstances = (row.open == 0, row.told != 0);
    let outcome = sight.may_see_case(Subject::One(&row.uscc), row.kind()?, circumstances);
    Ok(outcome.is_allowed().then_some((row, outcome == Outcome::Full)))
}

pub(super) fn written(
    data: &ServiceData,
    known: &SignedIn,
    page: &Page,
    asking: &Asking,
    (done, message): (Option<&'static str>, Option<String>),
) -> Made {
    let (row, is_whole) = seen(data, known, asking)?.ok_or(Trouble::NotFound)?;
    let mut view = view(data, known, (&row, is_whole), page.lang)?;
    (view.done, view.message) = (done, message);
    let path = format!("{PATH}/{}", row.id);
    Ok(render::render_case(&Page { path, ..page.clone() }, &view)?)
}

/// Whether a sale opens for this reader; the officers of the zone read its number alone (`domain.md` 7.5).
fn may_see_orders(data: &ServiceData, party: &Party, uscc: &str) -> bool {
    let purpose = purpose::of(&party.principal, None, &data.service.rules);
    let ask = Ask::new(&party.principal, Block::Orders, purpose, Subject::One(uscc));
    data.service.rules.decide(&ask).is_allowed()
}

/// With the flag alone there is neither what it is about nor who did what.
fn view(
    data: &ServiceData,
    known: &SignedIn,
    (row, is_whole): (&CaseRow, bool),
    lang: Lang,
) -> Result<CaseView, StoreError> {
    let (c, now, kind) = (CaseTexts::of(lang), data.service.clock.now(), row.kind()?);
    let mut connection = data.service.database.connection()?;
    let steps = store::steps_of(&mut connection, &row.id)?;
    let names = files::named(&mut connection, &steps)?;
    let enterprise = registry::find(&mut connection, &row.uscc)?;
    let case = Case { id: &row.id, kind, steps: &steps };
    let party = Party::of(known);
    let role = parties::role_of(&party, row).filter(|_| is_whole);
    let shown = if is_whole { steps.as_slice() } else { &[] };
    let calendar = data.service.calendars.now();
    let rules = rules(&calendar);
    let offers = role.map(|role| case.allowed(&parties::actor(&party, role), now, &rules));
    let others = role.map_or_else(Vec::new, |role| case.for_others(role));
    let clocks = clocks_of(shown, &calendar, now);
    let (running, past): (Vec<&ClockView>, Vec<_>) = clocks.iter().partition(|clock| clock.is_running());
    let line = |clock: &&ClockView| clock_line(clock, &calendar, now, lang);
    let state = case.state();
    let about = row.about()?;
    let is_officer = party.principal.audience == Audience::Commerce;
    let alert = match &about {
        About::Alert(alarm) if is_whole => {
            let propose = is_officer.then(|| super::watch_href(&row.uscc));
            let opens = |merchant: Option<&str>| may_see_orders(data, &party, merchant.unwrap_or(&row.uscc));
            Some(alerts::view(data, alarm, (propose, &opens), lang))
        }
        _ => None,
    };
    Ok(CaseView {
        kind: lang.pick(kind.zh(), kind.en()),
        version: row.version,
        name: enterprise.map_or_else(|| row.uscc.clone(), |found| found.name),
        uscc: row.uscc.clone(),
        about: if is_whole { about_words(&about, &row.uscc, lang) } else { String::new() },
        alert,
        state: lang.pick(state.zh(), state.en()),
        opened: minute(row.opened_at),
        asked: row.asked.as_deref().filter(|_| is_whole).map(|code| department(code, lang)),
        is_disputed: is_disputed(&case),
        stays_consequences: stays_consequences(&case),
        certificate: certificate_href(&mut connection, row, now.shanghai_date())?,
        dispute: (kind == Kind::Dispute && is_whole).then(|| dispute(&steps, lang)),
        notes: notes(kind, c),
        running: running.iter().map(line).collect(),
        past: past.iter().map(line).collect(),
        steps: shown.iter().rev().map(|step| taken(step, role, &names, lang)).collect(),
        offers: offers.into_iter().flatten().map(|offer| offer_form(&offer, lang)).collect(),
        others: others
            .into_iter()
            .filter(|(_, roles)| **roles != [Role::System])
            .map(|(verb, roles)| others_line(verb, roles, lang))
            .collect(),
        id: row.id.clone(),
        done: None,
        message: None,
    })
}

/// Where the certificate of a repair is saved.
fn certificate_href(
    connection: &mut DbConnection,
    row: &CaseRow,
    today: NaiveDate,
) -> Result<Option<String>, StoreError> {
    if row.kind()? != Kind::Repair {
        return Ok(None);
    }
    match certificate::standing(connection, row, today) {
        Ok(_) => Ok(Some(super::certificate_href(&row.id))),
        Err(NotGiven::NotYet | NotGiven::TakenBack) => Ok(None),
        Err(NotGiven::Store(error)) => Err(error),
    }
}

/// What was complained of, answered, settled and done, from the steps: the last of each counts.
fn dispute(steps: &[Step], lang: Lang) -> DisputeView {
    let last = |verbs: &[Verb]| steps.iter().rev().find(|step| verbs.contains(&step.verb));
    let text = |step: &Step| step.reason.as_ref().and_then(|told| told.text.clone());
    let said = |step: &Step| DisputeSaid {
        outcome: step.outcome.map_or("", |outcome| lang.pick(outcome.zh(), outcome.en())),
        reason: text(step),
        at: minute(step.at.0),
    };
    let mediated = steps.iter().rev().find(|step| step.from == State::Mediation && step.outcome.is_some());
    DisputeView {
        complaint: last(&[Verb::Submit]).and_then(text),
        answer: last(&[Verb::Answer]).map(said),
        mediation: mediated.map(said),
        performed: last(&[Verb::Perform]).map(|step| minute(step.at.0)),
        in_mediation: steps.last().is_some_and(|step| step.to == State::Mediation),
    }
}

fn notes(kind: Kind, c: &CaseTexts) -> Vec<&'static str> {
    match kind {
        Kind::Repair => vec![c.free],
        Kind::Objection => vec![c.source_corrects, c.free],
        Kind::Appeal => vec![c.reconsider],
        Kind::Dispute => vec![c.dispute_terms],
        _ => Vec::new(),
    }
}

fn department(code: &str, lang: Lang) -> String {
    let title = Audience::of_code(code).map(|audience| audience.title(record_lang(lang)));
    title.map_or_else(|| code.to_owned(), str::to_owned)
}

fn minute(at_ms: i64) -> String {
    words::minute(u64::try_from(at_ms).unwrap_or(0))
}

/// What is left of a term, or by how much it is over; in working days, as it is counted.
pub(super) fn left(calendar: &WorkingDays, end: NaiveDate, today: NaiveDate, lang: Lang) -> String {
    match calendar.working_days_between(today, end) {
        _ if end == today => CaseTexts::of(lang).today.to_owned(),
        // A term of hours or of calendar days may end on a day off.
        0 if end > today => {
            let days = (end - today).num_days();
            lang.pick(
                format!("还有 {days} 天"),
                format!("{days} {} left", if days == 1 { "day" } else { "days" }),
            )
        }
        days if end > today => {
            lang.pick(format!("还有 {days} 个工作日"), format!("{days} working {} left", plural(days)))
        }
        days => lang
            .pick(format!("已超期 {} 个工作日", -days), format!("{} working {} over", -days, plural(-days))),
    }
}

fn plural(days: i32) -> &'static str {
    if days == 1 { "day" } else { "days" }
}

fn clock_line(clock: &ClockView, calendar: &WorkingDays, now: Moment, lang: Lang) -> ClockLine {
    let (today, end) = (now.shanghai_date(), clock.end.date);
    let words = match clock.state {
        ClockState::Met => lang.pick("按期完成", "done in time").to_owned(),
        ClockState::MetLate => lang.pick("逾期完成", "done late").to_owned(),
        ClockState::Ended => lang.pick("已终止", "ended").to_owned(),
        ClockState::Over => lang.pick("已届满", "over").to_owned(),
        _ => left(calendar, end, today, lang),
    };
    let is_running = clock.is_running();
    ClockLine {
        title: lang.pick(clock.clock.zh(), clock.clock.en()),
        owed_by: lang.pick(clock.owed_by.zh(), clock.owed_by.en()),
        look: match clock.state {
            _ if !is_running => "done",
            ClockState::Overdue | ClockState::Escalated => "late",
            _ => "running",
        },
        words,
        runs_from: clock.runs_from.to_string(),
        ends_on: end.to_string(),
        is_provisional: clock.end.provisional,
        strip: StripView::of(calendar, clock.runs_from, end, today).filter(|_| is_running),
    }
}

/// Officers are named to those who answer for them, not to the enterprise.
fn taken(step: &Step, reader: Option<Role>, names: &[FileRow], lang: Lang) -> TakenStep {
    let is_named = reader != Some(Role::Enterprise) || step.actor.role == Role::Enterprise;
    let role = step.actor.role;
    TakenStep {
        number: step.number,
        title: lang.pick(step.verb.zh(), step.verb.en()),
        state: lang.pick(step.to.zh(), step.to.en()),
        role: lang.pick(role.zh(), role.en()),
        by: Some(step.actor.id.clone()).filter(|_| is_named && role != Role::System),
        at: minute(step.at.0),
        outcome: step.outcome.map(|outcome| lang.pick(outcome.zh(), outcome.en())),
        reason: step.reason.as_ref().and_then(|told| told.text.clone()),
        basis: step.basis.as_ref().and_then(|told| told.text.clone()),
        files: step
            .attachments
            .iter()
            .map(|digest| case_file(&step.case, String::from(*digest), names))
            .collect(),
        digest: String::from(step.digest),
    }
}

fn case_file(id: &str, digest: String, names: &[FileRow]) -> CaseFile {
    let row = names.iter().find(|row| row.digest == digest);
    CaseFile {
        href: format!("{PATH}/{id}/files/{digest}"),
        name: row.map_or_else(|| digest.clone(), |row| row.name.clone()),
        size: row.map(|row| format!("{} KiB", row.bytes.saturating_add(1023) / 1024)).unwrap_or_default(),
    }
}

fn offer_form(offer: &Offer, lang: Lang) -> OfferForm {
    let asks = |missing: &Missing| offer.brings.contains(missing);
    let outcomes = offer.brings.iter().find_map(|missing| match missing {
        Missing::Outcome(outcomes) => Some(outcomes.as_slice()),
        _ => None,
    });
    let choice = |outcome: &credit_core::cases::Outcome| ChoiceOf {
        code: outcome.code(),
        words: lang.pick(outcome.zh(), outcome.en()).to_owned(),
    };
    OfferForm {
        verb: offer.verb.code(),
        title: lang.pick(offer.verb.zh(), offer.verb.en()),
        binds: offer.binds,
        asks_reason: asks(&Missing::Reason),
        asks_basis: asks(&Missing::Basis),
        files: match asks(&Missing::Attachment) {
            true => Files::Must,
            false if asks(&Missing::Reason) => Files::May,
            false => Files::None,
        },
        outcomes: outcomes.unwrap_or_default().iter().map(choice).collect(),
        departments: if offer.verb == Verb::AskSource { departments(lang) } else { Vec::new() },
    }
}

/// Who may be asked: every department but the zone office itself.
fn departments(lang: Lang) -> Vec<ChoiceOf> {
    let all = Audience::ALL.into_iter();
    all.filter(|one| one.is_department() && *one != Audience::Commerce)
        .map(|one| ChoiceOf { code: one.code(), words: one.title(record_lang(lang)).to_owned() })
        .collect()
}

fn others_line(verb: Verb, roles: &[Role], lang: Lang) -> OthersLine {
    let roles: Vec<&str> = roles.iter().map(|role| lang.pick(role.zh(), role.en())).collect();
    OthersLine { verb: lang.pick(verb.zh(), verb.en()), roles: roles.join(lang.texts().list_separator) }
}
