//! `GET /statistics/…`: the zone's figures by finished month, k-anonymous and the same for everybody.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Subject};
use crate::evaluation::view::rfc3339;
use crate::http::answer::{self, Written, prefers};
use crate::http::caller::Caller;
use crate::http::params::Params;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::statistics::body::By;
use crate::statistics::figures::{self, EnterpriseRow, MatchingRow, MigrationRow, TradeRow};
use crate::statistics::keep::{self, Kept};
use crate::statistics::month::Month;
use crate::statistics::sheet::{self, Line};
use crate::statistics::tick::MONTHS_KEPT;

/// Months shown when none is asked for.
const MONTHS_DEFAULT: i32 = 12;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const CSV: &str = "text/csv";
const FORMATS: [&str; 3] = ["json", "csv", "xlsx"];

/// A month that has figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsMonth {
    /// `YYYY-MM`.
    pub month: String,
    pub made_at: String,
    /// `false`: facts of the month changed since, and it is being made anew.
    pub is_current: bool,
    /// Orders that were delivered, of all, thousandths; `null`: withheld.
    pub delivered_permille: Option<u16>,
    /// Orders that were returned, of all, thousandths; `null`: withheld.
    pub returned_permille: Option<u16>,
}

/// Figures of some months, the last month first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatisticsBody<T> {
    pub months: Vec<StatisticsMonth>,
    pub items: Vec<T>,
}

/// Trade by month, with the parts by mode, direction, country, HS chapter or the merchant's grade. Figures of fewer
/// than five enterprises, or of which one enterprise has more than 75 %, are withheld, with as many others as are
/// needed so that they cannot be computed. JSON, CSV or XLSX by `format` or `Accept`.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/statistics/trade",
    tag = "statistics",
    params(
        ("from" = Option<String>, Query, description = "First month, YYYY-MM; without it eleven months before the last"),
        ("to" = Option<String>, Query, description = "Last month, YYYY-MM; without it the last finished one. At most 24 months"),
        ("by" = Option<By>, Query, description = "One way to break it down; without it all"),
        ("format" = Option<String>, Query, description = "json, csv or xlsx; before Accept"),
    ),
    responses(
        (status = 200, description = "Figures of each month, the last first", content(
            (StatisticsBody<TradeRow> = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "Invalid parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "The policies of this installation do not publish figures of the zone"),
    ),
    security((), ("token" = []))
)]
pub async fn trade(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&state, &caller, &request)?;
    let by = asked.params.one_of("by", &By::ALL.map(By::code))?;
    let by = By::ALL.into_iter().find(|one| Some(one.code()) == by);
    answered(&state, &request, &asked, "trade", |months| figures::trade(months, by)).await
}

/// Enterprises by kind and grade at the end of each month, by the rating in force then. Withheld as for trade.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/statistics/enterprises",
    tag = "statistics",
    params(
        ("from" = Option<String>, Query, description = "First month, YYYY-MM; without it eleven months before the last"),
        ("to" = Option<String>, Query, description = "Last month, YYYY-MM; without it the last finished one. At most 24 months"),
        ("format" = Option<String>, Query, description = "json, csv or xlsx; before Accept"),
    ),
    responses(
        (status = 200, description = "Figures of each month, the last first", content(
            (StatisticsBody<EnterpriseRow> = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "Invalid parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "The policies of this installation do not publish figures of the zone"),
    ),
    security((), ("token" = []))
)]
pub async fn enterprises(
    state: Shared,
    caller: Caller,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&state, &caller, &request)?;
    answered(&state, &request, &asked, "enterprises", figures::enterprises).await
}

/// Moves between grades from one month's end to the next: how many enterprises went from which grade to which, or
/// stayed. Withheld as for trade; of a month in which they cannot be protected beside the published grades, how many
/// went up, down or stayed, where that can.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/statistics/migration",
    tag = "statistics",
    params(
        ("from" = Option<String>, Query, description = "First month, YYYY-MM; without it eleven months before the last"),
        ("to" = Option<String>, Query, description = "Last month, YYYY-MM; without it the last finished one. At most 24 months"),
        ("format" = Option<String>, Query, description = "json, csv or xlsx; before Accept"),
    ),
    responses(
        (status = 200, description = "Figures of each month, the last first", content(
            (StatisticsBody<MigrationRow> = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "Invalid parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "The policies of this installation do not publish figures of the zone"),
    ),
    security((), ("token" = []))
)]
pub async fn migration(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&state, &caller, &request)?;
    answered(&state, &request, &asked, "migration", figures::migration).await
}

