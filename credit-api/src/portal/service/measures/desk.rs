//! The queue: by state, the one that has waited longest first, a page at a time.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use credit_core::supervision::{Catalogue, Effect, State};

use super::{PATH, effect_words, hands, is_desk_of, minute, sees, title, waited};
use crate::access::{Audience, Block, Subject};
use crate::identity::SignedIn;
use crate::portal::Reader;
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page};
use crate::portal::service::forms::{self, Fields, Made, Trouble};
use crate::portal::service::http::Data;
use crate::portal::service::persons::Persons;
use crate::portal::service::{ServiceData, Sight, my_credit};
use crate::portal::view::{ChoiceOf, MeasureRowView, MeasuresView, TabView, grouped};
use crate::registry;
use crate::store::StoreError;
use crate::supervision::statement::Step;
use crate::supervision::store::{self, MeasureRow, Then, Which};

/// Measures of a page.
const SHOWN: usize = 25;
/// Those that are over, as one state of the desk.
pub(super) const PAST: &str = "past";

/// What the desk can be asked for beside those that are over.
const STATES: [State; 5] = [State::Proposed, State::Confirmed, State::InForce, State::Stayed, State::Frozen];
const OVER: [State; 3] = [State::Refused, State::Ended, State::Lifted];
const EFFECTS: [Effect; 4] = [Effect::Restriction, Effect::Inspection, Effect::Guidance, Effect::Ease];

pub(super) async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = actix_web::web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(actix_web::web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| written(data, known, page, &asked, &reader)).await
}

/// What is asked for.
struct Question {
    /// Code of the state, or [`PAST`].
    state: &'static str,
    states: Vec<State>,
    effect: Option<Effect>,
    after: Option<(i64, String)>,
    before: Option<(i64, String)>,
}

impl Question {
    fn of(asked: &Fields, audience: Audience) -> Self {
        let text = |name: &str| asked.get(name).map_or("", |text| text.as_str());
        let first = if audience == Audience::Reviewer { State::Confirmed } else { State::Proposed };
        let wanted = State::of(text("state")).filter(|state| STATES.contains(state)).unwrap_or(first);
        let is_past = text("state") == PAST;
        let place = |name| {
            let (at, id) = text(name).split_once('.')?;
            Some((at.parse().ok()?, id.to_owned()))
        };
        Self {
            state: if is_past { PAST } else { wanted.code() },
            states: if is_past { OVER.to_vec() } else { vec![wanted] },
            effect: EFFECTS.into_iter().find(|effect| effect.code() == text("effect")),
            after: place("after"),
            before: place("before"),
        }
    }

    fn href(&self, place: &str) -> String {
        let effect = self.effect.map_or("", Effect::code);
        format!("{PATH}?state={}&effect={effect}{place}", self.state)
    }

    /// The codes of the catalogue with the effect that is asked for.
    fn codes(&self) -> Vec<String> {
        let Some(effect) = self.effect else { return Vec::new() };
        let of_effect = Catalogue::embedded().measures().iter().filter(|one| one.effect == effect);
        of_effect.map(|one| one.code.clone()).collect()
    }
}

/// A page of what stands there, and the addresses of the one before and after it.
struct Found {
    rows: Vec<Then>,
    previous: Option<String>,
    next: Option<String>,
}

fn find(
    data: &ServiceData,
    connection: &mut crate::store::DbConnection,
    question: &Question,
) -> Result<Found, StoreError> {
    let which = Which {
        states: question.states.clone(),
        at: data.service.clock.now().0,
        codes: question.codes(),
        after: question.after.clone().filter(|_| question.before.is_none()),
        before: question.before.clone(),
        ..Which::default()
    };
    let mut rows = store::at(connection, &which, i64::try_from(SHOWN + 1).unwrap_or(i64::MAX))?;
    let is_more = rows.len() > SHOWN;
    let is_back = which.before.is_some();
    if is_more && is_back {
        rows.remove(0);
    }
    rows.truncate(SHOWN);
    // Going back there is something after; going on, something before.
    let (has_previous, has_next) = if is_back { (is_more, true) } else { (which.after.is_some(), is_more) };
    let link = |name: &str, then: &Then| question.href(&format!("&{name}={}.{}", then.made_at, then.id));
    Ok(Found {
        previous: rows.first().filter(|_| has_previous).map(|then| link("before", then)),
        next: rows.last().filter(|_| has_next).map(|then| link("after", then)),
        rows,
    })
}

