//! The page of traces: what was searched, and each line of goods on its way.

use actix_web::{HttpRequest, HttpResponse, web};
use credit_core::ceb;
use credit_core::traces::{Gap, State, Stop};
use credit_core::uscc::Uscc;

use super::forms::{self, Fields, Made, Trouble};
use super::http::Data;
use super::{ServiceData, Sight, record_lang, words};
use crate::access::{Audience, Block, Subject};
use crate::ceb::traces::index::{self, By, Place, Sought, Which};
use crate::ceb::traces::reach::{self, Reach};
use crate::ceb::traces::show::{self, Shown, Told};
use crate::portal::http::reader_of;
use crate::portal::lang::Lang;
use crate::portal::render::{self, Page, encoded};
use crate::portal::sales_texts::SalesTexts;
use crate::portal::traces_texts::TracesTexts;
use crate::portal::view::{Choice, TraceAsk, TraceLine, TraceStop, TracesView};
use crate::registry;
use crate::store::{DbConnection, StoreError};

pub(super) const PATH: &str = "/traces";
/// Lines on a page.
const LINES_SHOWN: i64 = 10;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource(PATH).route(web::get().to(page)).route(web::head().to(page)));
}

/// Whose page it is: enterprises, departments that may see orders, and the zone's own people.
pub(super) fn is_page_of(audience: Audience) -> bool {
    use Audience::{Customs, Enterprise, Operator, Police, Safe, Tax};
    matches!(audience, Enterprise | Customs | Safe | Tax | Police | Operator)
}

/// Where a parcel is traced.
pub(super) fn href(logistics_no: &str) -> String {
    format!("{PATH}?by={}&q={}", By::LogisticsNo.name(), encoded(logistics_no))
}

async fn page(data: Data, request: HttpRequest) -> HttpResponse {
    let asked = web::Query::<Fields>::from_query(request.query_string());
    let asked = asked.map(web::Query::into_inner).unwrap_or_default();
    let reader = reader_of(data.get_ref(), &request);
    forms::show(&data, &request, move |data, known, page| {
        let looks = reader.looks.clone();
        let sight = Sight::of(known.principal.clone(), &data.service, looks, reader.purpose.as_deref());
        written(data, &sight, page, &asked)
    })
    .await
}

fn written(data: &ServiceData, sight: &Sight, page: &Page, asked: &Fields) -> Made {
    if !reach::is_for((&sight.principal, sight.purpose, &sight.rules)) {
        return Err(Trouble::NotFound);
    }
    let mut ask = ask(sight, asked, page.lang);
    let mut connection = data.service.database.connection()?;
    let found = search(&mut connection, sight, &mut ask, asked, page.lang)?;
    let query = query(&ask);
    let (lines, next) = match found {
        None => (None, None),
        Some((shown, more)) => {
            let next = more.map(|place| format!("{PATH}?{query}&after={}", encoded(&place)));
            (Some(lines(&mut connection, &shown, page.lang)?), next)
        }
    };
    let page = Page {
        path: PATH.to_owned(),
        query: if ask.q.is_empty() { String::new() } else { query },
        ..page.clone()
    };
    Ok(render::render_traces(&page, &TracesView { ask, lines, next })?)
}

fn ask(sight: &Sight, asked: &Fields, lang: Lang) -> TraceAsk {
    let s = TracesTexts::of(lang);
    let text = |name: &str| asked.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let way = |by: By| Choice {
        value: by.name().to_owned(),
        words: match by {
            By::LogisticsNo => s.logistics_no,
            By::Item => s.item,
            By::HsCode => s.hs_code,
        }
        .to_owned(),
    };
    TraceAsk {
        ways: By::ALL.into_iter().map(way).collect(),
        by: By::of_name(&text("by")).unwrap_or(By::LogisticsNo).name().to_owned(),
        q: text("q"),
        uscc: text("uscc"),
        has_merchant: sight.principal.audience != Audience::Enterprise,
        message: None,
    }
}