/// Sales of customs messages of registered merchants by month of the order's message, mode and outcome of comparing the
/// documents: they agree, a rule finds a difference, one waits, or a document is missing. Withheld as for trade.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/statistics/matching",
    tag = "statistics",
    params(
        ("from" = Option<String>, Query, description = "First month, YYYY-MM; without it eleven months before the last"),
        ("to" = Option<String>, Query, description = "Last month, YYYY-MM; without it the last finished one. At most 24 months"),
        ("format" = Option<String>, Query, description = "json, csv or xlsx; before Accept"),
    ),
    responses(
        (status = 200, description = "Figures of each month, the last first", content(
            (StatisticsBody<MatchingRow> = "application/json"),
            (String = "text/csv"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json",
            description = "Invalid parameter"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "The policies of this installation do not publish figures of the zone"),
    ),
    security((), ("token" = []))
)]
pub async fn matching(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = Asked::of(&state, &caller, &request)?;
    answered(&state, &request, &asked, "matching", figures::matching).await
}

/// What every question of statistics has.
struct Asked {
    params: Params,
    from: Month,
    to: Month,
    format: &'static str,
}

impl Asked {
    /// Everybody who may see a figure of the zone as an aggregate sees these; nobody sees more.
    fn of(state: &Shared, caller: &Caller, request: &HttpRequest) -> Result<Self, Problem> {
        caller.needs(Subject::Zone, Block::Transactions)?;
        let params = Params::of(request)?;
        let last = Month::of(state.service.clock.today()).before(1);
        let to = month(&params, "to")?.unwrap_or(last);
        let from = month(&params, "from")?.unwrap_or_else(|| to.before(MONTHS_DEFAULT - 1));
        if from > to || to.before(MONTHS_KEPT - 1) > from {
            return Err(Problem::parameter(
                "from",
                format!("起始月份应不晚于终止月份，且不超过 {MONTHS_KEPT} 个月"),
                format!("expected a month that is not after the last one, and {MONTHS_KEPT} months at most"),
            ));
        }
        let format = params.one_of("format", &FORMATS)?;
        let format = FORMATS.into_iter().find(|known| Some(*known) == format).unwrap_or_else(|| {
            match (prefers(request, CSV), prefers(request, XLSX)) {
                (true, _) => "csv",
                (_, true) => "xlsx",
                _ => "json",
            }
        });
        Ok(Self { params, from, to, format })
    }
}

fn month(params: &Params, name: &str) -> Result<Option<Month>, Problem> {
    let Some(text) = params.text(name) else { return Ok(None) };
    let wrong = || Problem::parameter(name, "应为 2026-03 形式的月份", "expected a month such as 2026-03");
    Month::parse(text).map(Some).ok_or_else(wrong)
}

/// The months that were asked for, as these figures.
async fn answered<T: Line + Serialize>(
    state: &Shared,
    request: &HttpRequest,
    asked: &Asked,
    name: &str,
    figures: impl FnOnce(&[Kept]) -> Vec<T>,
) -> Result<HttpResponse, Problem> {
    let (from, to) = (asked.from, asked.to);
    let kept = blocking(state, move |state| {
        Ok(keep::between(&mut *state.service.database.connection()?, from, to)?)
    });
    let months = kept.await?;
    written(request, asked, name, &months, figures(&months))
}

fn written<T: Line + Serialize>(
    request: &HttpRequest,
    asked: &Asked,
    name: &str,
    months: &[Kept],
    items: Vec<T>,
) -> Result<HttpResponse, Problem> {
    let (bytes, media_type) = match asked.format {
        "csv" => (sheet::csv(&items).map_err(|error| Problem::internal(&error))?, "text/csv; charset=utf-8"),
        "xlsx" => (sheet::xlsx(name, &items).map_err(|error| Problem::internal(&error))?, XLSX),
        _ => {
            let months = months.iter().map(|kept| StatisticsMonth {
                month: kept.month.to_string(),
                made_at: rfc3339(kept.made_at),
                is_current: kept.is_current,
                delivered_permille: kept.body.delivered_permille,
                returned_permille: kept.body.returned_permille,
            });
            return answer::json(request, &StatisticsBody { months: months.collect(), items });
        }
    };
    let mut answer = Written::new(bytes, media_type).answer(request);
    let file = format!("attachment; filename=\"{name}-{}-{}.{}\"", asked.from, asked.to, asked.format);
    if let Ok(value) = file.parse() {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
}
