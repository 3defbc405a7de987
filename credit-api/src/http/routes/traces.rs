//! `/traces`: a line of goods from the order to delivery, by logistics number, article or HS code.

use actix_web::{HttpRequest, HttpResponse};
use credit_core::ceb;
use credit_core::records::Lang;
use credit_core::traces::{Gap, Goods, Stop};
use credit_core::uscc::Uscc;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::ceb::gather::Found;
use crate::ceb::traces::index::{self, By, Place, Sought, VALUE_CHARS_MAX, Which};
use crate::ceb::traces::reach::Reach;
use crate::ceb::traces::show::{self, Shown, Told};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{List, Page};
use crate::http::params::Params;
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, State, blocking};
use crate::store::DbConnection;

/// The way of one line of goods.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceBody {
    /// Id of the sale; its documents are at `/sales/{id}`.
    pub sale: String,
    pub order_no: String,
    pub platform_code: String,
    /// The merchant; `null` for one that no registration knows.
    pub uscc: Option<String>,
    #[schema(example = "import")]
    pub direction: &'static str,
    pub sent_at: String,
    pub logistics_nos: Vec<String>,
    pub declaration_nos: Vec<String>,
    /// How far the declaration is (`returnStatus`), by rank: 800 is released.
    pub customs_status: Option<i32>,
    /// `null` where no document of the sale has lines.
    pub goods: Option<GoodsBody>,
    /// In their order; those that need not be and are not are left out.
    pub stations: Vec<StationBody>,
    pub gaps: Vec<GapBody>,
}

/// A line of goods: what the order says, with what only the declaration knows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GoodsBody {
    pub gnum: i64,
    pub name: String,
    /// Ten digits.
    pub hs_code: Option<String>,
    /// 账册备案料号 (`itemRecordNo`).
    pub record_no: Option<String>,
    pub item_no: Option<String>,
    pub bar_code: Option<String>,
    /// Decimal, in `unit`.
    pub quantity: String,
    /// Customs' three digits.
    pub unit: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StationBody {
    /// `ordered`, `paid`, `waybill`, `declared`, `arrived`, `released`, `departed`, `delivered`, `cancelled`,
    /// `returned`.
    pub station: &'static str,
    pub title: &'static str,
    /// `seen`; `awaited`, which may still come; `missing`, for a later one was reached without it.
    pub state: &'static str,
    /// Of the first document.
    pub at: Option<String>,
    /// Of this line, where the document has lines.
    pub quantity: Option<String>,
    pub documents: Vec<TraceDocumentBody>,
    /// The message that tells of it.
    #[schema(example = "CEB511")]
    pub expected: &'static str,
    pub expected_title: &'static str,
    pub party: TracePartyBody,
}

