//! `GET /enterprises`: search and list.

use actix_web::{HttpRequest, HttpResponse};
use credit_core::grade::Grade;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Block, Outcome, Subject, grade_block};
use crate::http::answer::{self, PageBody};
use crate::http::caller::Caller;
use crate::http::cursor::{self, List, Page};
use crate::http::params::Params;
use crate::http::problem::{Problem, ProblemBody};
use crate::http::state::{Shared, blocking};
use crate::registry::{self, Enterprise, Filter};

const ROLES: [&str; 8] = ["E1", "E2", "E3", "E4", "ecommerce", "platform", "logistics", "service"];
const GRADES: [&str; 7] = ["AAA", "AA", "A", "BBB", "BB", "D", "N"];
/// A region code has at most this many digits (GB/T 2260).
const REGION_DIGITS_MAX: usize = 12;

/// An enterprise in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnterpriseItem {
    pub uscc: String,
    pub name: String,
    /// The role that is scored, `E1` to `E4`.
    #[serde(rename = "type")]
    pub kind: String,
    pub roles: Vec<String>,
    /// 登记状态 in the words of the register.
    pub status: String,
    pub region_code: String,
    pub customs_code: Option<String>,
    /// `null` when there is none, or when this caller may not see it.
    pub grade: Option<String>,
    /// `null` when there is none, or when this caller may not see it.
    pub score: Option<i32>,
    /// Whether an entry of a statutory list is in force.
    pub listed: bool,
}

impl EnterpriseItem {
    /// What the caller may see of a row.
    #[must_use]
    pub fn seen_by(caller: &Caller, row: Enterprise) -> Self {
        let shows_score = caller.may(Subject::Many, Block::Score).outcome == Outcome::Full;
        let grade = row.grade.filter(|text| {
            let grade = text.parse::<Grade>();
            grade.is_ok_and(|grade| caller.may(Subject::Many, grade_block(grade)).is_allowed())
        });
        Self {
            uscc: row.uscc,
            name: row.name,
            kind: row.kind,
            roles: row.roles.split(';').filter(|role| !role.is_empty()).map(str::to_owned).collect(),
            status: row.status,
            region_code: row.region_code,
            customs_code: row.customs_code,
            grade,
            score: row.score.filter(|_| shows_score),
            listed: row.listed != 0,
        }
    }
}

/// Finds enterprises by USCC, name, former name, customs code or pinyin; in the order of their codes.
///
/// # Errors
/// Problems.
#[utoipa::path(
    get,
    path = "/api/v1/enterprises",
    tag = "enterprises",
    params(
        ("q" = Option<String>, Query, description = "USCC, name, former name, customs code or pinyin (full or initials)"),
        ("role" = Option<String>, Query, description = "E1 to E4, or ecommerce, platform, logistics, service"),
        ("grade" = Option<String>, Query, description = "AAA to D, N; other than AAA and AA needs a token and a purpose"),
        ("region" = Option<String>, Query, description = "Region code or its beginning (GB/T 2260)"),
        ("listed" = Option<bool>, Query, description = "Whether an entry of a statutory list is in force"),
        ("limit" = Option<i64>, Query, description = "1 to 200, default 50"),
        ("cursor" = Option<String>, Query, description = "next_cursor of the page before"),
        ("X-Purpose" = Option<String>, Header, description = "Purpose code; with a token shows all grades and scores"),
    ),
    responses(
        (status = 200, body = PageBody<EnterpriseItem>, description = "A page of enterprises"),
        (status = 304, description = "Unchanged since the entity tag in If-None-Match"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "Invalid parameter or cursor"),
    ),
    security((), ("token" = []))
)]
pub async fn list(state: Shared, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let params = Params::of(&request)?;
    let grade = params.one_of("grade", &GRADES)?;
    if let Some(Ok(grade)) = grade.map(str::parse::<Grade>) {
        // To learn who has a grade is to read it.
        caller.needs(Subject::Many, grade_block(grade))?;
    }
    let filter = Filter {
        q: params.text("q").map(str::to_owned),
        role: params.one_of("role", &ROLES)?.map(role_code),
        grade: grade.map(str::to_owned),
        region: region(&params)?,
        listed: params.yes_or_no("listed")?,
    };
    let Page { limit, place: after, .. } = params.page::<String>(List::Enterprises)?;
    let found = blocking(&state, move |state| {
        let mut connection = state.service.database.connection()?;
        Ok(registry::search(&mut connection, &filter, after.as_deref(), limit)?)
    })
    .await?;
    let next_cursor = found.next.map(|place| cursor::encode(List::Enterprises, &place));
    let items = found.items.into_iter().map(|row| EnterpriseItem::seen_by(&caller, row)).collect();
    answer::json(&request, &PageBody { items, next_cursor })
}

fn role_code(word: &str) -> String {
    match word {
        "ecommerce" => "E1",
        "platform" => "E2",
        "logistics" => "E3",
        "service" => "E4",
        code => code,
    }
    .to_owned()
}

fn region(params: &Params) -> Result<Option<String>, Problem> {
    let Some(text) = params.text("region") else { return Ok(None) };
    if text.len() <= REGION_DIGITS_MAX && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Some(text.to_owned()));
    }
    Err(Problem::parameter("region", "应为不超过 12 位的数字", "expected at most 12 digits"))
}