fn query(ask: &TraceAsk) -> String {
    let merchant = if ask.uscc.is_empty() { String::new() } else { format!("&uscc={}", encoded(&ask.uscc)) };
    format!("by={}&q={}{merchant}", ask.by, encoded(&ask.q))
}

type Searched = (Vec<Shown>, Option<String>);

/// What was found, and where the next page begins; nothing where nothing can be searched for.
fn search(
    connection: &mut DbConnection,
    sight: &Sight,
    ask: &mut TraceAsk,
    asked: &Fields,
    lang: Lang,
) -> Result<Option<Searched>, StoreError> {
    let s = TracesTexts::of(lang);
    if ask.q.is_empty() {
        return Ok(None);
    }
    let by = By::of_name(&ask.by).unwrap_or(By::LogisticsNo);
    let Some(sought) = by.parse(&ask.q) else {
        ask.message = Some(s.bad_value);
        return Ok(None);
    };
    let uscc = match Some(ask.uscc.as_str()).filter(|uscc| !uscc.is_empty()).map(Uscc::parse).transpose() {
        Ok(uscc) => uscc,
        Err(_) => {
            ask.message = Some(s.bad_merchant);
            return Ok(None);
        }
    };
    let reach =
        Reach::of((&sight.principal, sight.purpose, &sight.rules), by, uscc.as_ref().map(Uscc::as_str));
    if reach == Reach::Nowhere {
        ask.message = Some(s.needs_merchant);
        return Ok(None);
    }
    let is_many = reach == Reach::All;
    let merchants = merchants(connection, sight, &sought, reach)?;
    let after = asked.get("after").and_then(|text| place(text));
    let mut places = index::list(connection, &Which { sought, merchants, after }, LINES_SHOWN + 1)?;
    let shown_max = usize::try_from(LINES_SHOWN).unwrap_or_default();
    let more = places.len() > shown_max;
    places.truncate(shown_max);
    let next = places.last().filter(|_| more).map(|one| format!("{}|{}|{}", one.sent_at, one.sale, one.gnum));
    let mut shown = show::show(connection, places)?;
    if is_many {
        // Each of many is looked at.
        shown.retain(|shown| may_see(sight, shown.told.row.uscc.as_deref(), Subject::Among));
    }
    Ok(Some((shown, next)))
}

/// Time, sale and line after which a page begins.
fn place(text: &str) -> Option<(i64, String, i64)> {
    let mut parts = text.splitn(3, '|');
    Some((parts.next()?.parse().ok()?, parts.next()?.to_owned(), parts.next()?.parse().ok()?))
}

/// The merchants of whom the reader is told; nothing for all of them.
fn merchants(
    connection: &mut DbConnection,
    sight: &Sight,
    sought: &Sought,
    reach: Reach,
) -> Result<Option<Vec<String>>, StoreError> {
    let mut merchants = match reach {
        Reach::These(merchants) => merchants,
        Reach::OneByOne => index::merchants(connection, sought)?,
        Reach::All => return Ok(None),
        Reach::Nowhere => Vec::new(),
    };
    merchants
        .retain(|uscc| may_see(sight, Some(uscc.as_str()).filter(|uscc| !uscc.is_empty()), Subject::One));
    Ok(Some(merchants))
}

/// Sales of a merchant that nobody knows are the zone's own business.
fn may_see<'a>(sight: &Sight, uscc: Option<&'a str>, subject: fn(&'a str) -> Subject<'a>) -> bool {
    match uscc {
        Some(uscc) => sight.may(subject(uscc), Block::Orders).is_allowed(),
        None => sight.may(Subject::Zone, Block::Operations).is_allowed(),
    }
}