/// Who sends the document of a station.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TracePartyBody {
    /// `merchant`, `payer`, `carrier`, `declarant`, `yard`, `customs`.
    pub role: &'static str,
    pub title: &'static str,
    /// As far as another document names it.
    pub code: Option<String>,
    pub uscc: Option<String>,
    pub name: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TraceDocumentBody {
    #[schema(example = "CEB311")]
    pub kind: &'static str,
    pub title: &'static str,
    pub sent_at: String,
    pub batch_id: String,
    pub part: String,
    pub line: i64,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapBody {
    /// `missing`, `not_ordered`, `not_declared`, `quantity_differs`, `article_differs`, `before_release`,
    /// `returned_more`.
    pub code: &'static str,
    pub station: &'static str,
    pub text: String,
}

fn body(shown: &Shown, lang: Lang) -> TraceBody {
    let Shown { told, trace, .. } = shown;
    TraceBody {
        sale: told.row.id.clone(),
        order_no: told.row.order_no.clone(),
        platform_code: told.row.platform_code.clone(),
        uscc: told.row.uscc.clone(),
        direction: if told.import() { "import" } else { "export" },
        sent_at: rfc3339(told.row.sent_at),
        logistics_nos: told.logistics_nos.iter().cloned().collect(),
        declaration_nos: told.declaration_nos.iter().cloned().collect(),
        customs_status: told.customs_status,
        goods: trace.goods.as_ref().map(goods),
        stations: trace.stops.iter().map(|stop| station(told, stop, lang)).collect(),
        gaps: trace.gaps.iter().map(|one| gap(one, told.import(), lang)).collect(),
    }
}

fn goods(goods: &Goods) -> GoodsBody {
    GoodsBody {
        gnum: goods.gnum,
        name: goods.name.clone(),
        hs_code: goods.hs_code.clone(),
        record_no: goods.record_no.clone(),
        item_no: goods.item_no.clone(),
        bar_code: goods.bar_code.clone(),
        quantity: goods.quantity.to_string(),
        unit: goods.unit.clone(),
    }
}

fn station(told: &Told, stop: &Stop, lang: Lang) -> StationBody {
    let (message, party) = (stop.station.message(told.import()), stop.station.party(told.import()));
    let named = told.party(party);
    StationBody {
        station: stop.station.code(),
        title: stop.station.title(lang),
        state: stop.state.code(),
        at: stop.at.map(|at| rfc3339(at.0)),
        quantity: stop.quantity.map(|quantity| quantity.to_string()),
        documents: stop
            .documents
            .iter()
            .filter_map(|place| told.documents.get(*place))
            .map(|found| document(found, lang))
            .collect(),
        expected: message.code(),
        expected_title: ceb::title(message, lang),
        party: TracePartyBody {
            role: party.code(),
            title: party.title(lang),
            code: named.map(|named| named.code.clone()),
            uscc: named.and_then(|named| named.uscc.clone()),
            name: named.and_then(|named| named.name.clone()),
        },
    }
}

fn document(found: &Found, lang: Lang) -> TraceDocumentBody {
    TraceDocumentBody {
        kind: found.document.kind.code(),
        title: ceb::title(found.document.kind, lang),
        sent_at: rfc3339(found.document.sent_at().0),
        batch_id: found.batch_id.to_string(),
        part: found.part.to_string(),
        line: found.line,
    }
}

fn gap(gap: &Gap, import: bool, lang: Lang) -> GapBody {
    GapBody { code: gap.code(), station: gap.station().code(), text: gap.text(import, lang) }
}

/// Where lines of goods were seen on their way, and where they should have been, the newest sales first. One of
/// `logistics_no`, `item` and `hs_code` is named. An enterprise searches its own sales; a department names a merchant,
/// unless it looks for a parcel.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/traces",
    tag = "traces",
    params(
        ("logistics_no" = Option<String>, Query, description = "Number of a parcel"),
        ("item" = Option<String>, Query, description = "Record number (itemRecordNo), item number or bar code"),
        ("hs_code" = Option<String>, Query, description = "HS code, or its first 2, 4, 6 or 8 digits; dots may stand between them"),
        ("uscc" = Option<String>, Query, description = "Merchant whose sales are searched"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = PageBody<TraceBody>, description = "A page of traces"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Nothing named, or more than one; invalid parameter or cursor"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "Sign-in required"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "Purpose required, not disclosed to this caller, or one merchant at a time"),
    ),
    security(("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let (by, sought) = wanted(&params)?;
    let uscc = params.uscc("uscc")?;
    let reach = reach(&caller, by, uscc.as_ref())?;
    let page: Page<(i64, String)> = params.page(List::Traces)?;
    let after = page.place.clone().map(after).transpose()?;
    let lang = caller.lang;
    let body = blocking(&state, move |state| {
        let shown = shown(state, &caller, (&sought, reach, after), page.wanted())?;
        let (shown, next_cursor) = page.cut(shown, |shown| (shown.place.sent_at, line(&shown.place)));
        Ok(PageBody { items: shown.iter().map(|shown| self::body(shown, lang)).collect(), next_cursor })
    })
    .await?;
    answer::json(&request, &body)
}

/// By what lines are looked for, and what.
fn wanted(params: &Params) -> Result<(By, Sought), Problem> {
    let named = || By::ALL.into_iter().filter_map(|by| Some((by, params.text(by.name())?)));
    let (Some((by, value)), 1) = (named().next(), named().count()) else {
        let (zh, en) = (
            "应在 logistics_no、item、hs_code 中恰好给出一个",
            "expected exactly one of logistics_no, item and hs_code",
        );
        return Err(Problem::parameter(By::LogisticsNo.name(), zh, en));
    };
    by.parse(value).map(|sought| (by, sought)).ok_or_else(|| match by {
        By::HsCode => {
            Problem::parameter(by.name(), "应为 2、4、6、8 或 10 位数字", "expected 2, 4, 6, 8 or 10 digits")
        }
        _ => Problem::parameter(
            by.name(),
            format!("不得超过 {VALUE_CHARS_MAX} 个字符"),
            format!("more than {VALUE_CHARS_MAX} characters"),
        ),
    })
}

fn reach(caller: &Caller, by: By, uscc: Option<&Uscc>) -> Result<Reach, Problem> {
    let who = (&caller.principal, caller.purpose, caller.rules());
    let reach = Reach::of(who, by, uscc.map(Uscc::as_str));
    match &reach {
        Reach::These(merchants) if !merchants.is_empty() => {
            for uscc in merchants {
                caller.needs(Subject::One(uscc), Block::Orders)?;
            }
        }
        // One of its merchants is asked about when it is found.
        Reach::OneByOne => {}
        Reach::These(_) | Reach::All | Reach::Nowhere => {
            caller.needs(Subject::Many, Block::Orders)?;
        }
    }
    Ok(reach)
}

/// The merchants of whom the caller is told; nothing for all of them.
fn merchants(
    connection: &mut DbConnection,
    caller: &Caller,
    sought: &Sought,
    reach: Reach,
) -> Result<Option<Vec<String>>, Problem> {
    let mut found = match reach {
        Reach::These(merchants) => return Ok(Some(merchants)),
        Reach::All => return Ok(None),
        Reach::Nowhere => return Ok(Some(Vec::new())),
        Reach::OneByOne => index::merchants(connection, sought)?,
    };
    found.retain(|uscc| match uscc.as_str() {
        "" => caller.sees(Subject::Zone, Block::Operations).is_some(),
        uscc => caller.sees(Subject::One(uscc), Block::Orders).is_some(),
    });
    Ok(Some(found))
}

fn shown(
    state: &State,
    caller: &Caller,
    (sought, reach, after): (&Sought, Reach, Option<(i64, String, i64)>),
    wanted: i64,
) -> Result<Vec<Shown>, Problem> {
    let mut connection = state.service.database.connection()?;
    let is_many = reach == Reach::All;
    let merchants = merchants(&mut connection, caller, sought, reach)?;
    let which = Which { sought: sought.clone(), merchants, after };
    let places = index::list(&mut connection, &which, wanted)?;
    let shown = show::show(&mut connection, places)?;
    if is_many {
        // Each of many is looked at.
        let seen = |shown: &Shown| match shown.told.row.uscc.as_deref() {
            Some(uscc) => caller.sees(Subject::Among(uscc), Block::Orders).is_some(),
            None => caller.sees(Subject::Zone, Block::Operations).is_some(),
        };
        return Ok(shown.into_iter().filter(seen).collect());
    }
    Ok(shown)
}

fn line(place: &Place) -> String {
    format!("{}/{}", place.sale, place.gnum)
}

/// Time, sale and line after which a page begins.
fn after((at, line): (i64, String)) -> Result<(i64, String, i64), Problem> {
    let place = line.split_once('/').and_then(|(sale, gnum)| Some((at, sale.to_owned(), gnum.parse().ok()?)));
    place.ok_or_else(|| Problem::new(Code::InvalidCursor))
}
