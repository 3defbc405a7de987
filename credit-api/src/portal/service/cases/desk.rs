//! The cases of a reader, by deadline: an enterprise's own, an officer's desk, those in which a department was asked.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::calendar::WorkingDays;
use credit_core::cases::{Kind, State};
use credit_core::dates::{Moment, from_day_number};

use super::one::left;
use super::{PATH, about_words};
use crate::access::{Audience, Subject};
use crate::cases::parties::{Of, Party};
use crate::cases::store::{self, CaseRow, Filter, Order};
use crate::cases::subject::{About, Severity};
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::case_texts::CaseTexts;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::forms::{self, Fields, Made};
use crate::portal::service::http::Data;
use crate::portal::service::{ServiceData, Sight, alerts, words};
use crate::portal::view::{CaseLine, CasesView, Choice};
use crate::registry;
use crate::store::StoreError;

/// Lines of a page.
const LINES_SHOWN: i64 = 50;

pub(super) async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| written(data, known, page, &asked, &reader)).await
}

/// The kinds of which the reader sees a list, its own or all.
fn seen(sight: &Sight, kind: Option<Kind>) -> Vec<Kind> {
    let own = &sight.principal.enterprises;
    let subjects: Vec<Subject<'_>> = match sight.principal.audience {
        Audience::Enterprise => own.iter().map(|uscc| Subject::One(uscc)).collect(),
        _ => vec![Subject::Many],
    };
    let asked = Kind::ALL.iter().copied().filter(|one| kind.is_none_or(|kind| kind == *one));
    // A list shows of the watch list what the enterprise was told of and what is closed, and nothing else of it.
    let may = |kind: &Kind| {
        subjects.iter().all(|subject| sight.may_see_case(*subject, *kind, (true, true)).is_allowed())
    };
    asked.filter(may).collect()
}

/// Which cases are asked for.
struct Question {
    kind: Option<Kind>,
    /// Of alerts alone.
    severity: Option<Severity>,
    past: bool,
    order: Order,
}

impl Question {
    fn of(asked: &Fields, audience: Audience) -> Self {
        let text = |name: &str| asked.get(name).map_or("", |text| text.as_str());
        let (kind, past) = (Kind::of(text("kind")), text("which") == "past");
        // An enterprise is told that there was an alert, and not how serious it was.
        let asks_severity = kind == Some(Kind::Alert) && audience != Audience::Enterprise;
        let severity = Severity::of(text("severity")).filter(|_| asks_severity);
        let after = text("after").split_once('.');
        let after = after.and_then(|(place, id)| Some((place.parse::<i64>().ok()?, id.to_owned())));
        let order = match (past, after) {
            (true, after) => Order::Newest(after),
            (false, after) => Order::Due(after.and_then(|(day, id)| Some((i32::try_from(day).ok()?, id)))),
        };
        Self { kind, severity, past, order }
    }

