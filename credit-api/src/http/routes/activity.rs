//! `GET /enterprises/{uscc}/activity`: totals of orders, reviews and complaints, exact or as bands.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use credit_core::records::{Direction, Mode};
use serde::Serialize;
use utoipa::ToSchema;

use super::withheld::{Reduced, Sieve, Withheld};
use crate::access::{Ask, Block, Outcome, Subject, aggregate};
use crate::http::answer;
use crate::http::caller::Caller;
use crate::http::params::{self, Params};
use crate::http::problem::{Code, Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry;
use crate::registry::activity::{Activity, ComplaintTotal, MonthTotal, ReviewTotal, activity};

/// Months asked for when the query names no number, and at most.
const MONTHS_DEFAULT: i64 = 12;
const MONTHS_MAX: i64 = 36;

/// Totals over some months; a block that is `null` is in `withheld`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActivityBody {
    pub uscc: String,
    /// The first day of the first month.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
    /// Orders as the merchant, by month, mode and direction; months without orders are left out.
    pub transactions: Option<Vec<MonthBody>>,
    pub reviews: Option<ReviewsBody>,
    /// Complaints accepted in these months that are not published by SAMR.
    pub complaints: Option<ComplaintsBody>,
    pub withheld: Vec<Withheld>,
    pub reduced: Vec<Reduced>,
}

/// A figure, or its band where the figure is not shown: `10-50` is from 10 to less than 50.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    Exact(String),
    Band(String),
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MonthBody {
    /// The first day of the month.
    pub month: NaiveDate,
    #[schema(value_type = String, example = "9610")]
    pub mode: Mode,
    #[schema(value_type = String, example = "export")]
    pub direction: Direction,
    pub orders: Figure,
    /// CNY.
    pub amount_cny: Figure,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewsBody {
    pub count: Figure,
    /// Mean of stars, 1 to 5, one decimal; `null` without reviews.
    pub rating: Option<Figure>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComplaintsBody {
    pub accepted: Figure,
    pub closed: Figure,
    pub substantiated: Figure,
}

/// Totals of orders by mode and month, reviews and complaints of an enterprise, as far as this caller may see them:
/// exact, or as bands.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises/{uscc}/activity",
    tag = "enterprises",
    params(
        ("uscc" = String, Path, description = "Unified social credit code"),
        ("months" = Option<i64>, Query, description = "Whole months before this one, 1 to 36, default 12"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code"),
    ),
    responses(
        (status = 200, body = ActivityBody, description = "The totals"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid USCC or parameter"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such enterprise"),
    ),
    security((), ("token" = []))
)]
pub async fn get(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let uscc = params::uscc(&request)?;
    let months = Params::of(&request)?.number("months", 1, MONTHS_MAX)?.unwrap_or(MONTHS_DEFAULT);
    let months = u32::try_from(months).unwrap_or(0);
    let caller = caller.about(&state, uscc).await?;
    let totals = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        if registry::find(&mut connection, uscc.as_str())?.is_none() {
            return Err(Problem::new(Code::EnterpriseNotFound));
        }
        Ok(activity(&mut connection, uscc, months, state.service.clock.today())?)
    })
    .await?;
    let mut sieve = Sieve::new(&caller, Subject::One(uscc.as_str()));
    answer::json(&request, &body(uscc.to_string(), &totals, &mut sieve))
}

fn body(uscc: String, totals: &Activity, sieve: &mut Sieve<'_>) -> ActivityBody {
    let transactions = sieve.shown(Block::Transactions).map(|outcome| {
        let months = totals.transactions.iter();
        months.map(|(key, total)| month(*key, *total, outcome)).collect()
    });
    let reviews = sieve.shown(Block::Reviews).map(|outcome| reviews(totals.reviews, outcome));
    // Which of them SAMR publishes is not known here: none is taken for published.
    let unpublished = Ask { published: false, ..sieve.ask(Block::Complaints) };
    let complaints = sieve.shown_if(&unpublished).map(|outcome| complaints(totals.complaints, outcome));
    ActivityBody {
        uscc,
        from: totals.from,
        to: totals.to,
        transactions,
        reviews,
        complaints,
        withheld: std::mem::take(&mut sieve.withheld),
        reduced: std::mem::take(&mut sieve.reduced),
    }
}

fn count(number: u64, outcome: Outcome) -> Figure {
    match outcome {
        Outcome::Full => Figure::Exact(number.to_string()),
        _ => Figure::Band(aggregate::count(number)),
    }
}

fn month(
    (month, mode, direction): (NaiveDate, Mode, Direction),
    total: MonthTotal,
    outcome: Outcome,
) -> MonthBody {
    let amount_cny = match outcome {
        Outcome::Full => Figure::Exact(total.amount.to_string()),
        _ => Figure::Band(aggregate::amount(total.amount)),
    };
    MonthBody { month, mode, direction, orders: count(total.orders, outcome), amount_cny }
}

fn reviews(total: ReviewTotal, outcome: Outcome) -> ReviewsBody {
    // Tenths of a star, rounded half up.
    let tenths = (total.stars.saturating_mul(20) + total.count).checked_div(total.count.saturating_mul(2));
    let rating = tenths.map(|tenths| match outcome {
        Outcome::Full => Figure::Exact(format!("{}.{}", tenths / 10, tenths % 10)),
        _ => Figure::Band(format!("{}-{}", tenths / 10, tenths / 10 + 1)),
    });
    ReviewsBody { count: count(total.count, outcome), rating }
}

fn complaints(total: ComplaintTotal, outcome: Outcome) -> ComplaintsBody {
    ComplaintsBody {
        accepted: count(total.accepted, outcome),
        closed: count(total.closed, outcome),
        substantiated: count(total.substantiated, outcome),
    }
}