fn lines(connection: &mut DbConnection, shown: &[Shown], lang: Lang) -> Result<Vec<TraceLine>, StoreError> {
    let codes: Vec<String> = shown.iter().filter_map(|shown| shown.told.row.uscc.clone()).collect();
    let names = registry::names(connection, &codes)?;
    let line = |shown: &Shown| {
        let merchant = shown.told.row.uscc.clone();
        let merchant = merchant.map(|uscc| (names.get(&uscc).cloned().unwrap_or_default(), uscc));
        TraceLine { merchant, ..line(shown, lang) }
    };
    Ok(shown.iter().map(line).collect())
}

fn line(shown: &Shown, lang: Lang) -> TraceLine {
    let Shown { place, told, trace } = shown;
    let sales = SalesTexts::of(lang);
    TraceLine {
        id: id(place),
        goods: trace.goods.as_ref().map(|goods| goods.name.clone()),
        direction: if told.import() { sales.import } else { sales.export },
        merchant: None,
        sale_href: format!("/sales/{}", told.row.id),
        order_no: told.row.order_no.clone(),
        facts: facts(shown, lang),
        gaps: trace.gaps.len(),
        is_under_way: trace.stops.iter().any(|stop| stop.state == State::Awaited),
        stops: trace.stops.iter().map(|one| stop(shown, one, lang)).collect(),
    }
}

fn id(place: &Place) -> String {
    format!("t-{}-{}", place.sale, place.gnum)
}

fn facts(shown: &Shown, lang: Lang) -> Vec<(&'static str, String)> {
    let (s, Shown { told, trace, .. }) = (TracesTexts::of(lang), shown);
    let mut facts = Vec::new();
    let mut add = |title, text: Option<String>| {
        facts.extend(text.filter(|text| !text.is_empty()).map(|text| (title, text)));
    };
    if let Some(goods) = &trace.goods {
        add(s.hs, goods.hs_code.clone());
        add(s.record, goods.record_no.clone());
        add(s.item_no, goods.item_no.clone());
        add(s.bar_code, goods.bar_code.clone());
    }
    let list = |numbers: &std::collections::BTreeSet<String>| {
        Some(numbers.iter().cloned().collect::<Vec<_>>().join(" "))
    };
    add(s.parcel, list(&told.logistics_nos));
    add(s.declaration, list(&told.declaration_nos));
    add(s.status, told.customs_status.map(|status| status.to_string()));
    facts
}

fn stop(shown: &Shown, stop: &Stop, lang: Lang) -> TraceStop {
    let (s, Shown { told, trace, .. }) = (TracesTexts::of(lang), shown);
    let import = told.import();
    let expected = stop.station.message(import);
    let named = |kind: ceb::MessageKind| format!("{} {}", kind.code(), ceb::title(kind, record_lang(lang)));
    let seen = stop.documents.iter().filter_map(|place| told.documents.get(*place));
    let mut documents: Vec<String> = seen.map(|found| named(found.document.kind)).collect();
    documents.dedup();
    if documents.is_empty() {
        documents.push(named(expected));
    }
    let minute = |at: i64| words::minute(u64::try_from(at).unwrap_or(0));
    // That a station is missing is said by its state.
    let gaps =
        trace.gaps.iter().filter(|gap| gap.station() == stop.station && !matches!(gap, Gap::Missing(_)));
    TraceStop {
        title: stop.station.title(record_lang(lang)),
        state: stop.state.code(),
        state_words: match stop.state {
            State::Seen => s.seen,
            State::Awaited => s.awaited,
            State::Missing => s.missing,
        },
        at: stop.at.map(|at| minute(at.0)),
        quantity: stop.quantity.map(|quantity| quantity.to_string()),
        documents,
        party: (stop.state != State::Seen).then(|| party(told, stop, lang)),
        gaps: gaps.map(|gap| gap.text(import, record_lang(lang))).collect(),
    }
}

/// In which role, and who, as far as another document says.
fn party(told: &Told, stop: &Stop, lang: Lang) -> String {
    let party = stop.station.party(told.import());
    let role = party.title(record_lang(lang));
    match told.party(party) {
        Some(named) => format!("{role} {}", named.name.as_ref().unwrap_or(&named.code)),
        None => role.to_owned(),
    }
}