    /// Address of what comes after this case.
    fn after(&self, row: &CaseRow) -> String {
        let (which, place) = if self.past { ("past", row.opened_at) } else { ("", i64::from(row.due_day)) };
        let (kind, severity) = (self.kind.map_or("", Kind::code), self.severity.map_or("", Severity::code));
        format!("{PATH}?kind={kind}&severity={severity}&which={which}&after={place}.{}", row.id)
    }
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, asked: &Fields, reader: &Reader) -> Made {
    let party = Party::of(known);
    let audience = party.principal.audience;
    let (question, lang, now) = (Question::of(asked, audience), page.lang, data.service.clock.now());
    let sight = Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), None);
    let filter = Filter {
        kinds: seen(&sight, question.kind),
        of: Of::visible_to(&party),
        uscc: None,
        state: None,
        open: (!question.past).then_some(true),
        due_before: None,
        severity: question.severity,
    };
    let mut connection = data.service.database.connection()?;
    let mut rows = store::list(&mut connection, &filter, &question.order, LINES_SHOWN + 1)?;
    let is_more = rows.len() > usize::try_from(LINES_SHOWN).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(LINES_SHOWN).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| is_more).map(|row| question.after(row));
    let (kind, past) = (question.kind, question.past);
    // The desk has what gave an alarm one step away; an enterprise sees its own alerts among its cases.
    let is_desk = audience != Audience::Enterprise;
    let (asks_severity, may_see_alerts) =
        (is_desk && kind == Some(Kind::Alert), is_desk && kind != Some(Kind::Alert));
    let codes: Vec<String> = rows.iter().map(|row| row.uscc.clone()).collect();
    let names = registry::names(&mut connection, &codes)?;
    let calendar = data.service.calendars.now();
    let line = |row: CaseRow| {
        let name = names.get(&row.uscc).cloned();
        line(row, name, audience, (now, &calendar), lang)
    };
    let view = CasesView {
        lead: lead(&party, lang),
        kinds: Kind::ALL
            .iter()
            .map(|kind| Choice {
                value: kind.code().to_owned(),
                words: lang.pick(kind.zh(), kind.en()).to_owned(),
            })
            .collect(),
        kind: kind.map_or_else(String::new, |kind| kind.code().to_owned()),
        severities: if asks_severity { severities(lang) } else { Vec::new() },
        severity: question.severity.map_or("", Severity::code),
        alerts_href: may_see_alerts.then(|| format!("{PATH}?kind={}", Kind::Alert.code())),
        past,
        lines: rows.into_iter().map(line).collect::<Result<_, _>>()?,
        next,
        own: match audience {
            Audience::Enterprise => party.principal.enterprises.to_vec(),
            _ => Vec::new(),
        },
    };
    Ok(render::render_cases(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

/// The open cases of one enterprise, where its agent sees them.
pub(in crate::portal::service) fn open_of(
    data: &ServiceData,
    known: &SignedIn,
    sight: &Sight,
    uscc: &str,
    lang: Lang,
) -> Result<Vec<CaseLine>, StoreError> {
    let filter = Filter {
        kinds: seen(sight, None),
        of: Of::visible_to(&Party::of(known)),
        uscc: Some(uscc.to_owned()),
        state: None,
        open: Some(true),
        due_before: None,
        severity: None,
    };
    let mut connection = data.service.database.connection()?;
    let rows = store::list(&mut connection, &filter, &Order::Due(None), LINES_SHOWN)?;
    let (now, calendar) = (data.service.clock.now(), data.service.calendars.now());
    let audience = known.principal.audience;
    rows.into_iter().map(|row| line(row, None, audience, (now, &calendar), lang)).collect()
}

/// To choose from, the most serious first.
fn severities(lang: Lang) -> Vec<Choice> {
    let choice = |one: Severity| Choice {
        value: one.code().to_owned(),
        words: alerts::severity(one, lang).to_owned(),
    };
    Severity::ALL.into_iter().rev().map(choice).collect()
}

fn lead(party: &Party, lang: Lang) -> &'static str {
    let c = CaseTexts::of(lang);
    match (Of::visible_to(party), party.principal.audience) {
        (Of::All, Audience::Auditor | Audience::Operator) => c.lead_all,
        (Of::All, _) => c.lead_desk,
        (Of::Enterprises(_), _) => c.lead_enterprise,
        (Of::Asked(_), _) => c.lead_asked,
        (Of::Nobody, _) => c.lead_nobody,
    }
}

fn line(
    row: CaseRow,
    name: Option<String>,
    audience: Audience,
    (now, calendar): (Moment, &WorkingDays),
    lang: Lang,
) -> Result<CaseLine, StoreError> {
    let (kind, about) = (row.kind()?, row.about()?);
    // That there was an alert, and no more.
    let is_flag = kind == Kind::Alert && audience == Audience::Enterprise;
    let today = now.shanghai_date();
    let due = (row.open != 0 && row.due_day != store::NO_DAY).then(|| from_day_number(row.due_day));
    let state = State::of(&row.state);
    Ok(CaseLine {
        kind: lang.pick(kind.zh(), kind.en()),
        severity: match &about {
            About::Alert(alarm) if !is_flag => {
                Some((alerts::severity(alarm.severity, lang), alarm.severity == Severity::High))
            }
            _ => None,
        },
        about: if is_flag { String::new() } else { about_words(&about, &row.uscc, lang) },
        state: state.map_or("", |state| lang.pick(state.zh(), state.en())),
        opened: words::minute(u64::try_from(row.opened_at).unwrap_or(0)),
        due: due.map(|day| day.to_string()),
        left: due.map(|day| left(calendar, day, today, lang)),
        is_late: due.is_some_and(|day| day < today),
        name: name.unwrap_or_default(),
        uscc: row.uscc,
        id: row.id,
    })
}