fn written(data: &ServiceData, known: &SignedIn, page: &Page, asked: &Fields, reader: &Reader) -> Made {
    let (audience, lang) = (known.principal.audience, page.lang);
    let sight =
        Sight::of(known.principal.clone(), &data.service, reader.looks.clone(), reader.purpose.as_deref());
    let may = sight.may_ask(Subject::Many, Block::Measures, audience.is_department()).is_allowed();
    if !is_desk_of(audience) || !may {
        return Err(Trouble::NotFound);
    }
    let question = Question::of(asked, audience);
    let mut connection = data.service.database.connection()?;
    let found = find(data, &mut connection, &question)?;
    let ids: Vec<String> = found.rows.iter().map(|one| one.id.clone()).collect();
    let rows = store::these(&mut connection, &ids)?;
    let steps = store::steps_of_these(&mut connection, &ids)?;
    let codes: Vec<String> = rows.values().map(|row| row.uscc.clone()).collect();
    let names = registry::names(&mut connection, &codes)?;
    let persons =
        Persons::of(&mut connection, steps.values().flatten().filter_map(|step| step.by.as_deref()))?;
    let counts = store::counts(&mut connection)?;
    // Each of many is looked at.
    let seen = found.rows.iter().filter_map(|then| Some((then, rows.get(&then.id)?)));
    let seen = seen.filter(|(_, row)| sees(&sight, row, Subject::Among(&row.uscc)));
    let (today, calendar) = (data.service.clock.today(), data.service.calendars.now());
    let line = |(then, row): (&Then, &MeasureRow)| {
        let known = (names.get(&row.uscc), steps.get(&row.id).map_or(&[][..], Vec::as_slice));
        let waited = waited(&calendar, then.since, today, lang);
        line((then, row), known, &persons, waited, lang)
    };
    let view = MeasuresView {
        tabs: tabs(&counts, &question, lang),
        state: question.state,
        effects: EFFECTS
            .map(|effect| ChoiceOf { code: effect.code(), words: effect_words(effect, lang).to_owned() })
            .into(),
        effect: question.effect.map_or_else(String::new, |effect| effect.code().to_owned()),
        rows: seen.map(line).collect::<Result<_, _>>()?,
        previous: found.previous,
        next: found.next,
    };
    Ok(render::render_measures(&Page { path: PATH.to_owned(), ..page.clone() }, &view)?)
}

fn line(
    (then, row): (&Then, &MeasureRow),
    (name, steps): (Option<&String>, &[Step]),
    persons: &Persons,
    waited: String,
    lang: Lang,
) -> Result<MeasureRowView, StoreError> {
    let (measure, state) = (row.measure()?, row.state()?);
    Ok(MeasureRowView {
        id: row.id.clone(),
        uscc: row.uscc.clone(),
        name: name.cloned().unwrap_or_default(),
        title: lang.pick(&measure.title_zh, &measure.title_en).clone(),
        effect: effect_words(measure.effect, lang),
        cause: my_credit::cause_words(&row.cause()?, lang),
        hands: hands((row, measure), steps, persons, (state, lang)),
        since: minute(then.since),
        waited,
    })
}

fn tabs(counts: &HashMap<String, i64>, question: &Question, lang: Lang) -> Vec<TabView> {
    let of = |states: &[State]| {
        let all = states.iter().filter_map(|state| counts.get(state.code()));
        grouped(u64::try_from(all.sum::<i64>()).unwrap_or(0))
    };
    let effect = question.effect.map_or("", Effect::code);
    let tab = |code: &str, words, states: &[State]| TabView {
        href: format!("{PATH}?state={code}&effect={effect}"),
        words,
        count: of(states),
        is_here: question.state == code,
    };
    let mut tabs: Vec<TabView> =
        STATES.iter().map(|state| tab(state.code(), title(*state, lang), &[*state])).collect();
    tabs.push(tab(PAST, lang.pick("已结束", "over"), &OVER));
    tabs
}
